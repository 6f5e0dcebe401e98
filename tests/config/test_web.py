import gzip

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, StreamingHttpResponse
from django.template import Context
from django.test import RequestFactory

from config.people.models import Role, User
from config.people.navigation import leads_to, sections
from config.people.templatetags.plumbline import nav
from config.web import PressedText, page_of, page_or_partial, safe_next, vary_by_htmx

WHOLE, PARTIAL = "whole.html", "part.html"


@pytest.mark.parametrize(
    ("headers", "template"),
    [
        ({}, WHOLE),
        ({"HX-Request": "true"}, PARTIAL),
        ({"HX-Request": "true", "HX-Boosted": "true"}, WHOLE),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, WHOLE),
    ],
)
def test_only_a_swap_gets_the_partial(headers: dict[str, str], template: str) -> None:
    assert page_or_partial(RequestFactory(headers=headers).get("/"), WHOLE, PARTIAL) == template


def test_caches_keep_whole_and_partial_apart() -> None:
    response = vary_by_htmx(lambda request: HttpResponse("x"))(RequestFactory().get("/"))
    assert response["Vary"] == "HX-Request"


@pytest.mark.parametrize(
    ("kind", "status", "pressed"),
    [
        ("text/html; charset=utf-8", 200, True),
        ("text/csv", 200, True),
        ("application/json", 400, True),
        ("image/svg+xml", 200, True),
        ("image/png", 200, False),
        ("audio/wav", 206, False),
        ("text/plain", 206, False),
    ],
)
def test_text_goes_pressed_and_parts_and_media_as_they_are(kind: str, status: int, pressed: bool) -> None:
    body = b"The same words, again and again. " * 99
    for answer in (HttpResponse(body), StreamingHttpResponse([body, body])):
        answer.status_code, answer["Content-Type"] = status, kind
        asked = RequestFactory().get("/", headers={"Accept-Encoding": "gzip, br"})
        sent = PressedText(lambda _: HttpResponse()).process_response(asked, answer)
        assert (sent.get("Content-Encoding") == "gzip") is pressed
        whole = b"".join(sent)
        assert (gzip.decompress(whole) if pressed else whole).startswith(body)
        assert (len(whole) < len(body)) is pressed


def test_who_does_not_take_pressed_text_gets_it_plain() -> None:
    asked = RequestFactory().get("/")
    sent = PressedText(lambda _: HttpResponse()).process_response(asked, HttpResponse(b"x" * 999))
    assert "Content-Encoding" not in sent and sent["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/requirements/?q=x", "/requirements/?q=x"),
        ("https://example.org/", "/home/"),
        ("//example.org/", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("", "/home/"),
    ],
)
def test_next_never_leaves_the_site(target: str, leads: str) -> None:
    assert safe_next(RequestFactory().get("/", {"next": target}), "/home/") == leads


@pytest.mark.parametrize(("asked", "number"), [("", 1), ("2", 2), ("x", 1), ("-1", 3), ("999", 3)])
def test_page_that_is_not_there_is_the_nearest(asked: str, number: int) -> None:
    assert page_of(RequestFactory().get("/", {"page": asked}), range(130)).number == number


@pytest.mark.parametrize(
    ("url", "path", "leads"),
    [
        ("/runs/", "/runs/", True),
        ("/runs/", "/runs/12/samples/", True),
        ("/runs/", "/rounds/", False),
        ("/", "/runs/", False),
        ("/", "/", True),
    ],
)
def test_page_lies_under_its_line_of_the_navigation(url: str, path: str, leads: bool) -> None:
    assert leads_to(url, path) is leads


def labels(user: User | AnonymousUser) -> set[str]:
    shown = nav(Context({"user": user, "request": RequestFactory().get("/tokens/new/")}))["sections"]
    assert isinstance(shown, list)
    return {line.label for section in shown for line in section.lines}


def test_navigation_shows_what_the_role_may_open() -> None:
    assert "Members" in labels(User(username="a", role=Role.ADMIN))
    assert "Members" not in labels(User(username="v", role=Role.VIEWER))
    assert labels(AnonymousUser()) == set()


def test_navigation_marks_the_page_being_read() -> None:
    shown = sections("/tokens/new/", lambda action: True)
    assert [line.label for section in shown for line in section.lines if line.current] == ["Tokens"]


def test_navigation_lists_no_page_that_does_not_exist() -> None:
    shown = sections("/", lambda action: True)
    assert all(line.url.startswith("/") for section in shown for line in section.lines)
    assert all(section.lines for section in shown)
