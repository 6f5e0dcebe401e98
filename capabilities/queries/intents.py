"""Intent beside evidence: what every requirement claims to be, and what is measured of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KT

from capabilities.models import Criterion, Product, RivalSet, Verdict, VerdictLine
from capabilities.queries.criterion_words import OTHERS
from capabilities.queries.intent_readings import WORDS, Claimed, Gap, Measured, Shown, shown, telling
from capabilities.queries.intent_words import what_it_takes
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standing_picks import pursued
from config.words import FRACTIONS
from evaluations.models import ModelVersion
from evaluations.statistics.quantiles import two_sided_student

INTENTS = ("exclusive", "lead", "parity", "foundation")
ORDER: dict[Shown, int] = {"contradicted": 0, "open": 1, "beyond": 2, "unmeasured": 3, "backed": 4}
DECIDING = {"", "straddles"}
STANDING = (
    "requirement_id",
    "outcome",
    "lean",
    "waived",
    "pending",
    "freshness",
    "coverage",
    "model_version_id",
)


Inputs = tuple[object, ...]
Rivals = tuple[tuple[int, str, str], ...]
# Intent, kind, outcome and whether that is waived.
Told = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class IntentRow:
    """A requirement's claim beside what is shown of it. gap: to the rival it stands or falls by, or to the target.

    inputs: all that the reading follows from, as `inputs_of`.
    """

    key: str
    title: str
    kind: str
    lifecycle: str
    intent: str
    shown: Shown
    gap: Gap | None
    claimed: Claimed
    standing: Mapping[str, Any]
    version: ModelVersion | None
    inputs: Inputs

    @property
    def requirement_id(self) -> int:
        return int(self.standing["requirement_id"])

    @property
    def words(self) -> str:
        return WORDS[self.intent][self.shown]

    @property
    def place(self) -> tuple[int, int, int, float, int]:
        """Disagreement first; within it rates before other units, which cannot be set beside them, the furthest behind first."""
        gap = self.gap
        measured = gap is not None and gap.point is not None
        other = 0 if gap is not None and gap.unit in FRACTIONS else 1
        point = (gap.point or 0.0) if gap is not None else 0.0
        return (ORDER[self.shown], 0 if measured else 1, other, point, self.standing["number"])

    @property
    def takes(self) -> str:
        """What it would take, as a sentence; worked out when it is read."""
        agreed = self.lifecycle == "approved"
        return what_it_takes(self.claimed, self.shown, coverage=self.standing["coverage"], agreed=agreed)


def intent_rows(
    product: Product, versions: JudgedVersions, among: Sequence[int] | None = None
) -> list[IntentRow]:
    """Every requirement that is pursued, or those `among` them (ids), where claim and evidence disagree most first.

    Four queries, however many there are.
    """
    known = {version.pk: version for version in versions.all}
    wanted = Q() if among is None else Q(any_of("requirement_id", among))
    standings = list(
        pursued(product, versions)
        .filter(wanted)
        .values(
            *STANDING,
            number=F("requirement__number"),
            title=F("revision__title"),
            intent=F("requirement__intent"),
            kind=F("requirement__kind"),
            lifecycle=F("requirement__lifecycle"),
        )
    )
    verdicts = _verdicts(product, list(known), among)
    lines = _lines(verdicts.values())
    rivals = rivals_of(product)
    by_requirement: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for (requirement, version, _), verdict in verdicts.items():
        by_requirement[requirement, version].append(verdict)
    rows = [
        _row(
            product,
            row,
            by_requirement.get((row["requirement_id"], row["model_version_id"]), ()),
            lines,
            rivals,
            known,
        )
        for row in standings
    ]
    return sorted(rows, key=lambda row: row.place)


def newest_verdicts(product: Product, version_ids: Sequence[int]) -> QuerySet[Verdict]:
    """Of every must criterion of agreed text, for each of the versions. No query."""
    rows = Verdict.objects.filter(
        verification__criterion__must=True,
        verification__criterion__revision__status="approved",
        verification__criterion__revision__requirement__product=product,
        model_version__in=version_ids,
    )
    return rows.order_by(
        "verification__criterion_id", "model_version_id", "-verification_id", "-pk"
    ).distinct("verification__criterion_id", "model_version_id")


def _verdicts(
    product: Product, version_ids: Sequence[int], among: Sequence[int] | None
) -> dict[tuple[int, int, str], dict[str, Any]]:
    """By requirement, version and criterion. One query."""
    criterion = "verification__criterion__"
    wanted = Q() if among is None else Q(any_of(f"{criterion}revision__requirement_id", among))
    rows = (
        newest_verdicts(product, version_ids)
        .filter(wanted)
        .values(
            *(
                "pk",
                "run_id",
                "model_version_id",
                "outcome",
                "point",
                "low",
                "high",
                "unit",
                "n",
                "clusters",
                "needed_n",
            ),
            "confidence",
            requirement=F(f"{criterion}revision__requirement_id"),
            key=F(f"{criterion}key"),
            against=F(f"{criterion}against"),
            margin=F(f"{criterion}margin"),
            threshold=F(f"{criterion}threshold"),
            equivalence=F(f"{criterion}equivalence"),
            quantifier=F(f"{criterion}quantifier"),
            scorer=F(f"{criterion}scorer__slug"),
            higher=KT("detail__higher_is_better"),
            never=KT("detail__never_settles"),
            widest=KT("detail__widest"),
        )
    )
    return {(row["requirement"], row["model_version_id"], row["key"]): row for row in rows}


def _lines(verdicts: Iterable[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """Comparisons with rivals by verdict. One query."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    wanted = any_of("verdict_id", [one["pk"] for one in verdicts])
    rows = VerdictLine.objects.filter(wanted, kind=VerdictLine.Kind.RIVAL)
    for line in rows.order_by("pk").values(
        *("verdict_id", "label", "run_id", "point", "low", "high", "n", "their_low", "their_high", "outcome"),
        model=F("model_version__model_id"),
        reason=KT("detail__reason"),
        p=KT("detail__p"),
        target=KT("detail__target"),
    ):
        found[line["verdict_id"]].append(line)
    return found


