"""The prompt lab: a sheet is written, run through the workers like anything else, scored in place, and never judged."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.importers import CaseRow
from evaluations.models import (
    Cap,
    Dataset,
    DatasetVersion,
    EvaluationVersion,
    LabMark,
    LabSheet,
    ModelVersion,
    Origin,
    PromptVersion,
    Response,
    Round,
    Run,
    ScorerVersion,
)
from evaluations.services.datasets import (
    add_cases,
    create_dataset,
    open_draft,
    publish_version,
    remove_case,
)
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.lab_plan import LabPlan, LabPrompt, checks_of, name_of_check, plan_of_sheet
from evaluations.services.prompts import create_prompt_version
from evaluations.services.rescoring import score_with
from evaluations.services.rounds import RoundPreview, cancel_round, preview_round, start_round
from evaluations.services.scorers import create_scorer_version
from evaluations.services.stored_cases import case_hash

WRITTEN = frozenset(
    {
        "name",
        "product",
        "prompts",
        "rows_from",
        "rows",
        "dataset_version",
        "may_leave",
        "checks",
        "repeats",
        "max_tokens",
        "cap",
        "cap_unit",
    }
)
OVER = (Run.State.DONE, Run.State.PARTIAL)


@transaction.atomic
def create_sheet(*, actor: User, name: str, versions: Sequence[ModelVersion] = (), **fields: Any) -> LabSheet:
    """A sheet of the person's own. fields: as for `save_sheet`."""
    sheet = LabSheet(owner=actor, name=name[:100], **_known(fields))
    sheet.save()
    sheet.versions.set(versions)
    record(actor=actor, verb="lab.created", noun="lab", object_id=sheet.pk, label=sheet.name)
    return sheet


@transaction.atomic
def save_sheet(
    *, actor: User, sheet: LabSheet, versions: Sequence[ModelVersion] | None = None, **fields: Any
) -> LabSheet:
    """Keep what was typed, finished or not. Raises Refused for somebody else's sheet."""
    demand_own(actor, sheet)
    sheet = LabSheet.objects.select_for_update().get(pk=sheet.pk)
    for name, value in _known(fields).items():
        setattr(sheet, name, value)
    sheet.save()
    if versions is not None:
        sheet.versions.set(versions)
    return sheet


@transaction.atomic
def copy_sheet(*, actor: User, sheet: LabSheet) -> LabSheet:
    """What a sheet says, on a sheet of the person's own, without its answers."""
    fields = {name: getattr(sheet, name) for name in WRITTEN - {"name"}}
    return create_sheet(
        actor=actor, name=f"{sheet.name}, copy", versions=list(sheet.versions.all()), **fields
    )


@transaction.atomic
def run_sheet(*, actor: User, sheet: LabSheet) -> Round:
    """Ask every model every row with every prompt, within the budget.

    Raises ValidationError with what is not right yet, Refused while answers are still coming in or when no model can be called.
    """
    demand_own(actor, sheet)
    sheet = LabSheet.objects.select_for_update().get(pk=sheet.pk)
    if sheet.runs.moving().exists():
        raise Refused("Answers are still coming in. Wait for them, or stop them first.", code="moving")
    plan = plan_of_sheet(sheet)
    _demand_room(sheet, plan)
    started = start_for(sheet, actor, "", _evaluations(actor, sheet, plan), plan.versions)
    LabSheet.objects.filter(pk=sheet.pk).update(round=started)
    sheet.runs.set(started.runs.all())
    return started


def preview_sheet(*, actor: User, sheet: LabSheet) -> RoundPreview:
    """What running it would take. Everything is made, counted and taken back. Raises what `run_sheet` raises."""
    with transaction.atomic():
        plan = plan_of_sheet(sheet)
        _demand_room(sheet, plan)
        found = preview_round(
            evaluation_versions=_evaluations(actor, sheet, plan),
            model_versions=plan.versions,
            cap=sheet.cap,
            cap_unit=sheet.cap_unit,
            reuse=False,
        )
        transaction.set_rollback(True)
    return found


