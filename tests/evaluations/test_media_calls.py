"""What a call is made of for a case with pictures and sounds."""

import base64
import json
from typing import Any

import pytest
from django.utils import timezone

from evaluations.models import Blob, Case, Response, WorkItem
from evaluations.providers.openai_apis import call_for
from evaluations.providers.prices import highest_input_tokens
from evaluations.services.requests import NotCallable, plan_for
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_prompt_version,
    make_provider,
)
from tests.factories.media import flac, make_media, mp4, picture, wav

pytestmark = pytest.mark.django_db


def asked(adapter: str, data: list[bytes], prompt: str = "What? {{input}}", **version: Any):
    """An evaluation version over one case with this content, and a version to ask."""
    hashes = [make_media(one).sha256 for one in data]
    cases = make_dataset_version([{"key": "seen", "input": "Look.", "attachments": hashes}], purpose="dev")
    evaluation = make_evaluation_version(
        cases, prompt_version=make_prompt_version([{"role": "user", "content": prompt}])
    )
    provider = make_provider(adapter, base_url="http://127.0.0.1:9/v1")
    return evaluation, make_model_version(provider=provider, kind="lmm", parameters={}, **version)


def request_of(adapter: str, data: list[bytes], prompt: str = "What? {{input}}"):
    plan = plan_for(*asked(adapter, data, prompt))
    return plan.request(Case.objects.get(key="seen"), "1-1-1")


def test_a_picture_and_a_sound_reach_the_wire_as_chat_completions_take_them() -> None:
    seen, heard = picture(), wav()
    request = request_of("openai_like", [seen, heard], "{{audio}}What? {{input}}")
    [message] = json.loads(json.dumps(call_for(request).body["messages"]))
    assert [part["type"] for part in message["content"]] == ["input_audio", "text", "image_url"]
    assert base64.b64decode(message["content"][0]["input_audio"]["data"]) == heard
    url = message["content"][2]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,") and base64.b64decode(url.partition(",")[2]) == seen


def test_a_local_callable_gets_the_bytes_and_no_base64() -> None:
    seen = picture()
    request = request_of("process", [seen])
    assert [(one.media_type, one.data) for one in request.attachments] == [("image/png", seen)]
    assert request.messages[0]["content"] == "What? Look."


def test_a_case_without_attachments_is_asked_as_before(django_assert_num_queries) -> None:
    plan = plan_for(*asked("openai_like", []))
    case = Case.objects.select_related("content").get(key="seen")
    with django_assert_num_queries(0):
        assert plan.request(case, "").messages[0]["content"] == "What? Look."


def test_many_attachments_are_read_in_one_query(django_assert_num_queries) -> None:
    plan = plan_for(*asked("openai_like", [picture() for _ in range(6)]))
    case = Case.objects.select_related("content").get(key="seen")
    with django_assert_num_queries(1):
        assert len(plan.request(case, "").messages[0]["content"]) == 7


@pytest.mark.parametrize("adapter", ["openai_like", "process"])
def test_a_case_whose_picture_was_erased_is_not_asked(adapter: str) -> None:
    plan = plan_for(*asked(adapter, [picture()]))
    case = Case.objects.get(key="seen")
    Blob.objects.filter(sha256__in=case.attachments).update(
        data=b"", compressed=False, purged_at=timezone.now()
    )
    with pytest.raises(NotCallable, match=r"Attachment 1 of this case .* was erased"):
        plan.request(case, "")


def test_an_erased_picture_makes_the_sample_missing_with_the_reason() -> None:
    evaluation, version = asked("process", [picture()], api_id="vader_sentiment")
    Blob.objects.filter(media_type="image/png").update(data=b"", compressed=False, purged_at=timezone.now())
    run = work_off(start_run(actor=None, evaluation_version=evaluation, model_version=version))
    assert (run.failed, Response.objects.count()) == (1, 0)
    assert "was erased" in WorkItem.objects.get(run=run).error


@pytest.mark.parametrize(
    ("data", "tokens_a_second"),
    [(flac(3_600), 32), (mp4(3_600), 300)],
    ids=["an hour of silence", "an hour of film"],
)
def test_few_bytes_that_play_long_are_bounded_by_how_long(data: bytes, tokens_a_second: int) -> None:
    assert len(data) < 200
    assert highest_input_tokens(request_of("openai_like", [data])) > tokens_a_second * 3_600


def test_the_same_call_is_known_by_its_pictures_without_reading_them(
    django_assert_num_queries: Any,
) -> None:
    plan = plan_for(*asked("openai_like", [picture(), wav()], "{{image}} and {{audio}}: {{input}}"))
    case = Case.objects.select_related("content").get(key="seen")
    other = plan_for(*asked("openai_like", [wav(), picture()], "{{image}} and {{audio}}: {{input}}"))
    turned = Case.objects.select_related("content").latest("pk")
    Blob.objects.filter(sha256=case.attachments[0]).update(data=b"", purged_at=timezone.now())
    with django_assert_num_queries(1):
        known = plan.digest(case, 1)
    assert known is not None and known == plan.digest(case, 1) != plan.digest(case, 2)
    assert plan.digest(turned, 1) != known != other.digest(case, 1)
