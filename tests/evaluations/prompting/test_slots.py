import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.prompting import MissingSlot, fill, slot_problems, slots

NAMES = st.sampled_from(["input", "name", "lang"])
PLAIN = st.text(st.characters(exclude_characters="{}"), max_size=20)


def test_slots_are_named_once_in_order() -> None:
    prompt = [{"role": "user", "content": "{{lang}} {{ input }}"}, {"role": "user", "content": "{{input}}"}]
    assert slots(prompt) == ("lang", "input")


def test_values_go_where_the_slots_are() -> None:
    prompt = [{"role": "user", "content": [{"type": "text", "text": "In {{lang}}: {{input}}"}]}]
    filled = fill(prompt, {"lang": "de", "input": "Hallo"})
    assert filled == [{"role": "user", "content": [{"type": "text", "text": "In de: Hallo"}]}]


def test_what_is_not_text_goes_in_as_json() -> None:
    assert fill("{{a}} {{b}}", {"a": {"y": [1.0, None], "x": True}, "b": 2}) == '{"x":true,"y":[1,null]} 2'


def test_a_missing_slot_is_named_with_what_there_is() -> None:
    with pytest.raises(MissingSlot, match="asks for “lang”.*it has input, name"):
        fill("{{lang}}", {"input": "x", "name": "y"})


@settings(deadline=None)
@given(
    st.lists(st.tuples(PLAIN, NAMES), max_size=5),
    PLAIN,
    st.dictionaries(NAMES, st.text(), min_size=3, max_size=3),
)
def test_the_output_holds_only_the_templates_text_and_the_values(
    parts: list[tuple[str, str]], end: str, values: dict[str, str]
) -> None:
    template = "".join(text + "{{" + name + "}}" for text, name in parts) + end
    expected = "".join(text + values[name] for text, name in parts) + end
    assert fill(template, values) == expected


@pytest.mark.parametrize(
    "payload",
    ["{{input.__class__}}", "{{ 7*7 }}", "{{input|safe}}", "{% if x %}", "{input}", "${input}", "{{input()}}"]
    + ["{{[].__class__}}", "{{ '' }}", "{{}}", "{0.__class__}", "%(input)s", "{{#each input}}", "{{1}}"],
)
def test_nothing_is_evaluated(payload: str) -> None:
    assert slots(payload) == ()
    assert fill(payload, {"input": "secret"}) == payload


def test_a_value_that_looks_like_a_slot_is_not_filled() -> None:
    assert fill("{{input}} {{name}}", {"input": "{{name}}", "name": "{{input}}"}) == "{{name}} {{input}}"
    assert fill("{{{input}}}", {"input": "{name}", "name": "x"}) == "{{name}}"


def test_braces_that_are_no_slot_are_reported() -> None:
    [problem] = slot_problems(["{{ user.name }} {{input}} {{ user.name }}"])
    assert problem.startswith("“{{ user.name }}” is not a slot")
