"""Trying a provider out: one question without a bill where possible, one sentence as the answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from evaluations.providers import get_adapter
from evaluations.providers.outbound import Policy, build_client
from evaluations.providers.types import ErrorKind, ListsModels, ProviderError, ProviderSettings

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


@dataclass(frozen=True)
class Listing:
    """names: ids of the models it lists, by name; sentence: what is wrong and what to do, empty when the list came."""

    names: list[str]
    sentence: str = ""


def list_models(settings: ProviderSettings, policy: Policy) -> Listing:
    """Ask the provider which models it has. Takes 15 seconds at most; never raises for it."""
    patient = replace(settings, timeout_s=min(settings.timeout_s, PATIENCE_S))
    try:
        return Listing(asyncio.run(_list(patient, policy)))
    except ProviderError as error:
        return Listing([], error.message)


async def _list(settings: ProviderSettings, policy: Policy) -> list[str]:
    adapter = get_adapter(settings.adapter)
    if not isinstance(adapter, ListsModels):
        raise ProviderError(ErrorKind.PERMANENT, "Providers of this kind have no list of models.")
    async with build_client(policy) as client:
        return await adapter.list_models(settings, client)
