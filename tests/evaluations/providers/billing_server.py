"""A real HTTP server that speaks the providers' protocols, keeps its own bill, and fails on demand.

OpenAI's chat completions, responses, transcriptions, speech and embeddings under /v1, Anthropic's messages at /v1/messages, Google's at
/v1/models/NAME:generateContent; wires/ holds how each is written.

In a test:

    with BillingServer() as server:
        ... call server.base_url ("http://127.0.0.1:N/v1") ...
        server.switch(unavailable=True)      # every call: 503, until switched back
        server.bill()                        # [{"n": 1, "request_id": "…", "model": "…", "input": 3, …}]

As a process, so that it outlives a killed worker:

    python -m tests.evaluations.providers.billing_server --port 9000 --bill bill.jsonl [--latency-ms 50]

The bill has one JSON line per call the "model" worked for, written before the reply goes out: a reply that is
cut off, slow, or never read has been billed; a 4xx or 5xx has not. The request id comes from the header
X-Client-Request-Id.

Deterministic models (by name):
    echo        the last user message
    label       "positive", "negative" or "neutral" by keyword
    json        {"sentiment": 1..5, "keywords": [up to three longest words]}
    refuse      a refusal                        filtered    finish_reason content_filter
    capped      half of echo, finish_reason length
    judge       a score of the ANSWER beside the REFERENCE
    claims      each sentence of the ANSWER, and whether the PASSAGES say it
    caller      a call of the first tool it is given, with the user's message as arguments; then echo (chat completions)
    gone        404 model_not_found
    fault-NAME  one of FAULTS at every call, e.g. fault-503

Faults by message: a message that holds "[[NAME]]" meets that fault at every call, e.g. "[[500]]" is the one
sample that always fails.

Faults by switch (`server.switch(**settings)` or POST /control with the same JSON); they stay until changed:
    fault         name of FAULTS met by every call, "" for none
    fault_for_s   seconds after which the fault ends by itself
    fault_calls   number of calls after which the fault ends by itself
    retry_after   seconds sent with 429 and 503 ("" for none)
    latency_ms    time the model works on each call
    unavailable   short for fault="503" (true) or "" (false)

FAULTS: 400 401 403 404 429 500 502 503 529 quota policy hang drip truncated error200 midstream empty redirect
reset huge; midstream is an error inside a reply that had begun (error200 where it is not streamed)
GET /bill gives the bill, GET /seen the count of all calls and the most that were in flight at once.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field, fields
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.evaluations.providers.wires import MODELS, Answer, Asked, Failure, Wire, answer_to
from tests.evaluations.providers.wires.chat import Chat
from tests.evaluations.providers.wires.generate import Generate
from tests.evaluations.providers.wires.messages import Messages
from tests.evaluations.providers.wires.responses import Responses
from tests.evaluations.providers.wires.sounds import Embeddings, Speech, Transcriptions

ERRORS = {
    "400": Failure(400, "Bad request.", "invalid_request_error"),
    "401": Failure(401, "Incorrect API key provided: sk-canary-1234567890.", "invalid_api_key"),
    "403": Failure(403, "Not allowed in your country.", "permission_error"),
    "404": Failure(404, "The model does not exist.", "model_not_found"),
    "429": Failure(429, "Too many requests.", "rate_limit_exceeded"),
    "500": Failure(500, "The server had an error while processing your request."),
    "502": Failure(502, "Bad gateway."),
    "503": Failure(503, "The engine is overloaded."),
    "529": Failure(529, "Overloaded."),
    "quota": Failure(429, "You exceeded your quota.", "insufficient_quota"),
    "policy": Failure(400, "Your prompt was flagged.", "content_policy_violation"),
}
UPSTREAM = Failure(502, "Upstream failed.")
BROKEN = ("hang", "drip", "truncated", "error200", "midstream", "empty", "redirect", "reset", "huge")
FAULTS = (*ERRORS, *BROKEN)
WIRES: list[Wire] = [Chat(), Responses(), Transcriptions(), Speech(), Embeddings(), Messages(), Generate()]


@dataclass
class Switches:
    """What the server does to the calls that arrive now."""

    fault: str = ""
    fault_for_s: float | None = None
    fault_calls: int | None = None
    retry_after: str = ""
    latency_ms: float = 0.0
    drip_s: float = 0.2
    hang_s: float = 60.0
    since: float = field(default_factory=time.monotonic)

    def current_fault(self) -> str:
        """The fault the next call meets; counts the call."""
        if self.fault_for_s is not None and time.monotonic() - self.since > self.fault_for_s:
            return ""
        if self.fault_calls is not None:
            self.fault_calls -= 1
            return self.fault if self.fault_calls >= 0 else ""
        return self.fault


class BillingServer:
    """The server in this process, on its own threads. Use as a context manager."""

    def __init__(self, port: int = 0, bill_file: Path | None = None, **switches: Any) -> None:
        self.bill_file = bill_file
        self.switches = Switches()
        self.seen = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._bill: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self.switch(**switches)
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.billing = self
        self.port = self._http.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"
        self.base_url = f"{self.root}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def serve_forever(self) -> None:
        self._http.serve_forever(0.1)

    def switch(self, unavailable: bool | None = None, **settings: Any) -> None:
        """Change how calls are met from now on; names as in the module's docstring."""
        if unavailable is not None:
            settings["fault"] = "503" if unavailable else ""
        unknown = set(settings) - {item.name for item in fields(Switches)}
        if unknown or settings.get("fault", "") not in ("", *FAULTS):
            raise ValueError(f"Unknown switch or fault: {settings}")
        with self._lock:
            if "fault" in settings:
                self.switches.fault_for_s = self.switches.fault_calls = None
            self.switches.since = time.monotonic()
            for name, value in settings.items():
                setattr(self.switches, name, value)

    def bill(self) -> list[dict[str, Any]]:
        """What was billed so far, oldest first."""
        with self._lock:
            return list(self._bill)

    def charge(self, request_id: str, model: str, usage: dict[str, int]) -> None:
        with self._lock:
            line = {"n": len(self._bill) + 1, "request_id": request_id, "model": model, **usage}
            self._bill.append(line)
            if self.bill_file is not None:
                with self.bill_file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")

    def arrive(self, asked: Asked, payload: dict[str, Any], headers: dict[str, str]) -> str:
        """Count a call and say which fault it meets."""
        with self._lock:
            self.seen += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.requests.append(payload)
            self.headers.append(headers)
            switched = self.switches.current_fault()
        named = re.search(r"\[\[(\w+)\]\]", asked.prompt)
        model = asked.model
        by_model = model.removeprefix("fault-") if model.startswith("fault-") else ""
        by_model = "404" if model == "gone" else by_model
        found = (named.group(1) if named else "") or by_model or switched
        return found if found in FAULTS else ""

    def leave(self) -> None:
        with self._lock:
            self.in_flight -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    billing: BillingServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what the tests make; they are not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        billing = self.server.billing
        if self.path == "/bill":
            self._send(200, {"bill": billing.bill()})
        elif self.path == "/seen":
            self._send(200, {"seen": billing.seen, "most_in_flight": billing.most_in_flight})
        elif self.path.partition("?")[0] in ("/v1/models", "/v1beta/models"):
            self._send(200, self._models())
        else:
            self._send(404, {"error": {"message": "No such page."}})

    def _models(self) -> dict[str, Any]:
        if "pageSize=" in self.path or "x-goog-api-key" in self.headers:
            return {"models": [{"name": f"models/{name}", "displayName": name} for name in MODELS]}
        if "anthropic-version" in self.headers:
            listed = [{"type": "model", "id": name, "display_name": name} for name in MODELS]
            return {"data": listed, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]}

    def do_POST(self) -> None:
        payload = self._payload(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        billing = self.server.billing
        if self.path == "/control":
            billing.switch(**payload)
            self._send(200, {"ok": True})
            return
        for wire in WIRES:
            if (asked := wire.asked(self.path, payload)) is not None:
                break
        else:
            self._send(404, {"error": {"message": "No such page."}})
            return
        fault = billing.arrive(asked, payload, {key.lower(): value for key, value in self.headers.items()})
        try:
            self._complete(wire, asked, payload, fault)
        finally:
            billing.leave()

    def _payload(self, raw: bytes) -> dict[str, Any]:
        """The JSON object, or the fields of a form; a file's bytes as the text they are here."""
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            payload: dict[str, Any] = json.loads(raw or b"{}")
            return payload
        form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw)
        fields: dict[str, Any] = {}
        for part in form.walk():
            name = part.get_param("name", header="content-disposition")
            if isinstance(name, str):
                content = part.get_payload(decode=True)
                fields[name] = content.decode() if isinstance(content, bytes) else ""
                if part.get_filename():
                    fields["filename"] = part.get_filename()
        return fields

    def _complete(self, wire: Wire, asked: Asked, payload: dict[str, Any], fault: str) -> None:
        billing = self.server.billing
        if fault in ERRORS:
            status, body = wire.failure(ERRORS[fault])
            self._send(status, body, self._retry_after(status))
            return
        if fault == "redirect":
            self._send(302, {}, {"Location": "http://169.254.169.254/latest/meta-data/"})
            return
        if fault == "error200" or (fault == "midstream" and not asked.stream):
            self._send(200, wire.failure(UPSTREAM)[1])
            return
        if fault == "empty":
            self._send(200, wire.nothing())
            return
        billing.stopping.wait(billing.switches.latency_ms / 1000)
        answer = answer_to(asked)
        tokens = {"input": answer.input, "output": answer.output}
        billing.charge(self.headers.get("X-Client-Request-Id", ""), asked.model, tokens)
        if asked.stream and fault not in ("hang", "reset", "huge"):
            self._stream(wire, answer, payload, fault)
        else:
            self._deliver(wire, answer, fault)

    def _deliver(self, wire: Wire, answer: Answer, fault: str) -> None:
        switches = self.server.billing.switches
        body = wire.body(answer)
        if fault == "hang":
            self.server.billing.stopping.wait(switches.hang_s)
            self.close_connection = True
        elif fault == "reset":
            self.close_connection = True
        elif fault == "huge":
            self._send(200, {**body, "padding": "x" * 20_000_000})
        elif fault == "truncated":
            self._send_bytes(200, json.dumps(body).encode()[:-40], {})
        elif fault == "drip":
            self._drip(json.dumps(body).encode())
        elif isinstance(wire, Speech):
            self._send_bytes(200, wire.sound(answer), {"Content-Type": "audio/wav", **wire.headers(answer)})
        else:
            self._send(200, body, wire.headers(answer))

    def _retry_after(self, status: int) -> dict[str, str]:
        said = self.server.billing.switches.retry_after
        return {"Retry-After": str(said)} if said != "" and status in (429, 503, 529) else {}

    def _stream(self, wire: Wire, answer: Answer, payload: dict[str, Any], fault: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        for name, value in wire.headers(answer).items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, event in enumerate(wire.events(answer, payload)):
            if number == 2 and fault in ("truncated", "midstream"):
                if fault == "midstream":
                    self.wfile.write(f"data: {json.dumps(wire.failure(UPSTREAM)[1])}\n\n".encode())
                return
            if fault == "drip":
                self.server.billing.stopping.wait(self.server.billing.switches.drip_s)
            self.wfile.write(event.encode())
            self.wfile.flush()

    def _drip(self, body: bytes) -> None:
        """One byte at a time: always alive, never done."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.billing.stopping.wait(self.server.billing.switches.drip_s):
                return

    def _send(self, status: int, payload: Any, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(payload).encode(), headers or {})

    def _send_bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main() -> int:
    parser = argparse.ArgumentParser(description="Chat completions with a bill and faults on demand.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bill", type=Path, default=None, help="file the bill is appended to")
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    server = BillingServer(options.port, options.bill, latency_ms=options.latency_ms)
    sys.stdout.write(f"{server.base_url}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
