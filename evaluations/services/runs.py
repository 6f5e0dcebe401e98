"""Runs: started, cancelled, resumed, scored again and tried again. Progress itself is the engine's."""

from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations import signals
from evaluations.models import BROUGHT, Cap, EvaluationVersion, ModelVersion, Origin, Round, Run, WorkItem
from evaluations.services.endings import end_run
from evaluations.services.guards import call_problems, judging_problems, prompt_for, result_problems
from evaluations.services.once import take_turn
from evaluations.services.settling import BY_LOT, IN_ORDER, draw, next_look


class RunFacts(TypedDict, total=False):
    """How a run is started, beside what is run.

    cap: in cap_unit, None = no cap of its own. reuse: False calls every sample again. confirms: the run it is ordered to confirm.
    until_settled: it asks by lot and stops as soon as the targets that rest on it are settled.
    """

    origin: str
    round: Round | None
    cap: Decimal | None
    cap_unit: str
    priority: int
    idempotency_key: str
    idempotency_digest: str
    training_run: str
    reuse: bool
    until_settled: bool
    charged_to: str
    confirms: Run


@transaction.atomic
def start_run(
    *,
    actor: User | None,
    evaluation_version: EvaluationVersion,
    model_version: ModelVersion,
    **facts: Unpack[RunFacts],
) -> Run:
    """A queued run with its work items. The same idempotency key again is the same run.

    Raises Refused with everything that stands in the way, Conflict when the key came with another body.
    """
    if existing := _same_key(actor, facts):
        return existing
    problems = call_problems(
        evaluation_version=evaluation_version,
        model_version=model_version,
        cap=facts.get("cap"),
        cap_unit=facts.get("cap_unit", Cap.MONEY),
    )
    if problems:
        raise Refused(" ".join(problems), code="cannot_run")
    run = create_run(actor, evaluation_version, model_version, facts)
    record(
        actor=actor, verb="run.started", noun="run", object_id=run.pk, label=label_of(run), after=_told(run)
    )
    _announce_start(run)
    return run


@transaction.atomic
def open_push_run(
    *,
    actor: User | None,
    evaluation_version: EvaluationVersion,
    model_version: ModelVersion,
    idempotency_key: str = "",
    idempotency_digest: str = "",
    training_run: str = "",
) -> tuple[Run, bool]:
    """A run whose results are pushed, and whether it is new. Nothing is called for it.

    The same key again is the same run; Raises Conflict when the key came with another body, Refused for drafts.
    """
    facts = RunFacts(
        origin=Origin.PUSH,
        idempotency_key=idempotency_key,
        idempotency_digest=idempotency_digest,
        training_run=training_run,
    )
    if existing := _same_key(actor, facts):
        return existing, False
    return _opened(actor, evaluation_version, model_version, facts), True


@transaction.atomic
def open_import_run(
    *, actor: User, evaluation_version: EvaluationVersion, model_version: ModelVersion
) -> Run:
    """A run whose results come from a log, which is stored like pushed ones. Raises Refused as for those."""
    return _opened(actor, evaluation_version, model_version, RunFacts(origin=Origin.IMPORT))


def _opened(
    actor: User | None, evaluation_version: EvaluationVersion, model_version: ModelVersion, facts: RunFacts
) -> Run:
    if problems := result_problems(evaluation_version=evaluation_version, model_version=model_version):
        raise Refused(" ".join(problems), code="cannot_run")
    run = create_run(actor, evaluation_version, model_version, facts)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, started_at=Now())
    run.refresh_from_db()
    record(
        actor=actor, verb="run.opened", noun="run", object_id=run.pk, label=label_of(run), after=_told(run)
    )
    return run


