"""The day a version of a model is new: what to try, what was started, what changed against the version before, and whom to tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Product, Requirement
from capabilities.queries.change_items import Confirmations, Item, Pair, flips
from capabilities.queries.change_rivals import rival_moves
from capabilities.queries.products import only
from capabilities.queries.round_summaries import Flip, flips_of
from capabilities.queries.states import RequirementState, requirement_states
from capabilities.queries.things_to_try import Thing, products_about, things_to_try
from config.people.models import User
from evaluations.models import NOT_EVIDENCE, ModelVersion, Round, Run, ScheduleSlot, Side
from evaluations.queries.models import earlier_by_default
from evaluations.queries.rounds import rounds_with_counts

SHOWN_ROUNDS = 20
HEADINGS = {
    "better": "Meets now",
    "worse": "No longer meets",
    "pending": "Waits for a second run",
}


@dataclass(frozen=True)
class ModelDay:
    """before: what it is set beside, None for a first version. items: of our requirements; rivals: how rivals moved.

    flips: verdicts of ours that runs of a rival's version changed. unmeasured: agreed requirements without a verdict for it.
    tell: owner and the keys of what changed for them; the owner is empty where a requirement has none.
    """

    version: ModelVersion
    before: ModelVersion | None
    things: Sequence[Thing]
    slots: Sequence[ScheduleSlot]
    rounds: Sequence[Round]
    items: Sequence[Item]
    rivals: Sequence[Item]
    flips: Sequence[Flip]
    unmeasured: Sequence[RequirementState]
    asked: int
    tell: Sequence[tuple[str, Sequence[str]]]

    @property
    def moving(self) -> bool:
        return any(one.moving_count for one in self.rounds)  # type: ignore[attr-defined]

    @property
    def groups(self) -> list[tuple[str, list[Item]]]:
        found = [
            (words, [one for one in self.items if one.group == group]) for group, words in HEADINGS.items()
        ]
        return [(heading, items) for heading, items in found if items]

    @property
    def kinds(self) -> list[tuple[str, list[Thing]]]:
        """What to try, by kind in the order of the sources."""
        names = dict.fromkeys(thing.kind for thing in self.things)
        return [(name, [one for one in self.things if one.kind == name]) for name in names]

    @property
    def changed(self) -> bool:
        return bool(self.items or self.rivals or self.flips)


def model_day(user: User, version: ModelVersion) -> ModelDay:
    """The day of a version (model, provider and parent loaded), for somebody who may not see every product.

    About ten queries, two for each suite and product to try, twenty for each product the model is of.
    """
    siblings = list(version.model.versions.newest_first().select_related("model", "parent__model"))
    before = next(iter(earlier_by_default(version, siblings)), None)
    rounds = rounds_of(version)
    products = list(products_about(user, version.model))
    own = version.model.side == Side.OWN
    pairs = [pair for product in products for pair in _pairs(product, version, before)] if own else []
    changed = [item for pair in pairs if pair.then for item in _changes(pair)]
    moved = [flip for one in rounds for flip in flips_of(one, products_about(user, version.model))]
    rivals = [item for pair in pairs if pair.then for item in rival_moves(pair)]
    return ModelDay(
        version=version,
        before=before,
        things=things_to_try(user, version),
        slots=list(version.slots.select_related("schedule", "round").order_by("pk")),
        rounds=rounds,
        items=changed,
        rivals=rivals,
        flips=[] if own else moved,
        unmeasured=[pair.now for pair in pairs if pair.now.outcome == "no_data"],
        asked=len(pairs),
        tell=_tell(pairs, changed, [] if own else moved),
    )


def rounds_of(version: ModelVersion) -> list[Round]:
    """Rounds with a run of this version that calls or called it, the newest first, with counts. One query."""
    runs = Run.objects.filter(model_version=version, round__isnull=False).exclude(origin__in=NOT_EVIDENCE)
    return list(rounds_with_counts().filter(pk__in=runs.values("round")).order_by("-pk")[:SHOWN_ROUNDS])


def _pairs(product: Product, version: ModelVersion, before: ModelVersion | None) -> list[Pair]:
    """The agreed requirements about this kind of model, for the version before and for this one. Up to twenty queries."""
    rows = product.requirements.filter(kind=version.model.kind, lifecycle=Requirement.Lifecycle.APPROVED)
    agreed = list(rows.select_related("product", "capability", "objective", "owner").order_by("number"))
    now = requirement_states(agreed, only(version))
    then: Sequence[RequirementState | None] = [None] * len(now)
    if before is not None:
        then = requirement_states(agreed, only(before))
    return [Pair(was, state) for was, state in zip(then, now, strict=True)]


def _changes(pair: Pair) -> list[Item]:
    """What became of criteria that were judged for this version; what was not measured for it yet is no change."""
    judged = {one.criterion.key for one in pair.now.criteria if one.verdict}
    return [item for item in flips(pair, Confirmations()) if judged and item.criterion in {"", *judged}]


def _tell(
    pairs: Iterable[Pair], items: Iterable[Item], moved: Iterable[Flip]
) -> list[tuple[str, Sequence[str]]]:
    owners = {pair.now.requirement.key: pair.now.requirement.owner for pair in pairs}
    found: dict[str, dict[str, None]] = {}
    for item in items:
        owner = owners.get(item.key)
        found.setdefault(owner.shown_name if owner else "", {})[item.key] = None
    for flip in moved:
        found.setdefault(flip.owner, {})[flip.key] = None
    return [
        (owner, list(keys)) for owner, keys in sorted(found.items(), key=lambda each: (not each[0], each[0]))
    ]


def as_record(day: ModelDay) -> dict[str, Any]:
    """The day as plain values: the reply of the API, and what Markdown is written from."""
    return {
        "version": day.version.label,
        "before": day.before.label if day.before else None,
        "to_try": [
            {
                "key": one.key,
                "kind": one.kind,
                "name": one.name,
                "why": one.why,
                "evaluations": [str(version) for version in one.evaluations],
                "url": one.url or None,
            }
            for one in day.things
        ],
        "started": [
            {
                "schedule": slot.schedule.name,
                "outcome": slot.outcome,
                "reason": slot.reason,
                "round": slot.round_id,
            }
            for slot in day.slots
        ],
        "rounds": [
            {"id": one.pk, "name": one.name, "finished": one.finished_at is not None} for one in day.rounds
        ],
        "asked": day.asked,
        "unmeasured": [state.requirement.key for state in day.unmeasured],
        "changes": [
            {
                "group": one.group,
                "key": one.key,
                "criterion": one.criterion,
                "title": one.title,
                "sentence": one.sentence,
            }
            for one in day.items
        ],
        "rivals": [one.sentence for one in day.rivals],
        "verdicts": [
            {"key": one.key, "criterion": one.criterion, "version": one.version, "words": one.words}
            for one in day.flips
        ],
        "tell": [{"owner": owner or None, "requirements": list(keys)} for owner, keys in day.tell],
    }
