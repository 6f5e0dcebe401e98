"""Filters and tags of every template: numbers and verdicts in words, safe prose, navigation, icons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from django import template
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config import prose, words
from config.people import access, navigation
from config.people.queries.watches import watched_things

register = template.Library()

register.filter("counted", words.counted)
register.filter("percent", words.percent)
register.filter("points", words.points)
register.filter("signed", words.signed)
register.filter("money", words.money)
register.filter("duration", words.duration)
register.filter("score", words.score)
register.filter("difference", words.difference)
register.simple_tag(words.range_text, name="range_text")
register.simple_tag(words.trend_words, name="trend_words")

ICONS = {
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "close": "M4 4l8 8M12 4l-8 8",
    "search": "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9zM10.5 10.5l3 3",
    "bell": "M8 2.5a3.5 3.5 0 0 0-3.5 3.5c0 3.5-1.5 4.5-1.5 5.5h10c0-1-1.5-2-1.5-5.5A3.5 3.5 0 0 0 8 2.5zM6.5 13.5a1.5 1.5 0 0 0 3 0",
    "person": "M8 8.5a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM2.5 14c.5-3 3-4 5.5-4s5 1 5.5 4",
    "copy": "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    "down": "M4 6.5l4 4l4-4",
    "download": "M8 2.5v8M4.5 7.5l3.5 3.5l3.5-3.5M2.5 13.5h11",
}


@register.filter
def verdict_glyph(outcome: str) -> str:
    return words.GLYPHS.get(outcome, "·")


@register.filter
def verdict_label(outcome: str, lean: str | None = "") -> str:
    return words.verdict_label(outcome, lean)


@register.filter
def verdict_class(outcome: str) -> str:
    return words.CLASSES.get(outcome, "none")


@register.filter
def trend_glyph(trend: str) -> str:
    return words.TRENDS.get(trend, words.TRENDS["unknown"])[0]


@register.filter
def trend_label(trend: str) -> str:
    return words.TRENDS.get(trend, words.TRENDS["unknown"])[1]


@register.filter
def freshness_label(freshness: str) -> str:
    return words.FRESHNESS.get(freshness, freshness.replace("_", " ").capitalize())


@register.filter
def thousands(value: object, digits: int = 0) -> str:
    """1025 → 1,025; unlike intcomma the same in every locale, and with a real minus."""
    if not isinstance(value, int | float | Decimal) or not words.is_number(value):
        return words.NOTHING
    return words.number(value, digits)


@register.filter
def ago(moment: datetime | None) -> str | SafeString:
    if moment is None:
        return words.NOTHING
    local = timezone.localtime(moment)
    exact = f"{local.day} {local:%b %Y, %H:%M %Z}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, words.ago(moment)
    )


@register.filter
def markdown(text: str | None) -> SafeString:
    return prose.markdown(text or "")


@register.filter
def plain(text: str | None) -> str:
    return prose.plain(text or "")


@register.filter
def visible(text: object) -> SafeString:
    return prose.visible("" if text is None else str(text))


@register.filter
def indented(text: str) -> str:
    """Every line after the first as far in as the first, for plain mail."""
    return text.replace("\n", "\n    ")


@register.filter
def word_diff(pieces: Iterable[tuple[str, str]]) -> SafeString:
    return prose.diff_html(pieces)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', ICONS[name]
    )


@register.simple_tag
def first_url(*names: str) -> str:
    """The first of these URL names that exists, or nothing: {% first_url "a:b" "c:d" as url %}."""
    return navigation.first_url(names)


@register.inclusion_tag("partials/nav.html", takes_context=True)
def nav(context: Context) -> dict[str, object]:
    request = context.get("request")
    product = context.get("site_product")
    user = context.get("user") or AnonymousUser()
    path = request.path if request is not None else ""
    lines = navigation.sections(path, lambda action: access.may(user, action), getattr(product, "key", ""))
    return {"sections": lines, "request": request}


def _page_of(request: HttpRequest) -> str:
    """The path of the page being read, also where htmx swaps a part of it by a POST."""
    current = request.headers.get("HX-Current-URL")
    return urlsplit(current).path if current else request.path


@register.inclusion_tag("capabilities/watch_button.html", takes_context=True)
def watch_button(
    context: Context, noun: str, object_id: int, what: str = "", brief: bool = False
) -> dict[str, object]:
    """Watch something, or stop; what: its name, in a menu; brief: said but not shown. One query a page, however many buttons it has."""
    request, person = context["request"], context["user"]
    if not hasattr(request, "_watched"):
        request._watched = watched_things(person)
    return {
        "noun": noun,
        "id": object_id,
        "what": what,
        "brief": brief,
        "watching": (noun, object_id) in request._watched,
        "next": _page_of(request),
    } | {name: context[name] for name in ("request", "csrf_token") if name in context}


@register.inclusion_tag("partials/stack.html")
def stack(met: int = 0, not_met: int = 0, inconclusive: int = 0, no_data: int = 0) -> dict[str, object]:
    """Counts per outcome as one bar and one line of words; widths in percent of the total."""
    counts = {"met": met, "not_met": not_met, "inconclusive": inconclusive, "no_data": no_data}
    total = sum(counts.values())
    parts, start = [], 0.0
    for outcome, count in counts.items():
        if count:
            width = 100 * count / total
            parts.append({"outcome": outcome, "count": count, "x": f"{start:.3f}", "width": f"{width:.3f}"})
            start += width
    return {"parts": parts, "total": total}
