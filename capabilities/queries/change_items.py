"""What changed between two sets of states, sorted by what somebody must do about it. No query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from capabilities.models import Verdict
from capabilities.queries.states import CriterionState, RequirementState
from config.words import TRENDS, verdict_label

Group = Literal["worse", "pending", "moved", "rivals", "stale", "better", "versions"]
AGED = {"needs_recheck": "needs re-check", "out_of_date": "out of date"}
REGRESSED = "regressed against an earlier version"
RANK = {"not_met": 0, "no_data": 1, "inconclusive": 2, "met": 3}


@dataclass(frozen=True)
class Item:
    """One change. before, after: outcomes where a verdict flipped; words: the rest, to read after them. supported: the range says so.

    url names the page: a requirement's key, a model's slug or an objective's id stand in key, model and objective.
    """

    group: Group
    words: str
    at: datetime | None = None
    key: str = ""
    title: str = ""
    criterion: str = ""
    version: str = ""
    before: str = ""
    after: str = ""
    lean: str = ""
    marks: Sequence[str] = ()
    supported: bool = True
    must: bool = True
    model: str = ""
    objective: str = ""

    @property
    def place(self) -> tuple[bool, bool, int, str, int, str]:
        """Objectives, then what must hold before what should; missed, then lost, then regressed; by key."""
        severity = {"not_met": 0, "no_data": 1, "inconclusive": 2, "": 3, "met": 4}[self.after]
        product, _, number = self.key.rpartition("-")
        return (not self.objective, not self.must, severity, product, int(number or 0), self.criterion)

    @property
    def sentence(self) -> str:
        """The whole of it in one line of plain words."""
        where = " ".join(filter(None, [self.key, self.criterion])) or self.objective or self.version
        flip = ""
        if self.after:
            before = f"{verdict_label(self.before).lower()} → " if self.before else ""
            flip = f"{before}{verdict_label(self.after, self.lean).lower()}"
        parts = [flip, self.words, *self.marks]
        told = "; ".join(filter(None, parts))
        of = f" ({self.version})" if self.version and self.version != where else ""
        return f"{where}: {told}{of}"


@dataclass(frozen=True)
class Pair:
    """A requirement then (None: not agreed yet) and now."""

    then: RequirementState | None
    now: RequirementState

    @property
    def criteria(self) -> Iterator[tuple[CriterionState | None, CriterionState]]:
        before = {one.criterion.key: one for one in self.then.criteria} if self.then else {}
        for one in self.now.criteria:
            yield before.get(one.criterion.key), one


@dataclass(frozen=True)
class Confirmations:
    """Pairs of evidence and version that waited for a second run since the moment."""

    waited: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def marks(self, verdict: Verdict) -> list[str]:
        if (verdict.verification_id, verdict.model_version_id) in self.waited:
            return ["confirmed by a second run"]
        return []


def flips(pair: Pair, confirmations: Confirmations) -> Iterator[Item]:
    """Verdicts that differ, trends that became a regression, and what only a waiver moved."""
    found = [item for then, now in pair.criteria for item in _criterion(pair, then, now, confirmations)]
    yield from found
    if not any(item.before or item.after for item in found):
        yield from _waived(pair)


def _criterion(
    pair: Pair, then: CriterionState | None, now: CriterionState, confirmations: Confirmations
) -> Iterator[Item]:
    """At most one item: a regression is told with the flip where there is one."""
    flip = next(_flip(pair, then, now, confirmations), None)
    regressed = _regressed(then, now)
    if flip is not None:
        yield replace(flip, group="worse", marks=[REGRESSED, *flip.marks]) if regressed else flip
    elif regressed:
        was = TRENDS.get(then.trend if then else "", ("", ""))[1].lower()
        words = f"{REGRESSED}; it was: {was}" if was else REGRESSED
        yield _item(pair, now, "worse", words, marks=_marks(pair, then, now))


def _flip(
    pair: Pair, then: CriterionState | None, now: CriterionState, confirmations: Confirmations
) -> Iterator[Item]:
    verdict = now.verdict
    before = then.outcome if then and then.verdict else ""
    if verdict is None:
        if before:
            yield _item(pair, now, "worse", "nothing measures it any more", before=before, after="no_data")
        return
    if verdict.pending_confirmation:
        computed = verdict_label(str(verdict.detail.get("computed", ""))).lower()
        words = f"a scheduled run says {computed}; a second one decides"
        yield _item(pair, now, "pending", words, before=before, marks=_marks(pair, then, now))
        return
    if before == verdict.outcome:
        return
    better = RANK.get(verdict.outcome, 1) > RANK.get(before or "no_data", 1)
    words = "" if before else "judged for the first time"
    marks = [*_marks(pair, then, now), *confirmations.marks(verdict)]
    yield _item(
        pair,
        now,
        "better" if better else "worse",
        words,
        before=before,
        after=verdict.outcome,
        lean=verdict.lean,
        marks=marks,
    )


def _regressed(then: CriterionState | None, now: CriterionState) -> bool:
    was = then.trend if then and then.verdict else ""
    return now.verdict is not None and now.trend == "regressed" != was


def _marks(pair: Pair, then: CriterionState | None, now: CriterionState) -> list[str]:
    """What else differs, so that no change is read as the model's own that is not."""
    marks = []
    if then and then.criterion.fingerprint != now.criterion.fingerprint:
        marks.append("the criterion changed as well")
    if (
        then
        and then.verdict
        and now.verdict
        and then.verdict.model_version_id != now.verdict.model_version_id
    ):
        marks.append(f"it was {then.verdict.model_version.label} then")
    if not now.criterion.must:
        marks.append("should")
    return marks


