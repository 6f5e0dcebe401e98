"""Filters and tags for facts: JSON as people read it, pictures and sound as they see and hear them."""

import json
import re
from typing import Any

from django import template
from django.urls import reverse

from evaluations.importers.media import kind_of

register = template.Library()
_NUMBERS = re.compile(r"\[\s+(-?\d[-+.\deE]*(?:,\s+-?\d[-+.\deE]*)*)\s+\](?=[,\s]|$)")
EXCERPT, FIGURES = 240, 60


@register.filter
def as_json(value: Any) -> str:
    """A value as indented JSON; a text stays a text."""
    if isinstance(value, str):
        return value
    written = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    # A position is read as one: lists of numbers stay in a line.
    return _NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", written)


@register.filter
def as_line(value: Any) -> str:
    """A value as JSON in one line, for tables; a text stays a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def attachment_label(number: int, key: str = "") -> str:
    """What an attachment of a case is called for whoever does not see it."""
    return f"Attachment {number} of {key}" if key else f"Attachment {number}"


@register.inclusion_tag("partials/media.html")
def media(sha256: str, media_type: str | None, label: str = "", small: bool = False) -> dict[str, object]:
    """A stored picture, shown, or a sound or video with its controls: {% media sha256 media_type "Attachment 1" %}.

    media_type: as its blob says, None where no such content is kept, "" where it was erased. Nothing is loaded by the server for it.
    """
    kind = kind_of(media_type or "")
    names = {"image": "Picture", "audio": "Sound", "video": "Video"}
    why = "this content was erased." if media_type == "" else "this content is not kept here."
    return {
        "url": reverse("evaluations:media", args=[sha256]) if kind else "",
        "kind": kind,
        "label": label or names.get(kind, f"Content {sha256[:12]}…"),
        "small": small,
        "why": why,
    }


def _plain_fields(value: Any) -> str:
    """hour 7 · parked false: an object of plain values without its quotes; empty for anything else."""
    if not isinstance(value, dict) or any(isinstance(field, dict | list) for field in value.values()):
        return ""
    return " · ".join(f"{name} {as_line(field)}" for name, field in value.items())


@register.filter
def excerpt(value: Any) -> str:
    """The beginning of a value in one line, for lists. Mostly figures are cut sooner: nobody reads positions there."""
    text = _plain_fields(value) or as_line(value)
    figures = sum(character.isdigit() for character in text[:EXCERPT])
    most = FIGURES if figures > len(text[:EXCERPT]) / 5 else EXCERPT
    return text if len(text) <= most else text[: most - 1] + "…"
