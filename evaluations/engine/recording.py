"""How a call ended is written in one short transaction: by the one who still holds the fence, and by nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Coalesce, Now

from config.prepared import prepared_cursor
from evaluations.engine.calling import Outcome
from evaluations.models import CallLedger, ModelEvent, Response, Run, Transcript, WorkItem
from evaluations.providers.prices import Prices
from evaluations.providers.retry import DEFAULT_POLICY, Action, Decision, FailureHistory, decide, is_outage
from evaluations.providers.types import ProviderError, Reply
from evaluations.services.blobs import store_blobs
from evaluations.services.media import note_media
from evaluations.services.model_events import announce_event
from evaluations.services.rows import insert_rows
from evaluations.services.scoring import storable
from evaluations.services.spend import Bound, Settlement, settle, spent_on

OUTAGE = "outage"
TEXT = "text/plain"
MOST_FINGERPRINTS = 20

# Run before items before ledger before round: everybody locks in this order, so nobody waits in a ring. Only what may have changed of
# the run is read anew.
FRESH = ["id", "round_id", "model_version_id", "charged_to", "resolved_model", "mixed_models", "fingerprints"]
LOCK = f"SELECT {', '.join(FRESH)} FROM evaluations_run WHERE id = %(run)s FOR NO KEY UPDATE"
DONE = f"""
WITH run AS MATERIALIZED ({LOCK}), done AS (
    UPDATE evaluations_workitem AS item SET state = 'done', lease_until = NULL, error_class = '', error = ''
    FROM run, unnest(%(items)s::bigint[], %(fences)s::bigint[]) AS mine(id, fence)
    WHERE item.id = mine.id AND item.fence = mine.fence AND item.state = 'leased' AND item.run_id = run.id
    RETURNING item.id
)
SELECT run.*, ARRAY(SELECT id FROM done) AS finished FROM run
"""
FAILED = """
UPDATE evaluations_workitem SET state = %(state)s, lease_until = NULL,
    not_before = clock_timestamp() + make_interval(secs => %(delay)s),
    retry_deadline = COALESCE(retry_deadline, clock_timestamp() + make_interval(secs => %(deadline)s)),
    error_class = %(error_class)s, error = %(error)s, error_digest = %(digest)s, error_repeats = %(repeats)s
WHERE id = %(id)s AND fence = %(fence)s AND state = 'leased'
"""


@dataclass(frozen=True)
class Books:
    """What a run's calls are booked with. prices is None where no price is known, for a free adapter all zero."""

    run: Run
    prices: Prices | None

    def spent(self, reply: Reply) -> Bound:
        return spent_on(reply, cap_unit=self.run.cap_unit, prices=self.prices or Prices())


@transaction.atomic
def record_item_failure(
    run: Run, item_id: int, fence: int, reason: str, error_class: str = "permanent"
) -> None:
    """Give an item up that was not called at all."""
    values: dict[str, Any] = {
        "state": WorkItem.State.FAILED,
        "delay": 0,
        "deadline": 0,
        "error_class": error_class,
        "error": storable(reason)[:500],
        "digest": "",
        "repeats": 0,
        "id": item_id,
        "fence": fence,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"run": run.pk})
        cursor.execute(FAILED, values)
        given_up = cursor.rowcount
    settle(run=run, ends=[], failed=given_up)


def record_outcomes(books: Books, outcomes: Sequence[Outcome]) -> list[Decision]:
    """Store replies and failures; returns what was decided about each failure.

    A result whose fence no longer fits writes nothing but its cost. Blobs are written first, in a transaction of their own:
    content without a response harms nobody. Four queries for a batch of replies and those of budgets, two more for a run's first and
    for a fingerprint the run had not named, three where answers took several steps; one more for each failure.
    """
    replies = [outcome for outcome in outcomes if outcome.reply is not None]
    failures = [outcome for outcome in outcomes if outcome.error is not None]
    blobs = _store_outputs(books.run, [outcome.reply for outcome in replies if outcome.reply])
    transcripts = _store_transcripts(replies)
    with transaction.atomic():
        run, mine = _finish_items(books.run, replies)
        stored = [outcome for outcome in replies if outcome.intent.item.id in mine]
        _insert_responses(books, stored, blobs, transcripts)
        decisions, given_up = _record_failures(run, failures)
        settle(
            run=run,
            ends=[_settlement(books, outcome) for outcome in outcomes],
            done=len(mine),
            failed=given_up,
        )
        _note_models(run, replies)
        _note_fingerprints(run, replies)
    return decisions


def output_bytes(reply: Reply) -> bytes:
    """The answer as it is kept: its sound or picture, else its text; half characters survive."""
    return reply.media or reply.text.encode("utf-8", "surrogatepass")


