"""The command as a CI job calls it, and a site that answers as it is told."""

import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from plumbline_gate.command import main

SECRET = "plb_canary_1234567890"


@dataclass(frozen=True)
class Called:
    """How a call ended and what it said."""

    code: int
    out: str
    err: str


def call(*arguments: str, err: Any = None, **environment: str) -> Called:
    out, err = io.StringIO(), err or io.StringIO()
    code = main(arguments, environment, out, err)
    return Called(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Said:
    """One answer of the site. act: done with the open connection instead of answering."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


DECIDED = {
    "decision": "pass",
    "version": "aria@step-2000",
    "baseline": "R2",
    "digest": "0" * 64,
    "requirements": [],
    "summary": "## Go: aria@step-2000 against R2\n",
}


class Site:
    """Answers in turn, the last one for ever; keeps what it was asked of the gate. The token may do what `scopes` says."""

    def __init__(self, answers: list[Said]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.url = ""
        self.scopes = ["read", "gate"]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path == "/api/v1/me/":
            return _send(request, Said(200, {"scopes": self.scopes}))
        said = self.answers[min(len(self.asked), len(self.answers) - 1)]
        headers = {name.lower(): value for name, value in request.headers.items()}
        request.rfile.read(int(headers.get("content-length", 0)))
        self.asked.append((request.command, request.path, headers))
        if said.act:
            request.close_connection = True
            return said.act(request)
        return _send(request, said)


def _send(request: BaseHTTPRequestHandler, said: Said) -> None:
    content = said.body if isinstance(said.body, bytes) else json.dumps(said.body or DECIDED).encode()
    request.send_response(said.status)
    for name, value in {"Content-Length": str(len(content)), **said.headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what the tests make; they are not worth a traceback."""


@contextmanager
def site(*answers: Said, secured: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A real HTTP server on this machine."""
    told = Site(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            told.answer(self)

        do_POST = do_GET

    server = _Server(("127.0.0.1", 0), Handler)
    if secured:
        server.socket = secured.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
