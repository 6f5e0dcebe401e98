"""Where a product leads, is level and trails, capability by capability against its agreed rivals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from capabilities.models import Capability, Product, Revision, RivalSet, Verdict, VerdictLine
from capabilities.queries.products import JudgedVersions
from capabilities.queries.standings import current_standings
from evaluations.models import Model
from evaluations.statistics import Counts, Interval, possible_ends, shared_confidence, widened

Stands = Literal["lead", "level", "trail", "mixed", "unknown"]
UNUSABLE = frozenset({"errors", "all_errored", "not_comparable", "one_cluster", "small_n", "one_epoch"})
VERDICT_FIELDS = (
    "pk",
    "model_version_id",
    "run_id",
    "unit",
    "clusters",
    "detail",
    "verification__criterion__scorer__slug",
    "verification__criterion__statistic",
    "verification__criterion__limit",
    "verification__criterion__slice_name",
    "verification__criterion__slice_value",
    "verification__criterion__revision__requirement_id",
    "verification__criterion__revision__requirement__capability_id",
)
REQUIREMENT, CAPABILITY = VERDICT_FIELDS[-2:]
CLAIM = tuple(name for name in VERDICT_FIELDS if name.startswith("verification__criterion__"))[:-2]
LINE_FIELDS = (
    "verdict_id",
    "model_version__model_id",
    "label",
    "run_id",
    "outcome",
    "point",
    "low",
    "high",
    "n",
    "both",
    "only_ours",
    "only_theirs",
    "neither",
    "detail",
)


@dataclass(frozen=True)
class Lead:
    """One paired comparison of ours with a rival, positive where ours is better, whichever way the scorer runs.

    low, high: corrected for everything on the board, as they are shown. part: a slice such as lang=de, or empty.
    """

    rival: int
    label: str
    run: int
    against: int
    scorer: str
    part: str
    point: float
    low: float | None
    high: float | None
    unit: str
    n: int
    usable: bool

    @property
    def stands(self) -> Stands:
        if not self.usable or self.low is None or self.high is None:
            return "unknown" if self.low is None else "level"
        if self.low > 0:
            return "lead"
        return "trail" if self.high < 0 else "level"


@dataclass(frozen=True)
class LeadCell:
    leads: Sequence[Lead]

    def count(self, stands: Stands) -> int:
        return sum(lead.stands == stands for lead in self.leads)

    @property
    def stands(self) -> Stands:
        """lead and trail: somewhere, and the other nowhere; mixed: both."""
        found = {lead.stands for lead in self.leads}
        if {"lead", "trail"} <= found:
            return "mixed"
        order: tuple[Stands, ...] = ("lead", "trail", "level")
        return next((one for one in order if one in found), "unknown")

    @property
    def telling(self) -> Lead | None:
        """The one that decides what the cell says, the largest of them."""
        alike = [lead for lead in self.leads if lead.stands == self.stands] or list(self.leads)
        return max(alike, key=lambda lead: abs(lead.point), default=None)


@dataclass(frozen=True)
class LeadRow:
    """A capability with everything under it; None: requirements without a place."""

    capability: Capability | None
    depth: int
    cells: Sequence[LeadCell]


@dataclass(frozen=True)
class LeadBoard:
    """rivals: models of the newest set, in order. comparisons: how many intervals were corrected for each other."""

    product: Product
    rival_set: RivalSet | None
    rivals: Sequence[Model]
    rows: Sequence[LeadRow]
    comparisons: int
    confidence: float


@dataclass
class _Evidence:
    """by_requirement: what each requirement rests on; the same comparison under two criteria is one."""

    found: dict[tuple[Any, ...], Lead] = field(default_factory=dict)
    by_requirement: dict[int, set[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(set))
    confidence: float = 0.95


def lead_board(product: Product, versions: JudgedVersions) -> LeadBoard:
    """The board as it stands. Six queries, two without a rival set."""
    rival_set = product.rival_sets.order_by("-number").first()
    tree = list(product.capabilities.order_by("position", "name"))
    if rival_set is None:
        return LeadBoard(product, None, (), (), 0, 0.95)
    rivals = list(rival_set.rivals.order_by("name", "slug"))
    picked = dict(
        current_standings(product, versions)
        .filter(model_version__isnull=False)
        .values_list("requirement_id", "model_version_id")
    )
    verdicts = _newest_verdicts(product, picked)
    evidence = _evidence(verdicts, _lines(verdicts, rivals))
    by_capability: dict[int | None, set[tuple[Any, ...]]] = defaultdict(set)
    for verdict in verdicts.values():
        keys = evidence.by_requirement.get(verdict[REQUIREMENT], set())
        by_capability[verdict[CAPABILITY]] |= keys
    return LeadBoard(
        product=product,
        rival_set=rival_set,
        rivals=rivals,
        rows=_rows(tree, by_capability, evidence, rivals),
        comparisons=len(evidence.found),
        confidence=evidence.confidence,
    )


def _newest_verdicts(product: Product, picked: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """Of every evidence of an approved requirement the newest verdict on the version it is judged for, by id. One query."""
    revision = "verification__criterion__revision"
    rows = (
        Verdict.objects.filter(
            **{
                f"{revision}__requirement__product": product,
                f"{revision}__requirement__lifecycle": "approved",
                f"{revision}__status": Revision.Status.APPROVED,
            },
            model_version__in=set(picked.values()),
        )
        .order_by("verification_id", "model_version_id", "-id")
        .distinct("verification_id", "model_version_id")
        .values(*VERDICT_FIELDS)
    )
    return {row["pk"]: row for row in rows if picked.get(row[REQUIREMENT]) == row["model_version_id"]}


def _lines(verdicts: Iterable[int], rivals: Sequence[Model]) -> list[dict[str, Any]]:
    rows = VerdictLine.objects.filter(
        verdict__in=list(verdicts),
        kind=VerdictLine.Kind.RIVAL,
        model_version__model__in=rivals,
        point__isnull=False,
        run__isnull=False,
    )
    return list(rows.order_by("pk").values(*LINE_FIELDS))


def _evidence(verdicts: Mapping[int, Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> _Evidence:
    keyed = [(_key(verdicts[line["verdict_id"]], line), line) for line in lines]
    confidence = shared_confidence(len({key for key, _ in keyed}))
    evidence = _Evidence(confidence=confidence)
    for key, line in keyed:
        verdict = verdicts[line["verdict_id"]]
        evidence.found.setdefault(key, _lead(verdict, line, confidence))
        evidence.by_requirement[verdict[REQUIREMENT]].add(key)
    return evidence


def _key(verdict: Mapping[str, Any], line: Mapping[str, Any]) -> tuple[Any, ...]:
    return (verdict["run_id"], line["run_id"], *(verdict[name] for name in CLAIM))


def _lead(verdict: Mapping[str, Any], line: Mapping[str, Any], confidence: float) -> Lead:
    part = verdict["verification__criterion__slice_name"]
    interval = _interval(verdict, line, confidence)
    ends = None if interval is None else (interval.low, interval.high)
    sign = 1 if verdict["detail"].get("higher_is_better", True) else -1
    low, high = (None, None) if ends is None else sorted((sign * ends[0], sign * ends[1]))
    low, high = possible_ends(low, high, verdict["detail"].get("widest"))
    return Lead(
        rival=line["model_version__model_id"],
        label=line["label"],
        run=verdict["run_id"],
        against=line["run_id"],
        scorer=verdict["verification__criterion__scorer__slug"] or "",
        part=f"{part}={verdict['verification__criterion__slice_value']}" if part else "",
        point=sign * line["point"],
        low=low,
        high=high,
        unit=verdict["unit"],
        n=line["n"],
        usable=_usable(line),
    )


def _interval(verdict: Mapping[str, Any], line: Mapping[str, Any], confidence: float) -> Interval | None:
    if line["low"] is None or line["high"] is None:
        return None
    told = line["detail"]
    stored = Interval(line["low"], line["high"], told.get("confidence") or 0.95)
    known = line["both"] is not None
    counts = Counts(line["both"], line["only_ours"], line["only_theirs"], line["neither"]) if known else None
    method = told.get("method", "")
    return widened(stored, method, confidence, clusters=verdict["clusters"] or line["n"], counts=counts)


def _usable(line: Mapping[str, Any]) -> bool:
    """Nothing bars a decision, and missing tries cannot turn it."""
    told = line["detail"]
    decided = line["outcome"] in ("met", "not_met")
    return told.get("reason", "") not in UNUSABLE and (decided or not told.get("missing"))


def _rows(
    tree: Sequence[Capability],
    by_capability: Mapping[int | None, set[tuple[Any, ...]]],
    evidence: _Evidence,
    rivals: Sequence[Model],
) -> list[LeadRow]:
    children: dict[int | None, list[Capability]] = defaultdict(list)
    for capability in tree:
        children[capability.parent_id].append(capability)
    rows: list[LeadRow] = []

    def branch(capability: Capability, depth: int) -> set[tuple[Any, ...]]:
        place = len(rows)
        rows.append(LeadRow(capability, depth, ()))
        keys = set(by_capability.get(capability.pk, set()))
        for child in children[capability.pk]:
            keys |= branch(child, depth + 1)
        rows[place] = LeadRow(capability, depth, _cells(keys, evidence, rivals))
        return keys

    for top in children[None]:
        branch(top, 0)
    if by_capability.get(None):
        rows.append(LeadRow(None, 0, _cells(by_capability[None], evidence, rivals)))
    return rows


def _cells(keys: set[tuple[Any, ...]], evidence: _Evidence, rivals: Sequence[Model]) -> list[LeadCell]:
    leads = [lead for key, lead in evidence.found.items() if key in keys]
    return [LeadCell([lead for lead in leads if lead.rival == rival.pk]) for rival in rivals]
