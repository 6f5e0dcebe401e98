"""What would change our mind: noted on a requirement with a day, told on that day, listed when due, looked at again."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Remark, Requirement
from capabilities.services.remarks import remark, settle
from capabilities.services.telling import tell_of_dates
from config.errors import Conflict, Refused
from config.people.models import AuditEntry, Notice, Role
from tests.api_client import Caller
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import make_problem, make_product, make_remark, make_requirement
from tests.factories.evaluations import make_claimed_score, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


def test_a_note_on_a_requirement_needs_words_and_a_day_to_come() -> None:
    requirement, today = make_requirement(), timezone.localdate()
    for text, day, field in (
        (" ", today + TOMORROW, "text"),
        ("If.", None, "remind_on"),
        ("If.", today, "remind_on"),
    ):
        with pytest.raises(Refused) as refusal:
            remark(actor=make_user(), about=requirement, text=text, remind_on=day)
        assert list(refusal.value.fields) == [field]
    assert not Remark.objects.exists()


def test_owner_and_who_noted_it_are_told_once_on_the_day_and_nobody_after_it_was_looked_at() -> None:
    owner, talker = make_user(Role.PM), make_user(Role.VIEWER)
    requirement = make_requirement(owner=owner)
    make_remark(requirement, due_in=1, author=talker)
    looked_at = make_remark(requirement, due_in=0, author=talker)
    settle(actor=owner, said=looked_at, found="Still dear.")
    tell_of_dates()
    assert not Notice.objects.exists()
    make_remark(requirement, due_in=0, author=talker)
    tell_of_dates()
    tell_of_dates()
    told = "wants to be looked at: somebody noted what would change our mind"
    assert {(notice.person_id, notice.text) for notice in Notice.objects.all()} == {
        (owner.pk, told),
        (talker.pk, told),
    }
    assert Notice.objects.count() == 2


def test_looking_again_is_kept_once_on_record_and_the_words_never_change() -> None:
    said = settle(actor=make_user(), said=make_remark(), found="Prices fell by half.")
    with pytest.raises(Conflict):
        settle(actor=make_user(), said=said, found="Again.")
    with pytest.raises(Refused):
        settle(actor=make_user(), said=make_remark(make_problem()), found=" ")
    assert AuditEntry.objects.filter(verb="requirement.looked_again").count() == 1
    for change in ({"text": "Other."}, {"found": "Other."}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Remark.objects.filter(pk=said.pk).update(**change)


def test_what_is_due_stands_on_the_intent_page_until_somebody_says_what_they_found() -> None:
    requirement = make_judged(make_product(key="VA"))
    due, later = (
        make_remark(requirement, due_in=0, text="If prices fall."),
        make_remark(requirement, text="Later."),
    )
    make_remark(make_requirement(), due_in=0, text="Of another product.")
    client = signed_in()
    page = client.get("/intent/", {"product": "VA"}).text
    listed = page.split('id="due-again"')[1].split("</section>")[0]
    assert "If prices fall." in listed and "Later." not in listed and "another product" not in page
    assert "look again" in page.split('id="rows"')[1]
    client.post(f"/remarks/{due.pk}/settle/", {"found": "They did."})
    page = client.get("/intent/", {"product": "VA"}).text
    assert 'id="due-again"' not in page
    assert "They did." in client.get(f"/requirements/{requirement.key}/").text
    assert signed_in(role=Role.VIEWER).post(f"/remarks/{later.pk}/settle/", {"found": "x"}).status_code == 403


def test_it_is_noted_on_the_requirement_s_page() -> None:
    requirement = make_requirement()
    day = timezone.localdate() + TOMORROW
    form = {"text": "If prices fall.", "remind_on": day.isoformat()}
    client = signed_in(role=Role.VIEWER)
    assert client.post(f"/requirements/{requirement.key}/remarks/", form).status_code == 302
    assert "If prices fall." in client.get(f"/requirements/{requirement.key}/").text
    client.post(f"/requirements/{requirement.key}/remarks/", form | {"remind_on": "2026-13-45"})
    assert Remark.objects.count() == 1


def test_the_api_notes_lists_what_is_due_and_settles() -> None:
    requirement = make_requirement(product=make_product(key="VA"))
    caller = Caller("read", "write")
    day = (timezone.localdate() + TOMORROW).isoformat()
    made = caller.post(f"/requirements/{requirement.key}/remarks/", {"text": "If.", "remind_on": day})
    assert made.status_code == 201 and made.json()["requirement"] == requirement.key
    assert caller.post(f"/requirements/{requirement.key}/remarks/", {"text": "If."}).status_code == 400
    due = make_remark(requirement, due_in=0)
    listed = caller.get("/remarks/", {"product": "VA", "due": "true"}).json()["results"]
    assert [one["id"] for one in listed] == [due.pk]
    settled = caller.post(f"/remarks/{due.pk}/settle/", {"found": "Nothing."}).json()
    assert settled["found"] == "Nothing." and settled["settled_by"] == caller.user.username
    assert [one["id"] for one in caller.get("/remarks/", {"settled": "false"}).json()["results"]] == [
        made.json()["id"]
    ]


def measured(product: object) -> Requirement:
    """With a note that waits and a rival's claim on what it measures."""
    requirement = make_judged(product)  # type: ignore[arg-type]
    make_remark(requirement)
    version = requirement.revisions.get().criteria.get().verifications.get().evaluation_version
    make_claimed_score(make_model_version(make_model(side="competitor", name="Nova")), version, value=0.97)
    return requirement


def test_the_intent_map_names_claims_and_costs_the_same_however_many() -> None:
    product, client = make_product(key="VA"), signed_in()

    def look() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            page = client.get("/intent/", {"product": "VA"}).text
        return page, len(captured)

    measured(product)
    look()
    page, few = look()
    assert "97.0\u00a0% on AC-1, claimed by the vendor, not measured here" in page.split('id="rows"')[1]
    for _ in range(4):
        measured(product)
    look()
    assert look()[1] == few