def _store_outputs(run: Run, replies: Sequence[Reply]) -> dict[str, int]:
    """Ids of the answers' blobs by SHA-256; sound and pictures may be seen by who may read the dataset.

    One query for texts, four for each media type. Needs the run's dataset loaded.
    """
    by_type: dict[str, list[bytes]] = {}
    for reply in replies:
        by_type.setdefault(reply.media_type if reply.media else TEXT, []).append(output_bytes(reply))
    found: dict[str, int] = {}
    for media_type, outputs in by_type.items():
        stored = store_blobs(outputs, media_type, unasked=media_type == TEXT)
        if media_type != TEXT:
            note_media(run.evaluation_version.dataset_version.dataset, stored)
        found |= stored
    return found


def _store_transcripts(replies: Sequence[Outcome]) -> dict[str, int]:
    """Ids of the blobs of what led to the answers, by SHA-256. Two queries, none for answers of one step."""
    told = [outcome.reply.transcript for outcome in replies if outcome.reply and outcome.reply.transcript]
    return store_blobs(told, "application/json") if told else {}


def _insert_responses(
    books: Books, replies: Sequence[Outcome], blobs: Mapping[str, int], transcripts: Mapping[str, int]
) -> None:
    """One query, two where answers took several steps."""
    rows = [_response(books, outcome, outcome.reply, blobs) for outcome in replies if outcome.reply]
    if not transcripts:
        insert_rows(rows)
        return
    ids = {
        (case, repeat): pk for pk, case, repeat in insert_rows(rows, returning=["id", "case_id", "repeat"])
    }
    told = [(outcome.intent.item, outcome.reply.transcript) for outcome in replies if outcome.reply]
    insert_rows(
        [
            Transcript(
                response_id=ids[item.case_id, item.repeat], content_id=transcripts[sha256(steps).hexdigest()]
            )
            for item, steps in told
            if steps
        ]
    )


def _finish_items(run: Run, replies: Sequence[Outcome]) -> tuple[Run, set[int]]:
    """The run, locked, and those of its answered items that were still ours. One query."""
    items = [outcome.intent.item for outcome in replies]
    values = {"run": run.pk, "items": [item.id for item in items], "fences": [item.fence for item in items]}
    with prepared_cursor() as cursor:
        cursor.execute(DONE, values)
        *fields, finished = cursor.fetchone()
    return Run.from_db("default", FRESH, fields), set(finished)


def _response(books: Books, outcome: Outcome, reply: Reply, blobs: Mapping[str, int]) -> Response:
    item, usage = outcome.intent.item, reply.usage
    return Response(
        run_id=books.run.pk,
        case_id=item.case_id,
        repeat=item.repeat,
        output_id=blobs[sha256(output_bytes(reply)).hexdigest()],
        finish_reason=storable(reply.finish_reason)[:20],
        error_class=reply.error_class[:20],
        truncated=reply.finish_reason == "length" or reply.error_class == "too_long",
        latency_ms=reply.latency_ms,
        first_token_ms=reply.first_token_ms,
        input_tokens=usage.get("input"),
        output_tokens=usage.get("output"),
        cached_tokens=usage.get("cached"),
        cost=books.spent(reply).money if books.prices is not None else None,
        request_digest=outcome.intent.prepared.digest,
    )


def _settlement(books: Books, outcome: Outcome) -> Settlement:
    ledger_id = outcome.intent.ledger_id
    if (came := outcome.reply or outcome.unusable) is not None:
        spent = books.spent(came)
        return Settlement(
            ledger_id,
            CallLedger.State.SETTLED,
            units=spent.units,
            money=spent.money if books.prices is not None else None,
            tokens=spent.tokens,
            error_class=error_class(outcome.error) if outcome.error else "",
            provider_request=storable(came.provider_request_id),
        )
    assert outcome.error is not None
    state = CallLedger.State.UNKNOWN if maybe_billed(outcome.error) else CallLedger.State.RELEASED
    return Settlement(ledger_id, state, error_class=error_class(outcome.error))


def maybe_billed(error: ProviderError) -> bool:
    """Whether the provider may have worked for a call that failed: no status (cut off, timed out) or a broken 200."""
    if error.status is None:
        return not error.never_sent and not error.stops_run
    return error.status < 300


def error_class(error: ProviderError) -> str:
    """Outages are told apart: they never use an item up."""
    return OUTAGE if is_outage(error) else str(error.kind)


