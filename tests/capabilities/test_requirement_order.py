"""The list in SQL finds, sorts and groups exactly as going through every state one by one does."""

import unicodedata
from collections.abc import Callable, Iterator
from itertools import product as pairs
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from capabilities.models import Objective, Product, Requirement, Standing, StandingMark
from capabilities.queries.axes import COVERAGE_WORST_FIRST, FRESHNESS_WORST_FIRST
from capabilities.queries.products import JudgedVersions, judged_versions, only
from capabilities.queries.requirement_order import GROUPINGS, SORTED, TRENDS_WORST_FIRST, WORST_FIRST
from capabilities.queries.requirement_rows import as_record
from capabilities.queries.requirements import counts_by_outcome, filter_from, requirement_list
from capabilities.queries.states import RequirementState, requirement_states
from capabilities.services.standings import refresh_due
from evaluations.models import Kind, ModelVersion
from tests.capabilities.worlds import make_mixed_world
from tests.made_once import made_once

pytestmark = pytest.mark.django_db
SEEDS = (1, 2, 3)
HORIZONS = list(Objective.Horizon.values)
YES_NO = {True: "yes", False: "no"}


def letters(text: str) -> str | None:
    return text.lower() or None


def place(order: Any, word: str) -> int | None:
    words = list(order)
    return words.index(word) if word in words else None


def owner(state: RequirementState) -> str | None:
    person = state.requirement.owner
    return letters(person.shown_name) if person else None


def objective(state: RequirementState) -> tuple[int, int, str] | None:
    found = state.requirement.objective
    return (HORIZONS.index(found.horizon), found.position, found.title) if found else None


def title(state: RequirementState) -> str:
    plain = unicodedata.normalize("NFKD", state.revision.title.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))


def newest_verdict(state: RequirementState) -> Any:
    return max(
        (one.verdict.created_at for one in state.criteria if one.criterion.must and one.verdict), default=None
    )


def capability(state: RequirementState) -> str | None:
    found = state.requirement.capability
    return letters(found.name) if found else None


# What a row is sorted by, said of one state; None comes last whichever way.
KEYS: dict[str, Callable[[RequirementState], Any]] = {
    "key": lambda state: state.requirement.number,
    "order": lambda state: state.requirement.position,
    "title": title,
    "verdict": lambda state: WORST_FIRST[state.outcome],
    "trend": lambda state: place(TRENDS_WORST_FIRST, state.trend),
    "gap": lambda state: state.gap.point if state.gap else None,
    "freshness": lambda state: place(FRESHNESS_WORST_FIRST, state.freshness),
    "coverage": lambda state: place(COVERAGE_WORST_FIRST, state.coverage),
    "judged": newest_verdict,
    "intent": lambda state: place(Requirement.Intent.values, state.requirement.intent),
    "priority": lambda state: place(Requirement.Priority.values, state.requirement.priority),
    "commitment": lambda state: place(Requirement.Commitment.values, state.requirement.commitment),
    "lifecycle": lambda state: place(Requirement.Lifecycle.values, state.requirement.lifecycle),
    "kind": lambda state: place(Kind.values, state.requirement.kind),
    "capability": capability,
    "objective": objective,
    "owner": owner,
    "target": lambda state: letters(state.requirement.target),
    "updated": lambda state: state.requirement.updated_at,
}


def gap_word(state: RequirementState) -> str:
    if state.gap is None:
        return ""
    return "level" if not state.gap.supported else "ahead" if state.gap.point > 0 else "behind"


def branch(state: RequirementState) -> set[str]:
    found = state.requirement.capability
    above = found.parent if found else None
    return {each.slug for each in (found, above) if each} or {"~none"}


# The words of a state that a filter may name.
WORDS: dict[str, Callable[[RequirementState], set[str]]] = {
    "verdict": lambda state: {state.outcome},
    "freshness": lambda state: {state.freshness},
    "coverage": lambda state: {state.coverage},
    "trend": lambda state: {state.trend},
    "waived": lambda state: {YES_NO[state.waived]},
    "pending": lambda state: {YES_NO[state.pending]},
    "gap": lambda state: {gap_word(state)},
    "lifecycle": lambda state: {state.requirement.lifecycle},
    "kind": lambda state: {state.requirement.kind},
    "priority": lambda state: {state.requirement.priority},
    "intent": lambda state: {state.requirement.intent},
    "commitment": lambda state: {state.requirement.commitment},
    "reviewing": lambda state: (
        {one.status for one in (state.revision, state.draft) if one} & {"draft", "in_review"}
    ),
    "capability": branch,
    "objective": lambda state: {str(state.requirement.objective_id or "~none")},
    "owner": lambda state: {state.requirement.owner.username if state.requirement.owner else "~none"},
    "target": lambda state: {state.requirement.target or "~none"},
    "tag": lambda state: set(state.requirement.tags),
}


