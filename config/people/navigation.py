"""The side navigation: what it lists, in which order, and which line is the page being read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from config.people.access import Action


@dataclass(frozen=True)
class Entry:
    """A line of the navigation. `names`: URL names tried in turn; `go`: the key pressed after g; `needs`: an action."""

    label: str
    names: tuple[str, ...]
    go: str = ""
    needs: Action = "read"


@dataclass(frozen=True)
class Line:
    label: str
    url: str
    go: str
    current: bool


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("Overview", ("capabilities:overview", "overview"), "o"),
            Entry("Status", ("capabilities:status", "capabilities:status-detail"), "s"),
            Entry("Changes", ("capabilities:changes",), "h"),
            Entry("Activity", ("capabilities:activity",), "a"),
        ),
    ),
    (
        "Judgements",
        (
            Entry("Requirements", ("capabilities:requirement-list",), "r"),
            Entry("Capabilities", ("capabilities:capability-list",)),
            Entry("Objectives", ("capabilities:objective-list",)),
            Entry("Coverage", ("capabilities:coverage", "capabilities:coverage-list")),
            Entry("Intent", ("capabilities:intent",), "i"),
            Entry("Expectations", ("capabilities:expectation-list",)),
            Entry("Questions", ("capabilities:question-list",), "q"),
            Entry("Baselines", ("capabilities:baseline-list",), "b"),
            Entry("Waivers", ("capabilities:waiver-list",)),
            Entry("Rival sets", ("capabilities:rivalset-list", "capabilities:rival-set-list")),
        ),
    ),
    (
        "Facts",
        (
            Entry(
                "Compare",
                ("evaluations:compare", "evaluations:comparison", "evaluations:comparison-list"),
                "c",
            ),
            Entry("Board", ("evaluations:board", "capabilities:board")),
            Entry("Models", ("evaluations:model-list",), "m"),
            Entry("Vendors’ claims", ("evaluations:claimed-score-list",)),
            Entry("Evaluations", ("evaluations:evaluation-list",), "e"),
            Entry("Datasets", ("evaluations:dataset-list",), "d"),
            Entry("Prompts", ("evaluations:prompt-list",), "p"),
            Entry("Scorers", ("evaluations:scorer-list",)),
            Entry("Labelling", ("evaluations:label-queue",)),
            Entry("Suites", ("evaluations:suite-list",)),
            Entry("Rounds", ("evaluations:round-list",)),
            Entry("Runs", ("evaluations:run-list",), "u"),
            Entry("Failure modes", ("evaluations:failure-mode-list",)),
            Entry("Schedules", ("evaluations:schedule-list",)),
            Entry("Spending", ("capabilities:spend",)),
        ),
    ),
    (
        "Explore",
        (
            Entry("Prompt lab", ("capabilities:lab-list",)),
            Entry("Discoveries", ("capabilities:discovery-list",)),
            Entry("Problems", ("capabilities:problem-list",)),
        ),
    ),
    (
        "Settings",
        (
            Entry("Products", ("capabilities:product-list",)),
            Entry("Providers", ("evaluations:provider-list",)),
            Entry("Tokens", ("people:token-list",)),
            Entry("Members", ("people:member-list",), needs="manage"),
            Entry("Mail", ("capabilities:letter-list",), needs="manage"),
            Entry("Audit", ("people:audit-list",), needs="manage"),
        ),
    ),
)


def first_url(names: Iterable[str], *arguments: object) -> str:
    """The first of these URL names that exists, with the arguments or without; else an empty string."""
    for name in names:
        for tried in (arguments, ()):
            try:
                return reverse(name, args=tried)
            except NoReverseMatch:
                continue
    return ""


def sections(path: str, may: Callable[[Action], bool], product_key: str = "") -> list[Section]:
    """Only pages that exist and are open to the reader. The current line has the longest URL the path starts with."""
    allowed = [(title, [entry for entry in entries if may(entry.needs)]) for title, entries in SECTIONS]
    known = [(title, list(existing(entries, product_key))) for title, entries in allowed]
    here = max(
        (url for _, entries in known for _, url in entries if leads_to(url, path)), key=len, default=""
    )
    return [
        Section(title, [Line(entry.label, url, entry.go, url == here) for entry, url in entries])
        for title, entries in known
        if entries
    ]


def existing(entries: Iterable[Entry], product_key: str) -> Iterator[tuple[Entry, str]]:
    arguments = (product_key,) if product_key else ()
    for entry in entries:
        url = first_url(entry.names, *arguments)
        if url:
            yield entry, url


def leads_to(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url if url.endswith("/") else f"{url}/"))