def _record_failures(run: Run, failures: Sequence[Outcome]) -> tuple[list[Decision], int]:
    if not failures:
        return [], 0
    tried = _failures_before([outcome.intent.item.id for outcome in failures])
    decisions = []
    given_up = 0
    for outcome in failures:
        assert outcome.error is not None
        decision = decide(outcome.error, _history(outcome, tried))
        decisions.append(decision)
        given_up += _write_failure(outcome, outcome.error, decision)
    return decisions, given_up


def _failures_before(item_ids: Sequence[int]) -> dict[int, int]:
    """Counted failures of each item in its present life: calls that ended in an error that was no outage."""
    rows = CallLedger.objects.filter(item__in=item_ids, state__in=["released", "unknown", "settled"])
    rows = rows.exclude(error_class__in=["", OUTAGE]).order_by()
    return dict(rows.values_list("item_id").annotate(count=Count("id")))


def _history(outcome: Outcome, tried: Mapping[int, int]) -> FailureHistory:
    item = outcome.intent.item
    return FailureHistory(tried.get(item.id, 0), item.error_digest, item.error_repeats, item.failing_for_s)


def _write_failure(outcome: Outcome, error: ProviderError, decision: Decision) -> bool:
    """True when the item was given up."""
    item = outcome.intent.item
    give_up = decision.action is Action.GIVE_UP
    values: dict[str, Any] = {
        "state": WorkItem.State.FAILED if give_up else WorkItem.State.PENDING,
        "delay": decision.delay_s,
        "deadline": DEFAULT_POLICY.deadline_s,
        "error_class": error_class(error),
        "error": storable(decision.reason or error.message)[:500],
        "digest": decision.history.last_digest,
        "repeats": decision.history.same_in_row,
        "id": item.id,
        "fence": item.fence,
    }
    with connection.cursor() as cursor:
        cursor.execute(FAILED, values)
        return give_up and bool(cursor.rowcount)


def _note_models(run: Run, replies: Sequence[Outcome]) -> None:
    """Keep the model id the replies name; two ids in one run, or another than before, are events."""
    named = {storable(outcome.reply.resolved_model)[:200] for outcome in replies if outcome.reply} - {""}
    if not named or named == {run.resolved_model}:
        return
    changes: dict[str, Any] = {}
    if not run.resolved_model:
        changes["resolved_model"] = min(named)
        _compare_with_earlier(run, min(named))
    if len(named | {run.resolved_model} - {""}) > 1 and not run.mixed_models:
        changes["mixed_models"] = True
    if changes:
        Run.objects.filter(pk=run.pk).update(**changes)


def _compare_with_earlier(run: Run, resolved: str) -> None:
    earlier = (
        Run.objects.filter(model_version=run.model_version_id, pk__lt=run.pk)
        .exclude(resolved_model="")
        .order_by("-pk")
        .values_list("resolved_model", flat=True)
        .first()
    )
    if earlier and earlier != resolved:
        announce_event(run, ModelEvent.Kind.RESOLVED, before=earlier, after=resolved)


def _note_fingerprints(run: Run, replies: Sequence[Outcome]) -> None:
    """Keep every fingerprint the replies name; one that neither this run nor the one before it had is an event, once.

    Machines that take turns answering keep theirs, so that only what is new between two runs counts.
    """
    named = [storable(outcome.reply.fingerprint)[:200] for outcome in replies if outcome.reply]
    fresh = [name for name in dict.fromkeys(named) if name and name not in run.fingerprints]
    fresh = fresh[: MOST_FINGERPRINTS - len(run.fingerprints)]
    if not fresh:
        return
    known = [*_earlier_fingerprints(run), *run.fingerprints]
    for name in fresh:
        if known and name not in known and not _told(run, name):
            announce_event(run, ModelEvent.Kind.FINGERPRINT, before=known[-1], after=name)
        known.append(name)
    Run.objects.filter(pk=run.pk).update(fingerprints=[*run.fingerprints, *fresh])


def _earlier_fingerprints(run: Run) -> list[str]:
    earlier = Run.objects.filter(model_version=run.model_version_id, pk__lt=run.pk).exclude(fingerprints=[])
    return earlier.order_by("-pk").values_list("fingerprints", flat=True).first() or []


def _told(run: Run, name: str) -> bool:
    """Whether the newest change known of this version led to it already: another run going on beside this one saw it first."""
    events = ModelEvent.objects.filter(
        model_version_id=run.model_version_id, kind=ModelEvent.Kind.FINGERPRINT
    )
    return events.order_by("-pk").values_list("after", flat=True).first() == name


def pause(run: Run, reason: str) -> None:
    """Say on the run since when and why nothing is called. One query."""
    since = Coalesce("paused_since", Now())
    Run.objects.filter(pk=run.pk).update(paused_since=since, paused_reason=reason[:300])


def unpause(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(paused_reason="", paused_since=None)
