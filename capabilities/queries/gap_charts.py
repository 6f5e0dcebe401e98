"""The gap chart of a criterion: ours and the others against the target, or our lead over each of them. No query."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from capabilities.models import Criterion, VerdictLine
from capabilities.queries.criterion_claims import claim_records, claim_rows, with_claims
from capabilities.queries.criterion_words import amount, distance
from capabilities.queries.expectations import Reading
from capabilities.queries.states import CriterionState, stands
from config.words import FRACTIONS, SPACE, difference, range_text, score
from evaluations.charts import GapRow, Look, Show, Svg, gap
from evaluations.charts.gap import Side
from evaluations.queries.claimed_scores import Beside

NARROW = 340.0
# Low, high and whose words.
Expected = tuple[float, float, str]
SIDES: dict[str, Side] = {VerdictLine.Kind.RIVAL: "rival", VerdictLine.Kind.SIMPLE: "simple"}
COLUMNS = ("Model", "Value", "Plausible range", "Beside ours")
LEADS = "How far ours is ahead of each: indigo ahead, plum behind, grey not distinguishable; the plumb line is what is asked."
VALUES = "Measured values with their plausible ranges; the plumb line is the target."
CLAIMED = " A hollow diamond is what the vendor claims, not measured here; no verdict counts it."
UNSUPPORTED = {
    "errors": "too much is missing",
    "all_errored": "no data",
    "not_comparable": "not comparable",
    "small_n": "too few cases",
    "one_cluster": "cases of one source only",
    "one_epoch": "too few tries",
}


@dataclass(frozen=True)
class GapChart:
    """svg and the same for a phone; rows: the numbers beside it as text; records: the same as numbers, in the scorer's unit."""

    svg: Svg
    narrow: Svg
    caption: str
    columns: Sequence[str]
    rows: list[list[str]]
    records: list[dict[str, Any]]


def expected_ranges(said: Sequence[Reading]) -> list[Expected]:
    """What was expected of the version drawn, of those that count."""
    return [
        (one.expectation.low, one.expectation.high, one.expectation.author.shown_name)
        for one in said
        if one.settled
    ]


def gap_chart(
    state: CriterionState, expected: Sequence[Expected] = (), claims: Sequence[Beside] = ()
) -> GapChart | None:
    """None where there is nothing to draw: no value and no claim, or cases that must all pass. expected: ranges recorded before.

    claims: what vendors claim of the same measure; drawn hollow beside values, never beside differences, which they are not.
    """
    verdict, criterion = state.verdict, state.criterion
    if criterion.statistic == Criterion.Statistic.PASS_ALL:
        return None
    compared = criterion.against != Criterion.Against.THRESHOLD
    if verdict is None:
        return None if compared or not claims else _claims_alone(state, claims)
    drawn = _leads(state) if compared else _values(state)
    drawn = [
        (replace(row, expected=expected) if compared or not at else row, line)
        for at, (row, line) in enumerate(drawn)
    ]
    rows = [row for row, _ in drawn]
    if not any(row.point is not None for row in rows):
        return None
    claims = [] if compared else [one for one in claims if one.claim.unit == verdict.unit]
    versions = [line.model_version_id if line else verdict.model_version_id for _, line in drawn]
    marked = with_claims(list(zip(rows, versions, strict=True)), claims)
    look = _look(state, compared=compared)
    records = [
        _record(row, verdict.unit, look.target) | {"beside_ours": _beside(state, line)} for row, line in drawn
    ]
    numbers = [[*_numbers(row, verdict.unit, compared=compared), _beside(state, line)] for row, line in drawn]
    said = " A hollow band is what was expected before." if expected else ""
    caption = (LEADS if compared else VALUES) + said + (CLAIMED if claims else "")
    return _chart(marked, look, caption, numbers + claim_rows(claims), records, claims)


def _claims_alone(state: CriterionState, claims: Sequence[Beside]) -> GapChart | None:
    """Nothing was measured yet, and others say what they reach."""
    unit = claims[0].claim.unit
    claims = [one for one in claims if one.claim.unit == unit]
    target = state.criterion.threshold
    words = _plain(f"target {amount(target, unit)}")
    look = Look(show=show_of(unit, Show.PERCENT), target=target, target_words=words)
    return _chart(with_claims([], claims), look, CLAIMED.strip(), claim_rows(claims), [], claims)