def _waived(pair: Pair) -> Iterator[Item]:
    """The requirement stands otherwise though no criterion does: a waiver came or went."""
    then, now = pair.then, pair.now
    if then is None or then.outcome == now.outcome or then.waived == now.waived:
        return
    given = now.waived
    yield _of_requirement(
        pair,
        "better" if given else "worse",
        "a waiver was given" if given else "its waiver ended",
        before=then.outcome,
        after=now.outcome,
    )


def aged(pair: Pair) -> Iterator[Item]:
    """Evidence that was fresh then and is not now."""
    for then, now in pair.criteria:
        was = then.freshness if then else ""
        if now.verdict is None or now.freshness not in AGED or was in AGED:
            continue
        reasons = " ".join(now.reasons) or "Its newest run is older than this product allows."
        yield _item(pair, now, "stale", f"{AGED[now.freshness]}: {reasons}")


def _item(pair: Pair, now: CriterionState, group: Group, words: str, **fields: object) -> Item:
    verdict = now.verdict
    return _of_requirement(
        pair,
        group,
        words,
        criterion=now.criterion.key,
        must=now.criterion.must,
        at=verdict.created_at if verdict else None,
        version=verdict.model_version.label if verdict else "",
        **fields,
    )


def _of_requirement(pair: Pair, group: Group, words: str, **fields: object) -> Item:
    state = pair.now
    known = {"version": state.version.label if state.version else "", **fields}
    return Item(group, words, key=state.requirement.key, title=state.revision.title, **known)  # type: ignore[arg-type]


def as_record(item: Item) -> dict[str, Any]:
    """A change as a line of a file."""
    return {
        "group": item.group,
        "key": item.key or None,
        "criterion": item.criterion or None,
        "title": item.title or None,
        "objective": item.objective or None,
        "version": item.version or None,
        "before": item.before or None,
        "after": item.after or None,
        "lean": item.lean or None,
        "must": item.must,
        "supported": item.supported,
        "words": item.words,
        "marks": list(item.marks),
        "at": item.at.isoformat() if item.at else None,
        "sentence": item.sentence,
    }