def any_of(field: str, ids: Sequence[int]) -> Func:
    """field = ANY(ids): one parameter, where a list of ten thousand takes longer to write and to read than its rows do."""
    array = Value(list(ids), output_field=ArrayField(BigIntegerField()))
    either = {"template": "%(expressions)s)", "arg_joiner": " = ANY("}
    return Func(F(field), array, output_field=BooleanField(), **either)


def rivals_of(product: Product) -> Rivals:
    """(id, name, kind) of the models of the newest agreed set that still answer. One query."""
    agreed = RivalSet.objects.filter(product=product, frozen_at__isnull=False).order_by("-number")
    answering = ModelVersion.objects.active().filter(model__rival_sets=Subquery(agreed.values("pk")[:1]))
    rows = answering.order_by("model__name").values_list("model_id", "model__name", "model__kind")
    return tuple(dict.fromkeys(rows))


def inputs_of(told: Told, rivals: Rivals, verdicts: Iterable[int]) -> Inputs:
    """The same inputs give the same reading, since verdicts (ids) and their lines never change."""
    return (*told, rivals, *verdicts)


def _row(
    product: Product,
    standing: dict[str, Any],
    verdicts: Sequence[Mapping[str, Any]],
    lines: Mapping[int, Sequence[Mapping[str, Any]]],
    rivals: Rivals,
    known: Mapping[int, ModelVersion],
) -> IntentRow:
    measured = [
        _measured(one, lines.get(one["pk"], ())) for one in sorted(verdicts, key=lambda one: one["key"])
    ]
    claimed = Claimed(
        intent=standing["intent"],
        outcome=_outcome(standing, measured),
        measured=measured,
        absent=_absent(measured, rivals, standing["kind"]),
    )
    found = shown(claimed)
    return IntentRow(
        key=f"{product.key}-{standing['number']}",
        title=standing["title"] or "",
        kind=standing["kind"],
        lifecycle=standing["lifecycle"],
        intent=standing["intent"],
        shown=found,
        gap=telling(claimed),
        claimed=claimed,
        standing=standing,
        version=known.get(standing["model_version_id"]),
        inputs=inputs_of(
            (standing["intent"], standing["kind"], standing["outcome"], standing["waived"]),
            rivals,
            (one["pk"] for one in verdicts),
        ),
    )


def _outcome(standing: Mapping[str, Any], measured: Sequence[Measured]) -> str:
    """As if nothing were waived: what somebody merely accepts backs no claim."""
    if not standing["waived"]:
        return str(standing["outcome"])
    return "not_met" if any(one.outcome == "not_met" for one in measured) else "inconclusive"


def _absent(measured: Sequence[Measured], rivals: Rivals, kind: str) -> list[str]:
    """Rivals of the agreed set and of this kind (of any, when none is) that no criterion was compared with."""
    same = [rival for rival in rivals if rival[2] == kind] or list(rivals)
    compared = {gap.model for one in measured for gap in one.rivals}
    return [name for pk, name, _ in same if pk not in compared]


