"""Verdicts stored: once for the same inputs, never changed; the newest row of a pair is the one that counts."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from capabilities import signals
from capabilities.models import Verdict, VerdictLine
from capabilities.services.judging_drafts import Draft
from evaluations.canonical import sha256_of
from evaluations.models import Run

Pair = tuple[int, int]


def store(drafts: Sequence[Draft], newest: Mapping[Pair, Verdict]) -> list[Verdict]:
    """Store what the newest verdict of its pair does not say already; answers with the newest of each pair.

    For callers that hold the evidence's lock. Inputs that return after others came between make a new row, so that the newest one
    is always about the present. At most three queries.
    """
    used = (
        set(
            Verdict.objects.filter(evidence__in=[draft.inputs for draft in drafts]).values_list(
                "evidence", flat=True
            )
        )
        if drafts
        else set()
    )
    kept, fresh = [], []
    for draft in drafts:
        before = newest.get((draft.verdict.verification_id, draft.verdict.model_version_id))
        if before is not None and before.detail.get("inputs") == draft.inputs:
            kept.append(before)
            continue
        again = [draft.inputs, draft.verdict.verification_id, before.pk if before else None]
        draft.verdict.evidence = sha256_of(again) if draft.inputs in used else draft.inputs
        used.add(draft.inputs)
        fresh.append(draft)
    _insert(fresh)
    for draft in fresh:
        _announce(draft, newest.get((draft.verdict.verification_id, draft.verdict.model_version_id)))
    return [*kept, *(draft.verdict for draft in fresh)]


def _insert(drafts: Sequence[Draft]) -> None:
    Verdict.objects.bulk_create([draft.verdict for draft in drafts])
    lines = []
    for draft in drafts:
        for line in draft.lines:
            line.verdict = draft.verdict
            lines.append(line)
    VerdictLine.objects.bulk_create(lines, batch_size=2_000)


def _announce(draft: Draft, before: Verdict | None) -> None:
    verdict_id = draft.verdict.pk
    if before is None or before.outcome != draft.verdict.outcome:
        transaction.on_commit(lambda: signals.verdict_changed.send(Verdict, verdict_id=verdict_id))
    for run in draft.order:
        _order(run.pk)


def _order(run_id: int) -> None:
    transaction.on_commit(lambda: signals.confirmation_wanted.send(Run, run_id=run_id))
