"""Links between requirements: what is refused, what becomes suspect, and what nobody else may see."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from capabilities.models import Link, Requirement
from capabilities.queries.links import dependency_tree, links_of
from capabilities.queries.products import only
from capabilities.services.links import add_link, confirm_link, remove_link
from config.errors import Refused
from config.people.models import AuditEntry
from tests.factories.capabilities import (
    make_evidence,
    make_link,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
)
from tests.factories.people import make_user

KINDS = list(Link.Kind)


@pytest.fixture
def trio(db: None) -> list[Requirement]:
    product = make_product(key="VA")
    return [make_requirement(product, approved=True, criteria=[{}]) for _ in range(3)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_requirement_is_not_linked_to_itself(trio: list[Requirement], kind: str) -> None:
    with pytest.raises(Refused, match="VA-1 cannot be linked to itself"):
        add_link(actor=None, source=trio[0], target=trio[0], kind=kind)
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(source=trio[0], target=trio[0], kind=kind, revision=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_link_twice_is_refused(trio: list[Requirement], kind: str) -> None:
    add_link(actor=None, source=trio[0], target=trio[1], kind=kind)
    with pytest.raises(Refused, match=r"VA-1 .* VA-2 already"):
        add_link(actor=None, source=trio[0], target=trio[1], kind=kind)


@pytest.mark.parametrize("kind", ["conflicts", "duplicates"])
def test_a_conflict_or_a_duplicate_is_said_once_for_both(trio: list[Requirement], kind: str) -> None:
    add_link(actor=None, source=trio[0], target=trio[1], kind=kind)
    with pytest.raises(Refused, match="one link speaks for both"):
        add_link(actor=None, source=trio[1], target=trio[0], kind=kind)


@pytest.mark.parametrize("kind", ["refines", "depends_on"])
def test_a_circle_is_refused_over_any_number_of_steps(trio: list[Requirement], kind: str) -> None:
    one, two, three = trio
    add_link(actor=None, source=one, target=two, kind=kind)
    with pytest.raises(Refused, match="close a circle"):
        add_link(actor=None, source=two, target=one, kind=kind)
    add_link(actor=None, source=two, target=three, kind=kind)
    with pytest.raises(Refused, match="directly or through others"):
        add_link(actor=None, source=three, target=one, kind=kind)


def test_kinds_do_not_make_a_circle_together(trio: list[Requirement]) -> None:
    add_link(actor=None, source=trio[0], target=trio[1], kind="refines")
    add_link(actor=None, source=trio[1], target=trio[0], kind="depends_on")
    assert Link.objects.count() == 2


@pytest.mark.parametrize("lifecycle", ["rejected", "retired"])
def test_nothing_depends_on_what_was_put_aside_for_good(trio: list[Requirement], lifecycle: str) -> None:
    trio[1].lifecycle, trio[1].lifecycle_reason = lifecycle, "Old."
    trio[1].save()
    with pytest.raises(Refused, match=f"VA-2 is {lifecycle}"):
        add_link(actor=None, source=trio[0], target=trio[1], kind="depends_on")
    add_link(actor=None, source=trio[0], target=trio[1], kind="duplicates")


@pytest.mark.django_db(transaction=True)
def test_two_links_made_at_once_do_not_close_a_circle() -> None:
    product = make_product()
    one, two = (make_requirement(product) for _ in range(2))
    start = Barrier(2)

    def link(source: Requirement, target: Requirement) -> str:
        start.wait()
        try:
            add_link(actor=None, source=source, target=target, kind="depends_on")
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as people:
        done = [people.submit(link, one, two), people.submit(link, two, one)]
    assert sorted(each.result() for each in done) == ["circle", "made"]


def test_a_link_is_suspect_once_the_other_text_changed_and_until_it_is_confirmed(
    trio: list[Requirement],
) -> None:
    person = make_user("pm")
    link = add_link(actor=person, source=trio[0], target=trio[1], kind="refines")

    def suspect() -> bool:
        return links_of(trio[0], person, only(None)).rows[0].suspect

    assert not suspect()
    make_revision(trio[1], approved=True, title="Only another title", criteria=[])
    trio[1].refresh_from_db()
    assert suspect()
    confirmed = confirm_link(actor=person, link=link)
    assert (confirmed.revision, confirmed.confirmed_by, suspect()) == (2, person, False)


def test_a_draft_that_is_not_agreed_yet_makes_no_link_suspect(trio: list[Requirement]) -> None:
    person = make_user("pm")
    make_link(trio[0], trio[1])
    make_revision(trio[1], shall="say something else")
    assert not links_of(trio[0], person, only(None)).rows[0].suspect


def test_each_end_says_the_link_in_its_own_words(trio: list[Requirement]) -> None:
    person = make_user("viewer")
    for kind in KINDS:
        make_link(trio[0], trio[1], kind)
    there = [row.words for row in links_of(trio[0], person, only(None)).rows]
    here = [row.words for row in links_of(trio[1], person, only(None)).rows]
    assert there == ["Refines", "Depends on", "Conflicts with", "Duplicates"]
    assert here == ["Refined by", "Needed by", "Conflicts with", "Duplicated by"]


def test_what_was_linked_confirmed_and_removed_is_in_the_audit(trio: list[Requirement]) -> None:
    person = make_user("pm")
    link = add_link(actor=person, source=trio[0], target=trio[1], kind="depends_on", note="Same words")
    confirm_link(actor=person, link=link)
    remove_link(actor=person, link=link)
    entries = AuditEntry.objects.filter(verb__startswith="link.").order_by("pk")
    assert [entry.verb for entry in entries] == ["link.added", "link.confirmed", "link.removed"]
    assert [(bool(entry.before), bool(entry.after)) for entry in entries] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert entries[0].after["target"] == "VA-2"
    with pytest.raises(Refused, match="taken away already"):
        remove_link(actor=person, link=link)


class TestHidden:
    """A link to a product that only its members may see."""

    @pytest.fixture
    def across(self, db: None) -> tuple[Requirement, Requirement, Any]:
        ours = make_requirement(make_product(key="OPEN"), approved=True, criteria=[{}])
        secret = make_product(key="SECRET", restricted=True)
        theirs = make_requirement(secret, approved=True, criteria=[{}], revision={"title": "Zebra stripes"})
        member = make_user("pm")
        make_membership(secret, member)
        return ours, theirs, member

    def test_is_made_only_by_somebody_who_sees_both(self, across: Any) -> None:
        ours, theirs, member = across
        with pytest.raises(Refused, match="no such requirement"):
            add_link(actor=make_user("pm"), source=ours, target=theirs, kind="depends_on")
        link = add_link(actor=member, source=ours, target=theirs, kind="depends_on")
        with pytest.raises(Refused, match="no such requirement"):
            remove_link(actor=make_user("pm"), link=link)

    def test_is_counted_at_the_end_that_rests_on_it_and_says_nothing_more(self, across: Any) -> None:
        ours, theirs, member = across
        make_link(ours, theirs)
        others = links_of(ours, make_user("pm"), only(None))
        assert (list(others.rows), others.hidden) == ([], 1)
        assert links_of(ours, member, only(None)).rows[0].other.revision.title == "Zebra stripes"
        tree = dependency_tree(ours, make_user("pm"), only(None), outward=True)
        assert (list(tree.branches), tree.hidden) == ([], 1)

    def test_is_not_even_counted_at_the_other_end(self, across: Any) -> None:
        ours, theirs, _ = across
        make_link(theirs, ours)
        others = links_of(ours, make_user("pm"), only(None))
        assert (list(others.rows), others.hidden) == ([], 0)
        tree = dependency_tree(ours, make_user("pm"), only(None), outward=False)
        assert (list(tree.branches), tree.hidden) == ([], 0)


def flat(branches: Any, depth: int = 0) -> list[tuple[int, str, bool]]:
    found = []
    for branch in branches:
        found.append((depth, branch.state.requirement.key, branch.again))
        found += flat(branch.below, depth + 1)
    return found


def test_the_tree_shows_every_step_once_and_ends_in_circles_of_several_kinds(trio: list[Requirement]) -> None:
    one, two, three = trio
    make_link(one, two)
    make_link(two, three)
    make_link(one, three)
    make_link(three, one, "refines")
    person = make_user("viewer")
    down = dependency_tree(one, person, only(None), outward=True)
    assert flat(down.branches) == [
        (0, "VA-2", False),
        (1, "VA-3", False),
        (2, "VA-1", True),
        (0, "VA-3", True),
    ]
    up = dependency_tree(three, person, only(None), outward=False)
    assert [key for _, key, _ in flat(up.branches)][:2] == ["VA-1", "VA-3"]


def test_links_cost_the_same_queries_for_two_as_for_twenty(db: None) -> None:
    person = make_user("viewer")

    def queries(count: int) -> int:
        product = make_product()
        root = make_requirement(product, approved=True, criteria=[{}])
        for _ in range(count):
            make_link(root, make_evidence(product=product).criterion.revision.requirement)
        with CaptureQueriesContext(connection) as found:
            assert len(links_of(root, person, only(None)).rows) == count
            assert len(dependency_tree(root, person, only(None), outward=True).branches) == count
        return len(found)

    assert queries(2) == queries(20) <= 30
