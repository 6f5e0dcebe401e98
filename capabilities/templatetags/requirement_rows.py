"""Rows of the requirements list and of the matrix, and the choices of their menus.

Tags rather than templates: a page has hundreds of cells and choices, and a template for each was half of its time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from urllib.parse import quote

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from capabilities.queries.columns import Column
from capabilities.queries.coverage import Cell, Row
from capabilities.queries.filters import COVERAGE, Choice
from capabilities.queries.states import RequirementState
from config import words
from config.people.templatetags.plumbline import ago, freshness_label

register = template.Library()
NONE = "—"
ANY_KEY = "ANY-0"
CURRENT = ' aria-current="true"'
TICK = '<span aria-hidden="true">✓</span>'
EDITED = (
    '<a class="cell-edit" href="{}" hx-get="{}" hx-target="closest tr" hx-swap="outerHTML" aria-label="{} of {}: {}"'
    ' title="Change it here">{}</a>'
)
PENDING = mark_safe(' <span class="chip open"><span aria-hidden="true">◌</span>To be confirmed</span>')
NO_DATA = '<td class="cell none"><span class="visually-hidden">No data</span></td>'


@register.simple_tag
def requirement_url(name: str, key: str) -> str:
    """The address of a requirement's page `requirement-<name>`; looked up once, since a list asks for hundreds."""
    return _pattern(name).replace(ANY_KEY, key)


@lru_cache(maxsize=100)
def _pattern(name: str) -> str:
    return reverse(f"capabilities:requirement-{name}", args=[ANY_KEY])


@register.simple_tag
def menu_choices(choices: Iterable[Choice], ticked: bool = False) -> SafeString:
    """The lines of a menu; ticked: the chosen ones carry a mark, where several may be chosen."""
    found = []
    for choice in choices:
        url, label = escape(choice.url), escape(choice.label)
        current, tick = (CURRENT, TICK if ticked else "") if choice.chosen else ("", "")
        found.append(f'<li><a href="{url}"{current} hx-get="{url}">{label}{tick}</a></li>')
    return mark_safe("".join(found))  # noqa: S308 - every part is escaped


@register.simple_tag
def row_cells(
    state: RequirementState,
    columns: Sequence[Column],
    own_columns: bool,
    edit_url: str = "",
    row_url: str = "",
    row_query: str = "",
) -> SafeString:
    """The cells of a requirement. edit_url: of the whole form, for who may write; row_url, row_query: of the form in the row."""
    found = []
    for column in columns:
        shown = CELLS[column.name](state)
        if column.edits and edit_url:
            row = f"{row_url}?{row_query}&focus={column.edits}"
            shown = format_html(EDITED, edit_url, row, column.label, state.requirement.key, shown, shown)
        found.append(f'<td class="{_css(column, own_columns)}">{conditional_escape(shown)}</td>')
    return mark_safe("".join(found))  # noqa: S308 - every part is escaped


def _css(column: Column, own_columns: bool) -> str:
    if column.num:
        return "num"
    if column.name in ("verdict", "trend"):
        return column.name
    return "quiet" if own_columns else "quiet hide-small"


def _verdict(state: RequirementState) -> str:
    chip = _chip(state.outcome, state.lean, state.waived)
    return chip + PENDING if state.pending else chip


@lru_cache(maxsize=100)
def _chip(outcome: str, lean: str, waived: bool) -> SafeString:
    """The chip of a state. There are few different ones, so each is rendered once."""
    state = {"outcome": outcome, "lean": lean, "waived": waived}
    return render_to_string("capabilities/state_chip.html", {"state": state})


def _trend(state: RequirementState) -> str:
    return _trend_glyph(state.trend) if state.trend and state.trend != "unknown" else ""


@lru_cache(maxsize=100)
def _trend_glyph(trend: str) -> SafeString:
    return render_to_string("partials/trend.html", {"trend": trend, "size": "glyph"})


def _gap(state: RequirementState) -> str:
    if state.gap is None:
        return ""
    css = "supported" if state.gap.supported else "unsupported"
    return format_html('<span class="{}">{}</span>', css, words.difference(state.gap.point, state.gap.unit))


def _range(state: RequirementState) -> str:
    if (gap := state.gap) is None:
        return ""
    between = words.range_text(gap.low, gap.high, gap.unit, True)
    return format_html(
        '<span class="nowrap">{}</span> <span class="nowrap">vs {}</span>', between, gap.against
    )


def _coverage(state: RequirementState) -> str:
    return COVERAGE.get(state.coverage, state.coverage).lower()


def _freshness(state: RequirementState) -> str:
    return freshness_label(state.freshness).lower() if state.freshness else _coverage(state)


def _owner(state: RequirementState) -> str:
    return state.requirement.owner.shown_name if state.requirement.owner else NONE


CELLS: Mapping[str, Callable[[RequirementState], str]] = {
    "verdict": _verdict,
    "trend": _trend,
    "gap": _gap,
    "range": _range,
    "intent": lambda state: state.requirement.get_intent_display().lower(),
    "freshness": _freshness,
    "priority": lambda state: state.requirement.get_priority_display().lower(),
    "capability": lambda state: getattr(state.requirement.capability, "name", NONE),
    "objective": lambda state: getattr(state.requirement.objective, "title", NONE),
    "owner": _owner,
    "target": lambda state: state.requirement.target or NONE,
    "tags": lambda state: ", ".join(state.requirement.tags) or NONE,
    "lifecycle": lambda state: state.requirement.get_lifecycle_display().lower(),
    "commitment": lambda state: state.requirement.get_commitment_display().lower(),
    "kind": lambda state: state.requirement.get_kind_display(),
    "coverage": _coverage,
    "updated": lambda state: ago(state.requirement.updated_at),
}


@register.simple_tag
def matrix_cells(row: Row, url: str) -> SafeString:
    """A cell for each version of a row of the matrix. url: of the requirement's page."""
    return mark_safe("".join(_matrix_cell(cell, url) for cell in row.cells))  # noqa: S308 - every part is escaped


def _matrix_cell(cell: Cell, url: str) -> str:
    if cell.standing is None:
        return NO_DATA
    said, version = escape(cell.words), quote(cell.version.label)
    return (
        f'<td class="cell {cell.css}"><a href="{url}?version={version}" title="{said}">'
        f'<span aria-hidden="true">{cell.glyphs}</span><span class="visually-hidden">{said}</span></a></td>'
    )
