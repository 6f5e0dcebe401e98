"""One slice of a run: claim, reserve, call, store, until time is up or nothing is left to start."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connection

from evaluations.engine.calling import Calls, Outcome, Permits
from evaluations.engine.claim import BATCH, MOST, Claimed, claim, release
from evaluations.engine.heartbeat import Heartbeat
from evaluations.engine.ledger import Prepared, Written, write_intents
from evaluations.engine.recording import Books, pause, record_item_failure, record_outcomes, unpause
from evaluations.engine.worker import is_stopping, worker_name
from evaluations.models import Run
from evaluations.providers.breaker import counts
from evaluations.providers.prices import Prices, highest_input_tokens, likely_tokens
from evaluations.providers.retry import Action
from evaluations.providers.types import ProviderError
from evaluations.services.requests import CallPlan, NotCallable
from evaluations.services.spend import Refusal, bound_of

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
SHORT_WAIT_SECONDS = 1.0
BUDGET_WAIT_SECONDS = 1.0
CLAIM_AHEAD = 10
# The database went away, or took a transaction back that was left open too long (an InternalError, says its class 25).
AWAY = (OperationalError, InterfaceError, InternalError)


@dataclass
class Ending:
    """Why a slice ended. delay: seconds after which the next is worth while. stopped_by: an error that ends the whole run.

    month: the sentence of the month's budget that holds no more.
    """

    delay: float = 0.0
    spent: bool = False
    month: str = ""
    stopped_by: ProviderError | None = None


class Slice:
    """Use once: `work()`. All database work happens in the calling thread, all calls in the thread of `Calls`."""

    def __init__(self, run: Run, token: UUID, plan: CallPlan, books: Books, seconds: float) -> None:
        self.run, self.token, self.plan, self.books = run, token, plan, books
        self.worker = worker_name(token)
        self.until = time.monotonic() + seconds
        # A local model that costs nothing is nobody's spending.
        self.counted = not plan.adapter.free or books.prices != Prices()
        # What answers at once is taken in by many: nothing is in flight for longer than the batch takes to write.
        self.batch = MOST if getattr(plan.adapter, "instant", False) else BATCH
        self.limit = plan.settings.max_concurrency if plan.adapter.needs_http else self.batch
        self.held: list[Prepared] = []
        self.asked: tuple[list[Prepared], Future[Permits]] | None = None
        self.ending = Ending()
        self.over = False
        self.alone = False
        self.paused = run.paused_since is not None

    def work(self) -> Ending:
        with Heartbeat(self.run.pk, self.token, self.worker) as self.heart, Calls(self.plan) as self.calls:
            while self._step():
                pass
            self._ask_no_more()
            with suppress(*AWAY):
                release([call.item for call in self.held])
        return self.ending

    def _step(self) -> bool:
        """Start what may start, store what ended. False when nothing is in flight and nothing more starts."""
        if self._may_start():
            self._guarded(self._top_up)
        if self.calls.in_flight:
            outcomes = self.calls.ended(WAIT_SECONDS)
            self._ask_ahead(outcomes)
            self._store(outcomes)
            return True
        return self._may_start() and not self._wait_shortly()

    def _may_start(self) -> bool:
        return not self.over and time.monotonic() < self.until and self.heart.steady and not is_stopping()

    def _wait_shortly(self) -> bool:
        """True when the wait is too long to sit it out with a worker."""
        if self.ending.delay > SHORT_WAIT_SECONDS:
            return True
        time.sleep(self.ending.delay)
        return False

    def _guarded(self, part: Callable[[], None]) -> None:
        """A database that went away ends the slice; what is in flight is still stored when it comes back."""
        try:
            part()
        except AWAY as problem:
            log.warning("Run %s: the database went away, the slice ends: %s", self.run.pk, problem)
            connection.close()
            self.over = True

    def _top_up(self) -> None:
        self.ending.delay = 0.0
        free = self.limit - self.calls.in_flight
        if self.alone or free <= 0:
            return
        if self.asked is None and len(self.held) < free:
            self._claim(free)
        batch, permits = self._permits(free)
        if not batch:
            self.over = not self.calls.in_flight
        elif permits.slots:
            self._start(batch[: len(permits.slots)], permits)
            self._claim_ahead()
        elif permits.breaker is not None:
            self._pause(permits)
        else:
            self.ending.delay = permits.wait

    def _permits(self, free: int) -> tuple[list[Prepared], Permits]:
        """Calls that were asked for, now or ahead, and which of them may start."""
        if self.asked is None and self.held:
            batch = self.held[: 1 if self.alone else free]
            self.asked = batch, self.calls.permits(batch)
        if self.asked is None:
            return [], Permits([])
        (batch, answer), self.asked = self.asked, None
        return batch, answer.result()

    def _ask_ahead(self, outcomes: list[Outcome]) -> None:
        """Permits for those that come next are asked for while the answers are stored."""
        free = self.limit - self.calls.in_flight
        if outcomes and not self.alone and len(self.held) >= free and self._may_start():
            batch = self.held[:free]
            self.asked = batch, self.calls.permits(batch)

    def _ask_no_more(self) -> None:
        if self.asked is not None:
            self.calls.give_back(self.asked[1].result().slots)

    def _claim_ahead(self) -> None:
        """While calls are under way there is time to lease and prepare the next."""
        if self.plan.adapter.needs_http and len(self.held) < self.limit and not self.alone:
            self._claim(2 * self.limit)

    def _claim(self, free: int) -> None:
        wanted = self.batch if not self.plan.adapter.needs_http else max(CLAIM_AHEAD, free)
        claimed = claim(self.run, self.worker, wanted)
        if not claimed and not self.held and not self.calls.in_flight:
            claimed = claim(self.run, self.worker, 1, suspect=True)
            self.alone = bool(claimed)
        for item in claimed:
            self._prepare(item)

    def _prepare(self, item: Claimed) -> None:
        try:
            request = self.plan.request(
                item.case, f"{self.run.pk}-{item.id}-{item.attempts + 1}", item.repeat
            )
        except NotCallable as problem:
            record_item_failure(self.run, item.id, item.fence, str(problem))
            self.alone = False
            return
        bound = bound_of(
            request,
            cap_unit=self.run.cap_unit,
            prices=self.books.prices,
            max_tokens=self.plan.max_tokens,
            timeout_s=self.plan.settings.timeout_s,
            counted=self.counted,
            shared=self.plan.shared_tokens,
            most=self.plan.most,
        )
        tokens = likely_tokens(bound.tokens - self.plan.max_tokens, self.plan.max_tokens)
        if self.plan.most is not None:
            # Limits are kept call by call, so the first counts alone.
            tokens = likely_tokens(
                highest_input_tokens(request, self.plan.shared_tokens), self.plan.max_tokens
            )
        digest = self.plan.digest(item.case, item.repeat)
        self.held.append(Prepared(item, request, bound, tokens, digest))

    def _start(self, batch: list[Prepared], permits: Permits) -> None:
        slots = {call.item.id: slot for call, slot in zip(batch, permits.slots, strict=True)}
        written = Written([], 0)
        try:
            written = write_intents(self.run, self.token, batch)
        finally:
            used = [slots.pop(intent.item.id) for intent in written.intents]
            self.calls.give_back(list(slots.values()))
        self.calls.start(written.intents, used)
        self.held = self.held[written.tried :]
        if written.refusal is not None:
            self._refused(written.refusal, written.words)

    def _refused(self, refusal: Refusal, words: str) -> None:
        if refusal is Refusal.STOPPED:
            self.over = True
        elif not self.calls.in_flight:
            self.over = True
            self.ending.spent = refusal is Refusal.SPENT
            self.ending.month = words if refusal is Refusal.MONTH else ""
            self.ending.delay = BUDGET_WAIT_SECONDS

    def _pause(self, permits: Permits) -> None:
        self.over = True
        self.ending.delay = max(permits.wait, 0.1)
        if not self.paused:
            self.paused = True
            pause(
                self.run,
                f"The provider {self.plan.settings.slug} failed several times in a row and is tried now and then.",
            )

    def _store(self, outcomes: list[Outcome]) -> None:
        """Store until it works or the leases must be given up; the fence tells whether it is still wanted."""
        if not outcomes:
            return
        give_up_at = time.monotonic() + 2 * settings.LEASE_SECONDS
        while True:
            try:
                decisions = record_outcomes(self.books, outcomes)
                break
            except AWAY as problem:
                connection.close()
                self.over = True
                if time.monotonic() > give_up_at:
                    log.warning(
                        "Run %s: %s results could not be stored: %s", self.run.pk, len(outcomes), problem
                    )
                    return
                time.sleep(0.3)
        self.alone = False
        self._learn(outcomes, [decision.action for decision in decisions])

    def _learn(self, outcomes: list[Outcome], actions: list[Action]) -> None:
        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        for error, action in zip(errors, actions, strict=True):
            if action is Action.STOP_RUN:
                self.over = True
                self.ending.stopped_by = error
        answered = len(errors) < len(outcomes) or any(not counts(error) for error in errors)
        if self.paused and answered and not self.ending.stopped_by:
            self.paused = False
            self._guarded(lambda: unpause(self.run))
