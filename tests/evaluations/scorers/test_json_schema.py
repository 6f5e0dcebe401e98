from typing import Any

import pytest

from evaluations.scorers import get_scorer
from tests.evaluations.scorers.conftest import Grade

SLUG = "json_schema"
REVIEW = get_scorer(SLUG).example_config["schema"]
GOOD = '{"sentiment": 4, "keywords": ["battery", "screen", "price"]}'


def doubling(levels: int) -> dict[str, Any]:
    parts = {f"p{n}": {"allOf": [{"$ref": f"#/$defs/p{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, f"p{levels}": {}}, "$ref": "#/$defs/p0"}


@pytest.mark.parametrize(
    "text", [GOOD, f"```json\n{GOOD}\n```", f"Sure!\n```\n{GOOD}\n```\nDone.", f"```json {GOOD}"]
)
def test_json_that_follows_the_schema_is_right(grade: Grade, text: str) -> None:
    assert grade(text, schema=REVIEW).numerator == 1.0


def test_json_that_breaks_the_schema_says_where(grade: Grade) -> None:
    scored = grade('{"sentiment": 9, "keywords": []}', schema=REVIEW)
    assert (scored.numerator, scored.parsed) == (0.0, True)
    assert "$.sentiment: 9 is greater than the maximum of 5" in scored.rationale


@pytest.mark.parametrize(
    "text", ["", "Four stars", '{"sentiment": 4', '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 9999]
)
def test_text_that_is_no_json_is_unparsed(grade: Grade, text: str) -> None:
    scored = grade(text, schema={})
    assert (scored.numerator, scored.parsed) == (0.0, False)


def test_patterns_run_on_re2_and_uniqueness_is_checked(grade: Grade) -> None:
    schema = {"type": "array", "uniqueItems": True, "items": {"pattern": "^(a+)+$"}}
    assert grade('["a", "aa"]', schema=schema).numerator == 1.0
    assert grade('["a", "a"]', schema=schema).numerator == 0.0
    assert grade('["' + "a" * 5000 + '!"]', schema=schema).numerator == 0.0


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"$ref": "http://169.254.169.254/"}, "may refer only to"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "may refer only to"),
        ({"const": {"patternProperties": {"(a+)+$": {}}}, "items": {"$ref": "#/const"}}, "may refer only to"),
        ({"$ref": ["#"]}, "may refer only to"),
        ({"$defs": {"a/const": {}, "a": {"const": {}}}, "$ref": "#/$defs/a/const"}, "may refer only to"),
        ({"$defs": 4}, "is not a JSON schema"),
        ({"const": "\x00"}, "NUL"),
        ({"$ref": "#"}, "without end"),
        ({"type": "objekt"}, "is not a JSON schema"),
        ({"items": {"pattern": "(?=a)"}}, "look-ahead"),
        ({"patternProperties": {"^a": {}}}, "not supported"),
        ({"description": "x" * 60_000}, "longer than 50,000"),
        (doubling(25), "too many steps"),
    ],
)
def test_a_schema_that_could_fetch_hang_or_confuse_is_refused(schema: dict[str, Any], says: str) -> None:
    [problem] = get_scorer(SLUG).validate({"schema": schema})
    assert says in problem


def test_a_property_may_have_the_name_of_a_refused_keyword() -> None:
    schema = {"properties": {"patternProperties": {"type": "string"}, "$ref": {"const": "$id"}}}
    assert get_scorer(SLUG).validate({"schema": schema}) == []


def test_a_schema_that_refers_to_itself_with_care_is_taken(grade: Grade) -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}, "additionalProperties": False}
    assert grade('{"child": {"child": {}}}', schema=tree).numerator == 1.0


def test_a_number_too_large_to_check_is_unparsed(grade: Grade) -> None:
    assert grade("9" * 400, schema={"multipleOf": 0.5}).parsed is False


def test_a_check_that_costs_too_much_is_unparsed(grade: Grade) -> None:
    schema = {"items": {"$ref": "#/$defs/p0"}, "$defs": doubling(9)["$defs"]}
    assert grade("[" + "1," * 500 + "1]", schema=schema).parsed is False
