from typing import Any

import pytest

from evaluations.prompting import MissingSlot, messages_for, prompt_problems, values_of

ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Review: {{input}}"}]
TALK = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello"},
    {"role": "user", "content": "Bye"},
]


def test_a_text_fills_input() -> None:
    assert messages_for(ASK, "Great app")[1] == {"role": "user", "content": "Review: Great app"}


def test_the_fields_of_an_object_fill_slots_of_their_names() -> None:
    prompt = [{"role": "user", "content": "{{speed}} km/h, {{weather}}"}]
    assert messages_for(prompt, {"speed": 90, "weather": "rain"})[0]["content"] == "90 km/h, rain"


def test_an_object_as_a_whole_is_input_unless_it_has_that_field() -> None:
    prompt = [{"role": "user", "content": "{{input}}"}]
    assert messages_for(prompt, {"b": 1, "a": 2})[0]["content"] == '{"a":2,"b":1}'
    assert messages_for(prompt, {"input": "x", "a": 2})[0]["content"] == "x"


def test_a_conversation_follows_the_prompts_own_messages() -> None:
    prompt = [{"role": "system", "content": "Be brief."}]
    assert messages_for(prompt, TALK) == prompt + TALK


def test_a_conversation_may_fill_input_with_what_was_said_last() -> None:
    assert messages_for(ASK, TALK)[1]["content"] == "Review: Bye"
    assert values_of(TALK) == {"input": "Bye"}


def test_without_a_prompt_the_input_itself_is_sent() -> None:
    assert messages_for([], "Hi") == [{"role": "user", "content": "Hi"}]
    assert messages_for([], TALK) == TALK


def test_what_a_case_says_is_never_a_template() -> None:
    talk = [{"role": "user", "content": "{{secret}}"}]
    assert messages_for([{"role": "system", "content": "Be brief."}], talk)[1] == talk[0]


def test_a_case_without_the_slot_is_refused() -> None:
    with pytest.raises(MissingSlot, match="“input”|“weather”"):
        messages_for([{"role": "user", "content": "{{weather}}"}], {"speed": 90})


def test_the_prompt_itself_is_not_changed() -> None:
    before = [dict(message) for message in ASK]
    messages_for(ASK, "x")
    assert before == ASK


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("hello", "list of messages"),
        ([{"role": "robot", "content": "x"}], "Message 1 needs a role"),
        ([{"role": "user"}], "Message 1 needs a content"),
        (["x"], "Message 1 is not an object"),
        ([{"role": "user", "content": "{{a.b}}"}], "is not a slot"),
        ([{"role": "user", "content": "x"}] * 201, "at most 200"),
    ],
)
def test_a_prompt_that_cannot_be_used_says_why(prompt: Any, says: str) -> None:
    [problem] = prompt_problems(prompt)
    assert says in problem


def test_a_good_prompt_has_no_problem() -> None:
    assert prompt_problems(ASK) == []
