"""Any order of claims, calls, deaths and late comers: what was written is always by the one who held the sample.

A machine walks at random through what workers can do to a run's samples and keeps its own book of who holds what. The same
machine, turned on an engine with one fence taken out, has to find a walk that breaks it.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from evaluations.engine import claim as claiming
from evaluations.engine import ledger as intending
from evaluations.engine import recording
from evaluations.engine.calling import Outcome
from evaluations.engine.claim import Claimed, claim, release
from evaluations.engine.ledger import Intent, Prepared, write_intents
from evaluations.engine.reaper import reap
from evaluations.engine.recording import Books, record_outcomes
from evaluations.models import CallLedger, Response, Run, WorkItem
from evaluations.providers.prices import Prices
from evaluations.providers.types import ErrorKind, ProviderError, Reply, Request
from evaluations.services.spend import Bound
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_run,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CASES = 2
PRICE, HIGHEST = Decimal("0.5"), Decimal(1)
ASKED = Request(messages=(), api_id="m", request_id="r")
PICK = st.integers(0, 30)


@dataclass(frozen=True)
class Call:
    """A call some worker has made, whose end it may yet report: in time, late or twice."""

    intent: Intent

    @property
    def text(self) -> str:
        return f"by fence {self.intent.item.fence}"


class Workers(RuleBasedStateMachine):
    """Items by id: `holds` is the fence that may write, `answers` what was written by who held it.

    answered: of all walks together.
    """

    answered = 0

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        evaluation = make_evaluation_version(make_dataset_version(CASES))
        self.run = make_run(evaluation, make_model_version(), state=Run.State.RUNNING)
        self.claimed: list[Claimed] = []
        self.calls: list[Call] = []
        self.billed = 0
        self.holds: dict[int, int] = {}
        self.answers: dict[int, str] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    # What workers do

    @rule(count=st.integers(1, CASES))
    def claims(self, count: int) -> None:
        self.run.items.update(not_before=None)
        found = claim(self.run, "w", count) or claim(self.run, "w", count, suspect=True)
        assert len(found) <= count
        for item in found:
            assert item.id not in self.holds
            self.holds[item.id] = item.fence
        self.claimed += found

    @precondition(lambda self: self.claimed)
    @rule(pick=PICK)
    def calls_one(self, pick: int) -> None:
        """Whoever claimed it, however long ago, wants to call it now."""
        item = self.claimed[pick % len(self.claimed)]
        prepared = Prepared(item, ASKED, Bound(HIGHEST, HIGHEST), 1)
        intents = write_intents(self.run, self.run.chain_token, [prepared]).intents
        assert len(intents) == self._holds(item)
        self.billed += len(intents)
        self.calls += [Call(intent) for intent in intents]

    @precondition(lambda self: self.calls)
    @rule(pick=PICK)
    def hears_an_answer(self, pick: int) -> None:
        call = self.calls[pick % len(self.calls)]
        reply = Reply(text=call.text, raw=b"", resolved_model="m-1")
        record_outcomes(self._books(), [Outcome(call.intent, reply=reply)])
        if self._holds(call.intent.item):
            self.answers[call.intent.item.id] = call.text
            Workers.answered += 1
            del self.holds[call.intent.item.id]

    @precondition(lambda self: self.calls)
    @rule(pick=PICK)
    def hears_of_an_outage(self, pick: int) -> None:
        item = (call := self.calls[pick % len(self.calls)]).intent.item
        error = ProviderError(ErrorKind.RETRYABLE, "It is away.", status=503)
        record_outcomes(self._books(), [Outcome(call.intent, error=error)])
        if self._holds(item):
            del self.holds[item.id]

    @precondition(lambda self: self.claimed)
    @rule(pick=PICK)
    def gives_back(self, pick: int) -> None:
        item = self.claimed[pick % len(self.claimed)]
        release([item])
        if self._holds(item):
            del self.holds[item.id]

    @precondition(lambda self: self.holds)
    @rule()
    def dies_and_is_reaped(self) -> None:
        leased = self.run.items.filter(state=WorkItem.State.LEASED)
        leased.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert sum(reap().values()) == len(self.holds)
        self.holds.clear()

    # What must hold at any moment

    @invariant()
    def only_who_holds_a_sample_has_written_it(self) -> None:
        stored = {response.case_id: response for response in self._responses()}
        assert len(stored) == len(self._responses()) == len(self.answers)
        for item in self.run.items.all():
            written = stored.get(item.case_id)
            assert (written.output.text if written and written.output else None) == self.answers.get(item.pk)

    @invariant()
    def states_are_those_of_the_book(self) -> None:
        for item in self.run.items.all():
            assert (item.state == WorkItem.State.DONE) == (item.pk in self.answers)
            assert (item.state == WorkItem.State.LEASED) == (item.pk in self.holds)
            assert item.state != WorkItem.State.LEASED or item.fence == self.holds[item.pk]

    @invariant()
    def money_adds_up_and_is_never_less_than_the_bill(self) -> None:
        run = Run.objects.get(pk=self.run.pk)
        assert run.done == len(self.answers)
        assert run.reserved == self._sum("intent", "highest")
        assert run.unknown == self._sum("unknown", "highest")
        assert run.settled == self._sum("settled", "actual")
        assert run.calls == self.billed

    # Helpers

    def _holds(self, item: Claimed) -> bool:
        return self.holds.get(item.id) == item.fence

    def _books(self) -> Books:
        return Books(self.run, Prices(per_call=PRICE))

    def _responses(self) -> list[Response]:
        return list(Response.objects.filter(run=self.run).select_related("output"))

    def _sum(self, state: str, column: str) -> Decimal:
        rows = CallLedger.objects.filter(run=self.run, state=state)
        return rows.aggregate(sum=Sum(column))["sum"] or Decimal(0)


WALKS = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_workers_do_only_the_holder_writes_and_the_money_adds_up():
    before = Workers.answered
    run_state_machine_as_test(Workers, settings=WALKS)
    assert Workers.answered > before


FENCES: dict[str, tuple[Any, str, str]] = {
    "an answer": (recording, "DONE", "AND item.fence = mine.fence"),
    "a failure": (recording, "FAILED", "AND fence = %(fence)s"),
    "a start": (intending, "START", "AND item.fence = claimed.fence"),
    "a return": (claiming, "RELEASE", "AND item.fence = claimed.fence"),
}


@pytest.mark.parametrize("removed", FENCES)
def test_the_walk_finds_a_fence_that_was_taken_out(removed: str, monkeypatch: pytest.MonkeyPatch):
    module, name, fence = FENCES[removed]
    statement = getattr(module, name)
    assert fence in statement
    monkeypatch.setattr(module, name, statement.replace(fence, ""))
    found = settings(WALKS, max_examples=500, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Workers, settings=found)
