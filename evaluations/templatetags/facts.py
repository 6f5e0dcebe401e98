"""Filters for facts: JSON as people read it."""

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """A value as indented JSON; a text stays a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


@register.filter
def as_line(value: Any) -> str:
    """A value as JSON in one line, for tables; a text stays a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
