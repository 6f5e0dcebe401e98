"""The rows that states rest on, loaded for many requirements at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, Prefetch, QuerySet

from capabilities.models import Criterion, Requirement, Revision, Verdict, VerdictLine, Verification, Waiver
from capabilities.queries.axes import Dependency, Newest
from capabilities.queries.linked_texts import dependencies_of
from evaluations.models import DatasetVersion, EvaluationVersion, ModelVersion, Run, ScorerVersion

# What of a revision a row of a list says, and what of evidence, a verdict and its lines a state rests on.
SHORT = ("requirement", "number", "title", "status", "self_agreed")
STAMPED = (
    *("criterion", "stamp", "evaluation_version__evaluation"),
    "evaluation_version__dataset_version__dataset",
)
DECIDING = (
    *("verification", "model_version", "run", "outcome", "lean", "trend", "pending_confirmation"),
    *("reason", "point", "low", "high", "unit", "detail", "created_at"),
)
DECIDING_LINES = (
    *("verdict", "kind", "model_version", "label", "point", "low", "high"),
    *("their_point", "their_low", "their_high", "n", "detail"),
)


@dataclass(frozen=True)
class StateRows:
    """revisions: by requirement, open and approved ones, newest first. shown: what verdicts speak of. criteria: by revision. links: the
    evidence, by criterion. verdicts: the newest by (verification, model version). judged: the versions that have one, by verification.
    lines: by verdict. waivers: by requirement, those that nobody took back. dependencies: by requirement, what it depends on.
    """

    revisions: Mapping[int, Sequence[Revision]]
    shown: Mapping[int, Revision]
    criteria: Mapping[int, Sequence[Criterion]]
    links: Mapping[int, Sequence[Verification]]
    verdicts: Mapping[tuple[int, int], Verdict]
    judged: Mapping[int, Sequence[ModelVersion]]
    lines: Mapping[int, Sequence[VerdictLine]]
    newest: Newest
    waivers: Mapping[int, Sequence[Waiver]]
    dependencies: Mapping[int, Sequence[Dependency]]

    def first_judged(self, requirement: Requirement, choices: Sequence[ModelVersion]) -> ModelVersion | None:
        """The first of the choices that has a verdict here, else the first."""
        links = self._links(requirement)
        return next(
            (version for version in choices if any((link, version.pk) in self.verdicts for link in links)),
            next(iter(choices), None),
        )

    def judged_versions(self, requirement: Requirement) -> list[ModelVersion]:
        """Every version loaded that has a verdict here, by id."""
        found = {version.pk: version for link in self._links(requirement) for version in self.judged[link]}
        return [found[pk] for pk in sorted(found)]

    def draft(self, requirement: Requirement) -> Revision | None:
        """The revision being written beside the one shown."""
        shown = self.shown[requirement.pk]
        return next((one for one in self.revisions[requirement.pk] if one.pk != shown.pk), None)

    def _links(self, requirement: Requirement) -> list[int]:
        criteria = self.criteria.get(self.shown[requirement.pk].pk, ())
        return [link.pk for criterion in criteria for link in self.links[criterion.pk]]


def load_rows(
    requirements: Sequence[Requirement],
    versions: Sequence[ModelVersion] | None,
    pinned: Mapping[int, Revision] | None = None,
    *,
    bare: bool = False,
) -> StateRows:
    """Everything the states of these requirements rest on; versions None: the verdicts of every version. At most ten queries.

    bare: what decides and what a row of a list says, and nothing else; other fields would be loaded one by one.
    """
    revisions = _revisions(requirements, bare=bare)
    shown = {key: speaking(rows) for key, rows in revisions.items()} | dict(pinned or {})
    criteria = _criteria([revision.pk for revision in shown.values()], bare=bare)
    by_revision: dict[int, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        by_revision[criterion.revision_id].append(criterion)
    verdicts = _verdicts(criteria, versions, bare=bare)
    judged: dict[int, list[ModelVersion]] = defaultdict(list)
    for (link, _), verdict in verdicts.items():
        judged[link].append(verdict.model_version)
    return StateRows(
        revisions=revisions,
        shown=shown,
        criteria=by_revision,
        links=links_of(criteria),
        verdicts=verdicts,
        judged=judged,
        lines=lines_of(verdicts.values(), bare=bare),
        newest=_newest_of(criteria),
        waivers=waivers_of(requirements),
        dependencies=dependencies_of(requirements),
    )


def _revisions(requirements: Sequence[Requirement], *, bare: bool) -> dict[int, list[Revision]]:
    rows: dict[int, list[Revision]] = defaultdict(list)
    found = (
        Revision.objects.filter(requirement__in=requirements)
        .exclude(status__in=[Revision.Status.SUPERSEDED, Revision.Status.DISCARDED])
        .order_by("-number")
    )
    for revision in found.only(*SHORT) if bare else found.select_related("author"):
        rows[revision.requirement_id].append(revision)
    return rows


def speaking(revisions: Sequence[Revision]) -> Revision:
    """The approved revision, else the newest open one: what verdicts speak of."""
    return next(
        (revision for revision in revisions if revision.status == Revision.Status.APPROVED), revisions[0]
    )


def _criteria(revision_ids: Sequence[int], *, bare: bool) -> list[Criterion]:
    rows = Criterion.objects.filter(revision__in=revision_ids).order_by("position", "key")
    if bare:
        stamps = Verification.objects.select_related("evaluation_version__dataset_version").only(*STAMPED)
        return list(rows.prefetch_related(Prefetch("verifications", stamps)))
    return list(
        rows.select_related("scorer", "rival_set").prefetch_related(
            "verifications__evaluation_version__evaluation",
            "verifications__evaluation_version__dataset_version__dataset",
        )
    )


def links_of(criteria: Iterable[Criterion]) -> dict[int, list[Verification]]:
    """By criterion its evidence, as it was loaded with it. No query."""
    return {criterion.pk: list(criterion.verifications.all()) for criterion in criteria}


def newest_verdicts(link_ids: Sequence[int], versions: Sequence[ModelVersion] | None) -> "QuerySet[Verdict]":
    """The newest of each piece of evidence and version; None: of every version. No query."""
    rows = (
        Verdict.objects.filter(verification__in=link_ids)
        .order_by("verification_id", "model_version_id", "-id")
        .distinct("verification_id", "model_version_id")
    )
    return rows if versions is None else rows.filter(model_version__in=versions)


def by_link(
    rows: "QuerySet[Verdict]", versions: Sequence[ModelVersion] | None, *, bare: bool
) -> dict[tuple[int, int], Verdict]:
    """Verdicts by (verification, model version), with their runs and versions. Up to three queries."""
    if bare:
        # There may be thousands: one object for each run and version that many share.
        rows = rows.only(*DECIDING).prefetch_related(Prefetch("run", Run.objects.only("finished_at")))
        rows = rows if versions else rows.prefetch_related("model_version")
    else:
        rows = rows.select_related("run", "model_version__model")
    found = {(verdict.verification_id, verdict.model_version_id): verdict for verdict in rows}
    if bare and versions:
        known = {version.pk: version for version in versions}
        for (_, version), verdict in found.items():
            verdict.model_version = known[version]
    return found


def _verdicts(
    criteria: Sequence[Criterion], versions: Sequence[ModelVersion] | None, *, bare: bool
) -> dict[tuple[int, int], Verdict]:
    ids = [verification.pk for criterion in criteria for verification in criterion.verifications.all()]
    if versions == [] or not ids:
        return {}
    return by_link(newest_verdicts(ids, versions), versions, bare=bare)


def lines_of(verdicts: Iterable[Verdict], *, bare: bool) -> dict[int, list[VerdictLine]]:
    """By verdict; bare: without the versions compared with. One query."""
    lines = VerdictLine.objects.filter(verdict__in=[verdict.pk for verdict in verdicts])
    found: dict[int, list[VerdictLine]] = defaultdict(list)
    for line in lines.only(*DECIDING_LINES) if bare else lines.select_related("model_version__model"):
        found[line.verdict_id].append(line)
    return found


def _newest_of(criteria: Sequence[Criterion]) -> Newest:
    versions = [link.evaluation_version for criterion in criteria for link in criterion.verifications.all()]
    return newest_numbers(
        {version.evaluation_id for version in versions},
        {version.dataset_version.dataset_id for version in versions},
        {criterion.scorer_id for criterion in criteria if criterion.scorer_id},
    )


def newest_numbers(evaluations: Iterable[int], datasets: Iterable[int], scorers: Iterable[int]) -> Newest:
    """Of the newest versions by the ids of what they are versions of; of datasets those that are frozen. Three queries."""
    of_evaluations = EvaluationVersion.objects.filter(evaluation__in=evaluations)
    of_datasets = DatasetVersion.objects.filter(dataset__in=datasets, frozen_at__isnull=False)
    of_scorers = ScorerVersion.objects.filter(scorer__in=scorers)
    return Newest(
        dict(of_evaluations.order_by().values_list("evaluation").annotate(newest=Max("number"))),
        dict(of_datasets.order_by().values_list("dataset").annotate(newest=Max("number"))),
        dict(of_scorers.order_by().values_list("scorer").annotate(newest=Max("number"))),
    )


def waivers_of(requirements: Iterable[Requirement | int]) -> dict[int, list[Waiver]]:
    """By requirement, those that nobody took back. One query."""
    rows: dict[int, list[Waiver]] = defaultdict(list)
    standing = Waiver.objects.filter(requirement__in=list(requirements), revoked_at=None)
    for waiver in standing.select_related("approver"):
        rows[waiver.requirement_id].append(waiver)
    return rows