@transaction.atomic
def score_sheet(*, actor: User, sheet: LabSheet) -> int:
    """Score the answers there are by the sheet's checks as they stand now, calling nobody; returns how many columns are.

    Columns that still answer are left for later. Raises Refused without answers.
    """
    demand_own(actor, sheet)
    sheet = LabSheet.objects.select_for_update().get(pk=sheet.pk)
    runs = list(sheet.runs.select_related("evaluation_version__evaluation", "scored_from"))
    sources = {run.pk: run.scored_from or run for run in runs}
    if not any(source.state in OVER for source in sources.values()):
        raise Refused("There is no answer to score yet. Press Run first.", code="no_answers")
    scorers = _scorers(actor, sheet)
    shown = [_scored(actor, run, sources[run.pk], scorers) for run in runs]
    sheet.runs.set(shown)
    return sum(source.state in OVER for source in sources.values())


def stop_sheet(*, actor: User, sheet: LabSheet) -> int:
    """No call of it starts from now on; answers that are there stay. Returns how many runs were stopped."""
    demand_own(actor, sheet)
    return cancel_round(actor=actor, round=sheet.round, reason="Stopped in the lab.") if sheet.round else 0


@transaction.atomic
def delete_sheet(*, actor: User, sheet: LabSheet) -> None:
    """The sheet and the marks on it; its runs and what was kept of it stay."""
    demand_own(actor, sheet)
    record(actor=actor, verb="lab.deleted", noun="lab", object_id=sheet.pk, label=sheet.name)
    sheet.delete()


@transaction.atomic
def mark_answer(*, actor: User, sheet: LabSheet, answer: Response, thumb: int, note: str = "") -> None:
    """A thumb, a note or both on an answer of the sheet; neither takes the mark back. Raises Refused for another sheet's answer."""
    if not sheet.runs.filter(pk=answer.run_id).exists():
        raise Refused("This answer is not on the sheet any more. Load the page again.", code="not_here")
    if thumb not in LabMark.Thumb.values:
        raise Refused("A thumb is up, down or neither.", code="thumb")
    own: dict[str, Any] = {"sheet": sheet, "answer_id": answer.reused_from_id or answer.pk, "author": actor}
    if not thumb and not note:
        LabMark.objects.filter(**own).delete()
        return
    LabMark.objects.update_or_create(**own, defaults={"thumb": thumb, "note": note[:500]})


def start_for(
    sheet: LabSheet,
    actor: User,
    what: str,
    evaluations: Sequence[EvaluationVersion],
    versions: Sequence[ModelVersion],
) -> Round:
    """A round of the sheet, within its budget and asked anew. what: what its name says beside the sheet's."""
    return start_round(
        actor=actor,
        name=f"Prompt lab: {sheet.name}{what}",
        evaluation_versions=evaluations,
        model_versions=versions,
        origin=Origin.LAB,
        priority=Round.Priority.LAUNCH,
        cap=sheet.cap,
        cap_unit=sheet.cap_unit,
        charged_to=sheet.product,
        reuse=False,
    )


def dataset_of_rows(
    actor: User, slug: str, name: str, rows: Sequence[CaseRow], *, may_leave: bool
) -> DatasetVersion:
    """A published development version that holds exactly these rows; the newest again when nothing differs."""
    dataset = Dataset.objects.filter(slug=slug).first() or create_dataset(
        actor=actor, slug=slug, name=name[:120], purpose=Dataset.Purpose.DEV, may_leave=may_leave
    )
    wanted = sha256_of([[row.key, case_hash(row)] for row in rows])
    if same := dataset.versions.filter(hash=wanted, retired_at=None).first():
        return same
    draft = open_draft(actor=actor, dataset=dataset)
    for key in list(draft.entries.values_list("key", flat=True)):
        remove_case(actor=actor, version=draft, key=key)
    add_cases(actor=actor, version=draft, cases=rows)
    try:
        return publish_version(actor=actor, version=draft)
    except Refused as refusal:
        if refusal.code != "split":
            raise
        told = refusal.message.split(" Development and test")[0]
        raise Refused(
            f"{told} What is tried on a test case could no longer be proven with it: use other rows.",
            code="split",
            fields={"rows": told},
        ) from None


