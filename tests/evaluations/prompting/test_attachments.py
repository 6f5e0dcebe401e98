"""Where a case's pictures and sounds stand among its messages."""

import base64
from typing import Any

import pytest

from evaluations.prompting import MissingSlot, media_part, messages_for

CAT, DOG = media_part("image/png", b"cat"), media_part("image/jpeg", b"dog")
BARK, CLIP = media_part("audio/mpeg", b"bark"), media_part("video/webm", b"clip")


def ask(*contents: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content} for content in contents]


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def test_a_part_is_what_chat_completions_take() -> None:
    assert {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64," + base64.b64encode(b"cat").decode()},
    } == CAT
    assert BARK["input_audio"] == {"data": base64.b64encode(b"bark").decode(), "format": "mp3"}
    assert CLIP["video_url"]["url"].startswith("data:video/webm;base64,")
    assert media_part("audio/wav", b"")["input_audio"]["format"] == "wav"


def test_unnamed_they_end_the_last_user_message() -> None:
    prompt = [*ask("First", "What is it? {{input}}"), {"role": "assistant", "content": "It is"}]
    found = messages_for(prompt, "Look", [CAT, BARK])
    assert found[1]["content"] == [text("What is it? Look"), CAT, BARK]
    assert found[0]["content"] == "First" and found[2]["content"] == "It is"


def test_a_slot_says_where_they_stand() -> None:
    [message] = messages_for(ask("Before {{image}} after {{input}}"), "x", [CAT, BARK, DOG])
    assert message["content"] == [text("Before "), CAT, DOG, text(" after x"), BARK]


def test_a_number_names_one_of_them_and_the_rest_is_the_rest() -> None:
    [message] = messages_for(ask("{{image_2}} or {{image}}?"), "x", [CAT, DOG])
    assert message["content"] == [DOG, text(" or "), CAT, text("?")]


def test_parts_of_a_prompt_may_hold_slots_too() -> None:
    fixed = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    [message] = messages_for(ask([text("{{input}}: {{audio}}"), fixed]), "Hear", [BARK])
    assert message["content"] == [text("Hear: "), BARK, fixed]


def test_without_a_prompt_they_follow_the_input() -> None:
    assert messages_for([], "What?", [CAT])[0]["content"] == [text("What?"), CAT]


def test_a_conversation_gets_them_in_its_last_user_message() -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, *ask("And this?")]
    found = messages_for([{"role": "system", "content": "Be brief."}], talk, [CAT])
    assert found[-1]["content"] == [text("And this?"), CAT] and found[1]["content"] == "Hi"


def test_without_a_user_message_they_get_one() -> None:
    assert messages_for([{"role": "system", "content": "Look."}], {"a": 1}, [CAT])[1] == {
        "role": "user",
        "content": [CAT],
    }


def test_a_field_of_the_case_with_that_name_fills_the_slot() -> None:
    [message] = messages_for(ask("{{image}}"), {"image": "a drawing"}, [CAT])
    assert message["content"] == [text("a drawing"), CAT]


def test_what_a_case_says_places_nothing() -> None:
    [message] = messages_for(ask("{{input}}"), "See {{image}}", [CAT])
    assert message["content"] == [text("See {{image}}"), CAT]


def test_a_prompt_that_names_a_picture_needs_one() -> None:
    for prompt, media in (("{{image}}", [BARK]), ("{{image_2}}", [CAT])):
        with pytest.raises(MissingSlot, match="image"):
            messages_for(ask(prompt), "x", media)


def test_the_same_picture_twice_is_sent_twice() -> None:
    again = dict(CAT)
    [message] = messages_for(ask("{{image_1}} and"), "x", [CAT, again])
    assert message["content"] == [CAT, text(" and"), again]
