"""Providers that speak the OpenAI protocol: hosted ones, gateways, and servers on one's own machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import openai

from evaluations.providers.chat_wire import StreamedReply, whole_reply
from evaluations.providers.failures import parse_json, status_error
from evaluations.providers.outbound import NOT_CONNECTED, AddressRefused, Client, OutboundError, Response
from evaluations.providers.secrets import read_secret
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Reply, Request

OURS = frozenset({"model", "messages", "stream", "stream_options"})
# Shorter keys are words that servers of one's own take ("none"); a model may say them.
LEAST_HIDDEN = 16


class OpenAILike:
    """Chat completions by the official SDK, over our own client and without the SDK's retries."""

    name = "openai_like"
    free = False
    needs_http = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        secret = read_secret(settings)
        try:
            async with asyncio.timeout(settings.timeout_s):
                return await _chat(_sdk(settings, client, secret), request, secret)
        except Exception as error:
            raise _translated(error, settings, secret) from None

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Lists the models; where the provider has no list, asks the model for one token."""
        secret = read_secret(settings)
        try:
            async with asyncio.timeout(settings.timeout_s):
                return await _introduce(_sdk(settings, client, secret), api_id, secret)
        except Exception as error:
            raise _translated(error, settings, secret) from None


def _sdk(settings: ProviderSettings, client: Client | None, secret: str) -> openai.AsyncOpenAI:
    if client is None:
        raise ProviderError(ErrorKind.PERMANENT, "This provider needs a client to call it with.")
    if urlsplit(settings.base_url).scheme not in ("http", "https"):
        message = "The provider has no http or https address."
        raise ProviderError(ErrorKind.UNAUTHORIZED, message, never_sent=True)
    sdk = openai.AsyncOpenAI(
        api_key=secret,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=0,
        http_client=client,
        _enforce_credentials=False,
    )
    # The SDK also takes headers from the machine's environment; a provider must only get what is its own.
    sdk._custom_headers = {}
    return sdk


def _headers(secret: str, request_id: str = "") -> dict[str, Any]:
    headers: dict[str, Any] = {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
    if not secret:
        headers["Authorization"] = openai.omit
    if request_id:
        headers["X-Client-Request-Id"] = request_id
    return headers


async def _chat(sdk: openai.AsyncOpenAI, request: Request, secret: str) -> Reply:
    # The SDK's typed method checks every field of the body, which takes half as much time again as the call.
    started = time.perf_counter()
    answer = await sdk.post(
        "/chat/completions",
        cast_to=object,
        body=_body(request),
        options={"headers": _headers(secret, request.request_id)},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    try:
        reply = await _read(answer.response, request, started, secret)
    finally:
        await answer.close()
    return replace(
        reply,
        latency_ms=_milliseconds_since(started),
        provider_request_id=_hidden(str(answer.response.headers.get("x-request-id") or ""), secret),
    )


async def _read(response: Response, request: Request, started: float, secret: str) -> Reply:
    if not request.stream:
        raw = (await response.aread()).decode("utf-8", "surrogateescape")
        return whole_reply(_hidden(raw, secret).encode("utf-8", "surrogateescape"), request, secret)
    collected = StreamedReply(secret)
    first_token_ms = None
    async for line in response.aiter_lines():
        if collected.add(_hidden(line, secret)) and first_token_ms is None:
            first_token_ms = _milliseconds_since(started)
    return replace(collected.reply(request), first_token_ms=first_token_ms)


def _hidden(text: str, secret: str) -> str:
    """A reply without our key: some gateways send back what they were sent."""
    return text.replace(secret, "[key]") if len(secret) >= LEAST_HIDDEN else text


def _body(request: Request) -> dict[str, Any]:
    body = {key: value for key, value in request.parameters.items() if key not in OURS}
    body |= {"model": request.api_id, "messages": [dict(message) for message in request.messages]}
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.json_schema is not None and "response_format" not in body:
        schema = dict(request.json_schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": schema, "strict": is_strict(schema)},
        }
    return body


def is_strict(schema: Any) -> bool:
    """True when the schema keeps the rules of strict mode: every object closed, every property required."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object":
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(schema.get("properties", {})):
            return False
    return all(is_strict(part) for part in schema.values())


async def _introduce(sdk: openai.AsyncOpenAI, api_id: str, secret: str) -> str:
    host = urlsplit(str(sdk.base_url)).netloc
    try:
        listed = await sdk.models.with_raw_response.list(extra_headers=_headers(secret))
    except openai.NotFoundError:
        return await _ask_one_token(sdk, host, api_id, secret)
    payload = parse_json(listed.content)
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, list):
        raise ProviderError(ErrorKind.PERMANENT, f"{host} answers, but not with a list of models.")
    names = {str(model.get("id")) for model in data if isinstance(model, dict)}
    if api_id and api_id not in names:
        raise ProviderError(ErrorKind.GONE, f"{host} answers, but does not list the model {api_id}.")
    return f"{host} answers and lists {len(names)} models{f', {api_id} among them' if api_id else ''}."


async def _ask_one_token(sdk: openai.AsyncOpenAI, host: str, api_id: str, secret: str) -> str:
    if not api_id:
        return f"{host} answers, but has no list of models; name a model to test it."
    request = Request(
        messages=({"role": "user", "content": "Hi"},),
        api_id=api_id,
        request_id="connection-test",
        parameters={"max_tokens": 1},
    )
    reply = await _chat(sdk, request, secret)
    return f"{host} answers as {reply.resolved_model}."


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _translated(error: Exception, settings: ProviderSettings, secret: str) -> ProviderError:
    """Our error for whatever the SDK, the client or the clock raised."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, openai.APIStatusError):
        response = error.response
        body = response.content if response.is_stream_consumed or response.is_closed else b""
        return status_error(error.status_code, response.headers, body, secret)
    if (refused := _refusal_in(error)) is not None:
        kind = ErrorKind.UNAUTHORIZED if isinstance(refused, AddressRefused) else ErrorKind.PERMANENT
        return ProviderError(kind, str(refused), never_sent=isinstance(refused, AddressRefused))
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        message = f"No reply within {settings.timeout_s:g} seconds."
        return ProviderError(ErrorKind.RETRYABLE, message, never_sent=_never_sent(error))
    if isinstance(error, TypeError | ValueError):
        return ProviderError(ErrorKind.PERMANENT, f"The call could not be made ({type(error).__name__}).")
    cause = type(error.__cause__ or error).__name__
    message = f"The connection to the provider failed ({cause})."
    return ProviderError(ErrorKind.RETRYABLE, message, never_sent=_never_sent(error))


def _never_sent(error: BaseException | None) -> bool:
    """True when there was no connection to send the call over."""
    while error is not None and not isinstance(error, NOT_CONNECTED):
        error = error.__cause__
    return error is not None


def _refusal_in(error: BaseException | None) -> OutboundError | None:
    while error is not None and not isinstance(error, OutboundError):
        error = error.__cause__
    return error
