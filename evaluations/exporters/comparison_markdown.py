"""A comparison of several runs as Markdown, from the API's reply: every text stays in its place, whatever it holds."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

MARKS = re.compile(r"([\\`*_\[\]<>|#~])")
Show = Callable[[float | None], str]


def comparison_markdown(reply: Mapping[str, Any], value: Show, difference: Show) -> str:
    """value, difference: how a score and a difference are written in the scorer's unit."""
    return "\n".join(_lines(reply, value, difference)).rstrip() + "\n"


def _lines(reply: Mapping[str, Any], value: Show, difference: Show) -> Iterator[str]:
    first = reply["columns"][0]
    yield from (
        f"# {escaped(first['version'])} against {_others(reply['against'])} by {escaped(reply['scorer'])}",
        "",
    )
    for claim in ("every", "any"):
        if reply[claim]:
            yield from (escaped(reply[claim]["sentence"]), "")
    heads = (
        "",
        "Against",
        "What stands",
        "Difference A − it",
        "Plausible range",
        "Cases",
        "Only A",
        "Only it",
        "Both",
        "Neither",
        "Smallest gap",
    )
    yield from _table(heads, [_against(one, difference) for one in reply["against"]])
    yield from (
        f"- {one['letter']}: {escaped(told)}"
        for one in reply["against"]
        for told in one["comparable"]["differs"]
    )
    yield from ("", f"## Values on the {reply['n']:,} cases that all ranked ones scored", "")
    yield from _table(
        ("", "Version", "Value", "Plausible range", "Rank", "Note"),
        [_column(column, value, len(reply["columns"])) for column in reply["columns"]],
    )
    yield from _slices(reply, difference)


def _others(against: Sequence[Mapping[str, Any]]) -> str:
    return escaped(against[0]["version"]) if len(against) == 1 else f"{len(against)} others"


def _against(one: Mapping[str, Any], difference: Show) -> list[str]:
    gap, counts = one["difference"] or {}, one["counts"] or {}
    numbers = [str(counts.get(name, "–")) for name in ("only_a", "only_b", "both", "neither")]
    return [
        one["letter"],
        one["version"],
        one["outcome"],
        difference(gap.get("point")),
        _range(gap, difference),
        f"{one['n']:,}",
        *numbers,
        difference(one["smallest_gap"]).removeprefix("+"),
    ]


def _column(column: Mapping[str, Any], value: Show, count: int) -> list[str]:
    rank, shown = column["rank"], column["value"] or {}
    words = f"{rank['from']} to {rank['to']}" if rank else "unranked"
    note = column["note"] or ("in the best group" if column["best_group"] else "")
    return [column["letter"], column["version"], value(shown.get("point")), _range(shown, value), words, note]


def _slices(reply: Mapping[str, Any], difference: Show) -> Iterator[str]:
    if not reply["slices"]:
        return
    yield from ("", "## By slice, corrected for many comparisons", "")
    heads = ("Slice", *[f"{one['letter']} {one['version']}" for one in reply["against"]])
    letters = [one["letter"] for one in reply["against"]]
    yield from _table(heads, [_slice(row, letters, difference) for row in reply["slices"]])


def _slice(row: Mapping[str, Any], letters: Sequence[str], difference: Show) -> list[str]:
    lines = {line["letter"]: line for line in row["against"]}
    cells = [_cell(lines[letter], difference) if letter in lines else "–" for letter in letters]
    return [row["slice"], *cells]


def _cell(line: Mapping[str, Any], difference: Show) -> str:
    return f"{difference(line['point'])}, n {line['n']:,}, {line['outcome']}"


def _range(ends: Mapping[str, Any], show: Show) -> str:
    if ends.get("low") is None or ends.get("high") is None:
        return "–"
    return f"{show(ends['low'])} to {show(ends['high'])}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(escaped(head) for head in heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)
    yield ""


def escaped(text: str) -> str:
    """A text that starts no mark-up and no new line."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
