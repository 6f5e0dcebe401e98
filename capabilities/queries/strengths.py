"""Unexpected strengths: slices where a version of ours beats every rival, or what was expected of it, beyond doubt."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from capabilities.models import DiscoveryEvidence, Product
from capabilities.queries.expectations import Reading, expectations_of
from capabilities.queries.products import agreed_rivals
from capabilities.queries.strength_words import Candidate, Strengths
from evaluations.models import EvaluationScorer, Run, RunVector, ScorerVersion, Side
from evaluations.models.runs import RunQuerySet
from evaluations.queries.scores import shown_unit
from evaluations.queries.vectors import CaseList, cases_of_each, parse_slice, samples_from, vectors_of
from evaluations.statistics import Look, Rule, Samples, Unit, ahead_of_every, beyond, possible, standing_out

LEAST_CASES = 10
MOST_EVALUATIONS = 20
MOST_SLICES = 30
RULE = Rule(min_n=LEAST_CASES)
# Of a criterion whose value is the mean of its check, not a percentile or a count of tries.
PLAIN = {"mean", "ratio"}
NO_QUALITY = {"latency", "cost", "real_time_factor"}


@dataclass(frozen=True)
class _Looked:
    """part: "" for all cases. against: rivals' runs, the closest first. expected: in words, where an expectation is beaten."""

    run: Run
    scorer: ScorerVersion
    part: str
    look: Look
    against: Sequence[Run] = ()
    expected: str = ""


@dataclass(frozen=True, eq=False)
class _Material:
    """What is looked at. scorers: of each evaluation version by its id, the main one first."""

    scorers: Mapping[int, Sequence[ScorerVersion]]
    vectors: Mapping[tuple[int, int], RunVector]
    cases: Mapping[int, CaseList]

    def samples(self, run: Run, scorer: ScorerVersion) -> Samples | None:
        vector = self.vectors.get((run.pk, scorer.pk))
        return samples_from(vector, self.cases_of(run), scorer) if vector else None

    def cases_of(self, run: Run) -> CaseList:
        return self.cases[run.evaluation_version.dataset_version_id]


def strengths_of(product: Product) -> Strengths:
    """Everything looked at is corrected together. At most 15 queries, whatever there is.

    Looked at are the newest run of each model of ours beside every rival's on the same evaluation version, by its main check of quality, in
    the largest slices; and each expectation of the product that has met a result. Tries, mixed models, retired cases and answers that give
    away the canary of their cases do not count.
    """
    rivals = set(agreed_rivals(product).models)
    own = set(product.subject_models.filter(side=Side.OWN).values_list("pk", flat=True))
    groups = _groups(own, rivals)
    hopes = [one for one in expectations_of(product) if _is_plain(one)]
    met = _runs_of(hopes)
    material = _material([*[run for group in groups for run in group], *met.values()])
    looked = [one for group in groups for one in _beside_rivals(group, own, material)]
    looked += _beside_hopes(hopes, met, material)
    stands = standing_out([one.look for one in looked])
    known = _recorded(product)
    found = [
        one
        for looked_at, good in zip(looked, stands, strict=True)
        if good and (one := _candidate(looked_at, known))
    ]
    return Strengths(
        candidates=sorted(found, key=lambda one: one.p),
        looked_at=sum(one.look.p is not None for one in looked),
        untested=sum(one.look.p is None for one in looked),
        own=len(own),
        rivals=len(rivals),
        evaluations=len(groups),
        expectations=len(hopes),
    )


def _groups(own: set[int], rivals: set[int]) -> list[list[Run]]:
    """The newest run of each model by evaluation version, where ours stands beside a rival's; newest evaluations first. One query."""
    if not (own and rivals):
        return []
    order = ("evaluation_version_id", "model_version__model_id")
    runs = _judgeable().filter(model_version__model__in=own | rivals).last_asked_of_each(*order)
    groups: dict[int, list[Run]] = defaultdict(list)
    for run in _clean(runs):
        groups[run.evaluation_version_id].append(run)
    both = [
        group for group in groups.values() if len({run.model_version.model_id in own for run in group}) > 1
    ]
    return sorted(both, key=lambda group: -max(run.pk for run in group))[:MOST_EVALUATIONS]


def _judgeable() -> RunQuerySet:
    runs = Run.objects.judgeable().filter(evaluation_version__dataset_version__retired_at=None)
    return runs.select_related("model_version__model", "evaluation_version__evaluation")


def _clean(runs: Iterable[Run]) -> list[Run]:
    """Without those whose answers show that the cases were seen in training."""
    return [run for run in runs if not (run.canary_seen or {}).get("answers")]


