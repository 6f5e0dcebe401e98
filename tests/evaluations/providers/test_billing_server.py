"""The fault tests trust this server's bill, so it is tested itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from evaluations.providers import ProviderError
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import ask, make_request


@pytest.mark.parametrize("fault", ["hang", "drip", "truncated", "reset", "huge"])
def test_work_that_was_done_is_billed_although_the_reply_was_lost(billing: BillingServer, fault: str) -> None:
    with pytest.raises(ProviderError):
        ask(billing, make_request(api_id=f"fault-{fault}", request_id="7"), timeout_s=0.5)
    assert [(line["request_id"], line["input"], line["output"]) for line in billing.bill()] == [("7", 9, 6)]


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "503", "error200", "redirect"])
def test_refused_calls_are_not_billed(billing: BillingServer, fault: str) -> None:
    with pytest.raises(ProviderError):
        ask(billing, make_request(f"please [[{fault}]]"))
    assert (billing.bill(), billing.seen) == ([], 1)


def test_faults_are_switched_and_end(billing: BillingServer) -> None:
    billing.switch(fault="503", fault_calls=2)
    for _ in range(2):
        with pytest.raises(ProviderError):
            ask(billing)
    assert ask(billing).text != ""
    billing.switch(unavailable=True)
    with pytest.raises(ProviderError):
        ask(billing)
    billing.switch(unavailable=False)
    assert ask(billing).text != ""


def test_answers_are_deterministic(billing: BillingServer) -> None:
    assert ask(billing, make_request(api_id="label")).text == "positive"
    assert ask(billing, make_request("bad, slow and broken", api_id="label")).text == "negative"
    first = ask(billing, make_request(api_id="json"))
    assert json.loads(first.text) == {"sentiment": 5, "keywords": ["great", "love", "this"]}
    assert ask(billing, make_request(api_id="json")).raw == first.raw


def test_as_a_process_it_keeps_its_bill_in_a_file(tmp_path: Path) -> None:
    bill = tmp_path / "bill.jsonl"
    module = "tests.evaluations.providers.billing_server"
    command = [sys.executable, "-m", module, "--port", "0", "--bill", str(bill), "--latency-ms", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        root = url.removesuffix("/v1")
        payload = {"model": "echo", "messages": [{"role": "user", "content": "hi"}]}
        httpx2.post(f"{url}/chat/completions", json=payload, headers={"X-Client-Request-Id": "a-1"})
        httpx2.post(f"{root}/control", json={"unavailable": True})
        refused = httpx2.post(f"{url}/chat/completions", json=payload)
        billed, seen = httpx2.get(f"{root}/bill").json()["bill"], httpx2.get(f"{root}/seen").json()["seen"]
        process.kill()
    assert (refused.status_code, seen) == (503, 2)
    assert [json.loads(line) for line in bill.read_text().splitlines()] == billed
    assert [line["request_id"] for line in billed] == ["a-1"]
