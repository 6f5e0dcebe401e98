"""What a provider's list of models says: which there are, and about a connection."""

from __future__ import annotations

from evaluations.providers.failures import parse_json
from evaluations.providers.types import ErrorKind, ProviderError
from evaluations.providers.wire import objects


def names_in(raw: bytes, field: str, name: str, host: str, prefix: str = "") -> list[str]:
    """The ids of a list of models, by name. Raises ProviderError where it is no list.

    field: which field of the reply holds the list; name: which field of a model its id; prefix: what stands before ids there.
    """
    payload = parse_json(raw)
    listed = payload.get(field) if isinstance(payload, dict) else None
    if not isinstance(listed, list):
        raise ProviderError(ErrorKind.PERMANENT, f"{host} answers, but not with a list of models.")
    return sorted({str(model.get(name)).removeprefix(prefix) for model in objects(listed)})


def known(raw: bytes, field: str, name: str, host: str, api_id: str, prefix: str = "") -> str:
    """A sentence on the models in a list. Raises ProviderError where it is no list, or the model asked for is not in it."""
    names = names_in(raw, field, name, host, prefix)
    if api_id and api_id.removeprefix(prefix) not in names:
        raise ProviderError(ErrorKind.GONE, f"{host} answers, but does not list the model {api_id}.")
    return f"{host} answers and lists {len(names)} models{f', {api_id} among them' if api_id else ''}."
