"""Trying a provider out: one question without a bill where possible, one sentence as the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from evaluations.providers import get_adapter
from evaluations.providers.outbound import Policy, build_client
from evaluations.providers.types import ProviderError, ProviderSettings

PATIENCE_S = 15.0


@dataclass(frozen=True)
class ConnectionCheck:
    """works: the provider answered as it should. sentence: what works, or what is wrong and what to do."""

    works: bool
    sentence: str


def try_connection(settings: ProviderSettings, policy: Policy, api_id: str = "") -> ConnectionCheck:
    """Ask the provider whether it is there and knows the model. Takes 15 seconds at most; never raises for it."""
    patient = replace(settings, timeout_s=min(settings.timeout_s, PATIENCE_S))
    try:
        return ConnectionCheck(True, asyncio.run(_ask(patient, policy, api_id)))
    except ProviderError as error:
        return ConnectionCheck(False, error.message)


async def _ask(settings: ProviderSettings, policy: Policy, api_id: str) -> str:
    adapter = get_adapter(settings.adapter)
    if not adapter.needs_http:
        return await adapter.test_connection(settings, None, api_id)
    async with build_client(policy) as client:
        return await adapter.test_connection(settings, client, api_id)
