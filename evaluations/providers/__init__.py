"""Providers: the ways a model can be asked. One file per kind; plain values in and out.

A kind is registered here or, by another package, under the entry point `plumbline.providers`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from evaluations.providers.types import (
    Adapter,
    ErrorKind,
    ProviderError,
    ProviderSettings,
    Reply,
    Request,
    Usage,
)

__all__ = [
    "Adapter",
    "ErrorKind",
    "ProviderError",
    "ProviderSettings",
    "Reply",
    "Request",
    "UnknownAdapter",
    "Usage",
    "adapter_names",
    "get_adapter",
]

GROUP = "plumbline.providers"
BUILT_IN = {
    "anthropic": "evaluations.providers.anthropic:Anthropic",
    "google": "evaluations.providers.google:Google",
    "inspect": "evaluations.providers.inspect_tasks:Inspect",
    "openai_like": "evaluations.providers.openai_like:OpenAILike",
    "process": "evaluations.providers.process:Process",
    "rules": "evaluations.providers.rules:Rules",
    "stored": "evaluations.providers.stored:Stored",
}


class UnknownAdapter(LookupError):
    """No provider of that kind is installed."""


@cache
def _registered() -> dict[str, EntryPoint]:
    built_in = {name: EntryPoint(name, target, GROUP) for name, target in BUILT_IN.items()}
    return {point.name: point for point in entry_points(group=GROUP)} | built_in


def adapter_names() -> list[str]:
    """Kinds of providers that can be chosen."""
    return sorted(_registered())


@cache
def get_adapter(name: str) -> Adapter:
    """The adapter of that kind, loaded on first use. Raises UnknownAdapter."""
    if name not in _registered():
        raise UnknownAdapter(f"There is no provider kind {name}. There are: {', '.join(adapter_names())}.")
    adapter: Adapter = _registered()[name].load()()
    return adapter
