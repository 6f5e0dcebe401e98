"""Providers that speak the OpenAI protocol: hosted ones, gateways, and servers on one's own machine.

The client calls them itself: the official SDK would take more than half of the processor that a call needs, for checks of what
the wires read anyway. The tests hold what is sent and read against the SDK.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from evaluations.providers.calls import (
    REQUEST_ID,
    fetch,
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
from evaluations.providers.types import ProviderError, ProviderSettings, Reply, Request


class OpenAILike:
    """Chat and what openai_apis.py has beside it."""

    name = "openai_like"
    free = False
    needs_http = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            return await _ask(settings, usable(settings, client), request, secret)

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Lists the models; where the provider has no list, asks the model for one token."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            return await _introduce(settings, usable(settings, client), api_id, secret)

    async def list_models(self, settings: ProviderSettings, client: Client | None) -> list[str]:
        """The ids it lists. Raises ProviderError, also where it has no list."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            raw = await _listed(settings, usable(settings, client), secret)
            return names_in(raw, "data", "id", urlsplit(settings.base_url).netloc)


def _url(settings: ProviderSettings, path: str) -> str:
    return settings.base_url.rstrip("/") + path


def _headers(secret: str, request_id: str = "") -> dict[str, str]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return headers | ({REQUEST_ID: request_id} if request_id else {})


async def _ask(settings: ProviderSettings, client: Client, request: Request, secret: str) -> Reply:
    call = call_for(request)
    headers = _headers(secret, request.request_id)
    body, files = (_fields(call.body), {"file": call.file}) if call.file else (call.body, None)
    started = time.perf_counter()
    response = await fetch(client, _url(settings, call.path), headers, body, secret, files=files)
    try:
        reply = await _read(response, call, request, started, secret)
    finally:
        await response.aclose()
    request_id = hidden(str(response.headers.get("x-request-id") or ""), secret)
    return replace(reply, provider_request_id=request_id)


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as the fields of a form: a list is a name with brackets that comes several times, an object a name with each of its own."""
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, Mapping):
            fields |= {f"{name}[{inner}]": part for inner, part in value.items()}
        else:
            fields[f"{name}[]" if isinstance(value, list) else name] = value
    return fields


async def _read(response: Response, call: Call, request: Request, started: float, secret: str) -> Reply:
    if call.form is None:
        sound, first_ms = await read_bytes(response, started)
        reply = spoken(sound, str(response.headers.get("content-type") or ""), request, secret)
        latency = milliseconds_since(started)
        return replace(reply, latency_ms=latency, first_token_ms=first_ms if request.stream else None)
    asked = request if call.streams else replace(request, stream=False)
    return await read(response, call.form, asked, started, secret)


async def _introduce(settings: ProviderSettings, client: Client, api_id: str, secret: str) -> str:
    host = urlsplit(settings.base_url).netloc
    try:
        raw = await _listed(settings, client, secret)
    except ProviderError as problem:
        if problem.status != 404:
            raise
        return await _ask_one_token(settings, client, api_id, secret)
    return known(raw, "data", "id", host, api_id)


async def _listed(settings: ProviderSettings, client: Client, secret: str) -> bytes:
    response = await fetch(client, _url(settings, "/models"), _headers(secret), secret=secret)
    try:
        raw: bytes = await response.aread()
    finally:
        await response.aclose()
    return raw


async def _ask_one_token(settings: ProviderSettings, client: Client, api_id: str, secret: str) -> str:
    host = urlsplit(settings.base_url).netloc
    if not api_id:
        return f"{host} answers, but has no list of models; name a model to test it."
    request = Request(
        messages=({"role": "user", "content": "Hi"},),
        api_id=api_id,
        request_id="connection-test",
        parameters={"max_tokens": 1},
    )
    reply = await _ask(settings, client, request, secret)
    return f"{host} answers as {reply.resolved_model}."
