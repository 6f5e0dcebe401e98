"""What one judge preferred over several pairs of runs: who asked it what, and what it chose case by case."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from evaluations.models import EvaluationVersion, ModelVersion, Run
from evaluations.queries.pair_agreement import Agreement, agreements_of, standing_of
from evaluations.queries.pair_judgings import FINISHED, by_case, by_pair, choices_of, series_key
from evaluations.queries.preferences import Choice, Preferred, preferred
from evaluations.queries.vectors import cases_of

MOST_JUDGINGS = 2_000


@dataclass(frozen=True, eq=False)
class JudgeSeries:
    """Judgings that count together: of one evaluation version, by one judge, asked the same. runs: the judge's, newest first."""

    runs: Sequence[Run]

    @property
    def evaluation_version(self) -> EvaluationVersion:
        return self.runs[0].evaluation_version

    @property
    def judge(self) -> ModelVersion:
        return self.runs[0].model_version

    @property
    def question(self) -> str:
        return self.runs[0].pair.question if self.runs[0].pair else ""

    @property
    def key(self) -> str:
        """As it stands in addresses."""
        return series_key(self.runs[0])

    @property
    def compared(self) -> list[Run]:
        """The newest run of each version that it compared, by name."""
        newest: dict[int, Run] = {}
        for run in self.runs:
            for side in (run.pair.first, run.pair.second) if run.pair else ():
                newest.setdefault(side.model_version_id, side)
        return sorted(newest.values(), key=lambda run: run.model_version.label)

    @property
    def missing(self) -> list[tuple[Run, Run]]:
        """Pairs of versions it was not asked about."""
        asked = {frozenset(_versions(run)) for run in self.runs}
        couples = combinations(self.compared, 2)
        return [pair for pair in couples if frozenset(one.model_version_id for one in pair) not in asked]


def _versions(run: Run) -> tuple[int, ...]:
    return (run.pair.first.model_version_id, run.pair.second.model_version_id) if run.pair else ()


def judge_series() -> list[JudgeSeries]:
    """What judges were asked of finished pairs, the newest first, of the newest 2,000 judgings. One query."""
    rows = (
        Run.objects.filter(pair__isnull=False, state__in=FINISHED)
        .select_related(
            "pair__first__model_version__model",
            "pair__second__model_version__model",
            "model_version__model",
            "evaluation_version__evaluation",
        )
        .order_by("-pk")[:MOST_JUDGINGS]
    )
    found: dict[tuple[int, int, str], list[Run]] = {}
    for run in rows:
        told = run.pair.fingerprint if run.pair else ""
        found.setdefault((run.evaluation_version_id, run.model_version_id, told), []).append(run)
    return [JudgeSeries(runs) for runs in found.values()]


@dataclass(frozen=True)
class JudgePreferred:
    """agreements: how often people prefer the same."""

    found: Preferred
    agreements: Sequence[Agreement]

    @property
    def checked(self) -> bool:
        return any(one.is_enough for one in self.agreements)

    @property
    def standing(self) -> str:
        return standing_of(self.agreements)


def preferred_by_judge(series: JudgeSeries) -> JudgePreferred:
    """Every case that the judge saw in both orders is one game of the two versions. Five queries, two more with people's scores."""
    choices = choices_of([run.pk for run in series.runs])
    cases = cases_of(series.evaluation_version.dataset_version_id)
    sources = dict(zip(cases.hashes, cases.clusters or cases.keys, strict=True))
    games = []
    for run in series.runs:
        first, second = _versions(run)
        games += [
            Choice(sources[case], first, second, score)
            for case, score in by_case(choices[run.pk]).items()
            if case in sources
        ]
    judged = {run.pk: by_pair(run, choices[run.pk]) for run in series.runs}
    agreements = agreements_of(series.runs, judged, cases)
    return JudgePreferred(preferred(series.key, games), agreements[series.runs[0].pk])
