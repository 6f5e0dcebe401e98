"""Who is told of what: from the outbox that the database fills, once each, and never what one may not see."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Happening, Outcome, Requirement
from capabilities.services import comments
from capabilities.services.requirements import put_aside, submit_for_review
from capabilities.services.reviews import review
from capabilities.services.revisions import edit_revision
from capabilities.services.telling import tell_due, tell_of_dates
from capabilities.services.waivers import waive
from config.people.models import Notice, NoticeSettings, Role, User, Watch
from config.people.services.notices import save_settings
from config.people.services.users import pseudonymise_user
from config.people.services.watches import set_watch
from evaluations.models import ModelEvent, ModelVersion
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_comment,
    make_membership,
    make_product,
    make_requirement,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model_version, make_round
from tests.factories.people import make_notice, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What the migrations and the demo left is told before a test begins."""
    Happening.objects.all().delete()


def told(person: User) -> list[tuple[str, str]]:
    """Kind and words of what a person was told, the oldest first."""
    tell_due()
    return [(one.kind, one.text) for one in Notice.objects.filter(person=person).order_by("pk")]


def watched_by(person: User, requirement: Requirement | None = None) -> Requirement:
    requirement = requirement or make_requirement()
    set_watch(person=person, noun="requirement", object_id=requirement.pk, product=requirement.product.key)
    return requirement


def test_who_is_named_is_told_once_and_nobody_of_their_own_deed() -> None:
    ada, author = make_user(username="ada"), make_user(Role.VIEWER)
    watched_by(ada, requirement := make_requirement())
    make_comment(requirement, "@ada look", author=author)
    assert told(ada) == [("mention", "commented")]
    assert told(ada) == [("mention", "commented")]
    assert told(author) == []


def test_a_question_to_research_is_told_to_researchers_and_its_answer_to_who_asked() -> None:
    asker, researcher, viewer = make_user(Role.PM), make_user(Role.RESEARCHER), make_user(Role.VIEWER)
    said = make_comment(author=asker, kind="question", asked="research")
    assert told(researcher) == [("question", "asked")]
    assert told(viewer) == []
    comments.reply(actor=researcher, parent=said, text="By May.", answers=True)
    assert told(asker) == [("answer", "answered your question")]


def test_an_edit_tells_only_those_it_names_anew() -> None:
    ada, bob = make_user(username="ada"), make_user(username="bob")
    said = make_comment(text="@ada")
    assert told(ada) == [("mention", "commented")]
    comments.edit_comment(actor=said.author, said=said, text="@ada and @bob")
    assert told(bob) == [("mention", "mentions you")]
    assert len(told(ada)) == 1


def test_what_was_withdrawn_before_it_was_told_is_not_told() -> None:
    ada = make_user(username="ada")
    said = make_comment(text="@ada")
    comments.withdraw_comment(actor=said.author, said=said)
    assert told(ada) == []


def test_reviews_are_asked_of_approvers_and_told_to_the_author() -> None:
    author, approver = make_user(Role.PM), make_user(Role.PM, approver=True)
    requirement = make_requirement(
        criteria=[{}], revision={"author": author, "shall": "answer within 2 seconds"}
    )
    submit_for_review(actor=author, requirement=requirement)
    assert told(approver) == [("review", "asks for a review of revision 1")]
    review(actor=approver, revision=requirement.revisions.get(), decision="approve")
    assert told(author) == [("review", "approved revision 1")]


def test_putting_aside_and_a_new_revision_are_told_to_the_owner() -> None:
    owner, other = make_user(), make_user()
    requirement = make_requirement(approved=True, owner=owner)
    for words in ("answer fast", "answer faster"):
        edit_revision(actor=other, requirement=requirement, expected_edit_count=None, fields={"shall": words})
    put_aside(actor=other, requirement=requirement, lifecycle="deferred", reason="Later.")
    assert told(owner) == [("revision", "began revision 2"), ("lifecycle", "deferred it")]


@pytest.mark.parametrize("noun", ["requirement", "capability", "objective", "product"])
def test_watching_what_is_above_is_watching_what_is_under_it(noun: str) -> None:
    from capabilities.models import Objective
    from tests.factories.capabilities import make_capability

    product = make_product()
    over = make_capability(product)
    requirement = make_requirement(
        product,
        capability=make_capability(product, parent=over),
        objective=Objective.objects.create(product=product, title="Trust"),
    )
    things = {
        "requirement": requirement,
        "capability": over,
        "objective": requirement.objective,
        "product": product,
    }
    person = make_user()
    set_watch(person=person, noun=noun, object_id=things[noun].pk, product=product.key)  # type: ignore[union-attr]
    make_comment(requirement)
    assert told(person) == [("comment", "commented")]


def test_an_owner_who_stopped_or_turned_it_off_hears_nothing() -> None:
    stopped, off = make_user(), make_user()
    first, second = make_requirement(owner=stopped), make_requirement(owner=off)
    set_watch(person=stopped, noun="requirement", object_id=first.pk, stopped=True)
    save_settings(NoticeSettings(person=off, auto_watch=False))
    make_comment(first)
    make_comment(second)
    assert told(stopped) == told(off) == []


