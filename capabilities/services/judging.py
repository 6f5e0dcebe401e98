"""Judging: whenever a run finishes or evidence is linked, the verdicts that rest on it are worked out and stored.

Evidence rows are locked in the order of their ids while they are judged, so that a slower worker never writes an older verdict last.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from capabilities.models import Criterion, JudgedRun, Product, Verdict, Verification
from capabilities.queries.evidence import (
    Line,
    Others,
    Runs,
    is_active,
    judged_verifications,
    line_up,
    newest_verdicts,
    open_book,
    others_for,
    runs_of,
    standing_verdicts,
)
from capabilities.services.judging_drafts import Draft, Matter, draft
from capabilities.services.judging_opinions import UNCHECKED
from capabilities.services.judging_records import store
from capabilities.services.judging_rivals import opponents_of
from capabilities.services.verifications import recheck_by_run
from config.errors import Refused
from evaluations.models import (
    NOT_EVIDENCE,
    Dataset,
    EvaluationVersion,
    ModelVersion,
    Run,
    RunVector,
    ScorerVersion,
    Side,
)
from evaluations.queries.calibrations import LEAST_LABELLED, calibrations_of
from evaluations.statistics import Reason

log = logging.getLogger(__name__)

PAIRS_AT_ONCE = 500
LABELS_AT_ONCE = 25
Pairs = Sequence[tuple[Verification, ModelVersion]]


@transaction.atomic
def judge_run(run: Run) -> list[Verdict]:
    """Judge everything that rests on a finished run: its own version, and ours that are compared with it.

    Answers with the newest verdict of every pair looked at. A run that is not finished, from the lab or on development cases gives
    none. At most 27 queries for up to 500 pairs of criterion and version.
    """
    run = _locked(Run.objects.filter(pk=run.pk)).get()
    judgeable = Run.objects.judgeable().filter(pk=run.pk).exists()
    verdicts: list[Verdict] = []
    if judgeable:
        links = _lock(judged_verifications().filter(evaluation_version=run.evaluation_version_id))
        verdicts = _judge(run.evaluation_version, links, run)
        recheck_by_run(run, links)
    if run.state in (Run.State.DONE, Run.State.PARTIAL):
        _mark(run)
    return verdicts


@transaction.atomic
def judge_evidence(verification: Verification) -> list[Verdict]:
    """Judge all of our versions by one piece of evidence; nothing for drafts."""
    links = _lock(judged_verifications().filter(pk=verification.pk))
    return _judge(verification.evaluation_version, links, None)


def judge_by_labels(scorer: ScorerVersion) -> list[Verdict]:
    """Judge again what a judge measures, once people have checked enough of it and then every so many labels.

    Each label by itself would be a verdict of its own otherwise.
    """
    links = judged_verifications().filter(
        criterion__scorer=scorer.scorer_id, evaluation_version__scorers=scorer
    )
    (calibration,) = calibrations_of([scorer]).values() or (None,)
    if calibration is None or len(calibration.checked) < LEAST_LABELLED:
        return []
    if len(calibration.checked) % LABELS_AT_ONCE:
        links = links.filter(pk__in=_waiting_for_labels(links))
    return [verdict for link in links for verdict in judge_evidence(link)]


def _waiting_for_labels(links: QuerySet[Verification]) -> set[int]:
    """Those of which some version's newest verdict is open for want of labels."""
    rows = Verdict.objects.filter(verification__in=links).order_by(
        "verification_id", "model_version_id", "-pk"
    )
    newest = rows.distinct("verification_id", "model_version_id")
    wanting = (UNCHECKED, Reason.FEW_LABELS)
    return {pk for pk, reason in newest.values_list("verification_id", "reason") if reason in wanting}


def judge_product(product: Product) -> list[Verdict]:
    """Judge all evidence of a product again: what its versions are compared with has changed. Each piece in its own transaction."""
    links = judged_verifications().filter(criterion__revision__requirement__product=product)
    return [verdict for link in links for verdict in judge_evidence(link)]


@transaction.atomic
def judge_verification(verification: Verification, model_version: ModelVersion) -> Verdict | None:
    """Judge one version, whoever's it is; None for drafts and for versions without a finished run."""
    links = _lock(judged_verifications().filter(pk=verification.pk))
    verdicts = _judge(verification.evaluation_version, links, None, only=model_version)
    return verdicts[0] if verdicts else None


