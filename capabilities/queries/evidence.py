"""What verdicts rest on: the judged evidence of an evaluation version, its latest runs and who is compared with whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from capabilities.models import Baseline, BaselineItem, Revision, RivalSet, Verdict, Verification
from evaluations.models import EvaluationVersion, Model, ModelVersion, Run, RunVector, ScorerVersion, Side
from evaluations.queries.calibrations import Calibration, calibrations_of
from evaluations.queries.vectors import CaseList, cases_of, samples_from, vector_hash, vectors_of
from evaluations.statistics import Samples


def judged_verifications() -> QuerySet[Verification]:
    """Evidence whose verdicts are stored: of approved revisions and of revisions in open baselines, on test cases."""
    pinned = BaselineItem.objects.filter(
        revision=OuterRef("criterion__revision"), baseline__state=Baseline.State.OPEN
    )
    return (
        Verification.objects.filter(
            Q(criterion__revision__status=Revision.Status.APPROVED) | Exists(pinned),
            criterion__scorer__isnull=False,
            criterion__not_measurable_reason="",
            evaluation_version__dataset_version__dataset__purpose="test",
        )
        .select_related(
            "criterion__scorer",
            "criterion__revision__requirement__product__released_version__model",
            "criterion__rival_set",
        )
        .order_by("pk")
    )


def names_of(evaluation_versions: Iterable[int]) -> dict[int, str]:
    """What evaluation versions are called, by id. One query, none for none."""
    rows = EvaluationVersion.objects.filter(pk__in=set(evaluation_versions)).select_related("evaluation")
    return {row.pk: str(row) for row in rows.only("number", "evaluation__slug").order_by()}


@dataclass(frozen=True, eq=False)
class Runs:
    """The latest finished run of each model version by its id, and how often a version was looked at: runs with an answer of their own."""

    latest: Mapping[int, Run]
    looks: Mapping[int, int]


def runs_of(evaluation_version_id: int, candidates: QuerySet[Run]) -> Runs:
    """The candidates among an evaluation version's runs, the one asked last for each model version. One query.

    A log's run was asked on the log's own day: an old log that is imported today is no news beside a run of last week.
    """
    latest: dict[int, Run] = {}
    looks: Counter[int] = Counter()
    rows = candidates.filter(evaluation_version=evaluation_version_id).select_related("model_version__model")
    for run in rows.order_by("-pk"):
        kept = latest.get(run.model_version_id)
        if kept is None or run.asked_at > kept.asked_at:
            latest[run.model_version_id] = run
        looks[run.model_version_id] += not run.is_copy
    return Runs(latest, {version: max(looks[version], 1) for version in latest})


@dataclass(frozen=True, eq=False)
class Line:
    """Models by product and by rival set: who is the other side."""

    newest_set: Mapping[int, int]
    rivals: Mapping[int, Sequence[int]]

    def rival_models(self, verification: Verification) -> Sequence[int]:
        """The models of the criterion's own set, else of the product's newest."""
        criterion = verification.criterion
        chosen = criterion.rival_set_id or self.newest_set.get(criterion.revision.requirement.product_id)
        return self.rivals.get(chosen, ()) if chosen else ()


def line_up(verifications: Sequence[Verification]) -> Line:
    """Whom these criteria are held against. Two queries."""
    products = {one.criterion.revision.requirement.product_id for one in verifications}
    sets = {one.criterion.rival_set_id for one in verifications if one.criterion.rival_set_id}
    newest: dict[int, int] = {}
    rivals: dict[int, list[int]] = {}
    found = RivalSet.objects.filter(Q(pk__in=sets) | Q(product__in=products), frozen_at__isnull=False)
    for rival_set in found.order_by("-number").prefetch_related("entries"):
        newest.setdefault(rival_set.product_id, rival_set.pk)
        rivals[rival_set.pk] = sorted(entry.model_id for entry in rival_set.entries.all())
    return Line(newest, rivals)


def is_active(version: ModelVersion) -> bool:
    """What `ModelVersion.objects.active()` asks, of a loaded version."""
    gone = version.shutdown_on is not None and version.shutdown_on < timezone.now().date()
    return version.stage != ModelVersion.Stage.RETIRED and not gone


@dataclass(frozen=True, eq=False)
class Others:
    """Versions that ours are compared with. active: by model, newest first. releases: ours that were released, newest first."""

    active: Mapping[int, Sequence[ModelVersion]]
    names: Mapping[int, str]
    releases: Mapping[int, Sequence[ModelVersion]]
    parents: Mapping[int, ModelVersion]

    def previous(self, version: ModelVersion) -> ModelVersion | None:
        """Its parent, else the release before it."""
        if version.parent_id:
            return self.parents.get(version.parent_id)
        releases = self.releases.get(version.model_id, ())
        return next((release for release in releases if _before(release, version)), None)


def _before(release: ModelVersion, version: ModelVersion) -> bool:
    if release.pk == version.pk or release.released_on is None:
        return False
    if version.released_on is None:
        return release.pk < version.pk
    return (release.released_on, release.pk) < (version.released_on, version.pk)


def others_for(rival_models: Iterable[int], runs: Runs, ours: Sequence[ModelVersion]) -> Others:
    """Active versions of the rivals and of the simple alternatives that ran, and earlier versions of ours. Three queries."""
    simple = {run.model_version.model_id for run in runs.latest.values() if _is_simple(run)}
    wanted = {*rival_models, *simple}
    active: dict[int, list[ModelVersion]] = defaultdict(list)
    versions = ModelVersion.objects.filter(model__in=wanted).select_related("model")
    names = dict(Model.objects.filter(pk__in=wanted).values_list("pk", "name"))
    for version in versions.active().newest_first():
        active[version.model_id].append(version)
    releases: dict[int, list[ModelVersion]] = defaultdict(list)
    parents = {}
    models = {version.model_id for version in ours}
    parent_ids = {version.parent_id for version in ours if version.parent_id}
    earlier = ModelVersion.objects.filter(
        Q(model__in=models, released_on__isnull=False) | Q(pk__in=parent_ids)
    )
    for version in earlier.select_related("model").order_by("-released_on", "-pk"):
        parents[version.pk] = version
        releases[version.model_id].append(version)
    return Others(active, names, releases, parents)


def _is_simple(run: Run) -> bool:
    return run.model_version.model.side == Side.SIMPLE


@dataclass(frozen=True, eq=False)
class Book:
    """The scores behind verdicts of one evaluation version, read once for all of its criteria."""

    cases: CaseList
    scorers: Mapping[int, ScorerVersion]
    vectors: Mapping[tuple[int, int], RunVector]
    calibrations: Mapping[int, Calibration] = field(default_factory=dict)
    _samples: dict[tuple[int, int], Samples] = field(default_factory=dict)
    _hashes: dict[tuple[int, int], str] = field(default_factory=dict)

    def samples(self, run: Run, scorer_id: int) -> Samples | None:
        """All samples of a run by a scorer, None when there are no scores."""
        vector, key = self._vector(run, scorer_id), (run.pk, scorer_id)
        if vector is not None and key not in self._samples:
            self._samples[key] = samples_from(vector, self.cases, self.scorers[scorer_id])
        return self._samples[key] if vector is not None else None

    def hash_of(self, run: Run, scorer_id: int) -> str | None:
        """SHA-256 over those scores."""
        vector, key = self._vector(run, scorer_id), (run.pk, scorer_id)
        if vector is not None and key not in self._hashes:
            self._hashes[key] = vector_hash(vector)
        return self._hashes[key] if vector is not None else None

    def calibration(self, scorer_id: int) -> Calibration | None:
        """What people say of the judge behind a scorer; None where scores are computed."""
        scorer = self.scorers.get(scorer_id)
        return self.calibrations.get(scorer.pk) if scorer else None

    def _vector(self, run: Run, scorer_id: int) -> RunVector | None:
        scorer = self.scorers.get(scorer_id)
        return self.vectors.get((run.pk, scorer.pk)) if scorer else None


def open_book(
    evaluation_version: EvaluationVersion,
    scorer_ids: Iterable[int],
    runs: Iterable[Run],
    unsaved: Iterable[RunVector] = (),
) -> Book:
    """Cases, scorers and vectors of these runs. Three queries, five with a judge among the scorers.

    unsaved: of a run that is still at it.
    """
    scorers = {
        version.scorer_id: version
        for version in ScorerVersion.objects.filter(
            evaluation_versions=evaluation_version, scorer__in=set(scorer_ids)
        ).select_related("scorer", "judge")
    }
    vectors = vectors_of(runs, scorers.values())
    vectors |= {(vector.run_id, vector.scorer_version_id): vector for vector in unsaved}
    cases = cases_of(evaluation_version.dataset_version_id)
    return Book(cases, scorers, vectors, calibrations_of(scorers.values()))


def newest_verdicts(
    verifications: Sequence[Verification], versions: Sequence[ModelVersion]
) -> dict[tuple[int, int], Verdict]:
    """The newest verdict by (verification id, model version id). One query."""
    rows = Verdict.objects.filter(verification__in=verifications, model_version__in=versions)
    return _by_pair(rows)


def standing_verdicts(
    verifications: Sequence[Verification], versions: Sequence[ModelVersion]
) -> dict[tuple[int, int], Verdict]:
    """The newest met or not met that waits for no second run, by the same pair. One query."""
    rows = Verdict.objects.filter(
        verification__in=verifications,
        model_version__in=versions,
        outcome__in=["met", "not_met"],
        pending_confirmation=False,
    )
    return _by_pair(rows)


def _by_pair(rows: QuerySet[Verdict]) -> dict[tuple[int, int], Verdict]:
    newest = rows.order_by("verification_id", "model_version_id", "-pk").distinct(
        "verification_id", "model_version_id"
    )
    return {(verdict.verification_id, verdict.model_version_id): verdict for verdict in newest}
