"""What changed as Markdown and as lines of a file."""

from capabilities.importers.markdown_text import inline
from capabilities.queries.change_items import Item
from capabilities.queries.changed import GROUPS
from capabilities.queries.changed_page import ChangedPage
from config.words import number


def changes_markdown(found: ChangedPage) -> str:
    """By what must be acted on; of each group what the page shows, the rest counted."""
    version = f" ({inline(found.version.label)})" if found.version else ""
    lines = [
        f"# {inline(found.product.name)}{version}: changed since {inline(found.since.words)}",
        "",
        f"From {found.since.moment:%d %B %Y, %H:%M} to {found.now:%d %B %Y, %H:%M} UTC.",
    ]
    for group, _, heading, act in GROUPS:
        shown, count = found.shown[group], found.counts[group]
        if not shown:
            continue
        lines += ["", f"## {heading} ({number(count)})", "", f"*{act}*", ""]
        lines += [_line(item) for item in shown]
        if count > len(shown):
            lines.append(f"- and {number(count - len(shown))} more")
    if not any(found.shown.values()):
        lines += ["", "Nothing changed."]
    return "\n".join(lines) + "\n"


def _line(item: Item) -> str:
    title = f" — {inline(item.title)}" if item.title else ""
    when = f" · {item.at:%d %b %Y}" if item.at else ""
    return f"- {inline(item.sentence)}{title}{when}"
