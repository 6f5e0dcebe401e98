"""What all kinds that call over HTTP do alike: the time limit, the key kept out of everything, and our word for what went wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from evaluations.providers.failures import status_error
from evaluations.providers.outbound import (
    BROKEN,
    NOT_CONNECTED,
    TIMED_OUT,
    AddressRefused,
    Client,
    OutboundError,
    Response,
)
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Reply, Request, digest_of
from evaluations.providers.wire import Format

log = logging.getLogger(__name__)

# Shorter keys are words that servers of one's own take ("none"); a model may say them.
LEAST_HIDDEN = 16
REQUEST_ID = "X-Client-Request-Id"


@asynccontextmanager
async def in_our_words(settings: ProviderSettings, secret: str) -> AsyncIterator[None]:
    """Gives the calls in the block the provider's time limit; whatever goes wrong there leaves as a ProviderError."""
    try:
        async with asyncio.timeout(settings.timeout_s):
            yield
    except Exception as error:
        raise _translated(error, settings, secret) from None


def usable(settings: ProviderSettings, client: Client | None) -> Client:
    """The client, where there is one and an address to call. Raises ProviderError."""
    if client is None:
        raise ProviderError(ErrorKind.PERMANENT, "This provider needs a client to call it with.")
    if urlsplit(settings.base_url).scheme not in ("http", "https"):
        message = "The provider has no http or https address."
        raise ProviderError(ErrorKind.UNAUTHORIZED, message, never_sent=True)
    return client


async def read(response: Response, form: Format, request: Request, started: float, secret: str) -> Reply:
    """The reply, whole or line by line as asked, with its times. started: time.perf_counter() before the call."""
    first_token_ms = None
    if request.stream:
        collected = form.streamed(secret)
        async for line in response.aiter_lines():
            if collected.add(hidden(line, secret)) and first_token_ms is None:
                first_token_ms = milliseconds_since(started)
        reply = collected.reply(request)
    else:
        raw = (await response.aread()).decode("utf-8", "surrogateescape")
        reply = form.whole(hidden(raw, secret).encode("utf-8", "surrogateescape"), request, secret)
    return replace(reply, first_token_ms=first_token_ms, latency_ms=milliseconds_since(started))


async def read_bytes(response: Response, started: float) -> tuple[bytes, int | None]:
    """The body as it is, and the milliseconds until its first byte came; None without one."""
    parts: list[bytes] = []
    first_ms = None
    async for part in response.aiter_bytes():
        first_ms = milliseconds_since(started) if first_ms is None else first_ms
        parts.append(part)
    return b"".join(parts), first_ms


async def fetch(
    client: Client,
    url: str,
    headers: Mapping[str, str],
    body: Any = None,
    secret: str = "",
    *,
    files: Mapping[str, Any] | None = None,
) -> Response:
    """An open response with a status below 300: POST with a body, GET without. Raises ProviderError for any other.

    files: makes a form of the body, with a file (name, bytes, media type) in each of these fields.
    """
    sent: dict[str, Any] = {"data": body, "files": files} if files else {"json": body}
    method = "GET" if body is None else "POST"
    response = await client.send(client.build_request(method, url, headers=headers, **sent), stream=True)
    if response.status_code >= 300:
        try:
            raw = await response.aread()
        finally:
            await response.aclose()
        raise status_error(response.status_code, response.headers, raw, secret)
    return response


def hidden(text: str, secret: str) -> str:
    """A reply without our key: some gateways send back what they were sent."""
    return text.replace(secret, "[key]") if len(secret) >= LEAST_HIDDEN else text


def milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _translated(error: Exception, settings: ProviderSettings, secret: str) -> ProviderError:
    """Our error for whatever an SDK, the client or the clock raised."""
    if isinstance(error, ProviderError):
        return error
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, OutboundError):
            refused = isinstance(cause, AddressRefused)
            kind = ErrorKind.UNAUTHORIZED if refused else ErrorKind.PERMANENT
            return ProviderError(kind, str(cause), never_sent=refused)
    response = getattr(error, "response", None)
    if isinstance(response, Response):
        body = response.content if response.is_stream_consumed or response.is_closed else b""
        return status_error(response.status_code, response.headers, body, secret)
    never_sent = any(isinstance(cause, NOT_CONNECTED) for cause in causes)
    if any(isinstance(cause, TIMED_OUT) for cause in causes):
        message = f"No reply within {settings.timeout_s:g} seconds."
    elif isinstance(error, TypeError | ValueError):
        return ProviderError(ErrorKind.PERMANENT, f"The call could not be made ({type(error).__name__}).")
    elif broken := [cause for cause in causes if isinstance(cause, BROKEN)]:
        message = f"The connection to the provider failed ({type(broken[0]).__name__})."
    else:
        log.error("A call failed in a way nobody foresaw.", exc_info=error)
        message = f"The call failed in a way nobody foresaw ({type(error).__name__})."
        return ProviderError(ErrorKind.RETRYABLE, message, body_digest=digest_of(message.encode()))
    return ProviderError(ErrorKind.RETRYABLE, message, never_sent=never_sent)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None:
        found.append(error)
        error = error.__cause__
    return found
