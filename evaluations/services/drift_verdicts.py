"""What a confirming run says: scores differently, or not; a change is an event, once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from config.words import difference, range_text, score
from evaluations.models import DriftLook, ModelEvent, Run, RunVector, ScorerVersion
from evaluations.queries.scores import shown_unit
from evaluations.queries.steadiness import changes_of, comparable_runs
from evaluations.queries.vectors import CaseList, cases_of, samples_from, vectors_of
from evaluations.services.model_events import announce_event
from evaluations.statistics import Outcome, Reason, Result, Rule, Trend, Unit, confirm_drift, pooled, possible

State = DriftLook.State
CHANGED = (Trend.IMPROVED, Trend.REGRESSED)
# What leaves open whether it changed; any other reason says that there was nothing to read.
OPEN = (Reason.NONE, Reason.STRADDLES, Reason.SMALL_N, Reason.ZERO_VARIANCE)
UNREAD = "The confirming run could not be read: too many of its samples are missing, or of those before."
OTHERS = "The confirming run was answered by several models, or by one that has seen the cases before."
MOVED = "It answers under another id since then, which says by itself that it changed."
Vectors = dict[tuple[int, int], RunVector]


@dataclass(frozen=True)
class Found:
    """What a look came to. words: of the change, "Accuracy 91.2 %" and "86.0 % (−5.2 pt, −7.9 to −2.5)"."""

    state: str
    said: str
    result: Result | None = None
    words: tuple[str, str] = ("", "")


def decide(run: Run, looks: Sequence[DriftLook]) -> list[DriftLook]:
    """Settle the looks that a finished run was ordered for. Needs their scorers and the run's evaluation version loaded.

    Confirmed ones are one event together. At most seven queries, one more for each look.
    """
    if not looks:
        return []
    barred = _barred(run, looks)
    vectors, cases = ({}, None) if barred else _read(run, looks)
    found = [
        (look, Found(State.UNKNOWN, barred) if cases is None else _found(run, look, vectors, cases))
        for look in looks
    ]
    event = _announced(run, [one for _, one in found if one.state == State.CONFIRMED])
    for look, one in found:
        look.state, look.said, look.result = one.state, one.said[:500], _packed(one.result)
        look.event = event if one.state == State.CONFIRMED else None
        look.decided_at = timezone.now()
        look.save()
    return list(looks)


def _barred(run: Run, looks: Sequence[DriftLook]) -> str:
    """Why the run confirms nothing, in words; empty when it may."""
    if not comparable_runs(run.model_version_id, run.evaluation_version_id).filter(pk=run.pk).exists():
        return OTHERS
    changes = changes_of(run.model_version_id, run.evaluation_version_id)
    if changes and any(changes[-1].at > look.at for look in looks):
        return MOVED
    return ""


def _read(run: Run, looks: Sequence[DriftLook]) -> tuple[Vectors, CaseList]:
    reference = {pk for look in looks for pk in look.reference}
    runs = [run, *Run.objects.filter(pk__in=reference)]
    vectors = vectors_of(runs, [look.scorer_version for look in looks])
    return vectors, cases_of(run.evaluation_version.dataset_version_id)


def _found(run: Run, look: DriftLook, vectors: Vectors, cases: CaseList) -> Found:
    scorer = look.scorer_version
    wanted = [vectors.get((pk, scorer.pk)) for pk in (run.pk, *look.reference)]
    packed = [vector for vector in wanted if vector is not None]
    if len(packed) < len(wanted):
        return Found(State.UNKNOWN, UNREAD)
    later, *before = (samples_from(vector, cases, scorer) for vector in packed)
    result = confirm_drift(later, pooled(before), Rule(), look.number or 1)
    return _worded(result, scorer, shown_unit(run, scorer))


def _worded(result: Result, scorer: ScorerVersion, unit: str) -> Found:
    if result.interval is None or result.outcome is Outcome.NO_DATA or result.reason not in OPEN:
        return Found(State.UNKNOWN, UNREAD, result)
    name, interval = scorer.scorer.name, possible(result.interval, Unit(widest=scorer.widest))
    before, after = score(result.point_b, unit), score(result.point_a, unit)
    gap = f"{difference(result.point, unit)}, plausible range {range_text(interval.low, interval.high, unit, True)}"
    if result.trend in CHANGED:
        said = f"{name} went from {before} to {after} ({gap})."
        return Found(State.CONFIRMED, said, result, (f"{name} {before}", f"{after} ({gap})"))
    said = f"{name} is {after} in the confirming run and was {before} ({gap}): not distinguishable."
    return Found(State.NOT_CONFIRMED, said, result)


def _announced(run: Run, confirmed: Sequence[Found]) -> ModelEvent | None:
    if not confirmed:
        return None
    first, *others = confirmed
    more = "".join(f"; {one.words[0]} → {one.words[1]}" for one in others)
    before = f"{run.evaluation_version}, {first.words[0]}"
    return announce_event(run, ModelEvent.Kind.DRIFTED, before=before, after=f"{first.words[1]}{more}")


def _packed(result: Result | None) -> dict[str, object]:
    """As the look keeps it; the difference is after − before, in the scorer's unit."""
    if result is None:
        return {}
    interval = result.interval
    return {
        "before": result.point_b,
        "after": result.point_a,
        "difference": result.point,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "confidence": interval.confidence if interval else None,
        "method": result.method,
        "n": result.n,
        "clusters": result.clusters,
        "missing": result.missing,
        "reason": str(result.reason),
        "trend": str(result.trend or ""),
    }
