from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from evaluations.providers import ErrorKind
from evaluations.providers.failures import clean, kind_of, retry_after, status_error
from evaluations.providers.types import digest_of


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
    ],
)
def test_retry_after_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after({"retry-after": later}) == pytest.approx(30, abs=2)
    assert retry_after({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"code": "insufficient_quota"}, ErrorKind.UNAUTHORIZED),
        (429, {"type": "invalid_request_error"}, ErrorKind.RATE_LIMITED),
        (404, {"type": "invalid_request_error"}, ErrorKind.GONE),
        (400, {"code": "model_not_found"}, ErrorKind.GONE),
        (402, {}, ErrorKind.UNAUTHORIZED),
        (418, {}, ErrorKind.PERMANENT),
        (529, {}, ErrorKind.RETRYABLE),
        (408, {}, ErrorKind.RETRYABLE),
    ],
)
def test_words_in_the_body_say_more_than_the_status(
    status: int, error: dict[str, str], kind: ErrorKind
) -> None:
    assert kind_of(status, error) is kind


def test_a_provider_cannot_put_a_key_or_control_characters_into_a_message() -> None:
    assert clean("bad key s3cr3t\x00\x1b[31m", "s3cr3t") == "bad key [key] [31m"
    assert clean("Incorrect key sk-proj-abc***xyz9") == "Incorrect key [key]"
    assert clean("header Bearer abc.def") == "header [key]"
    assert len(clean("x" * 5000)) == 300


def test_an_error_page_that_is_not_json_has_a_status_only() -> None:
    error = status_error(502, {}, b"<html>Bad gateway</html>")
    assert error.message == "The provider failed (502)."


def test_the_same_failure_has_the_same_name_whatever_ids_it_carries() -> None:
    first = b'{"error": "boom", "request": "req_8f3a2b1c", "at": 1795426620}'
    again = b'{"error": "boom", "request": "req_1122ddee", "at": 1795426999}'
    other = b'{"error": "bang", "request": "req_8f3a2b1c", "at": 1795426620}'
    assert digest_of(first) == digest_of(again) != digest_of(other)
