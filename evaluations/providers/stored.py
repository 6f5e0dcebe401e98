"""Outputs that were made elsewhere and uploaded before the run: nothing is called, they are only scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Reply, Request

if TYPE_CHECKING:
    from evaluations.providers.outbound import Client


class Stored:
    """Replies with the output stored for the case. instant: nothing is computed, so that many may be taken in at once."""

    name = "stored"
    free = True
    needs_http = False
    instant = True

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None = None) -> Reply:
        if request.stored_output is None:
            raise ProviderError(ErrorKind.PERMANENT, "No output was uploaded for this case.")
        raw = request.stored_output.encode("utf-8", "surrogatepass")
        return Reply(text=request.stored_output, raw=raw, resolved_model=request.api_id)

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None = None, api_id: str = ""
    ) -> str:
        return "Uploaded outputs are scored as they are; nothing is called."
