"""Short ways to make a call in the provider tests."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import Any

from evaluations.providers import ProviderSettings, Reply, Request, get_adapter
from evaluations.providers.outbound import Policy, build_client
from tests.evaluations.providers.billing_server import BillingServer


def make_request(text: str = "I love this great app", api_id: str = "echo", **changes: Any) -> Request:
    request = Request(messages=({"role": "user", "content": text},), api_id=api_id, request_id="item-1-1")
    return replace(request, **changes)


def settings_for(server: BillingServer, adapter: str = "openai_like", **changes: Any) -> ProviderSettings:
    """adapter: a kind, or a kind and one of its apis: "openai_like:responses"."""
    adapter = adapter.partition(":")[0]
    address = server.base_url if adapter == "openai_like" else server.root
    return replace(ProviderSettings("billing", adapter, address, timeout_s=5), **changes)


def policy_for(server: BillingServer) -> Policy:
    return Policy(allowed=frozenset({("127.0.0.1", server.port)}))


def by_api(request: Request, api: str) -> Request:
    """The request as one for that api; for transcriptions its text is the sound."""
    if not api:
        return request
    if api == "transcriptions":
        data = base64.b64encode(str(request.messages[-1]["content"]).encode()).decode()
        sound = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
        request = replace(request, messages=({"role": "user", "content": [sound]},))
    return replace(request, parameters={**request.parameters, "api": api})


def ask(
    server: BillingServer, request: Request | None = None, adapter: str = "openai_like", **changes: Any
) -> Reply:
    """One call of the billing server through the real adapter and client."""

    async def call() -> Reply:
        async with build_client(policy_for(server)) as client:
            settings = settings_for(server, adapter, **changes)
            asked = by_api(request or make_request(), adapter.partition(":")[2])
            return await get_adapter(settings.adapter).call(asked, settings, client)

    return asyncio.run(call())


def introduce(server: BillingServer, api_id: str, adapter: str = "openai_like", **changes: Any) -> str:
    """A connection test through the real adapter and client."""

    async def call() -> str:
        async with build_client(policy_for(server)) as client:
            settings = settings_for(server, adapter, **changes)
            return await get_adapter(settings.adapter).test_connection(settings, client, api_id)

    return asyncio.run(call())


def run_local(adapter: str, request: Request, timeout_s: float = 5) -> Reply:
    settings = ProviderSettings(adapter, adapter, timeout_s=timeout_s)
    return asyncio.run(get_adapter(adapter).call(request, settings, None))
