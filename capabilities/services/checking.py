"""What Django checks of a row before it is saved, for many rows at once: without a query."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, ForeignKey, Model, Q

from config.errors import Refused


class AtFault(Exception):
    """One of many cannot be written, so none is. place: of it among the wanted; reason: what it would be refused with alone."""

    def __init__(self, place: int, reason: ValidationError | Refused) -> None:
        super().__init__(place, reason)
        self.place, self.reason = place, reason


LOOKUPS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "lt": operator.lt,
    "in": lambda value, wanted: value in wanted,
    "isnull": lambda value, wanted: (value is None) is wanted,
}


def check_row(row: Model, *, without: tuple[str, ...] = ()) -> None:
    """Raises the ValidationError of `full_clean` for fields, `clean` and check constraints.

    Left to the database: that what is pointed to is there, and that nothing is there twice.
    """
    pointing = [field.name for field in row._meta.fields if isinstance(field, ForeignKey)]
    pointing = [field.name for field in row._meta.fields if isinstance(field, ForeignKey)]
    problems: dict[str, Any] = {}
    try:
        row.clean_fields(exclude={*without, *pointing})
    except ValidationError as problem:
        problems = problem.update_error_dict(problems)
    try:
        row.clean()
    except ValidationError as problem:
        problems = problem.update_error_dict(problems)
    for constraint in [] if problems else row._meta.constraints:
        if isinstance(constraint, CheckConstraint) and not holds(constraint.condition, row):
            message = ValidationError(constraint.get_violation_error_message())
            problems = message.update_error_dict(problems)
    if problems:
        raise ValidationError(problems)


def holds(condition: Any, row: Model) -> bool:
    """Whether a row satisfies a constraint's condition, of the few comparisons that these use."""
    parts = [holds(part, row) if isinstance(part, Q) else _holds(row, *part) for part in condition.children]
    found = any(parts) if condition.connector == Q.OR else all(parts)
    return not found if condition.negated else found


def _holds(row: Model, name: str, wanted: Any) -> bool:
    field, _, lookup = name.partition("__")
    return LOOKUPS[lookup or "exact"](row.serializable_value(field), wanted)
