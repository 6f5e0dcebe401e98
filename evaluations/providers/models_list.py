"""What a provider's list of models says about a connection."""

from __future__ import annotations

from evaluations.providers.failures import parse_json
from evaluations.providers.types import ErrorKind, ProviderError
from evaluations.providers.wire import objects


def known(raw: bytes, field: str, name: str, host: str, api_id: str, prefix: str = "") -> str:
    """A sentence on the models in a list. Raises ProviderError where it is no list, or the model asked for is not in it.

    field: which field of the reply holds the list; name: which field of a model its id; prefix: what stands before ids there.
    """
    payload = parse_json(raw)
    listed = payload.get(field) if isinstance(payload, dict) else None
    if not isinstance(listed, list):
        raise ProviderError(ErrorKind.PERMANENT, f"{host} answers, but not with a list of models.")
    names = {str(model.get(name)).removeprefix(prefix) for model in objects(listed)}
    if api_id and api_id.removeprefix(prefix) not in names:
        raise ProviderError(ErrorKind.GONE, f"{host} answers, but does not list the model {api_id}.")
    return f"{host} answers and lists {len(names)} models{f', {api_id} among them' if api_id else ''}."