def _measured(verdict: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Measured:
    compared = verdict["against"] == Criterion.Against.COMPETITORS
    return Measured(
        key=verdict["key"],
        outcome=verdict["outcome"],
        margin=verdict["margin"] if compared else 0.0,
        equivalence=compared and verdict["equivalence"],
        any_rival=compared and verdict["quantifier"] == Criterion.Quantifier.ANY,
        compared=compared,
        target=target_gap(verdict),
        rivals=[_gap(verdict, line, len(lines)) for line in lines],
        needed_n=verdict["needed_n"],
        n=verdict["n"],
        never_settles=verdict["never"] == "true",
    )


def target_gap(verdict: Mapping[str, Any]) -> Gap | None:
    """Our distance to what a criterion asks that is not about rivals: its target, or what it is set against."""
    if verdict["against"] == Criterion.Against.COMPETITORS or verdict["point"] is None:
        return None
    # The numbers of a criterion against others are differences already; cases that must all pass have no distance.
    zero = verdict["threshold"] if verdict["against"] == Criterion.Against.THRESHOLD else 0.0
    if zero is None:
        return None
    ends = (end - zero if end is not None else None for end in (verdict["low"], verdict["high"]))
    point, low, high = _turned(verdict, verdict["point"] - zero, *ends)
    return Gap(
        criterion=verdict["key"],
        against=OTHERS.get(verdict["against"], "target"),
        point=point,
        low=low,
        high=high,
        unit=verdict["unit"],
        n=verdict["n"],
        confidence=verdict["confidence"],
        ahead=verdict["outcome"] == "met",
        behind=verdict["outcome"] == "not_met",
        widest=None if verdict["against"] == Criterion.Against.THRESHOLD else _widest(verdict),
    )


def _widest(verdict: Mapping[str, Any]) -> float | None:
    return None if verdict["widest"] is None else float(verdict["widest"])


def _gap(verdict: Mapping[str, Any], line: Mapping[str, Any], rivals: int) -> Gap:
    point, low, high = _turned(verdict, line["point"], line["low"], line["high"])
    # Errors, too few cases or one source alone leave nothing proven, whatever the range of the rest says.
    usable = (line["reason"] or "") in DECIDING and _decided(line)
    return Gap(
        criterion=verdict["key"],
        against=line["label"],
        point=point,
        low=low,
        high=high,
        unit=verdict["unit"],
        n=line["n"],
        confidence=verdict["confidence"],
        ahead=usable and low is not None and low > 0,
        behind=usable
        and high is not None
        and high < 0
        and _stands(verdict, line, (point or 0.0, high), rivals),
        reaches=_reaches(verdict, line),
        model=line["model"],
        runs=(verdict["run_id"], line["run_id"]) if line["run_id"] else None,
        scorer=verdict["scorer"] or "",
        widest=_widest(verdict),
    )


def _decided(line: Mapping[str, Any]) -> bool:
    """Without a margin the stored outcome has read what is missing in every way; a range alone has not."""
    margin = float(line["target"] or 0.0)
    return margin != 0.0 or line["outcome"] in ("met", "not_met")


def _turned(
    verdict: Mapping[str, Any], point: float | None, low: float | None, high: float | None
) -> tuple[float | None, float | None, float | None]:
    """Positive is ours ahead; where lower is better the ends change places."""
    if verdict["higher"] != "false":
        return point, low, high
    return (
        None if point is None else -point,
        None if high is None else -high,
        None if low is None else -low,
    )


def _stands(
    verdict: Mapping[str, Any], line: Mapping[str, Any], ends: tuple[float, float], rivals: int
) -> bool:
    """Whether being behind this one of several rivals stands at its share of what may err (Bonferroni)."""
    if rivals < 2:
        return True
    strict = (1 - verdict["confidence"]) / rivals
    if line["p"] is not None and float(line["target"] or 0.0) == 0.0:
        return bool(float(line["p"]) <= strict)
    # p speaks of the margin asked, so that the range itself is widened.
    point, high = ends
    freedom = max(verdict["clusters"] - 1, 1)
    wider = two_sided_student(1 - strict, freedom) / two_sided_student(verdict["confidence"], freedom)
    return bool(point + (high - point) * wider < 0)


def _reaches(verdict: Mapping[str, Any], line: Mapping[str, Any]) -> str:
    """Whether the rival reaches our target by the same rule as ours."""
    threshold = verdict["threshold"]
    if verdict["against"] != Criterion.Against.THRESHOLD or threshold is None:
        return ""
    if line["their_low"] is None or line["their_high"] is None:
        return "inconclusive"
    _, low, high = _turned(verdict, None, line["their_low"] - threshold, line["their_high"] - threshold)
    assert low is not None and high is not None
    return "met" if low >= 0 else "not_met" if high < 0 else "inconclusive"
