"""Every route of the site as its pattern says, and how its address is filled in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ARGUMENT = re.compile(r"(?:([a-z-]+)/|/([a-z]))<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """A route by its full name and pattern, e.g. `api/v1/runs/<int:pk>/`."""

    name: str
    pattern: str

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api-") and self.name != "api-docs"

    @property
    def nouns(self) -> list[str]:
        """What its arguments are called: the segment before each and its name, e.g. `runs/pk`."""
        return [
            f"{segment or letter}/{argument}" for segment, letter, argument in ARGUMENT.findall(self.pattern)
        ]

    def path(self, values: Mapping[str, object]) -> str:
        """Its address with these values, by noun."""

        def filled(found: re.Match[str]) -> str:
            segment, letter, argument = found.groups()
            value = values[f"{segment or letter}/{argument}"]
            return f"{segment}/{value}" if segment else f"/{letter}{value}"

        return "/" + ARGUMENT.sub(filled, self.pattern)


def all_routes() -> list[Route]:
    """Every route but those inside the admin."""
    return list(_routes(get_resolver().url_patterns, "", ""))


def _routes(patterns: list[URLPattern | URLResolver], before: str, space: str) -> Iterator[Route]:
    for entry in patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Route(f"{space}{entry.name}", pattern)
        elif entry.namespace != "admin":
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _routes(entry.url_patterns, pattern, inner)