def _is_plain(reading: Reading) -> bool:
    return reading.settled and not reading.compared and reading.expectation.criterion.statistic in PLAIN


def _runs_of(hopes: Sequence[Reading]) -> dict[int, Run]:
    """The runs in which expectations met their results, by id. One query."""
    ids = [one.found.run_id for one in hopes if one.found]
    return {run.pk: run for run in _clean(_judgeable().filter(pk__in=ids))} if ids else {}


def _material(runs: Sequence[Run]) -> _Material:
    """Three queries."""
    rows = EvaluationScorer.objects.filter(evaluation_version__in={run.evaluation_version_id for run in runs})
    scorers: dict[int, list[ScorerVersion]] = defaultdict(list)
    for row in rows.select_related("scorer_version__scorer").order_by("evaluation_version", "position"):
        scorer = row.scorer_version
        if scorer.value_kind != "set" and scorer.kind not in NO_QUALITY and not scorer.is_opinion:
            scorers[row.evaluation_version_id].append(row.scorer_version)
    every = {one.pk for found in scorers.values() for one in found}
    cases = cases_of_each({run.evaluation_version.dataset_version_id for run in runs})
    return _Material(scorers, vectors_of({run.pk: run for run in runs}.values(), every), cases)


def _beside_rivals(group: Sequence[Run], own: set[int], material: _Material) -> Iterator[_Looked]:
    """Each of ours in each of the largest slices."""
    scorer = next(iter(material.scorers.get(group[0].evaluation_version_id, ())), None)
    sides = {run.pk: material.samples(run, scorer) for run in group} if scorer else {}
    rivals = [
        (run, side) for run in group if run.model_version.model_id not in own and (side := sides.get(run.pk))
    ]
    masks = material.cases_of(group[0]).slices
    largest = sorted(masks, key=lambda part: (-int(masks[part].sum()), part))[:MOST_SLICES]
    for run in group:
        ours = sides.get(run.pk)
        if run.model_version.model_id not in own or ours is None or scorer is None or not rivals:
            continue
        for name, value in largest:
            mask = masks[name, value]
            look = ahead_of_every(ours.select(mask), [side.select(mask) for _, side in rivals], RULE)
            ordered = sorted(range(len(rivals)), key=lambda place: place != look.place)
            yield _Looked(run, scorer, f"{name}={value}", look, [rivals[place][0] for place in ordered])


def _beside_hopes(hopes: Sequence[Reading], met: Mapping[int, Run], material: _Material) -> Iterator[_Looked]:
    """Each expectation on the part of the cases that it spoke of."""
    for reading in hopes:
        run = met.get(reading.found.run_id) if reading.found else None
        criterion = reading.expectation.criterion
        scorers = material.scorers.get(run.evaluation_version_id, ()) if run else ()
        scorer = next((one for one in scorers if one.scorer_id == criterion.scorer_id), None)
        samples = material.samples(run, scorer) if run and scorer else None
        if run is None or scorer is None or samples is None:
            continue
        part = f"{criterion.slice_name}={criterion.slice_value}" if criterion.slice_name else ""
        if named := parse_slice(part):
            samples = samples.select(material.cases_of(run).mask(named))
        best = reading.expectation.high if samples.higher_is_better else reading.expectation.low
        yield _Looked(run, scorer, part, beyond(samples, best, RULE), expected=reading.expected_text)


def _recorded(product: Product) -> dict[tuple[int | None, str], str]:
    """Key of the discovery by the run and slice it was recorded from. One query."""
    rows = DiscoveryEvidence.objects.filter(
        discovery__product=product, kind=DiscoveryEvidence.Kind.SPOTTED, response=None
    )
    return {(row.run_id, row.part): row.discovery.key for row in rows.select_related("discovery__product")}


def _candidate(looked: _Looked, known: Mapping[tuple[int | None, str], str]) -> Candidate | None:
    result = looked.look.result
    if result.point is None or result.interval is None or looked.look.p is None:
        return None
    interval = possible(result.interval, Unit(widest=looked.scorer.widest if looked.against else None))
    return Candidate(
        run=looked.run,
        scorer=looked.scorer,
        part=looked.part,
        against=looked.against,
        expected=looked.expected,
        point=result.point,
        low=interval.low,
        high=interval.high,
        unit=shown_unit(looked.run, looked.scorer),
        n=result.n,
        p=looked.look.p,
        recorded=known.get((looked.run.pk, looked.part), ""),
    )
