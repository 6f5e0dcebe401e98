from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.providers import ErrorKind, ProviderError
from evaluations.providers.retry import Action, FailureHistory, RetryPolicy, decide, delay

POLICY = RetryPolicy()


def failure(
    status: int | None = 500, digest: str = "boom", kind: ErrorKind = ErrorKind.RETRYABLE
) -> ProviderError:
    return ProviderError(kind, "It failed.", status=status, body_digest=digest)


def actions(errors: list[ProviderError]) -> list[Action]:
    history, taken = FailureHistory(), []
    for error in errors:
        decision = decide(error, history)
        history = decision.history
        taken.append(decision.action)
    return taken


def test_the_same_server_error_three_times_is_the_final_word() -> None:
    assert actions([failure()] * 3) == [Action.RETRY, Action.RETRY, Action.GIVE_UP]
    assert "The same error came 3 times." in decide(failure(), FailureHistory(2, "boom", 2)).reason


def test_different_server_errors_are_tried_up_to_the_limit() -> None:
    errors = [failure(digest=f"d{number}") for number in range(8)]
    assert actions(errors) == [Action.RETRY] * 7 + [Action.GIVE_UP]


@pytest.mark.parametrize("status", [429, 502, 503, 504, 529])
def test_an_outage_does_not_use_an_item_up(status: int) -> None:
    assert set(actions([failure(status)] * 50)) == {Action.RETRY}


def test_lost_connections_do_not_use_an_item_up() -> None:
    assert set(actions([failure(None, "")] * 50)) == {Action.RETRY}


def test_an_outage_between_the_same_errors_does_not_start_the_count_again() -> None:
    errors = [failure(), failure(), failure(503, "other"), failure()]
    assert actions(errors)[-1] is Action.GIVE_UP


def test_an_outage_ends_at_the_deadline() -> None:
    decision = decide(failure(503), FailureHistory(failing_for_s=POLICY.deadline_s))
    assert (decision.action, decision.reason) == (Action.GIVE_UP, "No success for 30 minutes. It failed.")


def test_a_crashing_callable_is_given_up_after_three_same() -> None:
    assert actions([failure(None, "crash")] * 3)[-1] is Action.GIVE_UP


def test_a_cut_off_reply_is_tried_to_the_limit_although_it_looks_the_same() -> None:
    assert actions([failure(200, "cut")] * 8) == [Action.RETRY] * 7 + [Action.GIVE_UP]


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (ErrorKind.PERMANENT, Action.GIVE_UP),
        (ErrorKind.UNAUTHORIZED, Action.STOP_RUN),
        (ErrorKind.GONE, Action.STOP_RUN),
    ],
)
def test_what_cannot_heal_is_not_tried_again(kind: ErrorKind, action: Action) -> None:
    assert decide(failure(400, kind=kind), FailureHistory()).action is action


@given(st.integers(0, 1000), st.integers(0, 2**32))
def test_delay_is_full_jitter_under_the_cap(attempt: int, seed: int) -> None:
    waited = delay(attempt, None, POLICY, random.Random(seed))
    assert 0 <= waited <= min(POLICY.cap_s, POLICY.base_s * 2 ** min(attempt, 32))


@given(st.floats(0, 1e6), st.integers(0, 2**32))
def test_retry_after_is_honoured_up_to_a_limit(asked: float, seed: int) -> None:
    waited = delay(1, asked, POLICY, random.Random(seed))
    assert min(asked, POLICY.longest_retry_after_s) <= waited <= POLICY.longest_retry_after_s + 5


def test_waits_in_an_outage_grow_with_its_length() -> None:
    def widest(failing_for_s: float) -> float:
        history = FailureHistory(failing_for_s=failing_for_s)
        return max(decide(failure(503), history, POLICY, random.Random(seed)).delay_s for seed in range(200))

    assert widest(0) <= 1 < widest(60) <= 60
