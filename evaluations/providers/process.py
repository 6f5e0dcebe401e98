"""Callables an operator registered on this machine: classical models and pipelines without an HTTP interface.

A callable takes (case input, parameters of the version) and returns text, a JSON value or Produced. One that has an argument
named `attachments` gets the case's pictures and sounds in it, one that has an argument named `messages` the filled prompt. It is
found by the name in the version's api id: one of BUILT_IN, or an entry point of the group `plumbline.callables`. A callable that
raises is broken, which is our fault and not the model's answer: the item is missing until it is repaired.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from evaluations.providers.failures import clean
from evaluations.providers.rules import input_of
from evaluations.providers.types import (
    ErrorKind,
    Produced,
    ProviderError,
    ProviderSettings,
    Reply,
    Request,
    digest_of,
)

if TYPE_CHECKING:
    from evaluations.providers.outbound import Client

LocalCallable = Callable[..., Any]
GROUP = "plumbline.callables"
BUILT_IN = {
    "vader_sentiment": "evaluations.providers.local:vader_sentiment",
    "vader_two_way": "evaluations.providers.local:vader_two_way",
    "review_follower": "evaluations.providers.review_follower:review_follower",
    "keyword_sentiment": "evaluations.providers.local:keyword_sentiment",
    "py3langid": "evaluations.providers.local:py3langid_language",
    "langdetect": "evaluations.providers.local:langdetect_language",
    "motor_logistic": "evaluations.providers.classifiers:logistic",
    "motor_naive_bayes": "evaluations.providers.classifiers:naive_bayes",
    "motor_vibration_rule": "evaluations.providers.classifiers:vibration_rule",
    "scene_still_velocity": "evaluations.providers.scenes:still_velocity",
    "scene_bouncing": "evaluations.providers.scenes:bouncing",
    "chart_reader": "evaluations.providers.chart_readers:chart_reader",
    "chart_glancer": "evaluations.providers.chart_readers:chart_glancer",
    "scene_damped": "evaluations.providers.scenes:damped",
    "pocketsphinx": "evaluations.providers.speech:pocketsphinx",
    "pocketsphinx_fast": "evaluations.providers.speech:pocketsphinx_fast",
    "espeak": "evaluations.providers.speech:espeak",
    "flite": "evaluations.providers.speech:flite",
}
MAX_OVERDUE = 16


@cache
def _registered() -> dict[str, EntryPoint]:
    built_in = {name: EntryPoint(name, target, GROUP) for name, target in BUILT_IN.items()}
    return {point.name: point for point in entry_points(group=GROUP)} | built_in


def callable_names() -> list[str]:
    """Names a version's api id can have with this provider."""
    return sorted(_registered())


@cache
def get_callable(name: str) -> LocalCallable:
    """The callable of that name. Raises ProviderError (gone) when nobody registered it."""
    if name not in _registered():
        known = ", ".join(callable_names())
        raise ProviderError(ErrorKind.GONE, f"There is no callable {clean(name)} here. There are: {known}.")
    found: LocalCallable = _registered()[name].load()
    return found


class Process:
    """Runs registered callables in threads of their own, each under a time limit."""

    name = "process"
    free = True
    needs_http = False

    def __init__(self) -> None:
        self._overdue: set[threading.Thread] = set()

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None = None) -> Reply:
        function = get_callable(request.api_id)
        started = time.perf_counter()
        made = _produced(await self._run(function, request, settings.timeout_s), request.api_id)
        seconds = time.perf_counter() - started if made.seconds is None else made.seconds
        return Reply(
            text=made.text,
            raw=made.media or made.text.encode("utf-8", "surrogatepass"),
            latency_ms=round(seconds * 1000, 3),
            resolved_model=request.api_id,
            error_class=made.error_class,
            media=made.media,
            media_type=made.media_type,
        )

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None = None, api_id: str = ""
    ) -> str:
        if not api_id:
            return f"Callables on this machine: {', '.join(callable_names())}."
        get_callable(api_id)
        return f"The callable {api_id} is ready."

    async def _run(self, function: LocalCallable, request: Request, timeout_s: float) -> Any:
        """A thread cannot be ended from outside, so one over its time is left behind, and counted."""
        self._overdue = {thread for thread in self._overdue if thread.is_alive()}
        if len(self._overdue) >= MAX_OVERDUE:
            raise ProviderError(
                ErrorKind.RETRYABLE, f"{MAX_OVERDUE} calls of local callables are over their time already."
            )
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        thread = threading.Thread(
            target=_work,
            args=(function, request, loop, future),
            name=f"process-{request.api_id}",
            daemon=True,
        )
        thread.start()
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            self._overdue.add(thread)
            message = f"The callable {request.api_id} took longer than {timeout_s:g} seconds."
            raise ProviderError(ErrorKind.RETRYABLE, message) from None


def _work(
    function: LocalCallable,
    request: Request,
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[Any],
) -> None:
    """Runs in the thread. Whatever the callable raises becomes an error of ours."""
    try:
        output, error = _asked(function, request), None
    except ProviderError as raised:
        output, error = None, raised
    except BaseException as raised:
        output, error = None, _crash(request.api_id, raised)
    try:
        loop.call_soon_threadsafe(_settle, future, output, error)
    except RuntimeError:
        return  # the loop has ended meanwhile: nobody waits for the result


def _asked(function: LocalCallable, request: Request) -> Any:
    wanted = _extras(function)
    given = {"attachments": request.attachments, "messages": request.messages}
    return function(
        input_of(request), request.parameters, **{name: given[name] for name in given if name in wanted}
    )


def reads_prompt(name: str) -> bool:
    """Whether the callable of that name has an argument named `messages`, which the filled prompt goes to."""
    try:
        return "messages" in _extras(get_callable(name))
    except ProviderError:
        return False


@cache
def _extras(function: LocalCallable) -> frozenset[str]:
    """Names of a callable's arguments."""
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _settle(future: asyncio.Future[Any], output: Any, error: ProviderError | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(output)


def _crash(name: str, raised: BaseException) -> ProviderError:
    words = clean(f"{type(raised).__name__}: {raised}")
    return ProviderError(
        ErrorKind.RETRYABLE, f"The callable {name} failed: {words}", body_digest=digest_of(words.encode())
    )


def _produced(output: Any, name: str) -> Produced:
    if isinstance(output, Produced):
        return output
    return Produced(output if isinstance(output, str) else _as_json(output, name))


def _as_json(output: Any, name: str) -> str:
    try:
        return json.dumps(output, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as raised:
        raise _crash(name, raised) from None
