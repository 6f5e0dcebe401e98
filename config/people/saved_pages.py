"""The lists that can be kept as views: where each is, and the parameters of its address that a view may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError

LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class SavedPage:
    """url_name: of the list. Parameters it does not know are dropped when a view is saved."""

    url_name: str
    parameters: frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REQUIREMENT_FILTERS = """lifecycle kind priority intent commitment reviewing marked verdict freshness coverage trend waived pending gap
    capability objective owner tag target q"""
PAGES: Mapping[str, SavedPage] = {
    "requirements": SavedPage(
        "capabilities:requirement-list", _words(f"{REQUIREMENT_FILTERS} sort group columns version")
    ),
    "coverage": SavedPage("capabilities:coverage", _words(f"{REQUIREMENT_FILTERS} sort column version")),
    "runs": SavedPage("evaluations:run-list", _words("state origin model evaluation")),
    "comparisons": SavedPage("evaluations:compare", _words("run against scorer varies slice show diff")),
    "models": SavedPage("evaluations:model-list", _words("q side kind stage provider")),
}


def cleaned_query(page: str, query: str) -> str:
    """The parameters of an address that the page knows, in its order. Raises ValidationError for an unknown page or too long a query."""
    if page not in PAGES:
        raise ValidationError({"page": [f"Views are kept of {', '.join(PAGES)}."]})
    if len(query) > 2 * LONGEST_QUERY:
        raise ValidationError({"query": ["This list has too many filters to be kept as a view."]})
    known = PAGES[page].parameters
    try:
        pairs = parse_qsl(query.lstrip("?").replace("\x00", ""), max_num_fields=100)
    except ValueError:
        raise ValidationError({"query": ["This list has too many filters to be kept as a view."]}) from None
    kept = urlencode([(name, value) for name, value in pairs if name in known and value], safe=",")
    if len(kept) > LONGEST_QUERY:
        raise ValidationError({"query": ["This list has too many filters to be kept as a view."]})
    return kept
