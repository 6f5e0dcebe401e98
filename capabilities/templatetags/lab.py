"""What the lab's answers are laid out with."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import template

from evaluations.queries.lab import Cell, Column

register = template.Library()


@register.filter
def at(found: Mapping[str, Any], key: str) -> Any:
    """The entry of that key, or None."""
    return found.get(key)


@register.filter
def beside(cells: Sequence[Cell], columns: Sequence[Column]) -> Iterator[tuple[Column, Cell]]:
    """Each cell of a row with its column."""
    return zip(columns, cells, strict=True)
