"""What versions of a model scored on what our criteria measure, whoever's model it is. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery

from capabilities.models import Criterion, Product, Revision
from capabilities.queries.agreed_criteria import agreed_criteria
from capabilities.queries.evidence import judged_verifications
from capabilities.services.judging_claims import Scope, unit_name, unit_of
from evaluations.models import EvaluationVersion, ModelVersion, Run, RunVector, ScorerVersion
from evaluations.queries.vectors import CaseList, cases_of_each, samples_from
from evaluations.statistics import Samples, Unit


@dataclass(frozen=True, slots=True)
class Evidence:
    """A criterion of an agreed text and the evaluation version that measures it. requirement: its key."""

    pk: int
    criterion: Criterion
    product: str
    number: int
    kind: str
    title: str
    evaluation_version: int
    dataset_version: int

    @property
    def requirement(self) -> str:
        return f"{self.product}-{self.number}"


class Vector(NamedTuple):
    """The scores of a run by one scorer in its present generation; a run that is scored again gets others, with ids of their own."""

    pk: int
    run: int
    currency: str
    scorer: ScorerVersion


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """A criterion beside the scores of a version that it measures."""

    link: Evidence
    version: ModelVersion
    vector: Vector

    @property
    def unit(self) -> Unit:
        return unit_of(self.link.criterion, self.vector.scorer, self.vector.currency)

    @property
    def unit_name(self) -> str:
        return unit_name(self.link.criterion, self.vector.scorer)

    @property
    def same_measure(self) -> tuple[object, ...]:
        """Equal for criteria that ask the same of the same scores."""
        one = self.link.criterion
        return (
            *(
                self.link.evaluation_version,
                one.scorer_id,
                one.statistic,
                one.limit,
                one.slice_name,
                one.slice_value,
            ),
            *(one.confidence, one.min_n, one.min_repeats, one.reach, one.threshold, one.tolerance, one.tries),
            *one.case_keys,
        )


@dataclass(frozen=True, eq=False)
class Shelf:
    """links: every piece of evidence one may see, of agreed text on test cases. readings: by (evidence, version)."""

    links: Sequence[Evidence]
    readings: Mapping[tuple[int, int], Reading]

    def of(self, version: ModelVersion) -> list[Reading]:
        return [reading for (_, pk), reading in self.readings.items() if pk == version.pk]


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores behind readings, unpacked: by vector, with the cases of their dataset versions."""

    samples: Mapping[int, Samples]
    cases: Mapping[int, CaseList]

    def of(self, reading: Reading) -> Samples:
        return self.samples[reading.vector.pk]

    def scope(self, reading: Reading) -> Scope:
        link = reading.link
        return Scope(link.criterion, self.cases[link.dataset_version], reading.vector.scorer)


def shelf_of(products: Sequence[Product], versions: Sequence[ModelVersion]) -> Shelf:
    """What these products ask, beside the latest judgeable run of each evaluation version and version.

    Three queries, one more for what this process reads for the first time, however many there are.
    """
    links = _links(products)
    by_evaluation: dict[tuple[int, int], list[tuple[int, Vector]]] = {}
    for version, evaluation, scorer, vector in _vectors(
        versions, {link.evaluation_version for link in links}
    ):
        by_evaluation.setdefault((evaluation, scorer), []).append((version, vector))
    by_id = {version.pk: version for version in versions}
    readings = {
        (link.pk, version): Reading(link, by_id[version], vector)
        for link in links
        for version, vector in by_evaluation.get((link.evaluation_version, link.criterion.scorer_id or 0), ())
    }
    return Shelf(links, readings)


def scores_of(readings: Iterable[Reading]) -> Scores:
    """Two queries, none without readings."""
    scorers = {reading.vector.pk: reading.vector.scorer for reading in readings}
    datasets = {reading.vector.pk: reading.link.dataset_version for reading in readings}
    if not scorers:
        return Scores({}, {})
    cases = cases_of_each(set(datasets.values()))
    vectors = RunVector.objects.filter(pk__in=scorers).defer("presence")
    return Scores(
        {
            vector.pk: samples_from(vector, cases[datasets[vector.pk]], scorers[vector.pk])
            for vector in vectors
        },
        cases,
    )


def _links(products: Sequence[Product]) -> list[Evidence]:
    """One query, one more for criteria that were not read yet."""
    keys = {product.pk: product.key for product in products}
    rows = (
        judged_verifications()
        .filter(
            criterion__revision__status=Revision.Status.APPROVED,
            criterion__revision__requirement__lifecycle="approved",
            criterion__revision__requirement__product__in=keys,
        )
        .values_list(
            *("pk", "criterion_id", "criterion__revision_id", "criterion__revision__title"),
            *(
                "criterion__revision__requirement__product_id",
                "criterion__revision__requirement__number",
                "criterion__revision__requirement__kind",
            ),
            *("evaluation_version_id", "evaluation_version__dataset_version_id"),
        )
    )
    found = list(rows)
    revisions = {row[2] for row in found}
    criteria = {one.pk: one for some in agreed_criteria(revisions).values() for one in some}
    return [
        Evidence(pk, criteria[criterion], keys[product], number, kind, title, evaluation, dataset)
        for pk, criterion, _, title, product, number, kind, evaluation, dataset in found
    ]


def _vectors(
    versions: Sequence[ModelVersion], evaluations: Iterable[int]
) -> list[tuple[int, int, int, Vector]]:
    """With the ids of version, evaluation version and scorer. Two queries, none without versions."""
    newest = _newest_runs(versions, evaluations)
    if newest is None:
        return []
    rows = RunVector.objects.filter(
        run__in=newest,
        generation=F("run__generation"),
        scorer_version__evaluation_versions=F("run__evaluation_version"),
    ).order_by("run__evaluation_version_id", "run__model_version_id")
    found = list(
        rows.values_list(
            *("run__model_version_id", "run__evaluation_version_id", "scorer_version_id"),
            *("pk", "run_id", "run__currency"),
        )
    )
    scorers = ScorerVersion.objects.in_bulk({row[2] for row in found})
    return [
        (version, evaluation, scorers[scorer].scorer_id, Vector(pk, run, currency, scorers[scorer]))
        for version, evaluation, scorer, pk, run, currency in found
    ]


def _newest_runs(versions: Sequence[ModelVersion], evaluations: Iterable[int]) -> QuerySet[Any, Any] | None:
    """The newest of each evaluation version (on test cases) and version: one look each, rather than all their runs. No query."""
    there = EvaluationVersion.objects.filter(pk__in=list(evaluations)).order_by()
    of_each = Run.objects.evidence().filter(evaluation_version=OuterRef("pk")).last_asked_first().values("pk")
    looks = [there.values_list(Subquery(of_each.filter(model_version=version)[:1])) for version in versions]
    return looks[0].union(*looks[1:]) if looks else None
