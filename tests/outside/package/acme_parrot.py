"""A provider that says back what it hears, politely."""

from evaluations.providers import ErrorKind, ProviderError, ProviderSettings, Reply, Request


class Parrot:
    name = "parrot"
    free = True
    needs_http = False

    async def call(self, request: Request, settings: ProviderSettings, client: object = None) -> Reply:
        heard = str(request.messages[-1]["content"])
        if heard == "silence":
            raise ProviderError(ErrorKind.PERMANENT, "The parrot heard nothing.")
        text = f"please {heard}"
        return Reply(text=text, raw=text.encode(), resolved_model=request.api_id)

    async def test_connection(
        self, settings: ProviderSettings, client: object = None, api_id: str = ""
    ) -> str:
        return "The parrot is awake."
