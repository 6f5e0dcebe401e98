"""The calls of a slice: an event loop in a thread of its own, beside the thread that talks to the database."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from types import TracebackType
from typing import Any, Self, TypeVar

from django.conf import settings

from evaluations.engine.ledger import Intent, Prepared
from evaluations.engine.turns import Turns
from evaluations.providers.addresses import parse_allowed
from evaluations.providers.breaker import Breaker, BreakerPolicy, BreakerState, counts
from evaluations.providers.limits import Limits, Slot
from evaluations.providers.outbound import Client, Policy, build_client
from evaluations.providers.shared import connect
from evaluations.providers.types import AsksOften, ErrorKind, ProviderError, Reply, digest_of
from evaluations.services.requests import CallPlan

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.003
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Outcome:
    """How a call ended: with a reply or with an error. unusable: what was paid for although it led to no answer."""

    intent: Intent
    reply: Reply | None = None
    error: ProviderError | None = None
    unusable: Reply | None = None


@dataclass(frozen=True)
class Permits:
    """The slots that were free, in order of the calls asked for, or why there are none.

    wait: seconds after which to ask again. breaker: set when the provider is not to be called just now.
    """

    slots: Sequence[Slot | None]
    wait: float = 0.0
    breaker: BreakerState | None = None


class Calls:
    """Use as a context manager, from one thread. `permits`, then `start`; `ended` gives the outcomes.

    Local models need no permit: nothing is shared with other workers.
    """

    def __init__(self, plan: CallPlan) -> None:
        self.plan = plan
        self.in_flight = 0
        self._ended: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="calls", daemon=True)
        self._client: Client | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._extending: asyncio.Task[None] | None = None
        self._slots: dict[Slot, None] = {}
        self._over: list[tuple[Slot, Outcome]] = []
        self._rounding: asyncio.Task[None] | None = None
        self._local = asyncio.Semaphore(plan.settings.max_concurrency)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait_for(self._open())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            self._wait_for(self._close())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
            if not self._thread.is_alive():
                self._loop.close()

    def permits(self, calls: Sequence[Prepared]) -> "Future[Permits]":
        """Which of the calls may start right now, by the provider's limits and its circuit breaker; the answer may be fetched later."""
        if self.plan.adapter.needs_http:
            return asyncio.run_coroutine_threadsafe(self._permits(calls), self._loop)
        given: Future[Permits] = Future()
        given.set_result(Permits([None] * len(calls)))
        return given

    def give_back(self, slots: Sequence[Slot | None]) -> None:
        """Return permits that were not used."""
        if any(slots):
            self._wait_for(self._give_back(slots))

    def start(self, intents: Sequence[Intent], slots: Sequence[Slot | None]) -> None:
        self.in_flight += len(intents)
        for intent, slot in zip(intents, slots, strict=True):
            self._loop.call_soon_threadsafe(self._begin, intent, slot)

    def ended(self, timeout: float) -> list[Outcome]:
        """Outcomes so far; waits for the first one up to `timeout` seconds, and a moment for those close behind."""
        outcomes: list[Outcome] = []
        try:
            outcomes.append(self._ended.get(timeout=timeout))
            until = time.monotonic() + GATHER_SECONDS
            while len(outcomes) < self.in_flight:
                outcomes.append(self._ended.get(timeout=max(0.0, until - time.monotonic())))
        except queue.Empty:
            pass
        self.in_flight -= len(outcomes)
        return outcomes

    def _wait_for(self, coroutine: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _open(self) -> None:
        self._redis = connect(settings.BROKER_URL) if self.plan.adapter.needs_http else None
        prefix = settings.REDIS_PREFIX
        self._limits = Limits(
            self._redis,
            prefix=prefix,
            share=1 / settings.WORKER_PROCESSES,
            lease_s=settings.LEASE_SECONDS,
        )
        self._breaker = Breaker(
            self._redis, prefix=prefix, policy=BreakerPolicy(pause_s=settings.BREAKER_SECONDS)
        )
        if self.plan.adapter.needs_http:
            self._client = build_client(_policy(self.plan))
            self._extending = self._loop.create_task(self._extend_slots())

    async def _extend_slots(self) -> None:
        """Slots end with the leases of a worker that died, so that the next one need not wait for calls nobody makes."""
        while True:
            await asyncio.sleep(settings.LEASE_SECONDS / 3)
            await self._limits.extend(self.plan.settings, list(self._slots))

    async def _close(self) -> None:
        tasks = [*self._running, *([self._extending] if self._extending else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._rounded_off()
        for closing in (self._client, self._redis):
            if closing is not None:
                await _quietly(closing.aclose())

    async def _permits(self, calls: Sequence[Prepared]) -> Permits:
        await self._rounded_off()
        state = await self._breaker.check(self.plan.settings, self.plan.api_id)
        if not state.allowed:
            return Permits([], state.retry_in_s, state)
        wanted = [call.tokens for call in (calls[:1] if state.probe else calls)]
        slots, wait = await self._limits.take_many(self.plan.settings, wanted)
        self._slots |= dict.fromkeys(slots)
        return Permits(slots, wait)

    async def _give_back(self, slots: Sequence[Slot | None]) -> None:
        unused = [slot for slot in slots if slot is not None]
        for slot in unused:
            slot.spent({"input": 0})
        await self._end_slots(unused)

    async def _end_slots(self, slots: Sequence[Slot]) -> None:
        for slot in slots:
            self._slots.pop(slot, None)
        await self._limits.give_back(self.plan.settings, slots)

    def _begin(self, intent: Intent, slot: Slot | None) -> None:
        task = self._loop.create_task(self._call(intent, slot))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _call(self, intent: Intent, slot: Slot | None) -> None:
        if isinstance(self.plan.adapter, AsksOften):
            outcome = await self._outcome_in_turns(intent, self.plan.adapter, slot)
        else:
            outcome = await self._outcome(intent, self.plan.adapter.call)
            self._end_call(outcome, slot)
        self._ended.put(outcome)

    def _end_call(self, outcome: Outcome, slot: Slot | None) -> None:
        """Storing the answer waits for nothing here; the next permits wait until slots are given back and the breaker was told."""
        if slot is None:
            return
        if (came := outcome.reply or outcome.unusable) is not None:
            slot.spent(came.usage)
        self._over.append((slot, outcome))
        if self._rounding is None or self._rounding.done():
            self._rounding = self._loop.create_task(self._round_off())

    async def _round_off(self) -> None:
        """What ended while the last were given back goes together."""
        while self._over:
            over, self._over = self._over, []
            await self._end_slots([slot for slot, _ in over])
            await self._tell_breaker([outcome for _, outcome in over])

    async def _rounded_off(self) -> None:
        if self._rounding is not None:
            await self._rounding

    async def _outcome_in_turns(self, intent: Intent, adapter: AsksOften, slot: Slot | None) -> Outcome:
        turns = Turns(self._limits, self.plan.settings, self._slots, self._end_slots, slot)
        outcome = await self._outcome(intent, partial(adapter.call_in_turns, turn=turns))
        await turns.close()
        await self._tell_breaker([outcome])
        return outcome

    async def _outcome(self, intent: Intent, call: Callable[..., Awaitable[Reply]]) -> Outcome:
        plan = self.plan
        try:
            async with self._local:
                reply = await call(intent.prepared.request, plan.settings, self._client)
            if (problem := plan.reply_problem(reply)) is not None:
                return Outcome(intent, error=problem, unusable=reply)
            return Outcome(intent, reply=reply)
        except ProviderError as error:
            return Outcome(intent, error=error, unusable=error.paid)
        except Exception as raised:
            log.exception("The adapter %s failed.", plan.adapter.name)
            words = f"The adapter {plan.adapter.name} failed ({type(raised).__name__})."
            digest = digest_of(repr(raised).encode())
            return Outcome(intent, error=ProviderError(ErrorKind.RETRYABLE, words, body_digest=digest))

    async def _tell_breaker(self, outcomes: Sequence[Outcome]) -> None:
        """In the order they came; what worked several times in a row is told once."""
        told = [outcome.error is not None and counts(outcome.error) for outcome in outcomes]
        for failed, those in groupby(told):
            tell = self._breaker.failed if failed else self._breaker.worked
            for _ in those if failed else (True,):
                await tell(self.plan.settings, self.plan.api_id)


def _policy(plan: CallPlan) -> Policy:
    return Policy(
        allowed=parse_allowed(",".join(settings.PRIVATE_ENDPOINTS)),
        timeout_s=plan.settings.timeout_s,
        max_reply_bytes=plan.settings.max_reply_bytes,
        max_connections=plan.settings.max_concurrency,
        ca_bundle=settings.CA_BUNDLE,
        proxy=settings.EGRESS_PROXY,
    )


async def _quietly(closing: Awaitable[Any]) -> None:
    try:
        await closing
    except Exception as problem:
        log.debug("A connection could not be closed in order: %s", problem)
