import json

import pytest

from config.strict_json import BadJSON, strict_json
from tests.factories.people import make_token, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.api.views")]


@pytest.fixture
def api(client):
    _, secret = make_token(make_user("pm"), ("read", "write"))
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def error_of(reply):
    body = reply.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields"}
    assert body["error"]["message"]
    return reply.status_code, body["error"]["code"]


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("refused", (422, "the_rule")),
        ("conflict", (409, "conflict")),
        ("not-comparable", (422, "not_comparable")),
        ("too-large", (413, "too_large")),
        ("missing", (404, "not_found")),
        ("no-such-row", (404, "not_found")),
        ("denied", (403, "permission_denied")),
        ("suspicious", (400, "bad_request")),
        ("invalid", (400, "invalid")),
        ("invalid-whole", (400, "invalid")),
        ("twice", (409, "conflict")),
        ("frozen", (422, "refused")),
        ("too-big-a-number", (400, "invalid")),
        ("nul", (400, "invalid")),
        ("slow", (503, "too_slow")),
    ],
)
def test_every_wrong_has_its_status_and_code_in_one_shape(api, what, answer) -> None:
    assert error_of(api.get(f"/api/v1/wrong/{what}/")) == answer


def test_what_may_not_be_known_is_not_said(api) -> None:
    assert "secret reason" not in api.get("/api/v1/wrong/missing/").content.decode()


def test_fields_name_what_is_wrong(api) -> None:
    reply = api.post("/api/v1/echo/", {"name": "much too long", "size": "x"}, content_type="application/json")
    assert error_of(reply) == (400, "invalid")
    assert set(reply.json()["error"]["fields"]) == {"name", "size"}


def test_our_own_fault_is_a_500_in_the_same_shape_without_the_cause(api) -> None:
    api.raise_request_exception = False
    reply = api.get("/api/v1/wrong/our-fault/")
    assert error_of(reply) == (500, "server_error")
    assert "broken" not in reply.content.decode()


def test_nobody_signed_in_is_a_401_that_says_how_to_sign_in(client) -> None:
    reply = client.get("/api/v1/wrong/refused/")
    assert error_of(reply) == (401, "not_authenticated")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v1/wrong/%00/", "/api/v1/echo/?q=%00"])
def test_addresses_that_lead_nowhere_answer_in_the_same_shape(api, path) -> None:
    assert error_of(api.get(path))[0] in {400, 404}


def test_a_method_that_is_not_there_is_a_405(api) -> None:
    assert error_of(api.get("/api/v1/echo/")) == (405, "method_not_allowed")


def test_another_content_type_is_a_415(api) -> None:
    assert error_of(api.post("/api/v1/echo/", {"name": "a"})) == (415, "unsupported_media_type")


def test_too_many_calls_are_a_429_with_the_time_to_wait(api) -> None:
    api.get("/api/v1/throttled/")
    reply = api.get("/api/v1/throttled/")
    assert error_of(reply) == (429, "throttled")
    assert 0 < int(reply.headers["Retry-After"]) <= 60


BAD_BODIES = {
    "nan": b'{"name": "a", "size": NaN}',
    "infinity": b'{"name": "a", "size": -Infinity}',
    "overflow": b'{"name": "a", "size": 1e999}',
    "nul": b'{"name": "a\\u0000"}',
    "nul in a name": b'{"name": "a", "more": {"\\u0000": 1}}',
    "half a surrogate": b'{"name": "a", "more": "\\ud800"}',
    "deep": b'{"name": "a", "more": ' + b"[" * 60 + b"]" * 60 + b"}",
    "very deep": b"[" * 200_000,
    "endless number": b'{"name": "a", "more": ' + b"9" * 5000 + b"}",
    "not utf-8": b'{"name": "\xff"}',
    "cut": b'{"name": ',
    "empty": b" ",
}


@pytest.mark.parametrize("text", BAD_BODIES.values(), ids=BAD_BODIES)
def test_json_that_could_not_be_stored_is_a_400(api, text) -> None:
    reply = api.post("/api/v1/echo/", text, content_type="application/json")
    assert error_of(reply) == (400, "parse_error")


@pytest.mark.parametrize("text", [b"[]", b'"a"', b"null", b"3"])
def test_json_of_another_kind_is_a_400(api, text) -> None:
    assert error_of(api.post("/api/v1/echo/", text, content_type="application/json"))[0] == 400


def test_a_body_over_the_cap_is_a_413(api, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    reply = api.post("/api/v1/echo/", json.dumps({"name": "a" * 1000}), content_type="application/json")
    assert error_of(reply) == (413, "too_large")


def test_what_json_may_hold_passes_unchanged() -> None:
    value = {"a": [1, 2.5, None, True, "ünï 🙂"], "deep": [[[[{}]]]]}
    assert strict_json(json.dumps(value)) == value


@pytest.mark.parametrize(("levels", "fits"), [(32, True), (33, False)])
def test_the_depth_cap_is_exact(levels, fits) -> None:
    text = "[" * levels + "]" * levels
    if fits:
        assert strict_json(text)
    else:
        with pytest.raises(BadJSON, match="32"):
            strict_json(text)
