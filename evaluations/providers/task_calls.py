"""The model calls of one sample of a task: made here, one after the other, with our limits, our key and our count."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evaluations.providers.openai_like import OpenAILike
from evaluations.providers.prices import TOKENS_PER_REPLY, highest_input_tokens, likely_tokens
from evaluations.providers.task_plans import TOKEN_CAPS, TaskPlan
from evaluations.providers.types import ProviderError, ProviderSettings, Reply, Request, Turn, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from evaluations.providers.outbound import Client

WIRE = OpenAILike()
MAX_TOKENS = 4096
# A task's own settings of a call, in the words of chat completions.
SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "stop_seqs": "stop",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
}
MAX_REMEMBERED = 256


@asynccontextmanager
async def no_waiting(tokens: int) -> AsyncIterator[Callable[[Usage], None]]:
    """A turn where nobody else calls."""
    yield lambda usage: None


class Remembered:
    """Answers to the calls of samples that failed afterwards, so that another try of the sample does not pay for them again."""

    def __init__(self) -> None:
        self._samples: OrderedDict[str, dict[str, Reply]] = OrderedDict()

    def take(self, sample: str) -> dict[str, Reply]:
        return self._samples.pop(sample, {})

    def keep(self, sample: str, answers: dict[str, Reply]) -> None:
        if answers and sample:
            self._samples[sample] = answers
        while len(self._samples) > MAX_REMEMBERED:
            self._samples.popitem(last=False)


class ModelCalls:
    """Answers the calls of one sample. error: why a call failed, after which none is made; limited: which limit was met."""

    def __init__(
        self,
        plan: TaskPlan,
        request: Request,
        settings: ProviderSettings,
        client: Client | None,
        turn: Turn,
        known: Mapping[str, Reply],
    ) -> None:
        self.plan, self.request, self.settings, self.client, self.turn = plan, request, settings, client, turn
        self.error: ProviderError | None = None
        self.limited = ""
        self.in_flight = False
        self.known = known
        self.answers: dict[str, Reply] = {}
        self.replies: list[Reply] = []
        self.fresh: Counter[str] = Counter(calls=0, input=0, output=0, cached=0)
        self.taken = 0

    async def answer(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """The provider's reply as it came, or that there is none and why."""
        if self.error is None and not self.limited:
            asked = self._asked(call)
            self.limited = self._limit(asked)
            if not self.limited:
                await self._make(asked)
        if self.limited:
            return {"stop": "limit", "words": self.limited}
        if self.error is not None:
            return {"stop": "error", "words": self.error.message}
        return {"reply": json.loads(self.replies[-1].raw)}

    @property
    def last(self) -> Reply | None:
        return self.replies[-1] if self.replies else None

    def paid(self) -> Reply | None:
        """What the calls that were answered took; None where nothing was."""
        if self.last is None or not self.fresh["calls"]:
            return None
        return replace(self.last, text="", raw=b"", usage=dict(self.fresh))

    def _asked(self, call: Mapping[str, Any]) -> Request:
        """The version's own parameters win over the task's; the lower token cap counts."""
        config = call.get("config") or {}
        own = dict(self.plan.model)
        caps = [name for name in TOKEN_CAPS if name in own] or ["max_tokens"]
        wanted = [cap for cap in (own.get(caps[0]), config.get("max_tokens")) if isinstance(cap, int)]
        parameters: dict[str, Any] = {SETTINGS[name]: config[name] for name in SETTINGS if name in config}
        parameters |= {**own, "api": "chat", caps[0]: min(wanted, default=MAX_TOKENS)}
        if call.get("tools"):
            parameters |= {"tools": call["tools"], "tool_choice": call.get("tool_choice") or "auto"}
        return Request(
            messages=tuple(call["messages"]),
            api_id=self.request.api_id,
            request_id=f"{self.request.request_id}-{len(self.replies) + 1}",
            parameters=parameters,
        )

    def _limit(self, asked: Request) -> str:
        if len(self.replies) >= self.plan.max_calls:
            return f"The sample made the {self.plan.max_calls} calls it may make."
        if self.taken + _most_tokens(asked) > self.plan.token_limit:
            return f"Another call could pass the {self.plan.token_limit:,} tokens a sample may take."
        return ""

    async def _make(self, asked: Request) -> None:
        name = _name(asked, len(self.replies))
        if (reply := self.known.get(name)) is None:
            try:
                reply = await self._call(asked)
            except ProviderError as error:
                self.error = error
                return
            self.fresh.update(_counted(reply))
        self.taken += (
            reply.usage.get("input", 0) + reply.usage.get("output", 0) if reply.usage else _most_tokens(asked)
        )
        self.replies.append(reply)
        self.answers[name] = reply

    async def _call(self, asked: Request) -> Reply:
        most = _most_tokens(asked)
        cap = _cap(asked)
        async with self.turn(likely_tokens(most - cap, cap)) as took:
            self.in_flight = True
            reply = await WIRE.call(asked, self.settings, self.client)
            self.in_flight = False
            took(reply.usage)
        return reply


def _counted(reply: Reply) -> dict[str, int]:
    return {"calls": 1, **{name: reply.usage.get(name, 0) for name in ("input", "output", "cached")}}


def _cap(asked: Request) -> int:
    return max(int(asked.parameters[name]) for name in TOKEN_CAPS if name in asked.parameters)


def _most_tokens(asked: Request) -> int:
    return highest_input_tokens(asked) + _cap(asked) + TOKENS_PER_REPLY


def _name(asked: Request, place: int) -> str:
    said = json.dumps([place, asked.messages, asked.parameters], sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
