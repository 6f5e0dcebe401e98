"""A real browser for the tests: Debian's Chromium driven by Playwright, with accessibility checks."""

import asyncio
import os
import shutil
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
# Only how long a slow machine may take before a test gives up.
BROWSER_PATIENCE_MS = 60_000
expect.set_options(timeout=BROWSER_PATIENCE_MS)
# Rules every page is held to.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def chromium() -> str | None:
    """Where Chromium is: PLUMBLINE_TEST_CHROMIUM or on the PATH."""
    named = os.environ.get("PLUMBLINE_TEST_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((path for path in found if path), None)


@pytest.fixture(scope="session")
def _browser() -> Iterator[tuple[Browser, AbstractEventLoop]]:
    """One browser for the run.

    Playwright leaves its event loop marked as running; the mark is put away between browser tests, or Django would refuse to query
    in every test that comes after.
    """
    path = chromium()
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield running, loop
        asyncio._set_running_loop(loop)
        running.close()


@pytest.fixture
def browser(
    _browser: tuple[Browser, AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Browser]:
    """The running browser. Within its tests Django may query although an event loop is running."""
    running, loop = _browser
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    asyncio._set_running_loop(loop)
    yield running
    asyncio._set_running_loop(None)


@pytest.fixture
def context(browser: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """A visitor with an empty cookie jar; relative addresses lead to the site under test."""
    visitor = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    visitor.set_default_timeout(BROWSER_PATIENCE_MS)
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must stay free of script errors and of anything the content policy refused."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if _refused(message.text) else None)
    yield opened
    assert not errors, f"the page complained: {errors}"


@pytest.fixture
def sign_in(context: BrowserContext, live_server: Any) -> Any:
    """sign_in(user): the visitor is that person from now on."""
    from django.conf import settings
    from django.test import Client

    def as_person(user: Any) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    return as_person


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is now, one line each; empty is good."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{violation['id']}: {violation['help']} ({', '.join(str(node['target']) for node in violation['nodes'])})"
        for violation in found.response["violations"]
    ]


def screenshot(page: Page, name: str) -> Path:
    """Both themes of the page, one after the other; in full length under .screens/ where PLUMBLINE_TEST_SCREENS asks for pictures."""
    folder = Path(__file__).resolve().parents[1] / ".screens"
    folder.mkdir(exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        if os.environ.get("PLUMBLINE_TEST_SCREENS"):
            page.screenshot(path=folder / f"{name}-{theme}.png", full_page=True)
    return folder / f"{name}-light.png"


def _refused(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text
