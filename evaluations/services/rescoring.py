"""An old run scored by another version of its evaluation: its stored answers, nobody called, and the old run as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import NOT_EVIDENCE, EvaluationVersion, Origin, Run, ScorerVersion
from evaluations.services.reuse import CARRIED
from evaluations.services.runs import RunFacts, create_run, label_of, locked_run, to_scoring

KEPT = (Origin.PUSH, Origin.IMPORT, Origin.LAB)

# Answers name the call they are of, also when the old run had reused them itself.
ANSWERS = f"""
INSERT INTO evaluations_response (run_id, case_id, repeat, {CARRIED}, reused_from_id, created_at)
SELECT %(run)s, case_id, repeat, {CARRIED}, COALESCE(reused_from_id, id), clock_timestamp()
FROM evaluations_response WHERE run_id = %(source)s
ORDER BY id
"""
# What the same scorer version made of the same answer is kept, so that pushed scores are not lost.
SCORES = """
INSERT INTO evaluations_score (response_id, scorer_version_id, numerator, denominator, label, rationale, parsed, expected, probability)
SELECT copy.id, score.scorer_version_id, score.numerator, score.denominator, score.label, score.rationale, score.parsed,
    score.expected, score.probability
FROM evaluations_response AS answer
JOIN evaluations_response AS copy
    ON copy.run_id = %(run)s AND copy.case_id = answer.case_id AND copy.repeat = answer.repeat
JOIN evaluations_score AS score ON score.response_id = answer.id
WHERE answer.run_id = %(source)s AND score.scorer_version_id = ANY(%(scorers)s)
"""
ITEMS = """
UPDATE evaluations_workitem AS item
SET state = CASE WHEN answer.id IS NOT NULL THEN 'done' WHEN old.state = 'not_needed' THEN 'not_needed' ELSE 'failed' END,
    error_class = CASE WHEN answer.id IS NULL THEN old.error_class ELSE '' END,
    error = CASE WHEN answer.id IS NULL THEN old.error ELSE '' END
FROM evaluations_workitem AS old
LEFT JOIN evaluations_response AS answer
    ON answer.run_id = old.run_id AND answer.case_id = old.case_id AND answer.repeat = old.repeat
WHERE item.run_id = %(run)s AND old.run_id = %(source)s AND old.case_id = item.case_id AND old.repeat = item.repeat
"""
SUMS = "SELECT count(*), sum(cost) FROM evaluations_response WHERE run_id = %(run)s"


@dataclass
class Rescored:
    """Runs made for the newest finished run of each model version, and a sentence for each that could not be."""

    runs: list[Run] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@transaction.atomic
def score_with(*, actor: User | None, run: Run, evaluation_version: EvaluationVersion) -> Run:
    """A run of another evaluation version made of a finished run's answers; nobody is called, the old run stays as it is.

    Asked again it answers with the same run. Raises Refused with everything that stands in the way.
    """
    source = locked_run(run)
    if problems := score_with_problems(source, evaluation_version):
        raise Refused(" ".join(problems), code="cannot_score")
    there = Run.objects.filter(scored_from=source, evaluation_version=evaluation_version)
    if made := there.exclude(state__in=[Run.State.FAILED, Run.State.CANCELLED]).first():
        return made
    made = create_run(actor, evaluation_version, source.model_version, _facts(source))
    done, saved = _copy(source, made)
    _tell(source, made, done, saved)
    record(
        actor=actor,
        verb="run.scored_with",
        noun="run",
        object_id=made.pk,
        label=label_of(made),
        after={"answers_of": source.pk},
    )
    made.refresh_from_db()
    to_scoring(made)
    return made


def score_latest_with(*, actor: User | None, evaluation_version: EvaluationVersion) -> Rescored:
    """The same for the newest finished run of every model version on an earlier version of the evaluation.

    Versions that have a run of this evaluation version already are left out. Each run is made in a transaction of its own.
    """
    told = Rescored()
    for run in _latest_runs(evaluation_version):
        try:
            told.runs.append(score_with(actor=actor, run=run, evaluation_version=evaluation_version))
        except Refused as refusal:
            told.problems.append(f"{run.model_version.label}, run {run.pk}: {refusal.message}")
    return told


def score_with_problems(run: Run, evaluation_version: EvaluationVersion) -> list[str]:
    """Why a run's answers cannot be scored by this evaluation version, as sentences. Two queries."""
    if run.state not in (Run.State.DONE, Run.State.PARTIAL):
        return [f"The run is {run.state}; only a finished run can be scored by another version."]
    if evaluation_version.frozen_at is None:
        return [f"{evaluation_version} is still a draft."]
    old, new = _scorers(run.evaluation_version), _scorers(evaluation_version)
    if {one.pk for one in old} == {one.pk for one in new}:
        return [f"{evaluation_version} scores as {run.evaluation_version} does: use “Score again”."]
    return [*_other_inputs(run.evaluation_version, evaluation_version), *_not_made_here(old, new)]


