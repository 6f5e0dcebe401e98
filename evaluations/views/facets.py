"""Counts of cases as links, in the words of the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

LABELS = {
    "": "all cases",
    "won": "A right, B wrong",
    "lost": "A wrong, B right",
    "flipped": "changed",
    "only_we": "only A right",
    "behind": "A wrong, another right",
    "differ": "they differ",
    "everybody": "all right",
    "nobody": "all wrong",
    "both_right": "both right",
    "both_wrong": "both wrong",
    "passed": "right",
    "failed": "wrong",
    "flaky": "flaky",
    "errored": "model error",
    "missing": "missing",
    "unparsed": "could not be read",
    "truncated": "cut off",
}


@dataclass(frozen=True)
class Facet:
    url: str
    count: int
    label: str
    current: bool


def facets_of(counts: Mapping[str, int], show: str, url: Callable[[str], str]) -> list[Facet]:
    """One for each way of showing, in the order given; an unknown `show` is all cases."""
    current = show if show in counts else ""
    return [Facet(url(name), count, LABELS[name], name == current) for name, count in counts.items()]
