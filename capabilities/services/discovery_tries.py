"""Does it happen again? Tries of a discovery on model versions, made for real, and what people and checks say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from capabilities.models import Discovery, DiscoveryEvidence, DiscoveryThumb
from capabilities.queries.discoveries import Seen, history_of, newest, seen_in
from capabilities.queries.discovery_rates import FIRST_TARGET, LEAST_TRIES, Rate, rates_of
from capabilities.services.discoveries import State, add_evidence, check_move, locked, move, tell
from config.errors import Refused
from config.people.models import User
from config.words import counted
from evaluations.importers import CaseRow
from evaluations.models import (
    Cap,
    Dataset,
    DatasetVersion,
    EvaluationVersion,
    ModelVersion,
    Origin,
    Response,
    Round,
    ScorerVersion,
)
from evaluations.services.datasets import add_cases, create_dataset, open_draft, publish_version, remove_case
from evaluations.services.evaluations import create_evaluation_version
from evaluations.services.rounds import RoundPreview, preview_round, start_round
from evaluations.services.scorers import create_scorer_version

Kind = DiscoveryEvidence.Kind
TRIES = (Kind.TRIED, Kind.RETRIED)


@dataclass(frozen=True)
class Trial:
    """tries: of each input. rows: inputs beside the one it was spotted in. judge: None = a person. target: share that shall succeed."""

    model_versions: Sequence[ModelVersion]
    tries: int = LEAST_TRIES
    rows: Sequence[CaseRow] = ()
    with_found: bool = True
    judge: ScorerVersion | None = None
    target: float = FIRST_TARGET
    cap: Decimal | None = None
    cap_unit: str = Cap.MONEY


@transaction.atomic
def start_tries(*, actor: User, discovery: Discovery, trial: Trial) -> DiscoveryEvidence:
    """Run the tries as runs of the lab: no verdict comes of them. Every try is a new call.

    Raises Refused below ten tries of each version, for test cases and where no version can be called.
    """
    discovery = locked(discovery)
    _refuse_state(discovery)
    version = _evaluation(actor, discovery, trial)
    started = start_round(
        actor=actor,
        name=f"{discovery.key}: does it happen again?",
        evaluation_versions=[version],
        model_versions=trial.model_versions,
        origin=Origin.LAB,
        cap=trial.cap,
        cap_unit=trial.cap_unit,
        charged_to=discovery.product.key,
        reuse=False,
    )
    made = add_evidence(
        actor,
        discovery,
        Kind.TRIED,
        round=started,
        runs=run_ids(started),
        evaluation_version=version,
        judge=trial.judge,
        target=trial.target,
    )
    after = {
        "round": started.pk,
        "versions": [one.label for one in trial.model_versions],
        "tries": trial.tries,
    }
    tell(actor, discovery, "discovery.tried", after=after)
    return made


def preview_tries(*, actor: User, discovery: Discovery, trial: Trial) -> RoundPreview:
    """What the tries would take; everything is made, counted and taken back. Raises what `start_tries` raises."""
    with transaction.atomic():
        _refuse_state(discovery)
        version = _evaluation(actor, discovery, trial)
        preview = preview_round(
            evaluation_versions=[version],
            model_versions=trial.model_versions,
            cap=trial.cap,
            cap_unit=trial.cap_unit,
            reuse=False,
        )
        transaction.set_rollback(True)
    return preview


@transaction.atomic
def judge_try(*, actor: User, evidence: DiscoveryEvidence, response: Response, good: bool) -> DiscoveryThumb:
    """A person's word on one try; a later one counts instead. Raises Refused where a check judges, or the answer is of another step."""
    if evidence.kind not in TRIES or evidence.judge_id:
        raise Refused("A check judges these tries.", code="judged_by_check")
    if response.run_id not in evidence.runs:
        raise Refused("This answer is none of these tries.", code="other_answer")
    made = DiscoveryThumb.objects.create(evidence=evidence, response=response, good=good, author=actor)
    tell(actor, evidence.discovery, "discovery.judged", after={"answer": response.pk, "good": good})
    return made


@transaction.atomic
def confirm_reproduced(*, actor: User, discovery: Discovery) -> Discovery:
    """It happens again: at least one version reached the share that was wanted, beyond its range. Raises Refused until then."""
    discovery = locked(discovery)
    check_move(discovery, State.REPRODUCED)
    evidence = newest(history_of(discovery), *TRIES)
    if evidence is None:
        raise Refused(f"Try it first: at least {LEAST_TRIES} times on a version.", code="no_tries")
    rates = rates_of(evidence)
    if not any(rate.proven for rate in rates):
        raise Refused(" ".join([_why(rate) for rate in rates]) or "No try was made.", code="not_proven")
    move(discovery, State.REPRODUCED)
    shown = {"rates": [as_fact(rate) for rate in rates]}
    add_evidence(
        actor,
        discovery,
        Kind.REPRODUCED,
        round=evidence.round,
        runs=evidence.runs,
        evaluation_version=evidence.evaluation_version,
        judge=evidence.judge,
        target=evidence.target,
        detail=shown,
    )
    tell(
        actor,
        discovery,
        "discovery.reproduced",
        before={"state": State.SPOTTED},
        after={"state": discovery.state} | shown,
    )
    return discovery


