"""Anthropic's models, by its messages API."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import anthropic

from evaluations.providers.calls import REQUEST_ID, hidden, in_our_words, read, usable
from evaluations.providers.messages_wire import MESSAGES, body_of
from evaluations.providers.models_list import known, names_in
from evaluations.providers.outbound import Client
from evaluations.providers.secrets import read_secret
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Reply, Request


class Anthropic:
    """Messages by the official SDK, over our own client and without the SDK's retries."""

    name = "anthropic"
    free = False
    needs_http = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            return await _ask(_sdk(settings, client, secret), request, secret)

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Lists the models, which costs nothing."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            listed = await _sdk(settings, client, secret).models.with_raw_response.list(
                limit=1000, extra_headers=_headers(secret)
            )
            return known(await listed.read(), "data", "id", urlsplit(settings.base_url).netloc, api_id)

    async def list_models(self, settings: ProviderSettings, client: Client | None) -> list[str]:
        """The ids it lists. Raises ProviderError."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            listed = await _sdk(settings, client, secret).models.with_raw_response.list(
                limit=1000, extra_headers=_headers(secret)
            )
            return names_in(await listed.read(), "data", "id", urlsplit(settings.base_url).netloc)


def _sdk(settings: ProviderSettings, client: Client | None, secret: str) -> anthropic.AsyncAnthropic:
    # Everything that is not said here the SDK would look for in the machine's environment and its files.
    sdk = anthropic.AsyncAnthropic(
        api_key=secret,
        webhook_key="",
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=0,
        http_client=usable(settings, client),
        open_telemetry=False,
    )
    sdk._custom_headers = {}
    return sdk


def _headers(secret: str, request_id: str = "") -> dict[str, Any]:
    headers: dict[str, Any] = {} if secret else {"Authorization": anthropic.omit}
    return headers | ({REQUEST_ID: request_id} if request_id else {})


async def _ask(sdk: anthropic.AsyncAnthropic, request: Request, secret: str) -> Reply:
    body = body_of(request, _schema(request))
    started = time.perf_counter()
    answer = await sdk.post(
        "/v1/messages",
        cast_to=object,
        body=body,
        options={"headers": _headers(secret, request.request_id)},
        stream=True,
        stream_cls=anthropic.AsyncStream[object],
    )
    try:
        reply = await read(answer.response, MESSAGES, request, started, secret)
    finally:
        await answer.close()
    request_id = hidden(str(answer.response.headers.get("request-id") or ""), secret)
    return replace(reply, provider_request_id=request_id)


def _schema(request: Request) -> dict[str, Any] | None:
    """The schema with what the protocol refuses (bounds, patterns) put into words; scorers still check it whole."""
    if request.json_schema is None:
        return None
    try:
        return anthropic.transform_schema(dict(request.json_schema))
    except (ValueError, TypeError, AttributeError, AssertionError) as problem:
        message = f"Anthropic cannot be asked for this JSON schema: {problem}"[:300]
        raise ProviderError(ErrorKind.PERMANENT, message, never_sent=True) from None