@transaction.atomic
def finish_push_run(*, actor: User | None, run: Run) -> Run:
    """Close a run of pushed results: samples that never came are missing. Again on a closed run it changes nothing."""
    run = locked_run(run)
    if run.origin not in BROUGHT:
        raise Refused("Only runs whose results are pushed are finished by hand.", code="state")
    if run.state != Run.State.RUNNING:
        return run
    missing = run.items.filter(state=WorkItem.State.PENDING)
    reason = "It was never pushed." if run.origin == Origin.PUSH else "It is not in the log."
    failed = missing.update(state=WorkItem.State.FAILED, error_class="absent", error=reason)
    run.failed = F("failed") + failed
    to_scoring(run)
    record(
        actor=actor,
        verb="run.finished",
        noun="run",
        object_id=run.pk,
        label=label_of(run),
        after={"absent": failed},
    )
    return run


@transaction.atomic
def cancel_run(*, actor: User | None, run: Run, reason: str = "") -> Run:
    """Stop a run: from this commit on no call of it starts. Calls in flight still end and are kept."""
    run = locked_run(run)
    if run.state not in (Run.State.QUEUED, Run.State.RUNNING, Run.State.SCORING):
        raise Refused(f"The run is {run.state}; only a run that is not over can be cancelled.", code="state")
    if run.cancel_requested_at is None:
        run.cancel_requested_at = Now()
        run.failure = f"Cancelled. {reason}".strip()[:500]
        run.save(update_fields=["cancel_requested_at", "failure"])
        record(actor=actor, verb="run.cancelled", noun="run", object_id=run.pk, label=label_of(run))
    if not run.items.filter(state=WorkItem.State.LEASED).exists():
        end_run(run=run, state=Run.State.CANCELLED)
    run.refresh_from_db()
    return run


@transaction.atomic
def resume_run(*, actor: User | None, run: Run) -> Run:
    """Call again for what is missing of a partial run, as its next generation; results it has are kept."""
    run = locked_run(run)
    if run.state == Run.State.DONE and run.stopped_early:
        raise Refused(
            "Nothing is missing: the rest was not needed. Start again asks every case and pays for the rest alone.",
            code="state",
        )
    if run.state != Run.State.PARTIAL:
        raise Refused(f"The run is {run.state}; only a partial run can be resumed.", code="state")
    if run.origin in BROUGHT:
        raise Refused("Results of this run were made elsewhere: open a new run and push them.", code="state")
    if problems := _problems_now(run):
        raise Refused(" ".join(problems), code="cannot_run")
    _again(run)
    run.state = Run.State.RUNNING
    run.generation += 1
    run.save(update_fields=["state", "generation"])
    record(actor=actor, verb="run.resumed", noun="run", object_id=run.pk, label=label_of(run))
    _announce_start(run)
    run.refresh_from_db()
    return run


@transaction.atomic
def retry_run(*, actor: User | None, run: Run) -> Run:
    """Queue a failed run again; results it has are kept."""
    run = locked_run(run)
    if run.state != Run.State.FAILED:
        raise Refused(f"The run is {run.state}; only a failed run can be tried again.", code="state")
    _again(run)
    run.state = Run.State.QUEUED
    run.save(update_fields=["state"])
    record(actor=actor, verb="run.retried", noun="run", object_id=run.pk, label=label_of(run))
    _announce_start(run)
    run.refresh_from_db()
    return run


@transaction.atomic
def rescore_run(*, actor: User | None, run: Run) -> Run:
    """Score a finished run again, as its next generation, without calling anybody. Scores it has are never changed."""
    run = locked_run(run)
    if run.state not in (Run.State.DONE, Run.State.PARTIAL):
        raise Refused(f"The run is {run.state}; only a finished run can be scored again.", code="state")
    if run.origin == Origin.JUDGE:
        raise Refused("A judge's answers are not scored; score the run it judged again.", code="state")
    run.generation += 1
    to_scoring(run)
    record(actor=actor, verb="run.rescored", noun="run", object_id=run.pk, label=label_of(run))
    return run


def _same_key(actor: User | None, facts: RunFacts) -> Run | None:
    key = facts.get("idempotency_key", "")
    if not key:
        return None
    take_turn(actor, key)
    existing = Run.objects.filter(created_by=actor, idempotency_key=key).first()
    if existing and existing.idempotency_digest != facts.get("idempotency_digest", ""):
        raise Conflict("This Idempotency-Key was used with another body.", code="idempotency_key")
    return existing


