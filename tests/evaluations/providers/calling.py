"""Short ways to make a call in the provider tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from evaluations.providers import ProviderSettings, Reply, Request, get_adapter
from evaluations.providers.outbound import Policy, build_client
from tests.evaluations.providers.billing_server import BillingServer


def make_request(text: str = "I love this great app", api_id: str = "echo", **changes: Any) -> Request:
    request = Request(messages=({"role": "user", "content": text},), api_id=api_id, request_id="item-1-1")
    return replace(request, **changes)


def settings_for(server: BillingServer, **changes: Any) -> ProviderSettings:
    settings = ProviderSettings("billing", "openai_like", server.base_url, timeout_s=5)
    return replace(settings, **changes)


def policy_for(server: BillingServer) -> Policy:
    return Policy(allowed=frozenset({("127.0.0.1", server.port)}))


def ask(server: BillingServer, request: Request | None = None, **changes: Any) -> Reply:
    """One call of the billing server through the real adapter and client."""

    async def call() -> Reply:
        async with build_client(policy_for(server)) as client:
            adapter = get_adapter("openai_like")
            return await adapter.call(request or make_request(), settings_for(server, **changes), client)

    return asyncio.run(call())


def run_local(adapter: str, request: Request, timeout_s: float = 5) -> Reply:
    settings = ProviderSettings(adapter, adapter, timeout_s=timeout_s)
    return asyncio.run(get_adapter(adapter).call(request, settings, None))
