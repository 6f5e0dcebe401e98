"""Walks through the site at an address and takes its pictures. Started by `./plumbline shots`, which makes the site.

./plumbline shots [--only WORD …] [--width 390 …] [--theme dark …] [--minutes 15] [--no-axe] [--fresh]
"""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

import django
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / ".screens"
SETTLE_SECONDS = 240.0


def main() -> int:
    parser = argparse.ArgumentParser(
        "./plumbline shots", description="Pictures of every page into .screens/."
    )
    parser.add_argument("url", help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", default=[], help="pages whose route has one of these words")
    parser.add_argument("--width", nargs="+", type=int, default=[1280, 390], help="of the window, in pixels")
    parser.add_argument("--theme", nargs="+", default=["light", "dark"], choices=["light", "dark"])
    parser.add_argument("--minutes", type=float, default=15, help="stop after so long and say what is left")
    parser.add_argument("--no-axe", action="store_true", help="pictures only")
    chosen = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    logging.disable(logging.INFO)
    wait_for_demo()
    return take(chosen)


def wait_for_demo() -> None:
    """Until the demo's rounds are through; pages of unfinished work are no good for looking at."""
    from evaluations.models import Run

    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        runs = Run.objects.values_list("state", flat=True)
        if runs and not set(runs) & {"queued", "running", "scoring"}:
            break
        time.sleep(1)
    # Verdicts follow the runs they rest on.
    time.sleep(3)


def take(chosen: argparse.Namespace) -> int:
    """All pictures and the album. 1 when something is wrong with a page."""
    from tests.browser import ARGUMENTS, chromium
    from tests.pictures.album import table_of_problems, write_album
    from tests.pictures.camera import Camera
    from tests.pictures.walk import Walk

    path = chromium()
    if path is None:
        say("Chromium is not installed (Debian: apt-get install chromium).")
        return 2
    folder = FOLDER / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + chosen.minutes * 60
    walk, sheets = Walk(tuple(chosen.only)), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        camera = Camera(
            folder, visitor(browser, chosen.url), browser.new_context(base_url=chosen.url), chosen
        )
        while (stop := walk.next_stop()) and time.monotonic() < until:
            try:
                sheet = camera.look(stop, walk)
            except Error as error:
                say(f"{stop.name}: {error.message.splitlines()[0]}")
                continue
            if sheet is not None:
                sheets.append(sheet)
                say(f"{sheet.name} {'· ' + str(len(sheet.problems)) if sheet.problems else ''}")
        left = [stop.name, *(one.name for one in walk.waiting)] if stop else []
        browser.close()
    missing = left if chosen.only else [*left, *walk.unreached]
    index = write_album(folder, sheets, missing)
    say("", table_of_problems(sheets), "", f"{len(sheets)} pages: {index}")
    if missing:
        say(f"Not seen: {', '.join(missing)}.")
    return 1 if any(sheet.problems for sheet in sheets) else 0


def visitor(browser: Browser, url: str) -> BrowserContext:
    """Signed in as the site's administrator, who sees every page."""
    from django.conf import settings
    from django.test import Client

    from config.people.models import User

    client = Client()
    administrator = User.objects.filter(is_superuser=True, is_active=True).earliest("pk")
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=url)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])
    return context


def say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
