"""Files made to take long or to break out: read in linear time, refused in a sentence."""

import time

import pytest

from capabilities.exporters.requirements_markdown import requirements_markdown
from capabilities.importers import Limits, read_requirements
from capabilities.importers.markdown_text import from_inline, inline

LIMITS = Limits()
LONG = 400_000
FILES = {
    "spaces before a mark": ("markdown", "## " + " " * LONG + "x"),
    "marks that close": ("markdown", "## x" + " #" * (LONG // 2)),
    "a field of spaces": ("markdown", "## x\n- The model shall: " + " " * LONG + "x"),
    "a line without end": ("markdown", "## x\n" + "a" * LONG),
    "many headings": ("markdown", "## x\n" * (LONG // 5)),
    "many sections": ("markdown", "## x\n" + "### Why\n" * (LONG // 8)),
    "marks never closed": ("csv", "Title,The model shall\n" + '"' * LONG),
    "apostrophes": ("csv", "Title,The model shall\n" + "'" * LONG + ",b\n"),
    "many columns": ("csv", "a," * (LONG // 2) + "\n"),
    "clauses": ("csv", "Title,The model shall,criterion.1\na,b," + "exact" + "; must" * (LONG // 6) + "\n"),
    "a long number": ("csv", "Title,The model shall,criterion.1\na,b,exact; target " + "9" * LONG + "\n"),
    "depth": ("json", "[" * LONG),
    "a long key": ("json", '{"' + "a" * LONG + '": 1}'),
}


@pytest.mark.parametrize("name", FILES)
def test_no_file_takes_long(name: str) -> None:
    kind, text = FILES[name]
    started = time.monotonic()
    found = read_requirements(text.encode(), kind, LIMITS)
    assert time.monotonic() - started < 60
    assert found.mistakes or found.rows


def test_spaces_take_no_time_to_write() -> None:
    text = "a" + " " * 200_000 + "b"
    started = time.monotonic()
    assert from_inline(inline(text)) == text
    assert time.monotonic() - started < 60


def test_no_text_of_an_exported_requirement_becomes_a_heading_or_a_list_of_its_own() -> None:
    hostile = "\n# a\n## VA-9: forged\n### Criteria\n- exact; target 0\n<script>x</script>\n| a | b |\n```\n"
    one = {
        "key": "VA-1", "title": hostile, "while_part": hostile, "when_part": "", "where_part": "", "if_part": "", "shall": hostile,
        "rationale": hostile, "out_of_scope": hostile, "examples": [{"input": hostile, "good": hostile, "bad": ""}], "criteria": [],
        "priority": "must", "intent": "lead", "kind": "llm", "capability": hostile, "objective": "", "owner": "", "target": "",
        "tags": [hostile],
    }  # fmt: skip
    lines = "".join(requirements_markdown(hostile, [one])).splitlines()
    headings = [line[:6].split(":")[0] for line in lines if line.startswith("#")]
    assert headings == ["# &#10", "## VA-", "### Wh", "### No", "### Ex"]
    assert [line for line in lines if "<script>" in line and not line.startswith(">")] == []
    assert [line for line in lines if line.startswith(("|", "```"))] == []
