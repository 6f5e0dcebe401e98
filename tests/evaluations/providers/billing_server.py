"""A real HTTP server that speaks chat completions, keeps its own bill, and fails on demand.

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

FAULTS: 400 401 403 404 429 500 502 503 quota policy hang drip truncated error200 empty redirect reset huge
GET /bill gives the bill, GET /seen the count of all calls and the most that were in flight at once.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
import zlib
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "400": (400, {"message": "Bad request.", "type": "invalid_request_error"}),
    "401": (401, {"message": "Incorrect API key provided: sk-canary-1234567890.", "code": "invalid_api_key"}),
    "403": (403, {"message": "Not allowed in your country.", "type": "permission_error"}),
    "404": (404, {"message": "The model does not exist.", "code": "model_not_found"}),
    "429": (429, {"message": "Too many requests.", "code": "rate_limit_exceeded"}),
    "500": (500, {"message": "The server had an error while processing your request."}),
    "502": (502, {"message": "Bad gateway."}),
    "503": (503, {"message": "The engine is overloaded."}),
    "quota": (429, {"message": "You exceeded your quota.", "code": "insufficient_quota"}),
    "policy": (400, {"message": "Your prompt was flagged.", "code": "content_policy_violation"}),
}
FAULTS = (*ERRORS, "hang", "drip", "truncated", "error200", "empty", "redirect", "reset", "huge")
POSITIVE = {"love", "great", "good", "excellent", "happy", "works", "best", "perfect"}
NEGATIVE = {"hate", "bad", "terrible", "awful", "crash", "crashes", "broken", "worst", "slow"}


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
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
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

    def arrive(self, payload: dict[str, Any], headers: dict[str, str]) -> str:
        """Count a call and say which fault it meets."""
        with self._lock:
            self.seen += 1
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.requests.append(payload)
            self.headers.append(headers)
            switched = self.switches.current_fault()
        named = re.search(r"\[\[(\w+)\]\]", prompt_of(payload))
        model = str(payload.get("model"))
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
        elif self.path == "/v1/models":
            names = ["echo", "label", "json", "refuse", "filtered", "capped"]
            self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})
        else:
            self._send(404, {"error": {"message": "No such page."}})

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        billing = self.server.billing
        if self.path == "/control":
            billing.switch(**payload)
            self._send(200, {"ok": True})
            return
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": "No such page."}})
            return
        fault = billing.arrive(payload, {key.lower(): value for key, value in self.headers.items()})
        try:
            self._complete(payload, fault)
        finally:
            billing.leave()

    def _complete(self, payload: dict[str, Any], fault: str) -> None:
        billing = self.server.billing
        if fault in ERRORS:
            status, error = ERRORS[fault]
            self._send(status, {"error": error}, self._retry_after(status))
            return
        if fault == "redirect":
            self._send(302, {}, {"Location": "http://169.254.169.254/latest/meta-data/"})
            return
        if fault == "error200":
            self._send(200, {"error": {"message": "Upstream failed.", "code": 502}})
            return
        if fault == "empty":
            self._send(200, {"choices": []})
            return
        billing.stopping.wait(billing.switches.latency_ms / 1000)
        completion = answer(payload)
        usage = completion["usage"]
        tokens = {"input": usage["prompt_tokens"], "output": usage["completion_tokens"]}
        billing.charge(self.headers.get("X-Client-Request-Id", ""), str(payload.get("model")), tokens)
        self._deliver(payload, completion, fault)

    def _deliver(self, payload: dict[str, Any], completion: dict[str, Any], fault: str) -> None:
        switches = self.server.billing.switches
        if fault == "hang":
            self.server.billing.stopping.wait(switches.hang_s)
            self.close_connection = True
        elif fault == "reset":
            self.close_connection = True
        elif fault == "huge":
            completion["padding"] = "x" * 20_000_000
            self._send(200, completion)
        elif payload.get("stream"):
            self._stream(payload, completion, fault)
        elif fault == "truncated":
            body = json.dumps(completion).encode()[:-40]
            self._send_bytes(200, body, {})
        elif fault == "drip":
            self._drip(json.dumps(completion).encode())
        else:
            self._send(200, completion)

    def _retry_after(self, status: int) -> dict[str, str]:
        said = self.server.billing.switches.retry_after
        return {"Retry-After": str(said)} if said != "" and status in (429, 503) else {}

    def _stream(self, payload: dict[str, Any], completion: dict[str, Any], fault: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("x-request-id", completion["id"])
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for number, chunk in enumerate(chunks_of(payload, completion)):
            if fault == "truncated" and number == 2:
                return
            if fault == "drip":
                self.server.billing.stopping.wait(self.server.billing.switches.drip_s)
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

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
        request_id = str(payload.get("id", "")) if isinstance(payload, dict) else ""
        self._send_bytes(
            status, json.dumps(payload).encode(), {"x-request-id": request_id, **(headers or {})}
        )

    def _send_bytes(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def prompt_of(payload: dict[str, Any]) -> str:
    """Text of the last message."""
    messages = payload.get("messages") or [{}]
    content = messages[-1].get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text") or f"({part.get('type')})") for part in content)


def answer(payload: dict[str, Any]) -> dict[str, Any]:
    """The completion a model gives: the same prompt always gets the same answer."""
    model, prompt = str(payload.get("model")), prompt_of(payload)
    message: dict[str, Any] = {"role": "assistant", "content": text_by(model, prompt)}
    finish_reason = {"capped": "length", "filtered": "content_filter"}.get(model, "stop")
    if model == "refuse":
        message |= {"content": None, "refusal": "I cannot help with that."}
    prompt_tokens, completion_tokens = len(prompt.split()) + 4, len(str(message["content"]).split()) + 1
    return {
        "id": f"chatcmpl-{zlib.crc32(prompt.encode())}",
        "object": "chat.completion",
        "model": f"{model}-2026-01-01",
        "system_fingerprint": "fp_billing",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 2},
        },
    }


def text_by(model: str, prompt: str) -> str:
    words = re.findall(r"[a-z]+", prompt.lower())
    good, bad = len(POSITIVE.intersection(words)), len(NEGATIVE.intersection(words))
    if model == "label":
        return "neutral" if good == bad else ("positive" if good > bad else "negative")
    if model == "json":
        longest = sorted(dict.fromkeys(words), key=lambda word: (-len(word), word))[:3]
        return json.dumps({"sentiment": max(1, min(5, 3 + good - bad)), "keywords": longest})
    return prompt[: len(prompt) // 2] if model in ("capped", "filtered") else prompt


def chunks_of(payload: dict[str, Any], completion: dict[str, Any]) -> list[dict[str, Any]]:
    """The completion in pieces, as a streaming reply has them."""
    choice = completion["choices"][0]
    common = {key: completion[key] for key in ("id", "model", "system_fingerprint")}
    common["object"] = "chat.completion.chunk"
    text = choice["message"]["content"] or ""
    pieces: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    pieces += [{"content": piece} for piece in re.findall(r"\S+\s*|\s+", text)]
    if choice["message"].get("refusal"):
        pieces.append({"refusal": choice["message"]["refusal"]})
    chunks = [
        {**common, "choices": [{"index": 0, "delta": piece, "finish_reason": None}]} for piece in pieces
    ]
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    chunks.append({**common, "choices": [last]})
    if (payload.get("stream_options") or {}).get("include_usage"):
        chunks.append({**common, "choices": [], "usage": completion["usage"]})
    return chunks


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
