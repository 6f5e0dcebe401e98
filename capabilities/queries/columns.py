"""The columns of the requirements list: which the address asks for, and what an export holds of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from capabilities.queries.filters import sort_url
from capabilities.queries.requirement_order import SORTED


@dataclass(frozen=True)
class Column:
    """keys: of the export. edits: the field that is changed in the row."""

    name: str
    label: str
    keys: tuple[str, ...]
    edits: str = ""
    num: bool = False


ALWAYS = ("key", "title")
COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("verdict", "Verdict", ("verdict", "lean", "version", "waived")),
        Column("trend", "Trend", ("trend",)),
        Column("gap", "Gap", ("gap", "gap_unit"), num=True),
        Column("range", "Plausible range", ("gap_low", "gap_high", "gap_against")),
        Column("intent", "Intent", ("intent",), "intent"),
        Column("freshness", "Evidence", ("freshness", "coverage")),
        Column("priority", "Priority", ("priority",), "priority"),
        Column("capability", "Capability", ("capability",), "capability"),
        Column("objective", "Objective", ("objective",), "objective"),
        Column("owner", "Owner", ("owner",), "owner"),
        Column("target", "Target", ("target",), "target"),
        Column("tags", "Tags", ("tags",), "tags"),
        Column("lifecycle", "Lifecycle", ("lifecycle",)),
        Column("commitment", "Commitment", ("commitment",)),
        Column("kind", "Kind", ("kind",)),
        Column("coverage", "Coverage", ("coverage",)),
        Column("updated", "Last change", ("updated",)),
    )
}
DEFAULT = ("verdict", "trend", "gap", "range", "intent", "freshness")


@dataclass(frozen=True)
class ShownColumn:
    """A column with the address of the list sorted by it, empty where it cannot be."""

    column: Column
    sort_url: str


def chosen_columns(query: QueryDict) -> list[Column]:
    """Those `columns=` names, in its order; the usual ones without it. Unknown names are passed over."""
    if "columns" not in query:
        return [COLUMNS[name] for name in DEFAULT]
    names = dict.fromkeys(name for part in query.getlist("columns") for name in part.split(","))
    return [COLUMNS[name] for name in names if name in COLUMNS]


def row_context(query: QueryDict) -> dict[str, Any]:
    """What the template of a row takes from the address, read once for all the rows."""
    return {
        "columns": chosen_columns(query),
        "own_columns": bool(query.get("columns")),
        "version_asked": query.get("version", ""),
    }


def shown_columns(query: QueryDict) -> list[ShownColumn]:
    return [
        ShownColumn(column, sort_url(query, column.name) if column.name in SORTED else "")
        for column in chosen_columns(query)
    ]


def only_columns(record: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """A record of an export with what stands in these columns."""
    keys = dict.fromkeys([*ALWAYS, *(key for column in columns for key in column.keys)])
    return {key: record[key] for key in keys}


def canonical_columns(query: QueryDict) -> str | None:
    """The query string with `columns` as one value, where a form sent one for each box; None where there is nothing to mend."""
    if len(query.getlist("columns")) < 2:
        return None
    changed = query.copy()
    chosen = chosen_columns(query)
    changed["columns"] = ",".join(column.name for column in chosen) or "none"
    return changed.urlencode(safe=",")
