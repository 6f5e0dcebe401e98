"""Intent against evidence as Markdown, for a mail or a wiki."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from capabilities.importers.markdown_text import inline
from capabilities.models import Product
from capabilities.queries.intent_list import Claim
from capabilities.queries.intent_map import HEADINGS, intent_map
from capabilities.queries.intent_readings import SHOWN
from capabilities.queries.intents import IntentRow
from config.words import difference, number, range_text

SHOWN_OF_EACH = 20


def intent_markdown(product: Product, claims: Sequence[Claim], rows: Mapping[int, IntentRow]) -> str:
    """The map, then what disagrees most; of each kind of reading so many rows, the rest counted.

    rows: by requirement, at least the first of each reading.
    """
    lines = [f"# {inline(product.name)}: what we claim and what is measured", ""]
    lines += [f"| Claim | {' | '.join(HEADINGS[each] for each in SHOWN)} |", f"|---|{'---:|' * len(SHOWN)}"]
    for line in intent_map(claims):
        counts = (number(cell.count) if cell.words else "" for cell in line.cells)
        lines.append(f"| {line.intent.capitalize()} | {' | '.join(counts)} |")
    for shown, group in groupby(claims, key=lambda claim: claim.shown):
        found = list(group)
        lines += ["", f"## {HEADINGS[shown]} ({number(len(found))})", ""]
        first = [rows.get(claim.requirement_id) for claim in found[:SHOWN_OF_EACH]]
        lines += [_line(row) for row in first if row]
        if len(found) > SHOWN_OF_EACH:
            lines.append(f"- and {number(len(found) - SHOWN_OF_EACH)} more")
    return "\n".join(lines) + "\n"


def _line(row: IntentRow) -> str:
    said = f"- {row.key} {inline(row.title)}: claims {row.intent}, shown: **{row.words}**"
    gap = row.gap
    if gap is not None and gap.point is not None:
        grey = "" if gap.supported else ", not distinguishable"
        numbers = f"{difference(gap.point, gap.unit)} ({range_text(*gap.shown_ends, gap.unit, True)})"
        said += f"; {numbers} vs {inline(gap.against)} on {gap.criterion}{grey}"
    return f"{said}. {inline(row.takes)}"
