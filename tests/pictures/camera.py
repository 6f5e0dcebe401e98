"""One page at a time: its pictures at every width and theme, what is wrong with it, and where it leads."""

import argparse
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.looking import MOST_BYTES, Complaints, problems, sideways, weight
from tests.pictures.album import Sheet
from tests.pictures.walk import CHOSEN, Stop, Walk

LINKS = "[...document.querySelectorAll('[href], form[action], [hx-get]')].map(one => one.getAttribute('href') ?? one.getAttribute('action') ?? one.getAttribute('hx-get')).map(link => new URL(link, location.href)).filter(link => link.origin === location.origin).map(link => link.pathname + link.search)"  # noqa: E501
TALLEST = 8000


class Camera:
    """member: signed in; stranger: not, for the pages that are everybody's."""

    def __init__(
        self, folder: Path, member: BrowserContext, stranger: BrowserContext, chosen: argparse.Namespace
    ) -> None:
        self.folder, self.chosen = folder, chosen
        self.pages = {False: self._opened(member), True: self._opened(stranger)}

    def _opened(self, context: BrowserContext) -> tuple[Page, Complaints]:
        context.set_default_timeout(60_000)
        page = context.new_page()
        return page, Complaints(page)

    def look(self, stop: Stop, walk: Walk) -> Sheet | None:
        """None for what is no page (a file, a part of a page, a way out) and for what nobody asked for."""
        page, complaints = self.pages[stop.public]
        reply = page.request.get(stop.path, max_redirects=0)
        if not reply.headers.get("content-type", "").startswith("text/html") or "<html" not in reply.text():
            return None
        if reply.status == 404 and not stop.linked:
            # It needs a query, or more than the demo has
            walk.refused += [stop.name] if (stop.route, CHOSEN) not in walk.known else []
            return None
        sheet = Sheet(stop.name, stop.path, reply.status)
        if not walk.wants(stop):
            page.goto(stop.path, wait_until="domcontentloaded")
            walk.saw(page.evaluate(LINKS))
            complaints.taken()
            return None
        for width in self.chosen.width:
            self._at(page, stop, width, sheet)
        walk.saw(page.evaluate(LINKS))
        sheet.problems += complaints.taken()
        sheet.problems += [f"answers {reply.status}"] if reply.status >= 400 else []
        if sheet.bytes > MOST_BYTES:
            sheet.problems.append(f"weighs {sheet.bytes / 1024:.0f} KB of {MOST_BYTES // 1024}")
        sheet.problems = list(dict.fromkeys(sheet.problems))
        return sheet

    def _at(self, page: Page, stop: Stop, width: int, sheet: Sheet) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        started = time.monotonic()
        page.goto(stop.path, wait_until="load")
        sheet.seconds = max(sheet.seconds, time.monotonic() - started)
        sheet.bytes = max(sheet.bytes, weight(page))
        height = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
        for theme in self.chosen.theme:
            page.emulate_media(color_scheme=theme)
            name = f"{stop.name}-{width}-{theme}.png"
            clip: Any = {"x": 0, "y": 0, "width": width, "height": height}
            page.screenshot(path=self.folder / name, full_page=True, clip=clip)
            sheet.pictures.append(name)
            found = sideways(page, width) if self.chosen.no_axe else problems(page, width)
            sheet.problems += [f"{width} {theme}: {problem}" for problem in found]
