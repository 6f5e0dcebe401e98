"""How often a judge that compares two answers prefers what people prefer, where both spoke of the same two answers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluations.models import HumanScore, LabVote, Run, ScorerVersion
from evaluations.queries.human_scores import Labelled, labelled_by_scorer
from evaluations.queries.vectors import CaseList
from evaluations.statistics import Estimate, agreement_rate

ENOUGH = 50
EVEN = 0.5
VOTES = "people’s votes without names"
UNCHECKED = "unchecked: a judge’s opinion, never a verdict"

# By the judge's pair of runs, case (hash) and try: A's share, 1 won, one half level, 0 lost.
Shares = Mapping[tuple[int, str, int], float]


@dataclass(frozen=True)
class Agreement:
    """source: what people did. rate: how often both preferred the same, cases counting once; a side and neither agree by half."""

    source: str
    rate: Estimate

    @property
    def is_enough(self) -> bool:
        """Fifty cases, and more often than not beyond doubt."""
        interval = self.rate.interval
        return self.rate.clusters >= ENOUGH and interval is not None and interval.low > EVEN


def standing_of(found: Sequence[Agreement]) -> str:
    """What a judge's opinion is: never a verdict, and unchecked without enough of people's own choices that agree."""
    checked = [one.rate.n for one in found if one.is_enough]
    return f"checked on {max(checked):,} cases, never a verdict" if checked else UNCHECKED


def agreements_of(
    runs: Sequence[Run], judged: Mapping[int, Shares], cases: CaseList
) -> dict[int, list[Agreement]]:
    """By a judge's run, over all the runs given that asked the same judge the same. Three queries at least, two more with people's scores.

    judged: by judge's run, what it chose. cases: of the evaluation version. Needs `pair__first` and `pair__second` of the runs loaded.
    """
    people = _people(runs, cases)
    alike: dict[tuple[int, str], list[Run]] = defaultdict(list)
    for run in runs:
        alike[run.model_version_id, run.pair.fingerprint if run.pair else ""].append(run)
    found: dict[int, list[Agreement]] = {}
    for same in alike.values():
        chose = {key: share for run in same for key, share in judged[run.pk].items()}
        agreements = [
            Agreement(source, rate)
            for source, shares in people.items()
            if (rate := _rate(chose, shares, cases)) is not None
        ]
        found |= {run.pk: agreements for run in same}
    return found


def _rate(judge: Shares, people: Shares, cases: CaseList) -> Estimate | None:
    both = sorted(judge.keys() & people.keys())
    if not both:
        return None
    sources = dict(zip(cases.hashes, cases.clusters or cases.hashes, strict=True))
    items = sorted({(pair, case) for pair, case, _ in both if case in sources})
    tries = range(1, max(place for *_, place in both) + 1)
    if not items:
        return None
    chose, preferred = (
        np.array([[said.get((pair, case, place), np.nan) for place in tries] for pair, case in items])
        for said in (judge, people)
    )
    names = tuple([f"{pair}/{case}" for pair, case in items])
    return agreement_rate(names, chose, preferred, tuple([sources[case] for _, case in items]))


def _people(runs: Sequence[Run], cases: CaseList) -> dict[str, Shares]:
    """What people preferred of the same answers, by what they did."""
    found: dict[str, Shares] = {}
    if votes := _mean(_votes(runs)):
        found[VOTES] = votes
    sides = {side for run in runs if run.pair for side in (run.pair.first_id, run.pair.second_id)}
    scored = HumanScore.objects.filter(response__run__in=sides).order_by()
    scorers = ScorerVersion.objects.select_related("scorer").filter(
        pk__in=scored.values("scorer_version").distinct()
    )
    known = {scorer.pk: scorer for scorer in scorers}
    if not known:
        return found
    hashes = dict(zip(cases.keys, cases.hashes, strict=True))
    labelled = labelled_by_scorer(known, Run.objects.filter(pk__in=sides))
    for pk, answers in labelled.items():
        if scores := _mean(_scores(runs, known[pk], answers.values(), hashes)):
            found[f"people’s scores by {known[pk]}"] = scores
    return found


def _mean(said: Iterable[tuple[tuple[int, str, int], float]]) -> Shares:
    given: dict[tuple[int, str, int], list[float]] = defaultdict(list)
    for key, share in said:
        given[key].append(share)
    return {key: sum(shares) / len(shares) for key, shares in given.items()}


def _votes(runs: Sequence[Run]) -> Iterator[tuple[tuple[int, str, int], float]]:
    """Votes name the answers of the calls themselves, also where those were scored again."""
    called: dict[tuple[int, int], list[int]] = defaultdict(list)
    for run in runs:
        if run.pair:
            called[_caller(run.pair.first), _caller(run.pair.second)].append(run.pair.pk)
    ids = {pk for pair in called for pk in pair}
    votes = LabVote.objects.filter(first__run__in=ids, second__run__in=ids).order_by("pk")
    for vote in votes.select_related("first__case", "second"):
        first, second = vote.first.run_id, vote.second.run_id
        if vote.first.repeat != vote.second.repeat:
            continue
        for between, sign in (((first, second), 1), ((second, first), -1)):
            for pair in called.get(between, ()):
                yield (pair, vote.first.case.hash, vote.first.repeat), (1 + sign * vote.choice) / 2


def _caller(run: Run) -> int:
    return run.scored_from_id or run.pk


def _scores(
    runs: Sequence[Run], scorer: ScorerVersion, answers: Iterable[Labelled], hashes: Mapping[str, str]
) -> Iterator[tuple[tuple[int, str, int], float]]:
    """Which of two answers people scored better."""
    truths = {(one.run_id, one.key, one.repeat): one.truth for one in answers}
    sign = 1 if scorer.direction == ScorerVersion.Direction.HIGHER else -1
    for run in runs:
        if run.pair is None:
            continue
        for (side, key, place), truth in truths.items():
            other = truths.get((run.pair.second_id, key, place))
            if side == run.pair.first_id and other is not None and key in hashes:
                better = sign * float(np.sign(truth - other))
                yield (run.pair.pk, hashes[key], place), (1 + better) / 2
