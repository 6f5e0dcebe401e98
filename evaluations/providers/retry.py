"""What to do after a failed call: wait and try again, give the item up, or stop the run.

Pure decisions; the engine keeps the counts with the work item. An outage must not use an item up, so failures
that say "not now" (429, 502, 503, 504, 529, no connection) are tried until a deadline, all others a few times,
and the same error three times in a row is taken as the final word.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from evaluations.providers.types import ErrorKind, ProviderError

UNAVAILABLE = frozenset({429, 502, 503, 504, 529})


class Action(StrEnum):
    RETRY = "retry"
    GIVE_UP = "give_up"
    STOP_RUN = "stop_run"


@dataclass(frozen=True)
class RetryPolicy:
    """Times in seconds. deadline_s: how long after its first failure an item may still be tried."""

    base_s: float = 0.5
    cap_s: float = 60.0
    attempts: int = 8
    same_error_limit: int = 3
    deadline_s: float = 1800.0
    longest_retry_after_s: float = 600.0


DEFAULT_POLICY = RetryPolicy()


@dataclass(frozen=True)
class FailureHistory:
    """An item's failures before this one: how many, the last body's name and how often in a row it came,
    and seconds since the first of them."""

    attempts: int = 0
    last_digest: str = ""
    same_in_row: int = 0
    failing_for_s: float = 0.0

    def after(self, error: ProviderError) -> FailureHistory:
        """The history with this failure in it. An outage in between neither counts nor breaks the row."""
        if is_outage(error):
            return FailureHistory(self.attempts, self.last_digest, self.same_in_row, self.failing_for_s)
        # A broken reply with status 200 says little about the next one, so only real failures have a name.
        digest = error.body_digest if error.status is None or error.status >= 500 else ""
        in_row = self.same_in_row + 1 if digest and digest == self.last_digest else min(len(digest), 1)
        return FailureHistory(self.attempts + 1, digest, in_row, self.failing_for_s)


@dataclass(frozen=True)
class Decision:
    """delay_s: seconds until the next try (only with RETRY). reason: a sentence for the item."""

    action: Action
    history: FailureHistory
    delay_s: float = 0.0
    reason: str = ""


def is_outage(error: ProviderError) -> bool:
    """True when the failure says nothing about this call, only that the provider cannot be had just now."""
    if error.kind is ErrorKind.RATE_LIMITED or error.status in UNAVAILABLE:
        return error.retried
    return error.retried and error.status is None and not error.body_digest


def decide(
    error: ProviderError,
    history: FailureHistory,
    policy: RetryPolicy = DEFAULT_POLICY,
    rng: random.Random | None = None,
) -> Decision:
    """The next step after `error`, given what went before."""
    now = history.after(error)
    if error.stops_run:
        return Decision(Action.STOP_RUN, now, reason=error.message)
    if not error.retried:
        return Decision(Action.GIVE_UP, now, reason=error.message)
    if reason := _why_enough(error, now, policy):
        return Decision(Action.GIVE_UP, now, reason=f"{reason} {error.message}")
    tries = max(now.attempts, 1) if not is_outage(error) else _outage_step(history, policy)
    return Decision(Action.RETRY, now, delay_s=delay(tries, error.retry_after, policy, rng))


def _why_enough(error: ProviderError, history: FailureHistory, policy: RetryPolicy) -> str:
    if history.same_in_row >= policy.same_error_limit:
        return f"The same error came {history.same_in_row} times."
    if history.attempts >= policy.attempts:
        return f"Tried {history.attempts} times."
    if history.failing_for_s >= policy.deadline_s:
        return f"No success for {history.failing_for_s / 60:.0f} minutes."
    return ""


def _outage_step(history: FailureHistory, policy: RetryPolicy) -> int:
    """Outages are not counted, so the time they last sets the pace: about as long again as it lasted."""
    step = 1
    while step < 16 and policy.base_s * 2**step < history.failing_for_s:
        step += 1
    return step


def delay(
    attempt: int,
    retry_after: float | None,
    policy: RetryPolicy = DEFAULT_POLICY,
    rng: random.Random | None = None,
) -> float:
    """Seconds to wait before try number attempt + 1: full jitter, never less than Retry-After asks.

    Full jitter: uniform in [0, min(cap, base · 2^attempt)] (Brooker 2015). After Retry-After the jitter comes on
    top, so that callers told the same do not all come back in the same instant.
    """
    widest = min(policy.cap_s, policy.base_s * 2.0 ** min(attempt, 32))
    jitter = (rng or random).uniform(0, widest)
    if retry_after is None:
        return jitter
    return min(retry_after, policy.longest_retry_after_s) + min(jitter, 5.0)