def verdicts(*outcomes: str, pending: str = "") -> tuple[User, Requirement]:
    """A watched requirement with these verdicts, one after the other."""
    requirement = make_judged(make_product())
    verification = requirement.revisions.get().criteria.get().verifications.get()
    version = requirement.product.candidate_version
    for outcome in outcomes:
        run = make_finished_run([1.0] * 3, verification.evaluation_version, version)
        make_verdict(verification, run, outcome, pending_confirmation=outcome == pending)
    watched_by(person := make_user(), requirement)
    return person, requirement


@pytest.mark.parametrize(
    ("outcomes", "pending", "news"),
    [
        (["not_met"], "", ["from met to not met"]),
        (["met"], "", []),
        (["inconclusive", "not_met"], "", ["from met to not met"]),
        (["not_met"], "not_met", []),
        (["not_met", "met"], "", ["from met to not met", "from not met to met"]),
    ],
)
def test_a_confirmed_change_of_verdict_is_told(outcomes: list[str], pending: str, news: list[str]) -> None:
    person, _ = verdicts(*outcomes, pending=pending)
    words = [text for kind, text in told(person) if kind == "verdict"]
    assert len(words) == len(news)
    assert all(part in text for part, text in zip(news, words, strict=True))
    assert Outcome.MET


def test_a_recheck_is_told_once_however_often_it_is_worked_out() -> None:
    from capabilities.services.standings import rebuild_standings

    person, requirement = verdicts()
    verification = requirement.revisions.get().criteria.get().verifications.get()
    verification.stamp = {**verification.stamp, "criterion": "another"}
    verification.save()
    for _ in range(2):
        rebuild_standings(requirement.product)
        requirement.standings.update(lean="no")
    assert [kind for kind, _ in told(person)] == ["recheck"]


def test_waivers_are_told_a_week_before_they_end_and_when_they_ended() -> None:
    requirement = watched_by(person := make_user())
    make_waiver(requirement, expires_on=timezone.localdate() + timedelta(days=6))
    make_waiver(requirement, "AC-2", expires_on=timezone.localdate() - timedelta(days=1))
    make_waiver(requirement, "AC-3", expires_on=timezone.localdate() + timedelta(days=60))
    tell_of_dates()
    tell_of_dates()
    words = sorted(text.split(" on ")[0] for _, text in told(person))
    assert words == ["the waiver of AC-1 ends", "the waiver of AC-2 ended"]


def test_a_waiver_is_told_when_it_is_given() -> None:
    requirement = watched_by(person := make_user(), make_requirement(criteria=[{}]))
    day = date.today() + timedelta(days=60)
    waive(actor=make_user(), requirement=requirement, criterion_key="AC-1", reason="Soon.", expires_on=day)
    assert told(person) == [("waiver", f"accepted a miss until {day}")]


def test_a_model_that_moved_or_ends_is_told_to_who_watches_it_or_its_product() -> None:
    version = make_model_version()
    of_model, of_product = make_user(), make_user()
    product = make_product(subjects=[version.model])
    set_watch(person=of_model, noun="model", object_id=version.model_id)
    set_watch(person=of_product, noun="product", object_id=product.pk, product=product.key)
    ModelEvent.objects.create(model_version=version, kind="resolved", before="a", after="b")
    ModelVersion.objects.filter(pk=version.pk).update(shutdown_on=timezone.localdate() + timedelta(days=3))
    tell_of_dates()
    for person in (of_model, of_product):
        kinds = {text.split(" on ")[0] for _, text in told(person)}
        assert kinds == {"answers under another model id: a → b", "is shut down"}


def test_a_finished_round_is_told_to_who_started_it() -> None:
    person = make_user()
    ended = make_round(created_by=person)
    ended.summary, ended.finished_at = {"runs": {"done": 3, "failed": 1}}, timezone.now()
    ended.save()
    assert told(person) == [("round", "is finished: 3 done, 1 failed")]


def test_what_cannot_be_told_keeps_nobody_else_waiting_and_says_why() -> None:
    ada = make_user(username="ada")
    Happening.objects.create(source="recheck", source_id=2**40)
    broken = Happening.objects.create(source="model", source_id=-1)
    Happening.objects.filter(pk=broken.pk).update(source="nonsense")
    make_comment(text="@ada")
    assert told(ada) == [("mention", "commented")]
    broken.refresh_from_db()
    assert "nonsense" in broken.error
    assert Happening.objects.count() == 1


