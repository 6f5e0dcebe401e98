"""What a page weighs and how soon something is seen, in a real browser that has nothing of it yet.

    ./plumbline bench weight [--times 7]

The demo as `./plumbline up` serves it, in Debian's Chromium: every visit is a new one with an empty cache, pages in turn, after one visit
that only wakes the server. "Sent" is what the browser counted of everything the page loaded, headers included, and "page" its HTML in
that, all of it pressed. "First byte" is when the page began to come, "seen" the first contentful paint as the browser tells it. Each page
must answer 200 and have a heading. Ends with 1 when a page is heavier than 100 KB or is seen later than 500 ms.
"""

import argparse
import logging
import os
import statistics
import sys
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright

MOST_BYTES, MOST_MILLISECONDS = 100 * 1024, 500.0
TIMINGS = """() => [
  performance.getEntriesByType('navigation')[0].responseStart,
  performance.getEntriesByName('first-contentful-paint')[0].startTime,
]"""
WAIT = "() => performance.getEntriesByName('first-contentful-paint').length > 0"


@dataclass(frozen=True)
class Visit:
    """Bytes: sent in all, and of the HTML alone. Milliseconds: to the first byte and to the first paint."""

    sent: int
    page: int
    requests: int
    first_byte: float
    seen: float


def addresses() -> dict[str, str]:
    """The pages looked at, of what the demo has most to show on."""
    from django.db.models import Count
    from django.urls import reverse

    from capabilities.models import Requirement
    from evaluations.models import Run

    requirement = Requirement.objects.annotate(checks=Count("revisions__criteria")).order_by("-checks", "pk")[
        0
    ]
    done = Run.objects.filter(state=Run.State.DONE).order_by("evaluation_version", "pk")
    by_evaluation: dict[int, list[int]] = {}
    for evaluation, run in done.values_list("evaluation_version", "pk"):
        by_evaluation.setdefault(evaluation, []).append(run)
    run, other = max(by_evaluation.values(), key=len)[:2]
    return {
        "overview": "/",
        "requirement list": reverse("capabilities:requirement-list"),
        "requirement": reverse("capabilities:requirement-detail", args=[requirement.key]),
        "compare": f"{reverse('evaluations:compare')}?run={run}&against={other}",
        "board": reverse("evaluations:board"),
        "run": reverse("evaluations:run-detail", args=[run]),
    }


def visit(browser: Browser, url: str, cookie: Any, path: str) -> Visit:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    context.add_cookies([cookie])
    page = context.new_page()
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    reply = page.goto(path, wait_until="networkidle")
    assert reply is not None and reply.status == 200, path
    assert page.locator("h1").count(), path
    found = _counted(page, finished)
    context.close()
    return found


def _counted(page: Page, finished: list[Request]) -> Visit:
    page.wait_for_function(WAIT)
    first_byte, seen = page.evaluate(TIMINGS)
    sizes = [request.sizes() for request in finished]
    sent = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    return Visit(sent, sizes[0]["responseBodySize"], len(sizes), first_byte, seen)


def measured(
    browser: Browser, url: str, cookie: Any, pages: dict[str, str], times: int
) -> dict[str, list[Visit]]:
    for path in pages.values():
        visit(browser, url, cookie, path)
    found: dict[str, list[Visit]] = {name: [] for name in pages}
    for _ in range(times):
        for name, path in pages.items():
            found[name].append(visit(browser, url, cookie, path))
    return found


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


def shown(found: dict[str, list[Visit]]) -> int:
    """Prints the table. 1 when a page is too heavy or too late."""
    print(f"  {'':<18} {'sent KB':>8} {'page KB':>8} {'requests':>9} {'first byte ms':>18} {'seen ms':>18}")
    missed = []
    for name, visits in found.items():
        sent, page = (statistics.median(getattr(one, part) for one in visits) for part in ("sent", "page"))
        seen = [one.seen for one in visits]
        print(
            f"  {name:<18} {sent / 1024:>8.1f} {page / 1024:>8.1f} {visits[0].requests:>9}"
            f" {spread([one.first_byte for one in visits]):>18} {spread(seen):>18}"
        )
        if sent > MOST_BYTES or statistics.median(seen) > MOST_MILLISECONDS:
            missed.append(name)
    targets = f"at most {MOST_BYTES // 1024} KB sent and {MOST_MILLISECONDS:.0f} ms until something is seen"
    print(f"Target, {targets}: {'missed by ' + ', '.join(missed) if missed else 'held by every page'}.")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser("./plumbline bench weight")
    parser.add_argument("--times", type=int, default=7)
    chosen = parser.parse_args()
    from config.embedded.pictures import SITE, demo_site
    from config.embedded.servers import borrowed

    # The demo's servers are its own, not those this command was started with.
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")}
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("BROKER_URL", None)
    with demo_site(own) as url, borrowed(SITE) as environment:
        os.environ.update(environment, DJANGO_ALLOW_ASYNC_UNSAFE="true")
        return looked_at(url, chosen.times)


def looked_at(url: str, times: int) -> int:
    import django

    django.setup()
    logging.disable(logging.INFO)
    from benchmarks.shared.stack import versions_line
    from tests.browser import ARGUMENTS, chromium
    from tests.pictures.__main__ import visitor, wait_for_demo

    path = chromium()
    if path is None:
        print("Chromium is not installed (Debian: apt-get install chromium).")
        return 2
    wait_for_demo()
    pages = addresses()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        signed_in = visitor(browser, url)
        cookie = signed_in.cookies()[0]
        found = measured(browser, url, cookie, pages, times)
        version = browser.version
        browser.close()
    result = shown(found)
    print(f"{times} visits each; {versions_line()}, Chromium {version}")
    return result


if __name__ == "__main__":
    sys.exit(main())
