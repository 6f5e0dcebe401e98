"""Real inspect-ai over real HTTP, with the traps it is known for; needs the packages of requirements-inspect.txt."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from config.errors import Refused
from evaluations.providers import ErrorKind, ProviderError, Reply
from evaluations.providers.inspect_tasks import MISSING, SANDBOXES, Inspect, installed
from evaluations.providers.outbound import build_client
from evaluations.providers.task_cases import CHILD
from evaluations.providers.task_children import TaskChildren
from evaluations.services.task_takeover import cases_of_task
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.calling import make_request, policy_for, settings_for

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "requirements-inspect.txt"
needs_inspect = pytest.mark.skipif(
    not installed(), reason="requirements-inspect.txt is not installed (./plumbline up --inspect)"
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of tasks, as `pip install --target` leaves it."""
    target = tmp_path_factory.mktemp("tasks") / "site-packages"  # inspect looks at the folder's name
    target.mkdir()
    code = "import setuptools; setuptools.setup()"
    steps = ["-q", "egg_info", "--egg-base", str(target), "build_py", "--build-lib", str(target)]
    source = ROOT / "tests" / "outside" / "tasks"
    done = subprocess.run([sys.executable, "-c", code, *steps], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def tasks(package: Path) -> Iterator[Inspect]:
    adapter = Inspect()
    adapter._children.extra = lambda: {"PYTHONPATH": f"{ROOT}:{package}"}
    yield adapter


def run(
    tasks: Inspect, server: BillingServer, text: str = "Hi", api_id: str = "echo", **changes: Any
) -> Reply:
    """One sample. changes: parameters, but for those of the request itself."""
    own = {name: changes.pop(name) for name in ("case_input", "case_metadata") if name in changes}
    request = make_request(text, api_id, parameters=changes, **own)

    async def call() -> Reply:
        async with build_client(policy_for(server)) as client:
            settings = settings_for(server, "inspect", base_url=server.base_url)
            return await tasks.call(request, settings, client)

    return asyncio.run(call())


@needs_inspect
def test_a_tool_task_is_run_and_its_bill_is_what_we_counted(tasks: Inspect, billing: BillingServer) -> None:
    reply = run(tasks, billing, '{"x": 2, "y": 3}', "caller", task="acme_tasks/adding")
    assert (reply.text, reply.finish_reason, reply.error_class) == ("5", "stop", "")
    bill = billing.bill()
    assert reply.usage["calls"] == len(bill) == billing.seen == 2
    assert reply.usage["input"] == sum(line["input"] for line in bill)
    assert reply.usage["output"] == sum(line["output"] for line in bill)
    transcript = json.loads(reply.transcript)
    assert [message["role"] for message in transcript] == ["user", "assistant", "tool", "assistant"]
    assert transcript[1]["tool_calls"][0]["function"]["name"] == "add"
    assert transcript[2]["content"] == "5"
    assert reply.fingerprint == f"fp_billing inspect-ai {version('inspect-ai')}, acme_tasks 1.2"


@needs_inspect
def test_the_samples_of_a_task_become_cases(package: Path) -> None:
    children = TaskChildren(CHILD, extra=lambda: {"PYTHONPATH": f"{ROOT}:{package}"})
    found = cases_of_task(name="acme_tasks/quiz", arguments={}, children=children)
    first, second = found.rows
    assert (first.key, first.input) == ("colour", {"input": "Which is red?", "choices": ["sky", "blood"]})
    assert (first.target, first.metadata) == ("B", {"level": 1})
    assert (second.input, second.target) == ([{"role": "user", "content": "2 + 2?"}], ["4", "four"])
    assert second.metadata == {"files": ["a.txt"]}
    [note] = cases_of_task(name="acme_tasks/quiz", arguments={}, most=1, children=children).problems
    assert note.row_kept and "has 2 samples; the first 1" in note.reason
    with pytest.raises(Refused, match="There is no task acme_tasks/nothing"):
        cases_of_task(name="acme_tasks/nothing", arguments={}, children=children)
    with pytest.raises(Refused, match="Nothing is downloaded"):
        cases_of_task(name="acme_tasks/elsewhere", arguments={}, children=children)


@needs_inspect
@pytest.mark.parametrize("fault", ["500", "429", "503"])
def test_only_the_engine_tries_again(tasks: Inspect, billing: BillingServer, fault: str) -> None:
    billing.switch(fault=fault, retry_after=3)
    with pytest.raises(ProviderError) as caught:
        run(tasks, billing, task="acme_tasks/adding")
    assert (caught.value.status, billing.seen) == (int(fault), 1)
    assert caught.value.retry_after == (None if fault == "500" else 3.0)


@needs_inspect
def test_a_log_that_says_success_over_a_failed_sample_is_no_answer(
    tasks: Inspect, billing: BillingServer
) -> None:
    with pytest.raises(ProviderError, match="the calculator is on fire") as caught:
        run(tasks, billing, '{"x": 2, "y": 3}', "caller", task="acme_tasks/adding", arguments={"broke": True})
    assert caught.value.kind is ErrorKind.RETRYABLE
    assert caught.value.paid is not None
    assert caught.value.paid.usage["calls"] == len(billing.bill()) == 1


@needs_inspect
def test_a_cache_of_its_own_never_answers_a_second_try(tasks: Inspect, billing: BillingServer) -> None:
    for count in (1, 2):
        assert run(tasks, billing, "Again", solver="acme_tasks/from_cache").text == "Again"
        assert len(billing.bill()) == count


@needs_inspect
def test_a_sample_that_meets_its_limit_ends_there(tasks: Inspect, billing: BillingServer) -> None:
    reply = run(tasks, billing, '{"x": 2, "y": 3}', "caller", task="acme_tasks/adding", max_calls=1)
    assert (reply.error_class, reply.usage["calls"], len(billing.bill())) == ("too_long", 1, 1)
    assert [message["role"] for message in json.loads(reply.transcript)] == ["user", "assistant", "tool"]


@needs_inspect
def test_choices_of_a_case_and_its_own_solvers_are_known(tasks: Inspect, billing: BillingServer) -> None:
    case = {"input": "Which is red?", "choices": ["sky", "blood"]}
    run(tasks, billing, "Which is red?", task="acme_tasks/choosing", case_input=case)
    assert "B) blood" in str(billing.requests[0]["messages"])
    assert run(tasks, billing, "Hello", solver="generate").text == "Hello"


@needs_inspect
@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (
            {"task": "acme_tasks/nothing"},
            "There is no task acme_tasks/nothing on this machine. There are: acme_tasks/adding",
        ),
        ({"task": "acme_tasks/in_a_box"}, "in a sandbox, and an operator allowed none"),
        ({"task": "acme_tasks/elsewhere"}, "Nothing is downloaded for it: its data must be installed first"),
    ],
)
def test_what_cannot_run_here_is_said_in_a_sentence_and_stops_the_run(
    tasks: Inspect, billing: BillingServer, parameters: dict[str, str], words: str
) -> None:
    with pytest.raises(ProviderError, match=re.escape(words)) as caught:
        run(tasks, billing, **parameters)
    assert (caught.value.stops_run, caught.value.never_sent, billing.seen) == (True, True, 0)


