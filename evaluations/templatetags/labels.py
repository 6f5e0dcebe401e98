"""The pictures of a scorer of labels, and features as a table."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import template

from evaluations.canonical import parse_json
from evaluations.queries.scores import ScorerLines
from evaluations.views.label_charts import LabelChart, label_charts

register = template.Library()


@register.filter
def label_pictures(line: ScorerLines) -> list[LabelChart]:
    """Confusion matrix and reliability diagram; none for other scorers."""
    return label_charts(line.samples) if line.samples is not None else []


MOST_FEATURES = 60


@register.filter
def features(value: Any) -> list[tuple[str, Any]]:
    """Names and values of an object of plain values, or of its JSON; empty for anything else, or for more than 60 of them.

    One object inside, such as the probability of each label, is listed with its name in front.
    """
    rows = list(_plain(_object(value)))
    whole = all(not isinstance(found, dict | list) for _, found in rows)
    return rows if whole and len(rows) <= MOST_FEATURES else []


def _object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = parse_json(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _plain(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, found in value.items():
        if isinstance(found, Mapping):
            yield from ((f"{name}: {inner}", each) for inner, each in found.items())
        else:
            yield name, found