def prompt_of(actor: User, slug: str, name: str, prompt: LabPrompt) -> PromptVersion | None:
    """None where the row is sent as it is."""
    if not prompt.messages:
        return None
    return create_prompt_version(
        actor=actor, slug=slug, name=name[:120], messages=prompt.messages, output_schema=prompt.schema
    )


def _evaluations(actor: User, sheet: LabSheet, plan: LabPlan) -> list[EvaluationVersion]:
    """One for each prompt, on the same rows and checks. Under slugs that no list of choices offers."""
    slug = f"tries-lab-{sheet.pk}"
    dataset = dataset_of_rows(
        actor,
        f"{slug}-may-leave" if plan.may_leave else slug,
        f"Lab: {sheet.name}",
        plan.rows,
        may_leave=plan.may_leave,
    )
    scorers = _scorers(actor, sheet)
    return [
        create_evaluation_version(
            actor=actor,
            slug=f"{slug}-{prompt.letter.lower()}",
            name=f"Lab: {sheet.name}, prompt {prompt.letter}"[:120],
            dataset_version=dataset,
            prompt_version=prompt_of(
                actor,
                f"{slug}-{prompt.letter.lower()}",
                f"Lab: {sheet.name}, prompt {prompt.letter}",
                prompt,
            ),
            scorer_versions=scorers,
            parameters={"max_output_tokens": sheet.max_tokens},
            repeats=sheet.repeats,
        )
        for prompt in plan.prompts
    ]


def _scorers(actor: User, sheet: LabSheet) -> list[ScorerVersion]:
    """A check's slug is made of what it says, so that the same check is the same scorer in every column."""
    return [
        create_scorer_version(
            actor=actor,
            slug=f"tries-{check['kind'][:24]}-{sha256_of(check)[:12]}",
            name=name_of_check(check["kind"], check["config"]),
            kind=check["kind"],
            config=check["config"],
        )
        for check in checks_of(sheet)
    ]


def _scored(actor: User, run: Run, source: Run, scorers: Sequence[ScorerVersion]) -> Run:
    """The column's run by these scorers: itself, its source, or a new one made of the same answers."""
    wanted = {scorer.pk for scorer in scorers}
    for known in (run, source):
        if set(known.evaluation_version.scorers.values_list("pk", flat=True)) == wanted:
            return known
    if source.state not in OVER:
        return run
    asked = source.evaluation_version
    version = create_evaluation_version(
        actor=actor,
        slug=asked.evaluation.slug,
        dataset_version=asked.dataset_version,
        prompt_version=asked.prompt_version,
        scorer_versions=scorers,
        parameters=asked.parameters,
        repeats=asked.repeats,
    )
    return score_with(actor=actor, run=source, evaluation_version=version)


def _demand_room(sheet: LabSheet, plan: LabPlan) -> None:
    """A budget in calls that would stop half way is said before anything is called."""
    calls = len(plan.rows) * plan.columns * sheet.repeats
    if sheet.cap_unit == Cap.CALLS and calls > sheet.cap:
        told = f"This takes {calls} calls and the budget is {sheet.cap.normalize():f}. Raise it, or take fewer rows, models or tries."
        raise ValidationError({"cap": [told]})


def demand_own(actor: User, sheet: LabSheet) -> None:
    """Raises Refused for somebody else's sheet."""
    if sheet.owner_id != actor.pk:
        raise Refused(
            f"This sheet is {sheet.owner.username}'s. Copy it to one of your own first.", code="not_yours"
        )


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(fields) - WRITTEN:
        raise ValueError(f"A sheet has no {', '.join(sorted(unknown))}.")
    return dict(fields)
