"""The map of intent against evidence: how many requirements stand in each cell, and the rows a reader chose. No query."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from capabilities.queries.intent_readings import SHOWN, WORDS, Shown
from capabilities.queries.intents import INTENTS, IntentRow

HEADINGS: dict[Shown, str] = {
    "contradicted": "Contradicted",
    "open": "Not proven yet",
    "unmeasured": "Not measured",
    "beyond": "More than claimed",
    "backed": "Backed",
}
CSS: dict[Shown, str] = {
    "contradicted": "not-met",
    "open": "open",
    "unmeasured": "none",
    "beyond": "met",
    "backed": "met",
}


class Read(Protocol):
    """A claim and what is shown of it."""

    @property
    def intent(self) -> str: ...

    @property
    def shown(self) -> Shown: ...


R = TypeVar("R", bound=Read)


@dataclass(frozen=True)
class Cell:
    """count 0 where nothing stands; words: what it means for this intent, empty where it cannot be."""

    intent: str
    shown: Shown
    count: int
    chosen: bool

    @property
    def words(self) -> str:
        return WORDS[self.intent].get(self.shown, "")

    @property
    def css(self) -> str:
        if not self.count or (self.shown == "open" and self.intent != "foundation"):
            return ""  # not distinguishable from a rival is grey
        return CSS[self.shown]


@dataclass(frozen=True)
class MapRow:
    intent: str
    total: int
    chosen: bool
    cells: Sequence[Cell]


def intent_map(rows: Iterable[Read], intent: str = "", shown: str = "") -> list[MapRow]:
    """A line for every intent, the boldest claim first."""
    counts = Counter((row.intent, row.shown) for row in rows)
    return [
        MapRow(
            intent=name,
            total=sum(counts[name, each] for each in SHOWN),
            chosen=intent == name and not shown,
            cells=[
                Cell(name, each, counts[name, each], chosen=(intent, shown) == (name, each)) for each in SHOWN
            ],
        )
        for name in INTENTS
    ]


def totals(rows: Iterable[Read]) -> list[tuple[Shown, str, int]]:
    counts = Counter(row.shown for row in rows)
    return [(each, HEADINGS[each], counts[each]) for each in SHOWN]


def chosen_rows(rows: Iterable[R], intent: str, shown: str) -> list[R]:
    """Words that name nothing choose nothing away."""
    wanted = (intent if intent in INTENTS else "", shown if shown in SHOWN else "")
    return [row for row in rows if wanted[0] in ("", row.intent) and wanted[1] in ("", row.shown)]


def as_record(row: IntentRow) -> dict[str, Any]:
    """A row as a line of a file; numbers of the gap in the scorer's unit, positive is ours ahead."""
    gap = row.gap
    low, high = gap.shown_ends if gap else (None, None)
    return {
        "key": row.key,
        "title": row.title,
        "lifecycle": row.lifecycle,
        "intent": row.intent,
        "shown": row.shown,
        "words": row.words,
        "version": row.version.label if row.version else None,
        "verdict": row.standing["outcome"],
        "lean": row.standing["lean"],
        "waived": row.standing["waived"],
        "freshness": row.standing["freshness"],
        "pending_confirmation": row.standing["pending"],
        "criterion": gap.criterion if gap else None,
        "against": gap.against if gap else None,
        "gap": gap.point if gap else None,
        "low": low,
        "high": high,
        "unit": gap.unit if gap else None,
        "n": gap.n if gap else None,
        "supported": gap.supported if gap else False,
        "run": gap.runs[0] if gap and gap.runs else None,
        "against_run": gap.runs[1] if gap and gap.runs else None,
        "takes": row.takes,
    }
