"""Rows as JSON Lines, the lossless export."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def jsonl_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One JSON object and a line feed for each row, keys in the row's order, text unescaped.

    Decimals become text, dates ISO 8601. Raises ValueError for NaN and TypeError for other types.
    """
    for row in rows:
        yield json.dumps(dict(row), ensure_ascii=False, allow_nan=False, default=_other) + "\n"


def _other(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