def test_losing_access_hides_the_notices_and_the_count() -> None:
    product = make_product(key="HID", restricted=True)
    membership = make_membership(product)
    person = membership.user
    watched_by(person, requirement := make_requirement(product))
    make_comment(requirement, author=make_membership(product).user)
    assert len(told(person)) == 1
    client = signed_in(person)
    assert "1 unread" in client.get("/notices/").content.decode()
    membership.delete()
    page = client.get("/notices/").content.decode()
    assert "HID" not in page
    assert "1 unread" not in page
    assert client.get("/api/v1/notices/").json()["results"] == []
    make_comment(requirement, author=product.memberships.get().user)
    assert len(told(person)) == 1


def test_an_erasure_takes_notices_and_watches_along() -> None:
    person = make_user()
    watched_by(person)
    make_notice(person)
    pseudonymise_user(user=person, actor=make_user(Role.ADMIN))
    assert not Notice.objects.filter(person=person).exists()
    assert not Watch.objects.filter(person=person).exists()


def test_notices_of_one_thing_stand_together_and_are_read_by_opening_it() -> None:
    person = make_user(Role.VIEWER)
    product = make_product(key="VA")
    requirement = make_requirement(product)
    for words in ("commented", "replied", "resolved it"):
        make_notice(
            person, label=requirement.key, product="VA", text=words, url=f"/requirements/{requirement.key}/"
        )
    other = make_notice(person, label="A round", url="/rounds/1/")
    client = signed_in(person)
    page = client.get("/notices/").content.decode()
    assert "3 changes" in page
    assert "4 unread" in page
    client.get(f"/requirements/{requirement.key}/")
    assert list(Notice.objects.filter(read_at=None)) == [other]
    assert client.get(f"/notices/{other.pk}/open/")["Location"] == "/rounds/1/"
    assert not Notice.objects.filter(read_at=None).exists()


def test_one_or_all_are_marked_as_read_and_only_ones_own() -> None:
    person, other = make_user(), make_user()
    first, second, theirs = make_notice(person), make_notice(person), make_notice(other)
    client = signed_in(person)
    client.post("/notices/read/", {"notice": [first.pk, theirs.pk]})
    assert set(Notice.objects.filter(read_at=None)) == {second, theirs}
    client.post("/notices/read/")
    assert set(Notice.objects.filter(read_at=None)) == {theirs}
    assert client.get(f"/notices/{theirs.pk}/open/").status_code == 404


def test_the_bell_costs_one_query_however_much_there_is(django_assert_num_queries: Any) -> None:
    person = make_user()
    client = signed_in(person)
    client.get("/products/")
    with CaptureQueriesContext(connection) as few:
        client.get("/products/")
    for _ in range(30):
        make_notice(person)
    with django_assert_num_queries(len(few)):
        assert "30 unread" in client.get("/products/").content.decode()
    assert sum("people_notice" in query["sql"] for query in few) == 1


def test_more_notices_take_the_same_queries(django_assert_num_queries: Any) -> None:
    person = make_user()
    client = signed_in(person)
    make_notice(person, actor=make_user())
    client.get("/notices/")
    with CaptureQueriesContext(connection) as few:
        client.get("/notices/")
    for number in range(20):
        make_notice(person, label=f"VA-{number}", actor=make_user())
    with django_assert_num_queries(len(few)):
        client.get("/notices/")


def test_what_one_watches_is_listed_and_stopped() -> None:
    person = make_user()
    own, chosen = make_requirement(owner=person), watched_by(person)
    client = signed_in(person)
    page = client.get("/account/watching/").content.decode()
    assert own.key in page
    assert chosen.key in page
    assert own.revisions.get().title in page
    client.post("/account/watching/set/", {"noun": "requirement", "id": own.pk, "way": "stop"})
    assert [one["label"] for one in client.get("/api/v1/watches/").json()] == [chosen.key]


def test_nothing_hidden_is_watched() -> None:
    hidden = make_requirement(make_product(restricted=True))
    client = signed_in()
    body = {"noun": "requirement", "id": hidden.pk}
    assert client.post("/account/watching/set/", body).status_code == 404
    assert client.post("/api/v1/watches/", body, "application/json").status_code == 400
    assert not Watch.objects.exists()


def test_the_settings_are_saved_on_the_page_and_over_the_api() -> None:
    client = signed_in(person := make_user())
    page = client.get("/account/notices/").content.decode()
    assert "no mail server" in page
    body = {"mail": True, "digest_hour": 6, "zone": "Europe/Rome", "by_kind": {"comment": "never"}}
    shown = client.patch("/api/v1/notice-settings/", body, "application/json").json()
    assert (shown["zone"], shown["by_kind"]["comment"], shown["by_kind"]["mention"]) == (
        "Europe/Rome",
        "never",
        "at_once",
    )
    form = {f"kind_{kind}": "daily" for kind in Notice.Kind.values}
    client.post("/account/notices/", {**form, "digest_hour": 7, "zone": "Asia/Tokyo"})
    own = NoticeSettings.objects.get(person=person)
    assert (own.mail, own.auto_watch, own.digest_hour, own.by_kind["mention"]) == (False, False, 7, "daily")
    with pytest.raises(ValidationError):
        save_settings(NoticeSettings(person=person, digest_hour=25))
