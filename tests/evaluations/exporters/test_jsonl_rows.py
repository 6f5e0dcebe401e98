import json
from datetime import date
from decimal import Decimal

import pytest

from evaluations.exporters import jsonl_rows


def test_each_row_is_a_line_that_reads_back() -> None:
    rows = [{"b": "=1+1 é\n", "a": [1, None, {"x": 0.1}]}, {}]
    lines = list(jsonl_rows(rows))
    assert [json.loads(line) for line in lines] == rows
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)


def test_dates_and_money_are_text() -> None:
    [line] = jsonl_rows([{"on": date(2024, 5, 1), "cost": Decimal("0.10")}])
    assert json.loads(line) == {"on": "2024-05-01", "cost": "0.10"}


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (object(), TypeError)])
def test_what_json_cannot_hold_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(jsonl_rows([{"a": value}]))
