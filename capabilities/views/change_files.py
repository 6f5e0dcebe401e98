"""What changed as Markdown and as lines of a file."""

from collections.abc import Sequence

from capabilities.importers.markdown_text import inline
from capabilities.queries.change_items import Item
from capabilities.queries.changed import GROUPS, Changed
from config.words import number

SHOWN_OF_EACH = 20


def changes_markdown(found: Changed, items: Sequence[Item]) -> str:
    """By what must be acted on; of each group so many, the rest counted."""
    version = f" ({inline(found.version.label)})" if found.version else ""
    lines = [
        f"# {inline(found.product.name)}{version}: changed since {inline(found.since.words)}",
        "",
        f"From {found.since.moment:%d %B %Y, %H:%M} to {found.now:%d %B %Y, %H:%M} UTC.",
    ]
    for group, _, heading, act in GROUPS:
        of_group = [item for item in items if item.group == group]
        if not of_group:
            continue
        lines += ["", f"## {heading} ({number(len(of_group))})", "", f"*{act}*", ""]
        lines += [_line(item) for item in of_group[:SHOWN_OF_EACH]]
        if len(of_group) > SHOWN_OF_EACH:
            lines.append(f"- and {number(len(of_group) - SHOWN_OF_EACH)} more")
    if not items:
        lines += ["", "Nothing changed."]
    return "\n".join(lines) + "\n"


def _line(item: Item) -> str:
    title = f" — {inline(item.title)}" if item.title else ""
    when = f" · {item.at:%d %b %Y}" if item.at else ""
    return f"- {inline(item.sentence)}{title}{when}"
