"""What changed in a product since a moment, sorted by what a product manager must act on."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from capabilities.models import Product, Verdict
from capabilities.queries.change_items import (
    Confirmations,
    Group,
    Item,
    Pair,
    aged,
    flips,
)
from capabilities.queries.change_objectives import as_they_stand, objectives, tallies_of
from capabilities.queries.change_points import Since, versions_then
from capabilities.queries.change_rivals import rival_moves
from capabilities.queries.change_states import Moments, states_then_and_now
from capabilities.queries.changes import event_words, events_since, models_of
from capabilities.queries.products import JudgedVersions
from capabilities.queries.states import RequirementState
from capabilities.queries.touched import touched, untold_among_others
from config.people.models import AuditEntry
from evaluations.models import UNDER_US, ModelVersion

# Each with a short and a whole heading, and what is to be done about it.
GROUPS: tuple[tuple[Group, str, str, str], ...] = (
    (
        "worse",
        "Missed or lost",
        "Missed, regressed or no longer proven",
        "Mend it, waive it for a while, or change what is asked.",
    ),
    (
        "pending",
        "To be confirmed",
        "Waits for a second run",
        "Nothing to decide yet: the confirming run was ordered.",
    ),
    (
        "moved",
        "Under us",
        "Changed under us",
        "Run again: the same name may not be the same model any more.",
    ),
    ("rivals", "Rivals", "Rivals moved", "Look at what you claim about them."),
    ("stale", "Look again", "Evidence to look at again", "Confirm the evidence, or run it again."),
    ("better", "Met or new", "Met, or judged for the first time", "Say so where it was missed."),
    ("versions", "Versions", "Versions that came and went", "Run what is new; move off what ends."),
)
NAMES: tuple[str, ...] = tuple(group for group, _, _, _ in GROUPS)
STAGES = ("model_version.released", "model_version.retired")


@dataclass(frozen=True)
class Changed:
    """items: in the order of the groups, must before should, the newest first."""

    product: Product
    version: ModelVersion | None
    since: Since
    now: datetime
    items: Sequence[Item]
    untold: int

    def of(self, group: str) -> list[Item]:
        return [item for item in self.items if item.group == group]


def changed(product: Product, versions: JudgedVersions, since: Since, now: datetime) -> Changed:
    """At most twenty-six queries, however many requirements; states are worked out of those alone that something touched since."""
    before = versions_then(versions, since.moment)
    among = touched(product, before, versions, since.moment, now)
    return changed_among(product, before, versions, since, now, among)


def changed_among(
    product: Product,
    before: JudgedVersions,
    versions: JudgedVersions,
    since: Since,
    now: datetime,
    among: Set[int],
) -> Changed:
    """The same for requirements of which all but those of `among` (ids) are known to stand as they stood. before: whom states spoke of."""
    titles = titles_of(product)
    worked = worked_out(product, Moments(since.moment, now, before, versions), titles, among)
    found = [
        *_objectives(product, versions, titles, worked, among),
        *worked.items,
        *of_models(product, since.moment, now),
    ]
    untold = len(worked.untold) + untold_among_others(product, since.moment, among)
    return Changed(product, versions.main, since, now, in_order(found), untold)


@dataclass(frozen=True)
class WorkedOut:
    """Requirements then and now. changes: of each, by id; untold: keys of those of whose life the trail does not tell."""

    then: Sequence[RequirementState]
    now: Sequence[RequirementState]
    changes: Mapping[int, Sequence[Item]]
    untold: Sequence[str]

    @property
    def items(self) -> list[Item]:
        return list(chain.from_iterable(self.changes.values()))


def worked_out(
    product: Product, moments: Moments, titles: Mapping[int, str], among: Collection[int]
) -> WorkedOut:
    """titles: of objectives, by id. At most seventeen queries; none where there is nothing to work out."""
    if not among:
        return WorkedOut([], [], {}, [])
    found = states_then_and_now(product, moments, titles, among)
    _name_rivals([*found.then, *found.now])
    confirmations = _confirmations(found.now, moments.then)
    changes = {
        pair.now.requirement.pk: [*flips(pair, confirmations), *rival_moves(pair), *aged(pair)]
        for pair in _pairs(found.then, found.now)
    }
    return WorkedOut(found.then, found.now, changes, found.untold)


def _pairs(then: Iterable[RequirementState], now: Iterable[RequirementState]) -> list[Pair]:
    before = {state.requirement.pk: state for state in then}
    return [Pair(before.get(state.requirement.pk), state) for state in now]


def _objectives(
    product: Product,
    versions: JudgedVersions,
    titles: Mapping[int, str],
    worked: WorkedOut,
    among: Collection[int],
) -> Iterator[Item]:
    """Of objectives with a touched requirement, together with those that stand as they stood. One query."""
    tallies = list(tallies_of(worked.then, worked.now))
    rest = as_they_stand(product, versions, {one.objective for one in tallies}, among)
    return objectives(product, titles, [*tallies, *rest])


def titles_of(product: Product) -> dict[int, str]:
    """Of its objectives. One query."""
    return dict(product.objectives.values_list("pk", "title"))


def in_order(items: Iterable[Item]) -> list[Item]:
    places = {group: place for place, group in enumerate(NAMES)}
    newest = sorted(items, key=lambda item: item.at.timestamp() if item.at else 0.0, reverse=True)
    return sorted(newest, key=lambda item: (places[item.group], item.place))


def _name_rivals(states: Iterable[RequirementState]) -> None:
    """One object for each version that lines compare with, however many lines. Two queries."""
    lines = [line for state in states for one in state.criteria for line in one.rivals]
    ids = {line.model_version_id for line in lines if line.model_version_id}
    known = ModelVersion.objects.select_related("model").in_bulk(ids)
    for line in lines:
        if line.model_version_id:
            line.model_version = known[line.model_version_id]


def _confirmations(states: Sequence[RequirementState], moment: datetime) -> Confirmations:
    """What waited for a second run since the moment. One query."""
    links = [one.verdict.verification_id for state in states for one in state.criteria if one.verdict]
    rows = Verdict.objects.filter(verification__in=links, pending_confirmation=True, created_at__gt=moment)
    return Confirmations(frozenset(rows.values_list("verification_id", "model_version_id")))


def of_models(product: Product, moment: datetime, now: datetime) -> list[Item]:
    """What happened to our models and to those we are held against. Four queries."""
    events = [
        Item(
            "moved" if event.kind in UNDER_US else "versions",
            event_words(event),
            at=event.at,
            version=event.model_version.label,
            model=event.model_version.model.slug,
        )
        for event in events_since(product, moment, now)
    ]
    versions = list(ModelVersion.objects.filter(model__in=models_of(product)).select_related("model"))
    by_id = {str(version.pk): version for version in versions}
    deeds = AuditEntry.objects.filter(
        noun="model_version", verb__in=STAGES, at__gt=moment, at__lte=now, object_id__in=list(by_id)
    )
    stages = [
        Item(
            "versions",
            deed.verb.partition(".")[2],
            at=deed.at,
            version=by_id[deed.object_id].label,
            model=by_id[deed.object_id].model.slug,
        )
        for deed in deeds
    ]
    ended = [
        Item(
            "versions",
            f"shut down on {version.shutdown_on.day} {version.shutdown_on:%B %Y}",
            version=version.label,
            model=version.model.slug,
        )
        for version in versions
        if version.shutdown_on and moment.date() <= version.shutdown_on < now.date()
    ]
    return [*events, *stages, *ended]
