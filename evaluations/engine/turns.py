"""A sample that takes several calls: each waits for a slot of its own, so that the provider's limits hold for all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from evaluations.providers.limits import LimitReached, Limits, Slot
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Usage

PATIENCE_S = 120.0


class Turns:
    """The turns of one sample. first: the slot it was started with; between its calls it holds none, so others may go on."""

    def __init__(
        self,
        limits: Limits,
        settings: ProviderSettings,
        held: dict[Slot, None],
        end: Callable[[Sequence[Slot]], Awaitable[None]],
        first: Slot | None,
    ) -> None:
        self._limits, self._settings, self._held, self._end, self._first = limits, settings, held, end, first

    @asynccontextmanager
    async def __call__(self, tokens: int) -> AsyncIterator[Callable[[Usage], None]]:
        slot, self._first = self._first or await self._wait(tokens), None
        try:
            yield slot.spent
        finally:
            await self._end([slot])

    async def close(self) -> None:
        """Give back the slot of a sample that made no call."""
        if self._first is not None:
            self._first.spent({"input": 0})
            await self._end([self._first])

    async def _wait(self, tokens: int) -> Slot:
        try:
            slot = await self._limits.wait(self._settings, tokens, PATIENCE_S)
        except LimitReached as full:
            raise ProviderError(
                ErrorKind.RATE_LIMITED,
                "The provider's limits left no room for the sample's next call.",
                retry_after=full.retry_in_s,
                never_sent=True,
            ) from None
        self._held[slot] = None
        return slot