def _other_inputs(old: EvaluationVersion, new: EvaluationVersion) -> Iterator[str]:
    """What was asked otherwise: those answers are not answers to this version's questions."""
    if old.dataset_version_id != new.dataset_version_id:
        yield f"{new} asks the cases of {new.dataset_version}, the run those of {old.dataset_version}: start a run of it."
    if (old.prompt_policy, old.prompt_version_id) != (new.prompt_policy, new.prompt_version_id):
        yield f"{new} asks with another prompt: start a run of it."
    if old.parameters != new.parameters:
        yield f"{new} asks with other parameters: start a run of it."
    if old.repeats != new.repeats:
        yield f"{new} asks {new.repeats} times each, the run {old.repeats} times: start a run of it."


def _not_made_here(old: Sequence[ScorerVersion], new: Sequence[ScorerVersion]) -> Iterator[str]:
    known = {one.pk for one in old}
    for scorer in new:
        if scorer.kind == "external" and scorer.pk not in known:
            yield f"Scores of {scorer} are pushed, so they cannot be made of stored answers: push a run."


def _scorers(evaluation_version: EvaluationVersion) -> list[ScorerVersion]:
    return list(evaluation_version.scorers.select_related("scorer"))


def _facts(source: Run) -> RunFacts:
    origin = source.origin if source.origin in KEPT else Origin.MANUAL
    return RunFacts(origin=origin, training_run=source.training_run, priority=source.priority)


def _copy(source: Run, made: Run) -> tuple[int, Decimal | None]:
    """How many answers there are, and what their calls took."""
    scorers = list(made.evaluation_version.scorers.values_list("pk", flat=True))
    values: dict[str, Any] = {"run": made.pk, "source": source.pk, "scorers": scorers}
    with connection.cursor() as cursor:
        for statement in (ANSWERS, SCORES, ITEMS):
            cursor.execute(statement, values)
        cursor.execute(SUMS, values)
        count, cost = cursor.fetchone()
        return count, cost


def _tell(source: Run, made: Run, done: int, saved: Decimal | None) -> None:
    """The new run says whose answers it holds, and what was known of the model that gave them."""
    Run.objects.filter(pk=made.pk).update(
        scored_from=source,
        done=done,
        failed=source.wanted - done,
        until_settled=source.until_settled,
        looks=source.looks,
        not_needed=source.not_needed,
        reused=done,
        saved=saved,
        cost=None if saved is None else Decimal(0),
        currency=source.currency,
        resolved_model=source.resolved_model,
        mixed_models=source.mixed_models,
        fingerprints=source.fingerprints,
        started_at=Now(),
    )


def _latest_runs(evaluation_version: EvaluationVersion) -> list[Run]:
    """Two queries."""
    there = Run.objects.filter(evaluation_version=evaluation_version).exclude(
        state__in=[Run.State.FAILED, Run.State.CANCELLED]
    )
    runs = Run.objects.finished().filter(
        evaluation_version__evaluation=evaluation_version.evaluation_id,
        evaluation_version__number__lt=evaluation_version.number,
    )
    rows = runs.exclude(origin__in=NOT_EVIDENCE).exclude(model_version__in=there.values("model_version"))
    newest: dict[int, Run] = {}
    for run in rows.select_related("model_version__model").order_by("-pk"):
        newest.setdefault(run.model_version_id, run)
    return list(newest.values())
