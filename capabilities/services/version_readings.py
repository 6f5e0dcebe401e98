"""What versions of a model scored on what our criteria measure, whoever's model it is. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from capabilities.models import Revision, Verification
from capabilities.queries.evidence import judged_verifications
from capabilities.queries.products import visible_products
from capabilities.services.judging_claims import Scope, unit_name, unit_of
from config.people.models import User
from evaluations.models import EvaluationScorer, EvaluationVersion, ModelVersion, Run, ScorerVersion
from evaluations.queries.vectors import cases_of_each, samples_from, vectors_of
from evaluations.statistics import Samples, Unit


@dataclass(frozen=True, eq=False)
class Reading:
    """A criterion beside the run of a version that measures it."""

    link: Verification
    version: ModelVersion
    run: Run
    scope: Scope
    samples: Samples

    @property
    def unit(self) -> Unit:
        return unit_of(self.scope.criterion, self.scope.scorer, self.run.currency)

    @property
    def unit_name(self) -> str:
        return unit_name(self.scope.criterion, self.scope.scorer)

    @property
    def same_measure(self) -> tuple[object, ...]:
        """Equal for criteria that ask the same of the same scores."""
        one = self.scope.criterion
        return (
            *(
                self.run.evaluation_version_id,
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

    links: Sequence[Verification]
    readings: Mapping[tuple[int, int], Reading]

    def of(self, version: ModelVersion) -> list[Reading]:
        return [reading for (_, pk), reading in self.readings.items() if pk == version.pk]


def shelf_of(user: User, versions: Sequence[ModelVersion]) -> Shelf:
    """The latest judgeable run of each evaluation version and version, with its scores. Six queries, however many there are."""
    links = list(
        judged_verifications()
        .filter(
            criterion__revision__status=Revision.Status.APPROVED,
            criterion__revision__requirement__lifecycle="approved",
            criterion__revision__requirement__product__in=visible_products(user),
        )
        .select_related(
            "criterion__scorer",
            "criterion__rival_set",
            "criterion__revision__requirement__product",
            "evaluation_version__evaluation",
        )
    )
    runs = _runs(versions, {link.evaluation_version_id for link in links})
    scorers = _scorers(runs)
    vectors = vectors_of(runs, {scorer.pk for scorer in scorers.values()})
    cases = cases_of_each({run.evaluation_version.dataset_version_id for run in runs})
    by_evaluation: dict[int, list[Run]] = {}
    for run in runs:
        by_evaluation.setdefault(run.evaluation_version_id, []).append(run)
    known: dict[int, Samples] = {}
    readings = {}
    for link in links:
        scorer = scorers.get((link.evaluation_version_id, link.criterion.scorer_id or 0))
        for run in by_evaluation.get(link.evaluation_version_id, ()) if scorer else ():
            assert scorer is not None
            vector = vectors.get((run.pk, scorer.pk))
            if vector is None:
                continue
            listed = cases[run.evaluation_version.dataset_version_id]
            if vector.pk not in known:
                known[vector.pk] = samples_from(vector, listed, scorer)
            scope = Scope(link.criterion, listed, scorer)
            readings[link.pk, run.model_version_id] = Reading(
                link, run.model_version, run, scope, known[vector.pk]
            )
    return Shelf(links, readings)


def _runs(versions: Sequence[ModelVersion], evaluations: Iterable[int]) -> list[Run]:
    """The newest judgeable run of each evaluation version and version: one look each, rather than all their runs. One query."""
    there = EvaluationVersion.objects.filter(pk__in=list(evaluations)).order_by()
    of_each = Run.objects.judgeable().filter(evaluation_version=OuterRef("pk")).order_by("-pk").values("pk")
    looks = [there.values_list(Subquery(of_each.filter(model_version=version)[:1])) for version in versions]
    if not looks:
        return []
    newest = Run.objects.filter(pk__in=looks[0].union(*looks[1:])).order_by(
        "evaluation_version_id", "model_version_id"
    )
    return list(newest.select_related("model_version__model", "evaluation_version"))


def _scorers(runs: Iterable[Run]) -> dict[tuple[int, int], ScorerVersion]:
    """By evaluation version and scorer. One query."""
    rows = EvaluationScorer.objects.filter(evaluation_version__in={run.evaluation_version_id for run in runs})
    return {
        (row.evaluation_version_id, row.scorer_version.scorer_id): row.scorer_version
        for row in rows.select_related("scorer_version__scorer")
    }
