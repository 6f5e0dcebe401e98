"""Providers that speak the OpenAI protocol: hosted ones, gateways, and servers on one's own machine."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import openai

from evaluations.providers.calls import (
    REQUEST_ID,
    hidden,
    in_our_words,
    milliseconds_since,
    read,
    read_bytes,
    usable,
)
from evaluations.providers.models_list import known, names_in
from evaluations.providers.openai_apis import Call, call_for
from evaluations.providers.outbound import Client, Response
from evaluations.providers.secrets import read_secret
from evaluations.providers.sound_wire import spoken
from evaluations.providers.types import ProviderSettings, Reply, Request


class OpenAILike:
    """Chat and what openai_apis.py has beside it, by the official SDK, over our own client and without the SDK's retries."""

    name = "openai_like"
    free = False
    needs_http = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            return await _ask(_sdk(settings, client, secret), request, secret)

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Lists the models; where the provider has no list, asks the model for one token."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            return await _introduce(_sdk(settings, client, secret), api_id, secret)

    async def list_models(self, settings: ProviderSettings, client: Client | None) -> list[str]:
        """The ids it lists. Raises ProviderError, also where it has no list."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            listed = await _sdk(settings, client, secret).models.with_raw_response.list(
                extra_headers=_headers(secret)
            )
            return names_in(listed.content, "data", "id", urlsplit(settings.base_url).netloc)


def _sdk(settings: ProviderSettings, client: Client | None, secret: str) -> openai.AsyncOpenAI:
    sdk = openai.AsyncOpenAI(
        api_key=secret,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=0,
        http_client=usable(settings, client),
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
        headers[REQUEST_ID] = request_id
    return headers


async def _ask(sdk: openai.AsyncOpenAI, request: Request, secret: str) -> Reply:
    call = call_for(request)
    headers = _headers(secret, request.request_id)
    # The SDK's typed methods check every field of the body, which takes half as much time again as the call.
    started = time.perf_counter()
    answer = await sdk.post(
        call.path,
        cast_to=object,
        body=call.body,
        files={"file": call.file} if call.file else None,
        options={"headers": headers | ({"Content-Type": "multipart/form-data"} if call.file else {})},
        stream=True,
        stream_cls=openai.AsyncStream[object],
    )
    try:
        reply = await _read(answer.response, call, request, started, secret)
    finally:
        await answer.close()
    request_id = hidden(str(answer.response.headers.get("x-request-id") or ""), secret)
    return replace(reply, provider_request_id=request_id)


async def _read(response: Response, call: Call, request: Request, started: float, secret: str) -> Reply:
    if call.form is None:
        sound, first_ms = await read_bytes(response, started)
        reply = spoken(sound, str(response.headers.get("content-type") or ""), request, secret)
        latency = milliseconds_since(started)
        return replace(reply, latency_ms=latency, first_token_ms=first_ms if request.stream else None)
    asked = request if call.streams else replace(request, stream=False)
    return await read(response, call.form, asked, started, secret)


async def _introduce(sdk: openai.AsyncOpenAI, api_id: str, secret: str) -> str:
    host = urlsplit(str(sdk.base_url)).netloc
    try:
        listed = await sdk.models.with_raw_response.list(extra_headers=_headers(secret))
    except openai.NotFoundError:
        return await _ask_one_token(sdk, host, api_id, secret)
    return known(listed.content, "data", "id", host, api_id)


async def _ask_one_token(sdk: openai.AsyncOpenAI, host: str, api_id: str, secret: str) -> str:
    if not api_id:
        return f"{host} answers, but has no list of models; name a model to test it."
    request = Request(
        messages=({"role": "user", "content": "Hi"},),
        api_id=api_id,
        request_id="connection-test",
        parameters={"max_tokens": 1},
    )
    reply = await _ask(sdk, request, secret)
    return f"{host} answers as {reply.resolved_model}."