def _lock(links: QuerySet[Verification]) -> list[Verification]:
    return list(links.select_for_update(of=("self",), no_key=True))


def _locked(runs: QuerySet[Run], *, skip: bool = False) -> QuerySet[Run]:
    return runs.select_for_update(of=("self",), no_key=True, skip_locked=skip).select_related(
        "evaluation_version", "model_version__model"
    )


def _mark(run: Run) -> None:
    JudgedRun.objects.bulk_create(
        [JudgedRun(run=run, generation=run.generation)],
        update_conflicts=True,
        unique_fields=["run"],
        update_fields=["generation", "at"],
    )


def _judge(
    evaluation_version: EvaluationVersion,
    links: Sequence[Verification],
    trigger: Run | None,
    only: ModelVersion | None = None,
) -> list[Verdict]:
    if not links:
        return []
    bench = _bench(evaluation_version, links, Run.objects.judgeable())
    pairs = _pairs(links, bench, trigger, only)
    return _decide(bench, pairs)


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything read for judging one evaluation version."""

    evaluation_version: EvaluationVersion
    runs: Runs
    line: Line
    others: Others
    unsaved: Sequence[RunVector] = ()


def _bench(
    evaluation_version: EvaluationVersion, links: Sequence[Verification], candidates: QuerySet[Run]
) -> Bench:
    runs = runs_of(evaluation_version.pk, candidates)
    line = line_up(links)
    rivals = {model for link in links for model in line.rival_models(link)}
    ours = [run.model_version for run in runs.latest.values() if run.model_version.model.side == Side.OWN]
    return Bench(evaluation_version, runs, line, others_for(rivals, runs, ours))


def _pairs(
    links: Sequence[Verification], bench: Bench, trigger: Run | None, only: ModelVersion | None
) -> Pairs:
    """Which versions are judged by which evidence: those that the trigger touches, or the only one asked for."""
    if only is not None:
        run = bench.runs.latest.get(only.pk)
        return [(link, run.model_version) for link in links] if run else []
    versions = [run.model_version for run in bench.runs.latest.values()]
    return [
        (link, version)
        for link in links
        for version in versions
        if version.model.side == Side.OWN and _touches(trigger, link, version, bench.others)
    ]


def _product(link: Verification) -> Product:
    return link.criterion.revision.requirement.product


def _touches(trigger: Run | None, link: Verification, version: ModelVersion, others: Others) -> bool:
    """Whether a version's verdict rests on the run: its own, a rival's, the released or its previous version's."""
    if trigger is None:
        return is_active(version)
    changed = trigger.model_version
    if changed.pk == version.pk:
        return True
    if not is_active(version):
        return False
    if changed.model.side != Side.OWN or _product(link).released_version_id == changed.pk:
        return True
    previous = others.previous(version)
    return previous is not None and previous.pk == changed.pk


def _decide(bench: Bench, pairs: Pairs) -> list[Verdict]:
    """Judge the pairs, so many at a time that their scores fit into memory."""
    return [
        verdict
        for start in range(0, len(pairs), PAIRS_AT_ONCE)
        for verdict in _decide_some(_matters(bench, pairs[start : start + PAIRS_AT_ONCE]))
    ]


def _decide_some(matters: Sequence[Matter]) -> list[Verdict]:
    if not matters:
        return []
    links = list({matter.verification.pk: matter.verification for matter in matters}.values())
    versions = list({matter.version.pk: matter.version for matter in matters}.values())
    newest, standing = newest_verdicts(links, versions), standing_verdicts(links, versions)
    drafts = []
    for matter in matters:
        pair = (matter.verification.pk, matter.version.pk)
        drafts.append(draft(matter, newest.get(pair), standing.get(pair)))
    return store([found for found in drafts if found is not None], newest)


