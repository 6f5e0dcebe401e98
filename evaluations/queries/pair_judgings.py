"""What judges said of two runs: how often they preferred the first, and whether they looked at more than the order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from config.words import percent
from evaluations.models import PairOpinion, Response, Run
from evaluations.queries.media import outputs_by_id
from evaluations.queries.vectors import CaseList, cases_of
from evaluations.scorers import pairs
from evaluations.scorers.reading import Unreadable
from evaluations.statistics import Floats, Interval, Rule, WinRate, win_rate
from evaluations.statistics.judges import EVEN

UNCHECKED = "unchecked: a judge’s opinion, never a verdict"
ORDERS = 2
SHORT = 12
RELATED = ("pair", "model_version__model", "evaluation_version__evaluation")
FINISHED = (Run.State.DONE, Run.State.PARTIAL)


@dataclass(frozen=True)
class PairReading:
    """One judge's run about two runs, read from the side of A. found: None until the run is over.

    n: cases with a choice in both orders; missing: the other cases of the dataset version.
    """

    run: Run
    n: int
    missing: int
    found: WinRate | None

    @property
    def question(self) -> str:
        return self.run.pair.question if self.run.pair else ""

    @property
    def interval(self) -> Interval | None:
        return self.found.result.interval if self.found else None

    @property
    def series(self) -> str:
        """Key of all judgings that count together with this one."""
        return series_key(self.run)

    @property
    def sentences(self) -> list[str]:
        return said(self)


def series_key(run: Run) -> str:
    """Of a judge's run: evaluation version, judge and the beginning of the instruction's fingerprint."""
    version = run.evaluation_version
    told = run.pair.fingerprint[:SHORT] if run.pair else ""
    return f"{version.evaluation.slug}@{version.number}/{run.model_version.label}/{told}"


def pair_readings(run_a: Run, run_b: Run) -> list[PairReading]:
    """Newest first. One query without judgings; three with. Needs `evaluation_version` of A loaded."""
    either_way = Q(pair__first=run_a, pair__second=run_b) | Q(pair__first=run_b, pair__second=run_a)
    runs = list(Run.objects.filter(either_way).select_related(*RELATED).order_by("-pk"))
    if not runs:
        return []
    choices = choices_of([run.pk for run in runs])
    cases = cases_of(run_a.evaluation_version.dataset_version_id)
    return [_reading(run, choices[run.pk], cases, run_a) for run in runs]


def choices_of(runs: Sequence[int]) -> dict[int, dict[tuple[str, int], int]]:
    """Per judge's run, by hash of the case and repeat, 1 where the answer of the pair's first run was preferred, 0, else -1. One query."""
    rows = PairOpinion.objects.filter(response__run__in=list(runs)).order_by()
    found: dict[int, dict[tuple[str, int], int]] = {run: {} for run in runs}
    for run, case, repeat, choice in rows.values_list(
        "response__run", "response__case__hash", "response__repeat", "choice"
    ):
        found[run][case, repeat] = choice
    return found


def by_case(choices: Mapping[tuple[str, int], int]) -> dict[str, float]:
    """The first run's share of each case with a choice in both orders: 1 won, .5 level, 0 lost."""
    scores: dict[str, float] = {}
    for (case, repeat), choice in choices.items():
        other = choices.get((case, ORDERS))
        if repeat == 1 and other is not None:
            scores[case] = (2 + choice + other) / 4
    return scores


def _reading(run: Run, choices: Mapping[tuple[str, int], int], cases: CaseList, run_a: Run) -> PairReading:
    turned = is_turned(run, run_a)
    first, second = (_column(choices, cases.hashes, order, turned=turned) for order in (1, ORDERS))
    n = int((~np.isnan(first + second)).sum())
    over = run.state in FINISHED
    found = win_rate(cases.keys, first, second, Rule(), cases.clusters) if over and n else None
    return PairReading(run, n, len(cases.keys) - n, found)


def is_turned(run: Run, run_a: Run) -> bool:
    """Whether A is the second run of what the judge was asked about."""
    return bool(run.pair and run.pair.first_id != run_a.pk)


def _column(
    choices: Mapping[tuple[str, int], int], hashes: Iterable[str], order: int, *, turned: bool
) -> Floats:
    """A's score by case where A's answer was shown first (order 1) or second; NaN without a choice."""
    place, sign = (3 - order, -1) if turned else (order, 1)
    chosen = (choices.get((case, place)) for case in hashes)
    return np.array([np.nan if one is None else (1 + sign * one) / 2 for one in chosen], dtype=np.float64)


def said(reading: PairReading) -> list[str]:
    """What it says in words, the warning about order first where there is one."""
    found = reading.found
    if found is None or found.result.point is None or found.result.interval is None:
        return []
    return [*_of_order(found), _of_preference(found.result.point, found.result.interval)]


def _of_order(found: WinRate) -> list[str]:
    if found.consistency is None or found.consistency >= EVEN:
        return []
    share, place = f"{percent(found.consistency, 0)}", ""
    if found.first_position_rate is not None and found.first_position_rate != EVEN:
        first = found.first_position_rate > EVEN
        rate = found.first_position_rate if first else 1 - found.first_position_rate
        place = f" It chose the answer shown {'first' if first else 'second'} in {percent(rate, 0)} of its choices."
    return [
        f"The judge gave the same answer in both orders for only {share} of the cases: "
        f"it goes by the place more than by the answers.{place}"
    ]


def _of_preference(point: float, interval: Interval) -> str:
    shown = f"{percent(point)}, {percent(interval.confidence, 0)} range {percent(interval.low)} to {percent(interval.high)}"
    if interval.low > EVEN:
        return f"In the judge’s opinion A’s answers are better more often than not ({shown})."
    if interval.high < EVEN:
        return f"In the judge’s opinion B’s answers are better more often than not ({shown})."
    return f"The judge’s opinion does not tell A and B apart ({shown})."


@dataclass(frozen=True)
class Reason:
    """Why a judge chose as it did in one order. a_first: A's answer was shown first; chosen: "A", "B" or "neither"."""

    judge: str
    a_first: bool
    chosen: str
    rationale: str


def pair_reasons(
    readings: Sequence[PairReading], run_a: Run, hashes: Sequence[str]
) -> dict[str, list[Reason]]:
    """By hash of the case. Two queries, none without readings. May quote the content."""
    runs = {one.run.pk: one.run for one in readings}
    if not runs or not hashes:
        return {}
    rows = Response.objects.filter(
        run__in=list(runs), case__hash__in=list(hashes), pair_opinion__isnull=False
    )
    replies = list(rows.select_related("pair_opinion", "case").order_by("-run", "repeat"))
    outputs = outputs_by_id({one.output_id for one in replies if one.output_id})
    found: dict[str, list[Reason]] = {}
    for reply in replies:
        run = runs[reply.run_id]
        turned = is_turned(run, run_a)
        blob = outputs.get(reply.output_id) if reply.output_id else None
        choice = reply.pair_opinion.choice * (-1 if turned else 1)
        reason = Reason(
            judge=run.model_version.label,
            a_first=(reply.repeat == 1) != turned,
            chosen={1: "A", 0: "neither", -1: "B"}[choice],
            rationale="" if blob is None or blob.purged_at else _rationale(blob.content),
        )
        found.setdefault(reply.case.hash, []).append(reason)
    return found


def _rationale(content: bytes) -> str:
    try:
        return pairs.read(content.decode("utf-8", "replace"))[1]
    except Unreadable:
        return ""