def _chart(  # noqa: PLR0913 - each is a part of a chart
    rows: Sequence[GapRow],
    look: Look,
    caption: str,
    numbers: list[list[str]],
    records: list[dict[str, Any]],
    claims: Sequence[Beside],
) -> GapChart:
    said = [{**one, "source": "measured here"} for one in records] if claims else records
    return GapChart(
        svg=gap.draw(rows, look),
        narrow=gap.draw(rows, replace(look, width=NARROW)),
        caption=caption,
        columns=COLUMNS,
        rows=numbers,
        records=[*said, *claim_records(claims, look.target)],
    )


def _values(state: CriterionState) -> list[tuple[GapRow, VerdictLine | None]]:
    verdict = state.verdict
    assert verdict is not None
    ours = GapRow(verdict.model_version.label, "ours", verdict.point, verdict.low, verdict.high)
    # The version before and the released one may be the same: it is drawn once.
    theirs: dict[int, tuple[GapRow, VerdictLine | None]] = {}
    for line in state.lines:
        if line.kind != VerdictLine.Kind.SLICE and line.their_point is not None:
            side = SIDES.get(line.kind, "ours")
            row = GapRow(line.label, side, line.their_point, line.their_low, line.their_high)
            theirs.setdefault(line.run_id or -line.pk, (row, line))
    return [(ours, None), *theirs.values()]


def _leads(state: CriterionState) -> list[tuple[GapRow, VerdictLine | None]]:
    verdict = state.verdict
    assert verdict is not None
    wanted = {
        Criterion.Against.COMPETITORS: VerdictLine.Kind.RIVAL,
        Criterion.Against.SIMPLE: VerdictLine.Kind.SIMPLE,
        Criterion.Against.PREVIOUS: VerdictLine.Kind.PREVIOUS,
        Criterion.Against.RELEASED: VerdictLine.Kind.RELEASED,
    }[Criterion.Against(state.criterion.against)]
    return [
        (
            GapRow(
                f"against {line.label}",
                _side(state, line),
                line.point,
                verdict.as_shown(line.low),
                verdict.as_shown(line.high),
            ),
            line,
        )
        for line in state.lines
        if line.kind == wanted and line.point is not None
    ]


def _side(state: CriterionState, line: VerdictLine) -> Side:
    """Whose colour a difference has: that of the side ahead, grey where it is not supported."""
    if not stands(line):
        return "simple"
    return "ours" if _ours_ahead(state, line) else "rival"


def _ours_ahead(state: CriterionState, line: VerdictLine) -> bool:
    higher = state.verdict is None or state.verdict.detail.get("higher_is_better", True)
    return ((line.point or 0.0) > 0) is higher


def _beside(state: CriterionState, line: VerdictLine | None) -> str:
    """What the difference between ours and a row's model lets one say."""
    if line is None:
        return ""
    if stands(line):
        return "ours is ahead" if _ours_ahead(state, line) else "ours is behind"
    reason = line.detail.get("reason", "")
    return UNSUPPORTED.get(reason, "not distinguishable") if line.point is not None else "no data"


def _look(state: CriterionState, *, compared: bool) -> Look:
    verdict, criterion = state.verdict, state.criterion
    assert verdict is not None
    unit = verdict.unit
    if not compared:
        words = _plain(f"target {amount(criterion.threshold, unit)}")
        return Look(show=show_of(unit, Show.PERCENT), target=criterion.threshold, target_words=words)
    asked = verdict.detail.get("target")
    target = asked if asked is not None else criterion.margin
    return Look(
        show=show_of(unit, Show.POINTS),
        target=None if criterion.equivalence else target,
        target_words=_plain(asked_words(criterion, unit)),
        name="Lead over each of the others",
    )


def asked_words(criterion: Criterion, unit: str) -> str:
    if criterion.margin > 0:
        return f"lead by {distance(criterion.margin, unit)}"
    return f"{distance(criterion.margin, unit)} worse" if criterion.margin < 0 else "level"


def _plain(words: str) -> str:
    """Drawings hold ordinary spaces only."""
    return words.replace(SPACE, " ")


def show_of(unit: str, rates: Show) -> Show:
    if unit in FRACTIONS:
        return rates
    if unit in {"ms", "milliseconds"}:
        return Show.MILLISECONDS
    return Show.MONEY if unit.upper() in {"USD", "EUR", "GBP"} else Show.NUMBER


def _numbers(row: GapRow, unit: str, *, compared: bool) -> list[str]:
    value = difference(row.point, unit) if compared else score(row.point, unit)
    return [row.name, value, range_text(row.low, row.high, unit, compared)]


def _record(row: GapRow, unit: str, target: float | None) -> dict[str, Any]:
    return {
        "model": row.name,
        "value": row.point,
        "low": row.low,
        "high": row.high,
        "unit": unit,
        "target": target,
    }
