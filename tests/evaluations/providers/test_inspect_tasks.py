"""Tasks in a child process, over the real protocol and against a server with a bill of its own; stand-ins in place of inspect-ai."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from evaluations.providers import ErrorKind, ProviderError, Reply
from evaluations.providers.children import receive, send
from evaluations.providers.inspect_tasks import Inspect
from evaluations.providers.outbound import build_client
from evaluations.providers.task_calls import no_waiting
from evaluations.providers.types import Turn, Usage
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import make_request, policy_for, settings_for

STANDIN = "tests.evaluations.providers.standin_tasks"


@pytest.fixture(scope="module")
def tasks() -> Inspect:
    """One for all, so that children are kept between samples."""
    return Inspect(STANDIN)


def run(
    tasks: Inspect,
    server: BillingServer,
    name: str,
    *,
    text: str = "Hi",
    turn: Turn = no_waiting,
    metadata: dict[str, Any] | None = None,
    request_id: str = "",
    api_id: str = "echo",
    timeout_s: float = 5,
    **parameters: Any,
) -> Reply:
    """One sample of a stand-in task."""
    request = make_request(
        text,
        api_id,
        parameters={"task": f"acme/{name}", **parameters},
        case_metadata=metadata or {},
        request_id=request_id,
    )

    async def call() -> Reply:
        async with build_client(policy_for(server)) as client:
            settings = settings_for(server, "inspect", base_url=server.base_url, timeout_s=timeout_s)
            return await tasks.call_in_turns(request, settings, client, turn)

    return asyncio.run(call())


def billed(server: BillingServer) -> dict[str, int]:
    bill = server.bill()
    return {
        "calls": len(bill),
        "input": sum(line["input"] for line in bill),
        "output": sum(line["output"] for line in bill),
    }


def counted(reply: Reply | None) -> dict[str, int]:
    assert reply is not None
    return {name: reply.usage[name] for name in ("calls", "input", "output")}


def test_a_sample_of_several_calls_is_one_reply_with_the_whole_bill(
    tasks: Inspect, billing: BillingServer
) -> None:
    reply = run(tasks, billing, "conversation", arguments={"calls": 3}, max_tokens=40, temperature=0)
    assert (reply.text, reply.error_class, reply.finish_reason) == ("Hi!!", "", "stop")
    assert counted(reply) == billed(billing) | {"calls": 3}
    assert reply.resolved_model == "echo-2026-01-01"
    assert reply.fingerprint.endswith("stand-in 1")
    assert [message["role"] for message in json.loads(reply.transcript)] == ["user", "assistant"] * 3
    sent = billing.requests[0]
    assert (sent["max_tokens"], sent["temperature"]) == (9, 0), "the lower cap, and the version's own setting"
    assert sent["tools"][0]["function"]["name"] == "add"
    assert not {"task", "arguments", "api"} & set(sent)


def test_each_call_waits_for_its_turn_and_says_what_it_took(tasks: Inspect, billing: BillingServer) -> None:
    taken: list[Usage] = []
    open_turns: list[int] = []

    @asynccontextmanager
    async def turn(tokens: int) -> AsyncIterator[Callable[[Usage], None]]:
        open_turns.append(tokens)
        yield taken.append
        open_turns.pop()

    run(tasks, billing, "conversation", turn=turn)
    assert open_turns == []
    assert [usage["output"] for usage in taken] == [line["output"] for line in billing.bill()]


@pytest.mark.parametrize("limits", [{"max_calls": 2}, {"token_limit": 300, "max_tokens": 100}])
def test_a_sample_that_meets_its_limit_ends_as_too_long(
    tasks: Inspect, billing: BillingServer, limits: dict[str, Any]
) -> None:
    reply = run(tasks, billing, "conversation", arguments={"calls": 9}, **limits)
    assert (reply.error_class, reply.finish_reason) == ("too_long", "length")
    assert counted(reply) == billed(billing)
    assert 1 <= len(billing.bill()) <= 2
    assert reply.usage["input"] + reply.usage["output"] <= limits.get("token_limit", 1000)


def test_a_failed_call_keeps_its_class_and_is_not_repeated(tasks: Inspect, billing: BillingServer) -> None:
    billing.switch(fault="429", retry_after=7)
    with pytest.raises(ProviderError) as caught:
        run(tasks, billing, "stubborn")
    error = caught.value
    assert (error.kind, error.status, error.retry_after) == (ErrorKind.RATE_LIMITED, 429, 7.0)
    assert (billing.seen, error.paid) == (1, None)


def test_what_was_paid_before_a_call_failed_is_counted_and_not_paid_again(
    tasks: Inspect, billing: BillingServer
) -> None:
    with pytest.raises(ProviderError) as caught:
        run(tasks, billing, "breaks", request_id="run-2-1")
    assert counted(caught.value.paid) == billed(billing) | {"calls": 1}
    with pytest.raises(ProviderError) as caught:
        run(tasks, billing, "breaks", request_id="run-2-2")
    assert (caught.value.paid, caught.value.never_sent) == (None, True), "the answer was there already"
    assert len(billing.bill()) == 1
    with pytest.raises(ProviderError):
        run(tasks, billing, "breaks", request_id="run-3-1")
    assert len(billing.bill()) == 2, "another sample pays for itself"


def test_a_call_whose_outcome_nobody_knows_leaves_all_unknown(tasks: Inspect, billing: BillingServer) -> None:
    billing.switch(fault="hang")
    with pytest.raises(ProviderError, match=r"No reply within 0\.3 seconds") as caught:
        run(tasks, billing, "conversation", timeout_s=0.3)
    assert (caught.value.paid, caught.value.never_sent, caught.value.status) == (None, False, None)


@pytest.mark.parametrize(
    ("name", "words", "kind", "calls"),
    [
        ("breaks", "The task acme/breaks failed: RuntimeError: a tool broke.", ErrorKind.RETRYABLE, 1),
        ("breaks_at_once", "failed: RuntimeError: no such tool.", ErrorKind.RETRYABLE, 0),
        ("dies", "failed: its process was ended by SIGKILL.", ErrorKind.RETRYABLE, 1),
        ("silent", "it ended without a call and without an answer", ErrorKind.PERMANENT, 0),
        ("missing", "There is no task acme/missing on this machine", ErrorKind.UNAUTHORIZED, 0),
    ],
)
def test_a_task_that_fails_is_never_an_answer(
    tasks: Inspect, billing: BillingServer, name: str, words: str, kind: ErrorKind, calls: int
) -> None:
    with pytest.raises(ProviderError) as caught:
        run(tasks, billing, name)
    error = caught.value
    assert words in error.message
    assert (error.kind, bool(error.body_digest), error.never_sent) == (kind, True, calls == 0)
    assert (counted(error.paid) == billed(billing) | {"calls": 1}) if calls else error.paid is None


def test_a_task_that_asked_and_says_nothing_gave_a_malformed_answer(
    tasks: Inspect, billing: BillingServer
) -> None:
    reply = run(tasks, billing, "silent", arguments={"asks": True})
    assert (reply.error_class, counted(reply)["calls"]) == ("malformed", 1)


def test_a_task_over_its_time_is_ended_with_all_it_started(
    tasks: Inspect, billing: BillingServer, tmp_path: Path
) -> None:
    noted = tmp_path / "pid"
    with pytest.raises(ProviderError, match="took longer than 1 seconds and was ended") as caught:
        run(tasks, billing, "hangs", metadata={"pid_file": str(noted)}, time_limit_s=1)
    assert caught.value.kind is ErrorKind.RETRYABLE
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(noted.read_text())).wait(60)


def test_a_child_sees_no_key_no_target_and_no_network(
    tasks: Inspect, billing: BillingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "OPENAI_API_KEY",
        "PLUMBLINE_KEY_ACME",
        "DATABASE_URL",
        "HTTPS_PROXY",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.setenv(name, "sk-canary-4f9a1b77c2")
    monkeypatch.setenv("PLUMBLINE_INSPECT_DATA", "/srv/benchmarks")
    fresh = Inspect(STANDIN)
    seen = json.loads(run(fresh, billing, "tells", metadata={"port": billing.port}).text)
    assert "canary" not in json.dumps(seen)
    assert set(seen["environment"]) <= {
        "PATH", "PYTHONPATH", "LANG", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LC_CTYPE",
        "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK", "HF_HOME",
    }  # fmt: skip
    assert seen["environment"]["HF_HOME"] == "/srv/benchmarks"
    assert seen["folder"] == []
    assert "target" not in seen["facts"]
    for reach in ("connect", "unix", "look_up"):
        assert "a task has no network here" in seen[reach]
    assert billing.seen == 0
    again = json.loads(run(fresh, billing, "tells").text)
    assert again["pid"] == seen["pid"], "a sound child is kept"


def test_a_child_whose_worker_died_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "evaluations.providers.task_child", STANDIN, "4096", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None
        send(child.stdin, {"name": "acme/conversation", "arguments": {}, "messages": [], "limit_s": 60})
        asked = receive(child.stdout)
        assert asked is not None and "call" in asked[0]
        child.stdin.close()
        assert child.wait(60) == 0
    assert not home.exists()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "name what to run"),
        ({"task": "acme/a", "solver": "acme/b"}, "one task, solver or agent"),
        ({"task": "acme/a", "arguments": [1]}, "arguments is an object"),
        ({"task": "acme/a", "max_calls": 0}, "max_calls is a whole number from 1 to 1,000"),
        ({"task": "acme/a", "time_limit_s": True}, "time_limit_s is a whole number"),
    ],
)
def test_parameters_that_name_no_task_stop_the_run(
    tasks: Inspect, billing: BillingServer, parameters: dict[str, Any], words: str
) -> None:
    request = make_request(parameters=parameters)
    with pytest.raises(ProviderError, match=words) as caught:
        asyncio.run(tasks.call(request, settings_for(billing, "inspect"), None))
    assert (caught.value.stops_run, caught.value.never_sent) == (True, True)
    assert tasks.most(parameters).calls == 1
