"""A criterion as the one line that `read_criterion` gives back."""

from collections.abc import Iterator, Mapping
from typing import Any

from capabilities.importers.criteria import USUAL
from capabilities.importers.quoting import quoted


def criterion_line(criterion: Mapping[str, Any]) -> str:
    """`AC-1: word-errors; target 0.08`: what is usual is left out."""
    line = "; ".join(_clauses({**USUAL, **criterion}))
    return f"{criterion['key']}: {line}" if criterion.get("key") else line


def plain(value: float) -> str:
    """A number in full: 90 instead of 90.0."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _clauses(one: Mapping[str, Any]) -> Iterator[str]:
    if one["not_measurable_reason"]:
        reason = f"not measurable {quoted(one['not_measurable_reason'])}"
        yield from [one["scorer"], reason] if one["scorer"] else [reason]
    elif one["scorer"]:
        yield one["scorer"]
    yield from _statistic(one)
    if one["against"] != "threshold":
        yield f"against {one['against']}"
    if one["threshold"] is not None:
        yield f"target {plain(one['threshold'])}"
    yield from _comparison(one)
    yield from _cases(one)
    if not one["must"]:
        yield "should"


def _statistic(one: Mapping[str, Any]) -> Iterator[str]:
    if one["statistic"] == "share" and one["limit"] is not None:
        yield f"share within {plain(one['limit'])}"
        return
    if one["statistic"] != "mean":
        yield "every try must pass" if one["statistic"] == "pass_all" else one["statistic"]
    if one["limit"] is not None:
        yield f"limit {plain(one['limit'])}"


def _comparison(one: Mapping[str, Any]) -> Iterator[str]:
    if one["quantifier"] != "every":
        yield f"{one['quantifier']} rival"
    if one["rival_set"] is not None:
        yield f"set {one['rival_set']}"
    if one["equivalence"]:
        yield f"equal within {plain(one['margin'])}"
    elif one["margin"]:
        yield f"margin {plain(one['margin'])}"
    if one["tolerance"]:
        yield f"tolerance {plain(one['tolerance'])}"


def _cases(one: Mapping[str, Any]) -> Iterator[str]:
    if one["slice_name"] or one["slice_value"]:
        yield f"slice {quoted(one['slice_name'])}={quoted(one['slice_value'])}"
    if one["confidence"] != 0.95:
        yield f"confidence {plain(one['confidence'])}"
    if one["min_n"]:
        yield f"at least {one['min_n']} cases"
    if one["min_repeats"] != 1:
        yield f"at least {one['min_repeats']} tries"
    if one["reach"] != "general":
        yield "these cases only"
    if one["tries"] != 1:
        yield f"tries {one['tries']}"
    if one["case_keys"]:
        yield f"only cases {', '.join(map(quoted, one['case_keys']))}"
