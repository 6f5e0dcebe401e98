import io
import re
from pathlib import Path

from evaluations.importers import Limits, read_csv, read_jsonl
from evaluations.importers.cases import COLUMNS
from evaluations.importers.jsonl_cases import FIELDS
from evaluations.importers.results import FIELDS as RESULT_FIELDS
from evaluations.importers.results import PushedResult, parse_result

PAGE = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")


def example(kind: str, index: int = 0) -> bytes:
    found: list[str] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return found[index].encode()


def test_the_files_on_the_page_are_read_without_a_problem() -> None:
    table, lines = read_csv(io.BytesIO(example("csv"))), read_jsonl(io.BytesIO(example("json")))
    assert (len(table.rows), table.problems) == (2, ())
    assert (len(lines.rows), lines.problems) == (2, ())


def test_the_pushed_line_on_the_page_is_taken() -> None:
    assert isinstance(parse_result(example("json", 1)), PushedResult)


def test_every_column_and_field_is_on_the_page() -> None:
    assert [name for name in (*COLUMNS, *FIELDS, *RESULT_FIELDS) if f"`{name}`" not in PAGE] == []


def test_the_limits_on_the_page_are_the_ones_in_force() -> None:
    limits = Limits()
    assert f"| file | {limits.file_bytes >> 20} MiB |" in PAGE
    assert f"| line | {limits.row_bytes >> 20} MiB |" in PAGE
    assert f"| cases | {limits.rows:,} (5,000 pasted) |" in PAGE
    assert f"| nesting of JSON | {limits.depth} levels |" in PAGE
    assert f"| problems reported | {limits.problems:,} |" in PAGE