def _matters(bench: Bench, pairs: Pairs) -> list[Matter]:
    against = [opponents_of(link, version, bench.line, bench.others, bench.runs) for link, version in pairs]
    runs = {bench.runs.latest[version.pk] for _, version in pairs}
    runs |= {one.run for opponents in against for one in opponents if one.run}
    scorers = {link.criterion.scorer_id for link, _ in pairs if link.criterion.scorer_id}
    if not runs:
        return []
    book = open_book(bench.evaluation_version, scorers, runs, bench.unsaved)
    return [
        Matter(
            link,
            version,
            bench.runs.latest[version.pk],
            bench.runs.looks[version.pk],
            opponents,
            book,
        )
        for (link, version), opponents in zip(pairs, against, strict=True)
    ]


def matters_so_far(run: Run, links: Sequence[Verification], vectors: Sequence[RunVector]) -> list[Matter]:
    """What these links would be judged by, were a moving run over with these scores of its own. At most eleven queries."""
    bench = _bench(run.evaluation_version, links, Run.objects.judgeable())
    runs = Runs(
        {**bench.runs.latest, run.model_version_id: run}, {**bench.runs.looks, run.model_version_id: 1}
    )
    bench = replace(bench, runs=runs, unsaved=vectors)
    return _matters(bench, [(link, run.model_version) for link in links])


def preview_criterion(
    *, criterion: Criterion, evaluation_version: EvaluationVersion, model_version: ModelVersion
) -> Draft | None:
    """What a criterion, a draft or unsaved, would say of a version on development cases; nothing is stored.

    None without a finished run. Raises Refused for test cases: looking at them while writing the target would spoil them.
    """
    if evaluation_version.dataset_version.dataset.purpose != Dataset.Purpose.DEV:
        raise Refused(
            "A draft is tried on development cases only, so that the test stays a test.", code="test_cases"
        )
    link = Verification(criterion=criterion, evaluation_version=evaluation_version)
    candidates = Run.objects.finished().exclude(origin__in=NOT_EVIDENCE).filter(mixed_models=False)
    bench = _bench(evaluation_version, [link], candidates)
    matters = _matters(bench, _pairs([link], bench, None, model_version))
    return draft(matters[0], None, None) if matters else None


def judge_unjudged_runs(limit: int = 100) -> int:
    """The sweep behind the signals: judge finished runs and linked evidence that nobody judged yet; how many were handled.

    Safe to run twice and at the same time: each run is taken by one worker. A run that fails is logged and does not stop the others.
    """
    handled, failed = 0, set[int]()
    while handled + len(failed) < limit:
        run_id = None
        try:
            with transaction.atomic():
                run = _locked(unjudged_runs().exclude(pk__in=failed), skip=True).order_by("pk").first()
                if run is None:
                    break
                run_id = run.pk
                judge_run(run)
            handled += 1
        except Exception:
            log.exception("run %s could not be judged", run_id)
            if run_id is None:
                raise
            failed.add(run_id)
    return handled + _judge_unjudged_evidence(limit - handled)


def unjudged_runs() -> QuerySet[Run]:
    """Finished runs whose present generation was not judged."""
    return Run.objects.judgeable().filter(~_judged())


def _judged() -> Exists:
    return Exists(JudgedRun.objects.filter(run=OuterRef("pk"), generation__gte=OuterRef("generation")))


def _judge_unjudged_evidence(limit: int) -> int:
    """Evidence that was linked, or approved, after its runs were judged and whose signal was lost."""
    handled = 0
    for link in _unjudged_evidence()[: max(limit, 0)]:
        try:
            handled += bool(judge_evidence(link))
        except Exception:
            log.exception("evidence %s could not be judged", link.pk)
    return handled


def _unjudged_evidence() -> QuerySet[Verification]:
    """Judged evidence with a scored run of an active version of ours and no verdict at all."""
    runs = (
        Run.objects.judgeable()
        .filter(evaluation_version=OuterRef("evaluation_version"), model_version__model__side=Side.OWN)
        .filter(_judged(), model_version__in=ModelVersion.objects.active())
        .filter(
            Exists(
                RunVector.objects.filter(
                    run=OuterRef("pk"),
                    generation=OuterRef("generation"),
                    scorer_version__scorer=OuterRef(OuterRef("criterion__scorer")),
                )
            )
        )
    )
    verdicts = Verdict.objects.filter(verification=OuterRef("pk"))
    return judged_verifications().filter(Exists(runs), ~Exists(verdicts))
