"""Rows of the database as the changes that they stand for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from capabilities.models import Criterion, Product, Requirement, Revision, Verdict, VerdictLine
from capabilities.queries.axes import Freshness, stamp_differences
from capabilities.queries.change_items import Confirmations, Item, Pair, aged, flips
from capabilities.queries.change_rivals import rival_moves
from capabilities.queries.change_states import Moments
from capabilities.queries.changed_rows import Row
from capabilities.queries.state_rows import DECIDING, DECIDING_LINES
from capabilities.queries.states import CriterionState, RequirementState

Place = tuple[object, ...]


def items_of(product: Product, moments: Moments, rows: Iterable[Row]) -> dict[Place, list[Item]]:
    """By group and place the items of the criteria that these rows speak of. At most two queries."""
    by_criterion: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_criterion[row.requirement_id, row.criterion].append(row)
    verdicts = _verdicts(moments, by_criterion.values())
    lines = _lines(by_criterion.values())
    found: dict[Place, list[Item]] = defaultdict(list)
    for same in by_criterion.values():
        for item in _items(product, same, verdicts, lines):
            found[item.group, item.place].append(item)
    return found


def _items(
    product: Product,
    rows: Sequence[Row],
    verdicts: Mapping[int, Verdict],
    lines: Mapping[int, Sequence[VerdictLine]],
) -> Iterator[Item]:
    """rows: all of one criterion. Neither its text nor its evidence is another than then, so that only the verdicts are compared."""
    row = rows[0]
    stamps = next((one.stamps for one in rows if one.stamps), None)
    reasons = stamp_differences(*stamps) if stamps else []
    freshness: Freshness = "" if stamps is None else "needs_recheck" if reasons else "out_of_date"
    requirement = Requirement(pk=row.requirement_id, product=product, number=row.number)
    criterion = Criterion(key=row.criterion, must=row.must)
    revision = Revision(title=row.title)
    then, now = (
        RequirementState(
            requirement=requirement,
            revision=revision,
            version=None,
            criteria=[state],
            outcome="",
            lean="",
            trend="",
            freshness="",
            coverage="measured",
            waived=False,
        )
        for state in (
            _state(criterion, verdicts.get(row.then or 0), lines),
            _state(criterion, verdicts.get(row.now or 0), lines, freshness, reasons),
        )
    )
    verdict = now.criteria[0].verdict
    waited = {(verdict.verification_id, verdict.model_version_id)} if verdict and row.waited else ()
    pair = Pair(then, now)
    yield from flips(pair, Confirmations(frozenset(waited)))
    yield from rival_moves(pair)
    yield from aged(pair)


def _state(
    criterion: Criterion,
    verdict: Verdict | None,
    lines: Mapping[int, Sequence[VerdictLine]],
    freshness: Freshness = "",
    reasons: Sequence[str] = (),
) -> CriterionState:
    return CriterionState(
        criterion=criterion,
        verification=None,
        verdict=verdict,
        lines=lines.get(verdict.pk, ()) if verdict else (),
        outcome=verdict.outcome if verdict else "no_data",
        lean=verdict.lean if verdict else "",
        trend=verdict.trend if verdict else "",
        freshness=freshness,
        reasons=reasons,
        coverage="measured",
        waiver=None,
    )


def _verdicts(moments: Moments, rows: Iterable[Sequence[Row]]) -> dict[int, Verdict]:
    """With the versions they are of. One query; none where there is no row."""
    ids = {pk for same in rows for pk in (same[0].now, same[0].then) if pk}
    found = Verdict.objects.only(*DECIDING).in_bulk(ids)
    known = {version.pk: version for version in [*moments.before.all, *moments.versions.all]}
    for verdict in found.values():
        verdict.model_version = known[verdict.model_version_id]
    return found


def _lines(rows: Iterable[Sequence[Row]]) -> dict[int, list[VerdictLine]]:
    """Of criteria with a row of rivals, with the versions compared with, by verdict. One query; none where there is no such row."""
    ids = {
        pk
        for same in rows
        if any(row.group == "rivals" for row in same)
        for pk in (same[0].now, same[0].then)
        if pk
    }
    found: dict[int, list[VerdictLine]] = defaultdict(list)
    if not ids:
        return found
    named = ("model_version__name", "model_version__model_id")
    lines = VerdictLine.objects.filter(verdict__in=ids, kind=VerdictLine.Kind.RIVAL)
    for line in lines.select_related("model_version").only(*DECIDING_LINES, *named):
        found[line.verdict_id].append(line)
    return found
