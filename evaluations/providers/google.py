"""Google's models, by generateContent of the Gemini API.

Two addresses and one JSON object, so the client calls them itself: the official SDK would take the machine's own
key where a provider names none, load certificates anew for each client, and drop the bytes of a streamed reply.
The tests hold what is sent and read against the SDK.
"""

from __future__ import annotations

import re
import time
from urllib.parse import quote, urlsplit

from evaluations.providers.calls import REQUEST_ID, fetch, in_our_words, read, usable
from evaluations.providers.generate_wire import GENERATE, body_of
from evaluations.providers.models_list import known, names_in
from evaluations.providers.outbound import Client
from evaluations.providers.secrets import read_secret
from evaluations.providers.types import ProviderSettings, Reply, Request

VERSION = "v1"


class Google:
    """generateContent, or streamGenerateContent where the time to the first token is measured."""

    name = "google"
    free = False
    needs_http = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            verb = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
            url = f"{_root(settings)}/{_model_path(request.api_id)}:{verb}"
            body = body_of(request)
            started = time.perf_counter()
            headers = _headers(secret) | {REQUEST_ID: request.request_id}
            response = await fetch(usable(settings, client), url, headers, body, secret)
            try:
                return await read(response, GENERATE, request, started, secret)
            finally:
                await response.aclose()

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """Lists the models, which costs nothing."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            raw = await _listed(settings, client, secret)
            return known(raw, "models", "name", urlsplit(settings.base_url).netloc, api_id, prefix="models/")

    async def list_models(self, settings: ProviderSettings, client: Client | None) -> list[str]:
        """The ids it lists. Raises ProviderError."""
        secret = read_secret(settings)
        async with in_our_words(settings, secret):
            raw = await _listed(settings, client, secret)
            return names_in(raw, "models", "name", urlsplit(settings.base_url).netloc, prefix="models/")


async def _listed(settings: ProviderSettings, client: Client | None, secret: str) -> bytes:
    url = f"{_root(settings)}/models?pageSize=1000"
    response = await fetch(usable(settings, client), url, _headers(secret), secret=secret)
    try:
        raw: bytes = await response.aread()
    finally:
        await response.aclose()
    return raw


def _root(settings: ProviderSettings) -> str:
    """The address with its version; one that names a version keeps it."""
    base_url = settings.base_url.rstrip("/")
    return base_url if re.search(r"/v\d\w*$", base_url) else f"{base_url}/{VERSION}"


def _model_path(api_id: str) -> str:
    """Under models/ unless the id says where else (tunedModels/…)."""
    return quote(api_id if "/" in api_id else f"models/{api_id}", safe="/")


def _headers(secret: str) -> dict[str, str]:
    return {"x-goog-api-key": secret} if secret else {}