def as_fact(rate: Rate) -> dict[str, Any]:
    """What is kept of a rate."""
    result = rate.result
    return {
        "version": rate.version.label,
        "run": rate.run.pk,
        "good": rate.good,
        "judged": rate.judged,
        "point": result.point if result else None,
        "low": rate.low,
        "high": rate.high,
        "method": result.method if result else "",
        "outcome": str(result.outcome) if result else "",
    }


def _why(rate: Rate) -> str:
    return f"{rate.version.label}: {rate.sentence}"


def run_ids(started: Round) -> list[int]:
    return list(started.runs.order_by("pk").values_list("pk", flat=True))


def _refuse_state(discovery: Discovery) -> None:
    if discovery.state == State.DISMISSED:
        raise Refused(f"{discovery.key} is dismissed: take it up again first, or retry it.", code="state")


def _evaluation(actor: User, discovery: Discovery, trial: Trial) -> EvaluationVersion:
    seen = seen_in(discovery)
    if seen is None:
        raise Refused("Nothing says where this was seen.", code="no_evidence")
    rows = _rows(seen, trial)
    if len(rows) * trial.tries < LEAST_TRIES:
        made = counted(len(rows) * trial.tries, "tries")
        raise Refused(
            f"{made} of each version can say nothing: make at least {LEAST_TRIES}, "
            f"such as {LEAST_TRIES} tries of one input or 2 tries of 5.",
            code="too_few_tries",
            fields={"tries": f"At least {LEAST_TRIES} tries of each version in all."},
        )
    return create_evaluation_version(
        actor=actor,
        slug=slug_of(discovery),
        name=f"{discovery.key} {discovery.title}"[:120],
        dataset_version=_dataset(actor, discovery, seen, rows),
        prompt_version=seen.run.prompt_version,
        scorer_versions=[trial.judge or _nobody(actor)],
        parameters=seen.run.evaluation_version.parameters,
        repeats=trial.tries,
    )


def slug_of(discovery: Discovery) -> str:
    return f"discovery-{discovery.key.lower()}"


def _nobody(actor: User) -> ScorerVersion:
    """An evaluation needs a check; where a person judges, it only looks whether there is an answer."""
    return create_scorer_version(
        actor=actor, slug="answered", name="There is an answer", kind="length", config={"at_least": 1}
    )


def _rows(seen: Seen, trial: Trial) -> list[CaseRow]:
    """The input it was spotted in, unless it is a test case, and those written beside it."""
    rows = [_like(seen, row) for row in trial.rows]
    if trial.with_found and seen.case is not None:
        if seen.test:
            raise Refused(
                "It was spotted in a test case. Tried as a development case it would be tuned for, and the test would prove nothing: "
                "write inputs like it instead.",
                code="test_cases",
                fields={"with_found": "This is a test case: write inputs like it."},
            )
        rows.insert(0, _found(seen))
    if not rows:
        raise Refused(
            "Write at least one input to try.", code="no_inputs", fields={"rows": "Write an input."}
        )
    return rows


def _found(seen: Seen) -> CaseRow:
    case = seen.case
    if case is None or not case.body:
        raise Refused("The content of this case was erased: write inputs like it.", code="erased")
    return CaseRow(
        line=1,
        key=case.key[:120],
        input=case.input,
        target=case.target,
        slices=case.slices,
        metadata=case.metadata,
        attachments=tuple(case.attachments),
    )


def _like(seen: Seen, row: CaseRow) -> CaseRow:
    """A typed line fills the one slot of the prompt where the input that was found has named fields."""
    wanted = seen.case.input if seen.case is not None and not seen.test else None
    if isinstance(row.input, str) and isinstance(wanted, Mapping) and len(wanted) == 1:
        return replace(row, input={next(iter(wanted)): row.input})
    return row


def _dataset(actor: User, discovery: Discovery, seen: Seen, rows: Sequence[CaseRow]) -> DatasetVersion:
    """A published version of the discovery's own development dataset that holds exactly these."""
    slug = slug_of(discovery)
    dataset = Dataset.objects.filter(slug=slug).first() or create_dataset(
        actor=actor,
        slug=slug,
        name=f"Tries of {discovery.key}",
        purpose=Dataset.Purpose.DEV,
        may_leave=seen.run.evaluation_version.dataset_version.dataset.may_leave,
    )
    draft = open_draft(actor=actor, dataset=dataset)
    for key in list(draft.entries.values_list("key", flat=True)):
        remove_case(actor=actor, version=draft, key=key)
    add_cases(actor=actor, version=draft, cases=rows)
    return publish_version(actor=actor, version=draft)