def every_state(product: Product, versions: JudgedVersions) -> list[RequirementState]:
    rows = product.requirements.select_related("product", "capability__parent", "objective", "owner")
    return requirement_states(rows, versions)


def in_order(states: list[RequirementState], sort: str, group: str) -> list[int]:
    """Sorted by going through all of them, as the page did before standings were kept."""
    descending = sort.startswith("-")
    key = KEYS[sort.removeprefix("-")]
    ordered = sorted(states, key=lambda state: state.requirement.number, reverse=descending)
    known = [state for state in ordered if key(state) is not None]
    ordered = sorted(known, key=key, reverse=descending) + [state for state in ordered if key(state) is None]
    if group:
        by = KEYS[group]
        ordered = sorted(
            ordered, key=lambda state: (by(state) is None, 0 if by(state) is None else by(state))
        )
    return [state.requirement.pk for state in ordered]


def listed(product: Product, versions: JudgedVersions, group: str = "", **query: str) -> list[int]:
    return list(requirement_list(product, versions, filter_from(query), group).ids)


def choices(product: Product) -> list[JudgedVersions]:
    some = ModelVersion.objects.select_related("model").filter(model__products=product).first()
    return [judged_versions(product), only(some), only(None)]


def make_refreshed(seed: int) -> Product:
    product = make_mixed_world(seed)
    refresh_due()
    return product


@pytest.fixture(scope="module", params=SEEDS)
def seeded(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Product]:
    with made_once(django_db_blocker, lambda: make_refreshed(request.param)) as product:
        yield product


@pytest.fixture
def world(seeded: Product) -> Product:
    return Product.objects.get(pk=seeded.pk)


def test_every_filter_finds_what_the_states_say(world: Product) -> None:
    for versions in choices(world):
        states = every_state(world, versions)
        for name, words in WORDS.items():
            for word in {word for state in states for word in words(state)} - {""}:
                expected = [
                    state.requirement.pk
                    for state in states
                    if word in words(state)
                    and (name == "lifecycle" or state.requirement.lifecycle not in {"retired", "rejected"})
                ]
                assert listed(world, versions, **{name: word}) == expected, (name, word)


def test_several_filters_hold_together_and_several_words_are_alternatives(world: Product) -> None:
    versions = judged_versions(world)
    states = every_state(world, versions)
    for outcome, kind in pairs(("met,not_met", "inconclusive"), ("llm,asr", "rules")):
        expected = [
            state.requirement.pk
            for state in states
            if state.outcome in outcome.split(",") and state.requirement.kind in kind.split(",")
        ]
        assert listed(world, versions, verdict=outcome, kind=kind) == expected


def test_every_column_sorts_both_ways(world: Product) -> None:
    for versions in choices(world):
        states = every_state(world, versions)
        for name in SORTED:
            for sort in (name, f"-{name}"):
                assert listed(world, versions, sort=sort) == in_order(states, sort, ""), sort


def test_every_group_stands_together_in_its_order(world: Product) -> None:
    versions = judged_versions(world)
    states = every_state(world, versions)
    for group, sort in pairs(GROUPINGS, ("key", "-gap", "title")):
        assert listed(world, versions, group, sort=sort) == in_order(states, sort, group), (group, sort)


def test_counts_and_sizes_of_groups_are_those_of_all_pages(world: Product) -> None:
    versions = judged_versions(world)
    for group, grouping in GROUPINGS.items():
        rows = requirement_list(world, versions, filter_from({}), group)
        states = list(rows)
        assert rows.counts == counts_by_outcome(states)
        values = [grouping.value(state) for state in states]
        assert {value: size for value, size in rows.group_sizes.items() if size} == {
            value: values.count(value) for value in values
        }


def test_a_slice_is_the_same_as_a_part_of_the_whole(world: Product) -> None:
    rows = requirement_list(world, judged_versions(world), filter_from({"sort": "verdict"}))
    whole = [state.requirement.pk for state in rows]
    assert [state.requirement.pk for state in rows[3:7]] == whole[3:7]
    assert rows[2].requirement.pk == whole[2]
    assert len(rows) == len(whole)


@pytest.mark.parametrize("kept", [True, False], ids=["as kept", "due"])
def test_rows_say_what_their_sources_say_kept_or_due(world: Product, kept: bool) -> None:
    for versions in choices(world):
        whole = list(requirement_list(world, versions, filter_from({})))
        if not kept:
            Standing.objects.update(outcome="met", gap_point=7)
            StandingMark.objects.bulk_create(StandingMark(requirement=one.requirement) for one in whole)
        bare = list(requirement_list(world, versions, filter_from({}), bare=True))
        assert [as_shown(one) for one in bare] == [as_shown(one) for one in whole]


def as_shown(state: RequirementState) -> list[object]:
    return [
        as_record(state),
        state.revision,
        state.draft,
        state.pending,
        state.gap,
        state.version,
    ]
