"""What is wrong with a page as it stands in a browser: accessibility, sideways scrolling, weight, complaints."""

from playwright.sync_api import ConsoleMessage, Page

from tests.browser import accessibility_problems

MOST_BYTES = 100 * 1024
# What is refused or missing is said by the status; a browser that says it again is no complaint of the page.
STATUS = "Failed to load resource: the server responded with a status of"


class Complaints:
    """What a page's scripts and its content policy complain of, since the last time somebody asked."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(STATUS):
            self.heard.append(f"console: {message.text}")

    def taken(self) -> list[str]:
        heard, self.heard = self.heard, []
        return heard


def sideways(page: Page, width: int) -> list[str]:
    """By how much the page is wider than its window, and what sticks out furthest."""
    whole = int(page.evaluate("document.documentElement.scrollWidth"))
    if whole <= width:
        return []
    widest = page.evaluate(
        """width => {
            const out = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > width + 1);
            const last = out.sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0];
            return last ? `${last.localName}.${[...last.classList].join(".")}` : "";
        }""",
        width,
    )
    return [f"scrolls sideways: {whole} px wide in {width} ({widest})"]


def weight(page: Page) -> int:
    """Bytes of the page and everything it loaded, as they were sent, also where the browser had them already."""
    entries = "['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))"
    return int(page.evaluate(f"{entries}.reduce((sum, entry) => sum + entry.encodedBodySize, 0)"))


def problems(page: Page, width: int) -> list[str]:
    """What axe finds and whether it scrolls sideways."""
    return accessibility_problems(page) + sideways(page, width)
