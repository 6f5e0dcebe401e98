"""What happened in a product: whose deeds, in which words, and nothing of what one may not see."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from capabilities.models import Product, Verdict
from capabilities.queries.activity import Feed, Wanted, activity, of_requirement
from capabilities.services import requirements as life
from capabilities.services.comments import edit_comment, withdraw_comment
from capabilities.services.links import add_link
from capabilities.services.products import set_member
from config.people.models import AuditEntry, Role, User
from config.people.services.audit import record
from config.people.services.users import pseudonymise_user
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_comment,
    make_criterion,
    make_product,
    make_requirement,
    make_verdict,
    make_verification,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return make_user(Role.PM, first_name="Mia", last_name="Berg")


@pytest.fixture
def product() -> Product:
    return make_product(key="VA")


def feed_of(product: Product, user: User | None = None, **wanted: Any) -> Feed:
    return activity(product, user or make_user(Role.VIEWER), Wanted(**wanted))


def page(user: User | None = None, **query: str) -> str:
    client = signed_in(user or make_user(Role.VIEWER))
    return str(client.get("/activity/", query).content.decode())


def deed(product: Product, verb: str = "baseline.created", **details: Any) -> AuditEntry:
    details.setdefault("noun", verb.partition(".")[0])
    details.setdefault("object_id", 1)
    details.setdefault("label", "BL-1")
    return record(actor=details.pop("actor", None), verb=verb, product=product.key, **details)


def flipped(product: Product, outcomes: tuple[str, ...] = ("met", "met", "not_met")) -> list[Verdict]:
    criterion = make_criterion(make_requirement(product).revisions.get())
    verification = make_verification(criterion)
    first = make_verdict(verification, outcome=outcomes[0])
    return [
        first,
        *(
            make_verdict(verification, outcome=outcome, model_version=first.model_version)
            for outcome in outcomes[1:]
        ),
    ]


def test_deeds_comments_and_verdict_changes_stand_together_newest_first(
    product: Product, manager: User
) -> None:
    verdicts = flipped(product)
    requirement = verdicts[0].verification.criterion.revision.requirement
    make_comment(requirement, "Why *now*?", author=manager, kind="question", asked="research")
    life.put_aside(actor=manager, requirement=requirement, lifecycle="deferred", reason="In spring.")
    events = feed_of(product).events
    assert [event.verb for event in events] == [
        "requirement.deferred",
        "comment.made",
        "verdict",
        "verdict",
    ], "a verdict that stays the same is no news"
    told = page(product="VA")
    assert "Mia Berg deferred it" in told
    assert "asked research" in told
    assert "“Why now?”" in told
    assert "went from met to" in told
    assert "In spring." in told
    on_its_page = [event.verb for event in of_requirement(requirement, 20)]
    assert on_its_page == [event.verb for event in events]
    shown = signed_in(manager).get(f"/requirements/{requirement.key}/").content.decode()
    assert shown.index("Who did what") < shown.index("asked research") < shown.index("went from met to")


def test_values_are_told_before_and_after_with_people_by_their_names_of_today(
    product: Product, manager: User
) -> None:
    requirement = make_requirement(product, owner=manager)
    other = make_user(Role.PM, first_name="Jo", last_name="Lind")
    life.set_fields(actor=manager, requirement=requirement, owner=other, priority="should")
    changes = {name: (before, after) for name, before, after in feed_of(product).events[0].changes}
    assert changes["owner"] == ("Mia Berg", "Jo Lind")
    assert "Mia Berg → Jo Lind" in page(product="VA")
    pseudonymise_user(actor=make_user("admin"), user=other)
    assert "Jo Lind" not in page(product="VA")
    life.set_fields(actor=manager, requirement=requirement, owner=None)
    assert feed_of(product).events[0].changes[0][2] == ""


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ({"group": "comment"}, ["comment.made"]),
        ({"group": "verdict"}, ["verdict"]),
        ({"group": "decision"}, ["baseline.created"]),
        ({"group": "plan"}, ["objective.created"]),
        ({"noun": "objective"}, ["objective.created"]),
        ({"noun": "baseline", "group": "comment"}, []),
        ({"group": "nonsense", "noun": "x", "actor": "-1", "since": "2026-99-99"}, None),
    ],
)
def test_the_page_and_the_api_filter_alike(
    query: dict[str, str], verbs: list[str] | None, product: Product
) -> None:
    make_comment(flipped(product, ("met",))[0].verification.criterion.revision.requirement)
    deed(product, "objective.created", label="Fewer stops")
    deed(product)
    client = signed_in(role=Role.VIEWER)
    found = client.get("/activity/", {"product": "VA"} | query).context["feed"].events
    every = ["baseline.created", "objective.created", "comment.made", "verdict"]
    assert [event.verb for event in found] == (every if verbs is None else verbs)
    reply = Caller("read").get("/activity/", {"product": "VA"} | query)
    if verbs is None:
        assert reply.status_code == 400
    else:
        assert [one["verb"] for one in reply.json()["results"]] == verbs


def test_one_persons_deeds_since_a_day(product: Product, manager: User) -> None:
    deed(product, actor=manager)
    deed(product)
    flipped(product, ("met",))
    assert [event.actor for event in feed_of(product, actor=manager.pk).events] == [manager]
    later = timezone.now() + timedelta(days=2)
    assert feed_of(product, since=later).events == []
    assert "Nothing that happened matches" in page(product="VA", since=later.date().isoformat())


def test_older_slices_come_to_an_end_and_tell_everything_once(product: Product) -> None:
    flipped(product, ("met", "not_met", "met"))
    for number in range(4):
        deed(product, label=f"BL-{number}")
    viewer, seen, before = make_user(Role.VIEWER), [], ""
    while True:
        feed = activity(product, viewer, Wanted(), before=before, size=2)
        seen += [event.place for event in feed.events]
        before = feed.older
        if not before:
            break
    assert len(seen) == 7
    assert seen == sorted(set(seen), reverse=True)


def test_nonsense_as_a_place_shows_the_newest(product: Product) -> None:
    deed(product)
    for before in ("x", "1.2.3", "٣.1.1", "-1.1.1"):
        assert len(activity(product, make_user(), Wanted(), before=before).events) == 1


def test_another_products_deeds_are_not_told_and_a_hidden_target_is_not_named(
    product: Product, manager: User
) -> None:
    secret = make_product(key="SECRET", restricted=True)
    hidden = make_requirement(secret, revision={"title": "Hidden plan"})
    admin = make_user("admin")
    add_link(actor=admin, source=make_requirement(product), target=hidden, kind="refines", note="Hush")
    make_comment(hidden, "Quiet words")
    told = page(product="VA")
    assert "added a link" in told
    for word in ("SECRET", "Hush", "Hidden plan", "Quiet words"):
        assert word not in told, word
    assert "SECRET" in page(admin, product="VA")
    assert "Quiet words" not in page(product="SECRET")
    assert Caller("read", user=manager).get("/activity/", {"product": "SECRET"}).status_code in {400, 404}
    reply = Caller("read", user=manager).get("/activity/", {"product": "VA"})
    assert "SECRET" not in reply.content.decode()


def test_words_that_were_withdrawn_or_replaced_are_told_no_more(product: Product, manager: User) -> None:
    said = make_comment(make_requirement(product), "First words", author=manager)
    edit_comment(actor=manager, said=said, text="Better words")
    told = page(product="VA")
    assert "Better words" in told
    assert "First words" not in told
    withdraw_comment(actor=manager, said=said)
    told = page(product="VA")
    assert "words”" not in told
    assert "withdrew what they had said" in told


def test_who_is_a_member_is_not_told(product: Product) -> None:
    set_member(actor=make_user("admin"), product=product, user=make_user(Role.VIEWER), role="pm")
    assert feed_of(product).events == []


def test_a_product_where_nothing_happened_says_so(product: Product) -> None:
    assert "Nothing yet" in page(product="VA")


def test_htmx_gets_the_part_alone(product: Product) -> None:
    deed(product)
    part = signed_in(role=Role.VIEWER).get("/activity/", {"product": "VA"}, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="feed">')


def test_the_api_tells_a_verdict_and_leads_on(product: Product) -> None:
    flipped(product, ("met", "not_met"))
    caller = Caller("read")
    first = caller.get("/activity/", {"product": "VA", "page_size": 1}).json()
    assert first["results"][0]["verdict"]["before"] == "met"
    assert first["results"][0]["verdict"]["after"] == "not_met"
    second = caller.client.get(first["next"], headers=caller.headers).json()
    assert second["results"][0]["verdict"]["before"] == ""
    assert second["next"] is None


@pytest.mark.parametrize("times", [1, 6])
def test_a_long_feed_costs_no_more_queries(
    times: int, product: Product, manager: User, query_count: Any
) -> None:
    for _ in range(times):
        requirement = flipped(product, ("met",))[0].verification.criterion.revision.requirement
        make_comment(requirement, author=manager)
        life.set_fields(actor=manager, requirement=requirement, owner=manager, priority="should")
        add_link(actor=manager, source=requirement, target=make_requirement(product), kind="refines")
    with query_count(7):
        activity(product, manager, Wanted())
