"""NDJSON over HTTP: lines that come in, gzipped or not and under a cap, and lines that go out as they are made."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse, UnreadablePostError
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.errors import TooLarge

NDJSON = "application/x-ndjson"
PIECE = 64 * 1024
LONGEST_LINE = 5 << 20
MOST_LINES = 200_000
GZIP = 31
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=DjangoJSONEncoder().default
).encode


class LinesRenderer(JSONRenderer):
    """Lets a caller say `Accept: application/x-ndjson`. Lines themselves are streamed."""

    media_type = NDJSON
    format = "ndjson"


class LinesView(APIView):
    """A view some of whose replies are lines. Everything else it says, errors too, is one JSON object whatever was asked for."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if isinstance(response, Response):
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
        return super().finalize_response(request, response, *args, **kwargs)


def body_pieces(request: Request, cap: int) -> Iterator[bytes]:
    """The body in pieces, unpacked when it says `Content-Encoding: gzip`. Nothing beyond the cap is ever unpacked.

    cap: bytes, after unpacking. Raises TooLarge, ParseError for broken gzip or a body cut off, UnsupportedMediaType.
    """
    if (request.content_type or "").startswith("multipart/"):
        raise UnsupportedMediaType(request.content_type or "")
    read = 0
    for piece in _unpacked(request, cap):
        read += len(piece)
        if read > cap:
            raise TooLarge(f"The body is larger than {cap >> 20} MB. Send it in several parts.")
        yield piece


def _unpacked(request: Request, cap: int) -> Iterator[bytes]:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        return _gunzip(_raw(request))
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType(
            encoding, f"The content encoding “{encoding[:40]}” is not known; use gzip."
        )
    if int(request.META.get("CONTENT_LENGTH") or 0) > cap:
        raise TooLarge(f"The body is larger than {cap >> 20} MB. Send it in several parts.")
    return _raw(request)


def _raw(request: Request) -> Iterator[bytes]:
    stream = request.stream
    try:
        while stream is not None and (piece := stream.read(PIECE)):
            yield piece
    except UnreadablePostError:
        raise ParseError("The body was cut off.") from None


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip members one after the other, never more than a piece at once."""
    member = zlib.decompressobj(GZIP)
    touched = False
    try:
        for piece in pieces:
            while piece:
                touched = True
                yield member.decompress(piece, PIECE)
                piece = member.unconsumed_tail
                if member.eof:
                    piece, member, touched = member.unused_data, zlib.decompressobj(GZIP), False
        yield member.flush()
    except zlib.error:
        raise ParseError("The body is not the gzip it says it is.") from None
    if touched:
        raise ParseError("The gzip of the body was cut off.")


def body_lines(request: Request, cap: int) -> Iterator[bytes]:
    """The lines of a body without their line feeds, as they arrive. Raises what `body_pieces` raises, TooLarge for too many."""
    rest = b""
    count = 0
    for piece in body_pieces(request, cap):
        *whole, rest = (rest + piece).split(b"\n")
        count += len(whole)
        if count > MOST_LINES:
            raise TooLarge(f"The body has more than {MOST_LINES:,} lines. Send it in several parts.")
        yield from whole
        if len(rest) > LONGEST_LINE:
            raise TooLarge(f"A line is longer than {LONGEST_LINE >> 20} MB.")
    if rest:
        yield rest


def lines_reply(rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """One JSON object a line, sent while the rows are made."""
    reply = StreamingHttpResponse(_packed(rows), content_type=f"{NDJSON}; charset=utf-8")
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


def _packed(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    lines: list[str] = []
    size = 0
    for row in rows:
        lines.append(_encode(row))
        size += len(lines[-1])
        if size > PIECE:
            yield ("\n".join(lines) + "\n").encode("utf-8", "replace")
            lines, size = [], 0
    if lines:
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")
