"""Stored content over HTTP: told apart by its hash, kept by the reader's own browser only, in whole or one stretch of it."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Whatever the bytes hold: nothing in them runs, loads or sends anything, and nobody guesses that they are something else.
SAFE = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
}
KEPT_SECONDS = 3600


def content_reply(
    request: HttpRequest, *, digest: str, media_type: str, size: int, read: Callable[[], bytes]
) -> HttpResponse:
    """The content, the stretch of it that `Range` asks for (206, or 416), or 304 where the browser has it.

    digest: its SHA-256, which is the ETag; size: bytes; read: gives them, and is called only when some are sent.
    """
    etag = f'"{digest}"'
    reply = get_conditional_response(request, etag=etag) or _sent(request, etag, size, read)
    for name, value in {**SAFE, "ETag": etag}.items():
        reply[name] = value
    if reply.status_code != 416:
        reply["Content-Type"] = media_type
    patch_cache_control(reply, private=True, max_age=KEPT_SECONDS)
    return reply


def _sent(request: HttpRequest, etag: str, size: int, read: Callable[[], bytes]) -> HttpResponse:
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    # Several stretches, other units and a browser that holds another content get the whole.
    if not asked or asked.groups() == ("", "") or request.headers.get("If-Range", etag) != etag:
        return HttpResponse(read())
    stretch = _stretch(asked[1], asked[2], size)
    if stretch is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = stretch
    told = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return HttpResponse(read()[first : last + 1], status=206, headers=told)


def _stretch(start: str, end: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; None when there is none such. Without a start the last bytes are meant."""
    if not start:
        length = int(end)
        return (max(size - length, 0), size - 1) if length and size else None
    first, last = int(start), min(int(end or size), size - 1)
    return (first, last) if first <= last else None


def starts(reply: HttpResponse) -> bool:
    """Whether a reply sends the beginning of the content: how often it was read is counted by these."""
    if reply.status_code == 200:
        return True
    return reply.status_code == 206 and reply["Content-Range"].startswith("bytes 0-")
