"""Which pages there are: every route that answers GET, its arguments filled with what the links of other pages say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from tests.routes import Route, all_routes, table

FIRST = "capabilities:overview"
# One address of a route is enough to see it; one more shows what it looks like when something was chosen.
PLAIN, CHOSEN = "", "chosen"


@dataclass(frozen=True)
class Stop:
    """One page to look at. variant: PLAIN, or CHOSEN where the address carries a query. linked: some page leads to it."""

    route: str
    path: str
    variant: str = PLAIN
    public: bool = False
    linked: bool = False

    @property
    def name(self) -> str:
        """As in file names: `capabilities-requirement-list`."""
        return "-".join(filter(None, (self.route.replace(":", "-"), self.variant)))


@dataclass
class Walk:
    """The way through the site: `next_stop()` until None, and `saw(links)` for each page that was looked at."""

    only: tuple[str, ...] = ()
    waiting: list[Stop] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    values: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.routes = {route.name: route for route in all_routes() if _is_page(route)}
        self.public = {name for name, needs in table().items() if needs.get("GET", ("", ""))[1] == "public"}
        ordered = sorted(self.routes.values(), key=lambda route: route.name != FIRST)
        for route in ordered:
            if not route.nouns:
                self._add(route.name, f"/{route.pattern}", PLAIN)

    def next_stop(self) -> Stop | None:
        """Pages that were linked first; when there are none left, those whose arguments can be put together."""
        if not self.waiting:
            self._put_together()
        return self.waiting.pop(0) if self.waiting else None

    def wants(self, stop: Stop) -> bool:
        """Whether it is among those asked for; the others are only read for their links."""
        return not self.only or any(word in stop.name for word in self.only)

    def saw(self, links: Iterable[str]) -> None:
        for link in links:
            address = urlsplit(link)
            try:
                match = resolve(address.path)
            except Resolver404:
                continue
            route = self.routes.get(match.view_name)
            self._remember(match.view_name, match.kwargs)
            if route is None:
                continue
            if route.nouns:
                self._add(route.name, address.path, PLAIN, linked=True)
            if address.query and not address.query.startswith("product="):
                self._add(route.name, f"{address.path}?{address.query}", CHOSEN, linked=True)

    @property
    def unreached(self) -> list[str]:
        """Pages that no link leads to and whose arguments nothing on the site fills, or that are not there with these."""
        return sorted([*self.refused, *(name for name in self.routes if (name, PLAIN) not in self.known)])

    def _add(self, name: str, path: str, variant: str, *, linked: bool = False) -> None:
        if (name, variant) not in self.known:
            self.known.add((name, variant))
            self.waiting.append(Stop(name, path, variant, name in self.public, linked))

    def _remember(self, name: str, given: Mapping[str, object]) -> None:
        route = next((route for route in all_routes() if route.name == name), None) if given else None
        if route is not None:
            found = {noun: str(given[noun.partition("/")[2]]) for noun in route.nouns}
            if found not in self.values:
                self.values.append(found)

    def _put_together(self) -> None:
        for route in self.routes.values():
            if (route.name, PLAIN) in self.known:
                continue
            # What one link says together belongs together; the rest comes from wherever it was said.
            nearest = sorted(self.values, key=lambda one: -len(set(one) & set(route.nouns)))
            filled = {noun: one[noun] for one in reversed(nearest) for noun in one}
            if set(route.nouns) <= set(filled):
                self._add(route.name, route.path(filled), PLAIN)


def _is_page(route: Route) -> bool:
    return not route.is_api and "GET" in table().get(route.name, {})