def create_run(
    actor: User | None, evaluation_version: EvaluationVersion, model_version: ModelVersion, facts: RunFacts
) -> Run:
    """The run and its items, in the order they are asked."""
    seed = draw() if facts.get("until_settled") else None
    run = Run.objects.create(
        evaluation_version=evaluation_version,
        model_version=model_version,
        prompt_version=prompt_for(evaluation_version, model_version),
        total=evaluation_version.dataset_version.case_count * evaluation_version.repeats,
        created_by=actor,
        drawn_by=seed,
        **facts,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO evaluations_workitem
                (run_id, case_id, repeat, state, fence, worker, attempts, crashes, error_class, error,
                 error_digest, error_repeats)
            SELECT %(run)s, entry.case_id, repeat, 'pending', 0, '', 0, 0, '', '', '', 0
            FROM evaluations_datasetversioncase AS entry
            JOIN evaluations_case AS one ON one.id = entry.case_id, generate_series(1, %(repeats)s) AS repeat
            WHERE entry.version_id = %(version)s
            ORDER BY {IN_ORDER if seed is None else BY_LOT}
            """,
            {
                "run": run.pk,
                "repeats": evaluation_version.repeats,
                "version": evaluation_version.dataset_version_id,
                "seed": str(seed),
            },
        )
    if seed is not None:
        run.look_to = next_look(run)
        run.save(update_fields=["look_to"])
    return run


def _problems_now(run: Run) -> list[str]:
    """What stands in the way of calling for it again."""
    if run.origin == Origin.JUDGE:
        return judging_problems(
            dataset=run.evaluation_version.dataset_version.dataset, judge=run.model_version
        )
    return call_problems(evaluation_version=run.evaluation_version, model_version=run.model_version)


def _again(run: Run) -> None:
    """Failed and cancelled items may be called again, with a clean sheet."""
    reopened = run.items.filter(state__in=[WorkItem.State.FAILED, WorkItem.State.CANCELLED]).update(
        state=WorkItem.State.PENDING,
        not_before=None,
        retry_deadline=None,
        crashes=0,
        error_class="",
        error="",
        error_digest="",
        error_repeats=0,
    )
    if not reopened:
        raise Refused("Nothing is missing from this run.", code="complete")
    Run.objects.filter(pk=run.pk).update(
        failed=0,
        failure="",
        cancel_requested_at=None,
        finished_at=None,
        chain_beat_at=None,
        kicked_at=None,
        reuse_to=0,
    )


def to_scoring(run: Run) -> None:
    """On to scoring, announced after the commit. For a run held under lock or just made."""
    run.state = Run.State.SCORING
    run.chain_beat_at = run.kicked_at = None
    run.save(update_fields=["state", "generation", "failed", "chain_beat_at", "kicked_at"])
    run.refresh_from_db()
    transaction.on_commit(lambda: signals.run_scoring.send(Run, run_id=run.pk))


def _announce_start(run: Run) -> None:
    run_id = run.pk
    transaction.on_commit(lambda: signals.run_started.send(Run, run_id=run_id))


def locked_run(run: Run) -> Run:
    """The run read again under lock, with its evaluation version and model version."""
    rows = Run.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(
        "evaluation_version__evaluation",
        "evaluation_version__dataset_version__dataset",
        "model_version__model__provider",
    ).get(pk=run.pk)


def label_of(run: Run) -> str:
    """As the audit names it."""
    return f"{run.evaluation_version} on {run.model_version.label}"


def _told(run: Run) -> dict[str, object]:
    told: dict[str, object] = {
        "origin": str(run.origin),
        "cap": run.cap,
        "cap_unit": str(run.cap_unit),
        "total": run.total,
    }
    told |= {} if run.reuse else {"reuse": False}
    told |= {"until_settled": True} if run.until_settled else {}
    return told | ({"confirms": run.confirms_id} if run.confirms_id else {})
