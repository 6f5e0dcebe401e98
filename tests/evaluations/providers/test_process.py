from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from evaluations.providers import ErrorKind, ProviderError, process
from evaluations.providers.local import bucket
from evaluations.providers.types import Attachment
from tests.evaluations.providers.calling import make_request, run_local

release = threading.Event()


def crash(case_input: Any, parameters: Mapping[str, Any]) -> str:
    raise RuntimeError(f"model file {id(object())} is broken")


def hang(case_input: Any, parameters: Mapping[str, Any]) -> str:
    release.wait(10)
    return "late"


def unprintable(case_input: Any, parameters: Mapping[str, Any]) -> Any:
    return float("nan")


def parametrised(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"input": case_input, "top": parameters["top"]}


def looking(case_input: Any, parameters: Mapping[str, Any], attachments: tuple[Attachment, ...]) -> str:
    return ", ".join(f"{one.media_type} {len(one.data)}" for one in attachments) or "nothing"


def prompted(case_input: Any, parameters: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> str:
    return " | ".join(f"{one['role']}: {one['content']}" for one in messages)


@pytest.fixture(autouse=True)
def own_callables() -> Iterator[None]:
    """Registers this module's callables as another package's entry points would be."""
    known = process._registered()
    for name in ("crash", "hang", "unprintable", "parametrised", "looking", "prompted"):
        known[name] = EntryPoint(name, f"{__name__}:{name}", process.GROUP)
    yield
    process._registered.cache_clear()


def test_a_callable_that_asks_for_attachments_gets_their_bytes() -> None:
    picture = Attachment("ab" * 32, "image/png", b"pixels")
    request = make_request(api_id="looking", case_input="What is it?", attachments=(picture,))
    assert run_local("process", request).text == "image/png 6"
    assert say("looking", "What is it?") == "nothing"


def test_a_callable_that_asks_for_messages_gets_the_filled_prompt() -> None:
    asked = ({"role": "user", "content": "Well? Good app"},)
    assert (
        run_local("process", make_request(api_id="prompted", messages=asked)).text == "user: Well? Good app"
    )
    assert process.reads_prompt("prompted") and not process.reads_prompt("looking")
    assert not process.reads_prompt("nowhere")


def test_the_follower_of_prompts_about_reviews_answers_in_the_form_that_is_asked_for() -> None:
    def follow(prompt: str) -> str:
        asked = ({"role": "user", "content": prompt},)
        request = make_request(
            api_id="review_follower", case_input="Terrible update, my routines crash", messages=asked
        )
        return run_local("process", request).text

    assert follow("Analyze user reviews.").startswith("The user sounds ")
    answer = json.loads(follow("Answer with JSON only."))
    assert 1 <= answer["sentiment"] <= 2 and len(answer["keywords"]) == 3
    assert set(answer["keywords"]) <= {"terrible", "update", "my", "routines", "crash"}


def say(name: str, case_input: Any) -> str:
    return run_local("process", make_request(api_id=name, case_input=case_input)).text


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("vader_two_way", "I love it, great app!", "positive"),
        ("vader_two_way", "Terrible. It crashes and I hate it.", "negative"),
        ("py3langid", "Das ist ein schöner Tag und wir gehen spazieren.", "de"),
        ("py3langid", "Ceci est une phrase en français.", "fr"),
        ("py3langid", "12 !!", "und"),
        ("langdetect", "Das ist ein schöner Tag und wir gehen spazieren.", "de"),
        ("langdetect", "这是一个用中文写的句子", "zh"),
        ("langdetect", "", "und"),
    ],
)
def test_built_in_callables(name: str, text: str, expected: str) -> None:
    assert say(name, text) == expected


def test_sentiment_callables_give_a_grade_and_keywords() -> None:
    vader = json.loads(say("vader_sentiment", "I love it, great app!"))
    assert (vader["sentiment"], vader["keywords"]) == (5, ["love", "great"])
    words = json.loads(say("keyword_sentiment", {"text": "Not good: slow, and it crashes."}))
    assert words == {"sentiment": 1, "keywords": ["good", "slow", "crashes"]}


def test_langdetect_says_the_same_every_time() -> None:
    assert len({say("langdetect", "taxi bar hotel menu") for _ in range(8)}) == 1


@pytest.mark.parametrize(
    ("compound", "grade"),
    [
        (-1, 1),
        (-0.6, 1),
        (-0.59, 2),
        (-0.2, 2),
        (-0.19, 3),
        (0, 3),
        (0.19, 3),
        (0.2, 4),
        (0.59, 4),
        (0.6, 5),
        (1, 5),
    ],
)
def test_compound_scores_are_cut_into_five_equal_parts(compound: float, grade: int) -> None:
    assert bucket(compound) == grade


def test_parameters_of_the_version_reach_the_callable() -> None:
    request = make_request(api_id="parametrised", case_input=[1], parameters={"top": 3})
    assert json.loads(run_local("process", request).text) == {"input": [1], "top": 3}


def test_a_crash_is_our_error_and_is_the_same_each_time() -> None:
    errors = []
    for _ in range(2):
        with pytest.raises(ProviderError, match="The callable crash failed: RuntimeError") as caught:
            say("crash", "x")
        errors.append(caught.value)
    assert {error.kind for error in errors} == {ErrorKind.RETRYABLE}
    assert errors[0].body_digest == errors[1].body_digest != ""


def test_an_output_that_is_not_json_is_a_crash() -> None:
    with pytest.raises(ProviderError, match="ValueError"):
        say("unprintable", "x")


def test_a_callable_over_its_time_is_left_behind() -> None:
    started = time.monotonic()
    try:
        with pytest.raises(ProviderError, match=r"took longer than 0\.1 seconds"):
            run_local("process", make_request(api_id="hang"), timeout_s=0.1)
        assert time.monotonic() - started < 30
    finally:
        release.set()


@pytest.mark.parametrize("name", ["os.system", "nobody", "", "evaluations.providers.local:bucket"])
def test_only_registered_names_are_run(name: str) -> None:
    with pytest.raises(ProviderError, match="There is no callable") as caught:
        say(name, "x")
    assert caught.value.kind is ErrorKind.GONE


def test_stored_outputs_are_given_back_as_they_are() -> None:
    assert run_local("stored", make_request(stored_output="uploaded\x00")).raw == b"uploaded\x00"
    with pytest.raises(ProviderError, match="No output was uploaded"):
        run_local("stored", make_request())
