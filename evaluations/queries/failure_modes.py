"""Which failures were seen in a run's answers, where, and whether another run has fewer of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, QuerySet

from evaluations.models import DatasetVersionCase, FailureMode, Response, Run, SampleLabel
from evaluations.queries.vectors import CaseList, cases_of
from evaluations.statistics import (
    Flags,
    Kind,
    Rule,
    Samples,
    Unit,
    against_rival,
    estimate,
    possible,
    shared_confidence,
)

CONFIDENCE = 0.95
MOST_SLICES = 60


@dataclass(frozen=True)
class ModeShare:
    """cases labelled so among n answered ones, the share with its 95 % range. What nobody labelled counts as without."""

    cases: int
    n: int
    point: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ModeChange:
    """Share in this run less that in the other, on the same cases, corrected over all modes. supported: the range leaves zero out."""

    others: int
    point: float | None
    low: float | None
    high: float | None
    supported: bool


@dataclass(frozen=True)
class ModeLine:
    """A mode over all cases, and by slice (`lang=de`). change: beside another run."""

    mode: FailureMode
    whole: ModeShare
    slices: Mapping[str, ModeShare]
    change: ModeChange | None = None


@dataclass(frozen=True)
class RunFailures:
    """lines: by how often they were seen. slices: the largest 60, largest first. labelled: cases with any label, of n answered ones."""

    lines: Sequence[ModeLine]
    slices: Sequence[str]
    labelled: int
    n: int


def vocabulary() -> QuerySet[FailureMode]:
    """Every mode with how many labels use it, those in use first. One query."""
    return FailureMode.objects.annotate(uses=Count("labels")).order_by("retired_at", "name")


def labels_of(run: Run, case_ids: Sequence[int]) -> dict[int, list[FailureMode]]:
    """By case. One query."""
    found: dict[int, list[FailureMode]] = {}
    rows = SampleLabel.objects.filter(run=run, case__in=case_ids).select_related("mode")
    for label in rows.order_by("mode__name"):
        found.setdefault(label.case_id, []).append(label.mode)
    return found


def run_failures(run: Run, other: Run | None = None) -> RunFailures:
    """What went wrong in a run. Four queries, two more beside another run on the same dataset version."""
    cases = cases_of(run.evaluation_version.dataset_version_id)
    ours = _seen(run)
    theirs = _seen(other) if other else None
    modes = {*ours.marked, *(theirs.marked if theirs else ())}
    names = FailureMode.objects.in_bulk(modes)
    masks = cases.slices
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:MOST_SLICES]
    slices = {f"{name}={value}": masks[name, value] for name, value in largest}
    counted = Counter({mode: len(ours.marked.get(mode, ())) for mode in modes})
    order = sorted(modes, key=lambda mode: (-counted[mode], names[mode].name))
    lines = [
        _line(names[mode], mode, cases, slices, (ours, theirs), shared_confidence(len(modes), CONFIDENCE))
        for mode in order
    ]
    labelled = set().union(*ours.marked.values()) if ours.marked else set()
    return RunFailures(lines, list(slices), len(labelled & ours.answered), len(ours.answered))


@dataclass(frozen=True)
class _Seen:
    """Keys of the cases of a run that were answered, and of those each mode was seen in."""

    answered: set[str]
    marked: Mapping[int, set[str]]


def _seen(run: Run) -> _Seen:
    """Two queries."""
    answered = Response.objects.filter(run=run).order_by().values("case")
    version = run.evaluation_version.dataset_version_id
    entries = DatasetVersionCase.objects.filter(version=version, case__in=answered)
    marked: dict[int, set[str]] = {}
    for mode, key in SampleLabel.objects.filter(run=run).values_list("mode", "case__key"):
        marked.setdefault(mode, set()).add(key)
    return _Seen(set(entries.values_list("key", flat=True)), marked)


def _line(
    mode: FailureMode,
    mode_id: int,
    cases: CaseList,
    slices: Mapping[str, Flags],
    seen: tuple[_Seen, _Seen | None],
    confidence: float,
) -> ModeLine:
    ours, theirs = seen
    samples = _samples(cases, ours, mode_id)
    change = None
    if theirs is not None:
        change = _change(samples, _samples(cases, theirs, mode_id), confidence)
    parts = {name: _share(samples.select(mask)) for name, mask in slices.items()}
    return ModeLine(mode, _share(samples), parts, change)


def _samples(cases: CaseList, seen: _Seen, mode: int) -> Samples:
    """1 where the mode was seen, NaN where there is no answer."""
    marked = seen.marked.get(mode, set())
    values = [float(key in marked) if key in seen.answered else np.nan for key in cases.keys]
    column = np.array(values, dtype=np.float64)[:, None]
    return Samples(
        items=cases.keys,
        numerators=column,
        denominators=np.ones_like(column),
        clusters=cases.clusters,
        kind=Kind.BINARY,
        higher_is_better=False,
    )


def _share(samples: Samples) -> ModeShare:
    n = int(samples.present.sum())
    if not n:
        return ModeShare(0, 0, None, None, None)
    found = estimate(samples)
    low, high = (found.interval.low, found.interval.high) if found.interval else (None, None)
    return ModeShare(int(np.nansum(samples.numerators)), n, found.point, low, high)


def _change(ours: Samples, theirs: Samples, confidence: float) -> ModeChange:
    others = int(np.nansum(theirs.numerators))
    found = against_rival(ours, theirs, Rule(confidence=confidence))
    if found.point is None or found.interval is None:
        return ModeChange(others, None, None, None, supported=False)
    shown = possible(found.interval, Unit(widest=1.0))
    supported = found.interval.low > 0 or found.interval.high < 0
    return ModeChange(others, found.point, shown.low, shown.high, supported=supported)


def failure_rows(found: RunFailures) -> Iterator[dict[str, object]]:
    """One record a mode and slice, all cases first; shares are fractions."""
    for line in found.lines:
        yield _record(line, "", line.whole)
        for name, share in line.slices.items():
            yield _record(line, name, share)


def _record(line: ModeLine, part: str, share: ModeShare) -> dict[str, object]:
    change = line.change if not part else None
    return {
        "failure_mode": line.mode.slug,
        "name": line.mode.name,
        "slice": part,
        "cases": share.cases,
        "n": share.n,
        "share": share.point,
        "low": share.low,
        "high": share.high,
        "cases_other": change.others if change else None,
        "difference": change.point if change else None,
        "difference_low": change.low if change else None,
        "difference_high": change.high if change else None,
        "supported": change.supported if change else None,
    }
