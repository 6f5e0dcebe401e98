"""What is exported is what is imported, whatever the texts hold."""

from typing import Any

from hypothesis import HealthCheck, given, settings

from capabilities.exporters.criteria import criterion_line
from capabilities.exporters.requirements_csv import defused, requirements_csv
from capabilities.exporters.requirements_json import document_text
from capabilities.exporters.requirements_markdown import requirements_markdown
from capabilities.importers import Limits, RequirementFile, read_requirements
from capabilities.importers.criteria import read_criterion
from capabilities.importers.csv_table import undefused
from tests.capabilities.importers.written import ANY, criterion, requirements

LIMITS = Limits()
# Texts are drawn from all of Unicode, which a busy machine does slowly.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def said(one: dict[str, Any], *, always: frozenset[str]) -> dict[str, Any]:
    """What a file says of a requirement: what is filled, and the rest where the format always says it."""
    return {name: value for name, value in one.items() if name != "key" and (value or name in always)}


def rows_of(file: RequirementFile) -> list[tuple[str, dict[str, Any]]]:
    assert file.mistakes == ()
    assert file.undecided == []
    return [(row.key, dict(row.fields)) for row in file.rows]


@CALM
@given(criterion())
def test_a_criterion_is_the_same_after_its_line_was_read(one: dict[str, Any]) -> None:
    assert read_criterion(criterion_line(one)) == one


@CALM
@given(ANY)
def test_undoing_gives_back_exactly_what_was_defused(text: str) -> None:
    assert undefused(defused(text)) == text


@CALM
@given(requirements())
def test_csv_gives_back_every_requirement(written: list[dict[str, Any]]) -> None:
    text = "".join(requirements_csv(written))
    assert [
        (key, {name: value for name, value in fields.items() if value})
        for key, fields in rows_of(read_requirements(text.encode(), "csv", LIMITS))
    ] == [(one["key"], said(one, always=frozenset())) for one in written]


@CALM
@given(requirements())
def test_markdown_gives_back_every_requirement(written: list[dict[str, Any]]) -> None:
    text = "".join(requirements_markdown("Requirements", written))
    assert rows_of(read_requirements(text.encode(), "markdown", LIMITS)) == [
        (one["key"], said(one, always=frozenset({"owner"}))) for one in written
    ]


@CALM
@given(requirements())
def test_json_gives_back_every_requirement(written: list[dict[str, Any]]) -> None:
    text = document_text({"schema": 1, "requirements": written})
    assert rows_of(read_requirements(text.encode(), "json", LIMITS)) == [
        (one["key"], said(one, always=frozenset(one))) for one in written
    ]
