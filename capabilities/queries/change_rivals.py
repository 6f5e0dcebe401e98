"""How rivals moved between two sets of states: another version, another value, another side of us. No query."""

from collections.abc import Iterator

from capabilities.models import VerdictLine
from capabilities.queries.change_items import Item, Pair
from capabilities.queries.states import CriterionState
from config.words import difference, range_text, score

SIDES = {
    "ahead": "we are ahead",
    "behind": "we are behind",
    "level": "not distinguishable",
    "": "not compared",
}
LEADS = {"ahead": "ours ahead by", "behind": "ours behind by", "level": "ours − theirs"}
DECIDING = {"", "straddles"}


def rival_moves(pair: Pair) -> Iterator[Item]:
    """One item for each criterion and rival that something changed about since."""
    for then, now in pair.criteria:
        before = _by_model(then) if then else {}
        for model, line in _by_model(now).items():
            if words := list(_words(then, before.get(model), now, line)):
                yield _told(pair, now, line, words)


def _by_model(state: CriterionState) -> dict[int, VerdictLine]:
    return {
        line.model_version.model_id: line
        for line in state.rivals
        if line.model_version is not None and line.point is not None
    }


def _words(
    then: CriterionState | None, before: VerdictLine | None, now: CriterionState, line: VerdictLine
) -> Iterator[str]:
    if then is None or then.verdict is None:
        return
    side = _side(now, line)
    if before is None:
        yield f"compared for the first time: {SIDES[side]}"
        return
    assert before.model_version is not None and line.model_version is not None
    if before.model_version_id != line.model_version_id:
        yield f"now {line.model_version.name} instead of {before.model_version.name}"
    if moved := _moved(now, before, line):
        yield moved
    was = _side(then, before)
    if was != side:
        yield f"{SIDES[side]}; then: {SIDES[was]}"


def _moved(now: CriterionState, before: VerdictLine, line: VerdictLine) -> str:
    """Their own value, where the two plausible ranges do not even touch."""
    ends = (before.their_low, before.their_high, line.their_low, line.their_high)
    if None in ends:
        return ""
    low, high, new_low, new_high = (end or 0.0 for end in ends)
    if new_low <= high and low <= new_high:
        return ""
    unit = now.verdict.unit if now.verdict else ""
    return f"their own value went from {score(before.their_point, unit)} to {score(line.their_point, unit)}"


def _side(state: CriterionState, line: VerdictLine) -> str:
    if (line.detail.get("reason") or "") not in DECIDING or line.low is None or line.high is None:
        return "level"
    higher = state.verdict.detail.get("higher_is_better", True) if state.verdict else True
    low, high = (line.low, line.high) if higher else (-line.high, -line.low)
    return "ahead" if low > 0 else "behind" if high < 0 else "level"


def _told(pair: Pair, now: CriterionState, line: VerdictLine, words: list[str]) -> Item:
    verdict = now.verdict
    assert verdict is not None
    higher = verdict.detail.get("higher_is_better", True)
    low, high = verdict.as_shown(line.low), verdict.as_shown(line.high)
    point = line.point or 0.0
    if not higher:
        point, low, high = (-point, None if high is None else -high, None if low is None else -low)
    side = _side(now, line)
    gap = f"{difference(point, verdict.unit)} ({range_text(low, high, verdict.unit, True)}, n {line.n:,})"
    return Item(
        "rivals",
        f"{line.label}: {'; '.join(words)}",
        at=verdict.created_at,
        key=pair.now.requirement.key,
        title=pair.now.revision.title,
        criterion=now.criterion.key,
        version=verdict.model_version.label,
        marks=[f"{LEADS[side]} {gap}"],
        supported=side in ("ahead", "behind"),
        must=now.criterion.must,
    )
