"""Agentic and tool tasks of inspect-ai: a case goes in as a sample, what the task's solver makes of it comes out.

The task runs in a child process without a key, without the worker's environment and without a network. Its model calls come back here
and go out like any other: to the provider's address, under its limits, each counted; only the engine tries a sample again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from evaluations.providers.failures import clean
from evaluations.providers.task_calls import WIRE, ModelCalls, Remembered, no_waiting
from evaluations.providers.task_children import TaskChildren, TaskFailed
from evaluations.providers.task_plans import TaskPlan, most_of, read_plan
from evaluations.providers.types import (
    ErrorKind,
    Most,
    ProviderError,
    ProviderSettings,
    Reply,
    Request,
    Turn,
    digest_of,
)

if TYPE_CHECKING:
    from evaluations.providers.outbound import Client

PACKAGE = "inspect_ai"
MISSING = "inspect-ai is not installed here: start with ./plumbline up --inspect, or pip install --no-deps -r requirements-inspect.txt."
DATA = "PLUMBLINE_INSPECT_DATA"
SANDBOXES = "PLUMBLINE_INSPECT_SANDBOX"
CUT = ("length", "max_tokens")


def installed() -> bool:
    return find_spec(PACKAGE) is not None


def allowed_sandboxes() -> list[str]:
    """Kinds of sandboxes an operator lets tasks run what the model writes in."""
    return [name.strip() for name in os.environ.get(SANDBOXES, "").split(",") if name.strip()]


def data_folder() -> dict[str, str]:
    """The folder with the data sets of tasks, in the words of the library that reads them."""
    folder = os.environ.get(DATA, "")
    return {"HF_HOME": folder} if folder else {}


class Inspect:
    """Runs a task, solver or agent by its name in inspect's registry, on a model behind an OpenAI-like address."""

    name = "inspect"
    free = False
    needs_http = True

    def __init__(self, module: str = "evaluations.providers.inspect_child") -> None:
        self._children = TaskChildren(module, extra=data_folder)
        self._needs_package = module == "evaluations.providers.inspect_child"
        self._remembered = Remembered()

    def most(self, parameters: Mapping[str, Any]) -> Most:
        return most_of(parameters)

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        return await self.call_in_turns(request, settings, client, no_waiting)

    async def call_in_turns(
        self, request: Request, settings: ProviderSettings, client: Client | None, turn: Turn
    ) -> Reply:
        plan = read_plan(request.parameters)
        if self._needs_package and not installed():
            raise ProviderError(ErrorKind.UNAUTHORIZED, MISSING, never_sent=True)
        sample = request.request_id.rpartition("-")[0]
        known = self._remembered.take(sample)
        calls = ModelCalls(plan, request, settings, client, turn, known)
        started = time.perf_counter()
        try:
            made = await self._made(plan, request, calls)
        except (TaskFailed, ProviderError) as failure:
            self._remembered.keep(sample, {**known, **calls.answers})
            raise _error(plan, calls, failure) from None
        return _reply(request, calls, made, (time.perf_counter() - started) * 1000)

    async def _made(self, plan: TaskPlan, request: Request, calls: ModelCalls) -> dict[str, Any]:
        """What the task made of the sample. Raises TaskFailed, and ProviderError where one of its calls failed."""
        try:
            made = await self._children.run(_facts(plan, request), calls.answer, plan.time_limit_s)
        except TaskFailed:
            if calls.error is not None or not calls.limited:
                raise
            made = {}  # it could not bear the limit it met: the sample ended there
        if calls.error is not None:
            raise calls.error
        _check(made, calls)
        return made

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Whether the model behind the address answers, and whether tasks can run here."""
        if self._needs_package and not installed():
            raise ProviderError(ErrorKind.PERMANENT, MISSING, never_sent=True)
        return await WIRE.test_connection(settings, client, api_id)


def _facts(plan: TaskPlan, request: Request) -> dict[str, Any]:
    """What a child is told: the case as the model may see it, never what is expected."""
    case = request.case_input
    choices = case.get("choices") if isinstance(case, Mapping) else None
    return {
        "kind": plan.kind,
        "name": plan.name,
        "arguments": dict(plan.arguments),
        "model": request.api_id,
        "messages": [dict(message) for message in request.messages],
        "choices": [str(choice) for choice in choices] if isinstance(choices, list) else None,
        "metadata": dict(request.case_metadata),
        "message_limit": plan.message_limit,
        "sandboxes": allowed_sandboxes(),
    }


def _error(plan: TaskPlan, calls: ModelCalls, failure: Exception) -> ProviderError:
    """A failed call keeps its own class; a task that failed by itself is broken like a local callable that raised."""
    found = calls.error or failure
    if isinstance(found, ProviderError):
        if _surely_unbilled(found):
            found.paid = calls.paid()
            found.never_sent = found.never_sent and found.paid is None
        return found
    assert isinstance(found, TaskFailed)
    words = clean(f"The {plan.kind} {plan.name} failed: {str(found).rstrip('.')}.")
    error = ProviderError(
        _kind(found),
        words,
        body_digest=digest_of(words.encode()),
        never_sent=not calls.in_flight and not calls.fresh["calls"],
    )
    # A call that was cut off may be billed or not: then all is unknown.
    error.paid = None if calls.in_flight else calls.paid()
    return error


def _kind(failure: TaskFailed) -> ErrorKind:
    if failure.stops:
        return ErrorKind.UNAUTHORIZED
    return ErrorKind.PERMANENT if failure.final else ErrorKind.RETRYABLE


def _check(made: Mapping[str, Any], calls: ModelCalls) -> None:
    """A task that asked nobody and said nothing did not run. Raises TaskFailed."""
    if not calls.replies and not calls.limited and not str(made.get("text") or "").strip():
        raise TaskFailed("it ended without a call and without an answer", final=True)


def _surely_unbilled(error: ProviderError) -> bool:
    return error.never_sent or (error.status is not None and error.status >= 300)


def _reply(request: Request, calls: ModelCalls, made: Mapping[str, Any], milliseconds: float) -> Reply:
    last = calls.last
    text, finish = str(made.get("text") or ""), str(made.get("finish_reason") or "stop")
    limited = bool(calls.limited or made.get("limit"))
    return Reply(
        text=text,
        raw=text.encode("utf-8", "surrogatepass"),
        finish_reason="length" if limited else finish,
        usage=dict(calls.fresh),
        latency_ms=round(milliseconds),
        resolved_model=last.resolved_model if last else request.api_id,
        fingerprint=" ".join(
            word for word in (last.fingerprint if last else "", made.get("software")) if word
        ),
        error_class=_error_class(text, finish, limited),
        provider_request_id=last.provider_request_id if last else "",
        transcript=json.dumps(made.get("transcript") or [], ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        ),
    )


def _error_class(text: str, finish: str, limited: bool) -> str:
    """A sample that met its limit, or ended without an answer, is the model's failure: it scores 0."""
    if finish == "content_filter":
        return "refusal"
    if limited or (finish in CUT and not text.strip()):
        return "too_long"
    return "" if text.strip() else "malformed"
