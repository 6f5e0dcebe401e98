"""What judges said of two runs: how often they preferred the first, and whether they looked at more than the order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from config.words import percent
from evaluations.models import PairJudging, PairOpinion, Response, Run
from evaluations.queries.media import outputs_by_id
from evaluations.queries.pair_agreement import Agreement, Shares, agreements_of, standing_of
from evaluations.queries.vectors import CaseList, cases_of
from evaluations.scorers import pairs
from evaluations.scorers.pairs import ORDERS, first_run_first, try_of
from evaluations.scorers.reading import Unreadable
from evaluations.statistics import (
    Floats,
    Interval,
    Rule,
    SliceDifference,
    WinRate,
    win_rate,
    win_rates_by_slice,
)
from evaluations.statistics.judges import EVEN

SLICE_N, MOST_SLICES = 10, 60
SHORT = 12
RELATED = ("pair__first", "pair__second", "model_version__model", "evaluation_version__evaluation")
FINISHED = (Run.State.DONE, Run.State.PARTIAL)


@dataclass(frozen=True)
class PairReading:
    """One judge's run about two runs, read from the side of A. found: None until the run is over.

    n: cases with a choice in both orders; missing: the other cases of the dataset version. slices: A's share, worst for A first,
    corrected over all of them. agreements: of this judge, asked this about any runs of the evaluation version, with people.
    """

    run: Run
    n: int
    missing: int
    found: WinRate | None
    slices: Sequence[SliceDifference] = ()
    agreements: Sequence[Agreement] = ()

    @property
    def question(self) -> str:
        return self.run.pair.question if self.run.pair else ""

    @property
    def interval(self) -> Interval | None:
        return self.found.result.interval if self.found else None

    @property
    def standing(self) -> str:
        return standing_of(self.agreements)

    @property
    def checked(self) -> bool:
        return any(one.is_enough for one in self.agreements)

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
    """Newest first. One query without judgings; six with, two more with people's scores. Needs `evaluation_version` of A loaded."""
    either_way = Q(first=run_a, second=run_b) | Q(first=run_b, second=run_a)
    # From the judgings to their runs: the other way round the database reads all runs there are.
    told = PairJudging.objects.filter(either_way)
    judgings = told.select_related(
        "first", "second", "run__model_version__model", "run__evaluation_version__evaluation"
    )
    runs = sorted((judging.run for judging in judgings if hasattr(judging, "run")), key=lambda run: -run.pk)
    if not runs:
        return []
    together = _asked_the_same(runs)
    choices = choices_of([run.pk for run in together])
    cases = cases_of(run_a.evaluation_version.dataset_version_id)
    agreements = agreements_of(together, {run.pk: by_pair(run, choices[run.pk]) for run in together}, cases)
    return [_reading(run, choices[run.pk], cases, run_a, agreements[run.pk]) for run in runs]


def _asked_the_same(runs: Sequence[Run]) -> list[Run]:
    """All judge's runs of this evaluation version by these judges that were asked what these were. One query."""
    rows = Run.objects.filter(
        evaluation_version=runs[0].evaluation_version_id,
        model_version__in={run.model_version_id for run in runs},
        pair__fingerprint__in={run.pair.fingerprint for run in runs if run.pair},
    )
    return list(rows.select_related(*RELATED))


def by_pair(run: Run, choices: Mapping[tuple[str, int], int]) -> Shares:
    """As people's choices are told too."""
    return {(run.pair_id or 0, case, place): share for (case, place), share in by_try(choices).items()}


def choices_of(runs: Sequence[int]) -> dict[int, dict[tuple[str, int], int]]:
    """Per judge's run, by hash of the case and repeat, 1 where the answer of the pair's first run was preferred, 0, else -1. One query."""
    rows = PairOpinion.objects.filter(response__run__in=list(runs)).order_by()
    found: dict[int, dict[tuple[str, int], int]] = {run: {} for run in runs}
    for run, case, repeat, choice in rows.values_list(
        "response__run", "response__case__hash", "response__repeat", "choice"
    ):
        found[run][case, repeat] = choice
    return found


def by_try(choices: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], float]:
    """The first run's share of each case and try with a choice in both orders: 1 won, .5 level, 0 lost."""
    scores: dict[tuple[str, int], float] = {}
    for (case, repeat), choice in choices.items():
        other = choices.get((case, repeat + 1))
        if first_run_first(repeat) and other is not None:
            scores[case, try_of(repeat)] = (2 + choice + other) / 4
    return scores


def by_case(choices: Mapping[tuple[str, int], int]) -> dict[str, float]:
    """The same by case, as the mean of its tries."""
    tries: dict[str, list[float]] = {}
    for (case, _), score in by_try(choices).items():
        tries.setdefault(case, []).append(score)
    return {case: sum(scores) / len(scores) for case, scores in tries.items()}


def _reading(
    run: Run,
    choices: Mapping[tuple[str, int], int],
    cases: CaseList,
    run_a: Run,
    agreements: Sequence[Agreement],
) -> PairReading:
    first, second = a_shown(choices, cases.hashes, turned=is_turned(run, run_a))
    scores = (first + second) / ORDERS
    n = int((~np.isnan(scores)).any(axis=1).sum())
    missing = len(cases.keys) - n
    if run.state not in FINISHED or not n:
        return PairReading(run, n, missing, None, agreements=agreements)
    found = win_rate(cases.keys, first, second, Rule(), cases.clusters)
    return PairReading(run, n, missing, found, _slices(cases, scores), agreements)


def _slices(cases: CaseList, scores: Floats) -> list[SliceDifference]:
    """The largest slices; too small ones are shown but never supported."""
    masks = cases.slices
    largest = sorted(masks, key=lambda part: -int(masks[part].sum()))[:MOST_SLICES]
    named = {f"{name}={value}": masks[name, value] for name, value in largest}
    return win_rates_by_slice(cases.keys, scores, named, Rule(min_n=SLICE_N), cases.clusters)


def is_turned(run: Run, run_a: Run) -> bool:
    """Whether A is the second run of what the judge was asked about."""
    return bool(run.pair and run.pair.first_id != run_a.pk)


def a_shown(
    choices: Mapping[tuple[str, int], int], hashes: Sequence[str], *, turned: bool
) -> tuple[Floats, Floats]:
    """A's score by case and try where its answer was shown first, and where it was shown second; NaN without a choice."""
    tries = max((try_of(repeat) for _, repeat in choices), default=1)
    sign = -1 if turned else 1
    shown = [
        np.array(
            [
                [_score(choices.get((case, ORDERS * place + order)), sign) for place in range(tries)]
                for case in hashes
            ],
            dtype=np.float64,
        ).reshape(len(hashes), tries)
        for order in (1, 2)
    ]
    return (shown[1], shown[0]) if turned else (shown[0], shown[1])


def _score(choice: int | None, sign: int) -> float:
    return np.nan if choice is None else (1 + sign * choice) / 2


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
            a_first=first_run_first(reply.repeat) != turned,
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
