"""Kill −9 at a random moment: seconds to the first call after it, and how many calls were billed again.

    ./plumbline bench kills [--times 5] [--peer-times 1] [--samples 100] [--visibility 20]

Ours: workers and beat as a site runs them, with its own lease (15 s), and reaper (5 s). The worker and its children are
killed while they call, and another is started at once, as a supervisor would. Peer: one Celery task for the run, acknowledged late,
which may be handed out again after --visibility seconds (Celery's own setting is an hour) and is when Celery next looks, every 100 s. A
model on this machine takes 250 ms a call, four at a time, and keeps the bill. Asserted: every sample answered, once.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.engine import bill, made, model
from benchmarks.shared.peers import ROOT
from benchmarks.shared.stack import scratch_database, versions_line

IN_FLIGHT = 4
PATIENCE = 400


@contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """With its children in a group of its own, all of which end with the block."""
    started = subprocess.Popen(
        [sys.executable, "-m", "celery", *command],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        kill(started)


def kill(started: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(20)


def wait_for(what: Callable[[], Any]) -> float:
    """Seconds until it was true."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < PATIENCE, "Nothing came of it."
        time.sleep(0.02)
    return time.monotonic() - start


def struck(
    port: int,
    worker: list[str],
    environment: dict[str, str],
    begin: Callable[[], None],
    over: Callable[[], bool],
    moment: float,
) -> tuple[float, int]:
    """Seconds from the kill to the next call, and the bill of the whole run. moment: share of the samples called before the kill."""
    before = bill(port)
    with process(worker, environment) as first:
        begin()
        wait_for(lambda: bill(port) - before >= moment)
        time.sleep(random.random() / 4)
        kill(first)
        at_kill = bill(port)
        with process(worker, environment):
            seconds = wait_for(lambda: bill(port) > at_kill)
            wait_for(over)
            return seconds, bill(port) - before


def ours(world: Any, port: int, turn: int, samples: int, moment: float) -> tuple[float, int]:
    from evaluations.models import Response, Run
    from evaluations.services.models import create_model, register_version
    from evaluations.services.providers import save_provider
    from evaluations.services.runs import start_run

    user, evaluation, address = world
    name = f"k{turn}"
    provider = save_provider(
        actor=user, slug=name, name=name, adapter="openai_like", base_url=address, max_concurrency=IN_FLIGHT
    )
    one = create_model(actor=user, slug=name, name=name, kind="llm", side="own", provider=provider)
    identity = {"api_id": "echo", "parameters": {"max_tokens": 64}}
    version, _ = register_version(actor=user, model=one, name="1", identity=identity)
    runs: list[Run] = []

    def begin() -> None:
        cap = {"cap": 1_000_000, "cap_unit": "calls"}
        runs.append(start_run(actor=user, evaluation_version=evaluation, model_version=version, **cap))

    def over() -> bool:
        return Run.objects.get(pk=runs[0].pk).state == Run.State.DONE

    common = ["-Q", "calls,scoring,imports,default", "--without-mingle", "--without-gossip", "-c", "2"]
    found = struck(port, ["-A", "config", "worker", *common], dict(os.environ), begin, over, moment)
    assert Response.objects.filter(run=runs[0]).count() == samples
    return found


def theirs(port: int, turn: int, samples: int, moment: float, visibility: int) -> tuple[float, int]:
    from celery import Celery

    prefix = f"one-task-{os.getpid()}-{turn}:"
    environment = {**os.environ, "ONE_TASK_PREFIX": prefix, "ONE_TASK_VISIBILITY": str(visibility)}
    app = Celery(broker=os.environ["BROKER_URL"], set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": prefix}
    with tempfile.TemporaryDirectory() as folder:
        done = Path(folder) / "answers.json"

        def begin() -> None:
            app.send_task("one_task.run", [port, samples, str(done)])

        worker = [
            "-A",
            "benchmarks.peers.one_task",
            "worker",
            "-c",
            "1",
            "--without-mingle",
            "--without-gossip",
        ]
        found = struck(port, worker, environment, begin, done.exists, moment)
        assert len(json.loads(done.read_text())) == samples
    return found


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench kills")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--peer-times", type=int, default=1)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--visibility", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    taken: dict[str, list[tuple[float, int]]] = {"ours": [], "one task a run": []}
    with scratch_database("kills") as database, model(250) as port, tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": database, "PLUMBLINE_PRIVATE_ENDPOINTS": f"127.0.0.1:{port}"}
        os.environ |= {"PLUMBLINE_LOG_LEVEL": "ERROR", "PLUMBLINE_REDIS_PREFIX": f"kills-{os.getpid()}"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        world = made(port, chosen.samples)
        beat = ["-A", "config", "beat", "-s", str(Path(folder) / "schedule"), "--pidfile="]
        with process(beat, dict(os.environ)):
            for turn in range(chosen.times):
                moment = random.uniform(0.1, 0.8) * chosen.samples
                taken["ours"].append(ours(world, port, turn, chosen.samples, moment))
                if turn < chosen.peer_times:
                    taken["one task a run"].append(
                        theirs(port, turn, chosen.samples, moment, chosen.visibility)
                    )
                print({way: found[-1] for way, found in taken.items() if found}, flush=True)
        print("\n".join(table(taken, chosen.samples)) + f"\n\n{versions_line()}")
        connections.close_all()


def table(taken: dict[str, list[tuple[float, int]]], samples: int) -> Iterator[str]:
    yield f"\n| side | kills | seconds to the next call | billed again, of {samples} |"
    yield "|---|--:|--:|--:|"
    for way, found in taken.items():
        if found:
            seconds, again = [one for one, _ in found], [calls - samples for _, calls in found]
            yield (
                f"| {way} | {len(found)} | {statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f})"
                f" | {statistics.median(again):.0f} ({min(again)}–{max(again)}) |"
            )


if __name__ == "__main__":
    main()