@needs_inspect
def test_a_sandbox_that_an_operator_allowed_is_used(
    tasks: Inspect, billing: BillingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SANDBOXES, "local")
    assert run(tasks, billing, "Inside", task="acme_tasks/in_a_box").text == "Inside"


@needs_inspect
def test_the_extra_fits_the_run_lock() -> None:
    needed = [Requirement(line) for line in requires("inspect-ai") or []]
    wrong = [
        str(one)
        for one in needed
        if one.marker is None and not one.specifier.contains(version(one.name), prereleases=True)
    ]
    assert wrong == []


@pytest.mark.skipif(installed(), reason="inspect-ai is installed")
def test_without_the_extra_it_says_what_to_install(billing: BillingServer) -> None:
    with pytest.raises(ProviderError, match=re.escape(MISSING)) as caught:
        run(Inspect(), billing, task="acme_tasks/adding")
    assert (caught.value.stops_run, billing.seen) == (True, 0)


def test_the_lock_has_exact_versions_hashes_no_host_and_nothing_twice() -> None:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+ \\", pin) for pin in pins)
    assert all(
        re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines if line not in pins
    )
    names = [pin.partition("==")[0] for pin in pins]
    run_lock = re.findall(r"(?m)^([a-z0-9.-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements.txt").read_text())
    assert "inspect-ai" in names
    assert not set(names) & set(run_lock), "a package of both locks would be whichever came last"
