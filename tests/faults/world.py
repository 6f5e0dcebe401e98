"""Real worker processes on a broker of their own, and the questions every fault must leave answered."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone

from config.embedded.places import ROOT
from evaluations.models import CallLedger, EvaluationVersion, Model, ModelVersion, Run
from evaluations.services.runs import start_run
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model,
    make_model_version,
    make_price,
    make_provider,
)

IN_FLIGHT = 4
LEASE_SECONDS = 2
# Only how long a slow machine may take before a test gives up; no test waits for it.
PATIENCE_SECONDS = 300
QUEUES = "calls,scoring,imports,default"
Answer = TypeVar("Answer")
OVER = {Run.State.DONE, Run.State.PARTIAL, Run.State.FAILED, Run.State.CANCELLED}


def wait_until(what: Callable[[], Answer], seconds: float = PATIENCE_SECONDS) -> Answer:
    """The first true answer; an AssertionError when there is none in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"Nothing within {seconds} seconds: {getattr(what, '__name__', what)}")


class World:
    """One test's workers, provider and model. Processes end with it. struck: when the fault was over or done."""

    def __init__(
        self,
        environment: dict[str, str],
        broker_url: str,
        folder: Path,
        server: BillingServer,
        name: str = "",
    ) -> None:
        self.folder, self.server, self.name = folder, server, name
        self.struck: datetime | None = None
        self.environment = {
            **environment,
            "BROKER_URL": broker_url,
            "PLUMBLINE_LEASE_SECONDS": str(LEASE_SECONDS),
            "PLUMBLINE_SLICE_SECONDS": "5",
            "PLUMBLINE_KICK_SECONDS": "1",
            "PLUMBLINE_BREAKER_SECONDS": "1",
            "PLUMBLINE_PRIVATE_ENDPOINTS": f"127.0.0.1:{server.port}",
            "REMAP_SIGTERM": "SIGQUIT",
            # Workers start in half the time; the checks have tests of their own.
            "CELERY_SKIP_CHECKS": "1",
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self._stopping = threading.Event()
        self._ticking: threading.Thread | None = None

    # Processes

    def worker(
        self, concurrency: int = 2, *flags: str, queues: str = QUEUES, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """before: a command that starts the worker, with its arguments."""
        name = f"worker{len(self.processes)}"
        common = ["--without-mingle", "--without-gossip", "--loglevel=INFO", "-c", str(concurrency)]
        words = ["worker", "-n", f"{name}@%h", "-Q", queues, *common, *flags]
        return self._start(name, *words, before=before)

    def beat(self) -> subprocess.Popen[bytes]:
        schedule = self.folder / f"schedule-{len(self.processes)}"
        return self._start(f"beat{len(self.processes)}", "beat", "-s", str(schedule), "--pidfile=")

    def ticks(self) -> None:
        """What beat sends, sent from this process: cheaper than a process of its own where beat is not what is tried."""
        self._ticking = threading.Thread(target=self._tick, daemon=True)
        self._ticking.start()

    def _tick(self) -> None:
        prefix = self.environment["PLUMBLINE_REDIS_PREFIX"]
        app = Celery(broker=self.environment["BROKER_URL"], set_as_current=False)
        app.conf.broker_transport_options = {"global_keyprefix": f"{prefix}:", "max_retries": 0}
        while not self._stopping.wait(LEASE_SECONDS / 3):
            with contextlib.suppress(Exception):
                app.send_task("evaluations.tasks.reap_task", retry=False, queue="default")

    def _start(self, name: str, *arguments: str, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*before, sys.executable, "-m", "celery", "-A", "config", *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def logs(self) -> str:
        return "\n".join(
            path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log"))
        )

    def stop(self) -> None:
        self._stopping.set()
        if self._ticking is not None:
            self._ticking.join(5)
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.processes.clear()

    # The thing that is evaluated

    def evaluation(self, cases: int = 40, **fields: Any) -> EvaluationVersion:
        """Every third case is wrong; slices by parity."""
        rows = [
            {
                "key": f"case-{number:03}",
                "input": f"Text {number}",
                "target": "something else" if number % 3 == 0 else f"Text {number}",
                "slices": {"parity": str(number % 2)},
            }
            for number in range(cases)
        ]
        return make_evaluation_version(make_dataset_version(rows), **fields)

    def model(self, timeout_seconds: int = 10) -> Model:
        provider = make_provider(
            "openai_like",
            base_url=self.server.base_url,
            max_concurrency=IN_FLIGHT,
            timeout_seconds=timeout_seconds,
        )
        return make_model("llm", provider=provider)

    def version(self, model: Model | None = None, api_id: str = "echo") -> ModelVersion:
        version = make_model_version(model or self.model(), api_id=api_id, parameters={"max_tokens": 64})
        make_price(version, "call", "1")
        return version

    def start(self, cases: int = 40, api_id: str = "echo", **facts: Any) -> Run:
        evaluation = facts.pop("evaluation_version", None) or self.evaluation(cases)
        version = facts.pop("model_version", None) or self.version(api_id=api_id)
        return start_run(actor=None, evaluation_version=evaluation, model_version=version, **facts)

    # Waiting

    def strikes(self) -> None:
        """The fault happens now, or ends now: seconds to recovery count from here."""
        self.struck = timezone.now()

    def calling_children(self, worker: subprocess.Popen[bytes], run: Run) -> list[psutil.Process]:
        """Children of this worker that have calls of the run in flight; waits for one."""

        def found() -> list[psutil.Process]:
            in_flight = CallLedger.objects.filter(run=run, state="intent", item__state="leased")
            names = set(in_flight.values_list("item__worker", flat=True))
            pids = {int(name.split(":")[1]) for name in names}
            return [
                child for child in psutil.Process(worker.pid).children(recursive=True) if child.pid in pids
            ]

        return wait_until(found)

    def kill_children(self, worker: subprocess.Popen[bytes]) -> None:
        """Whatever they are at; the worker forks others."""
        for child in psutil.Process(worker.pid).children(recursive=True):
            child.kill()

    @contextlib.contextmanager
    def stopped_at(self, table: str) -> Iterator[None]:
        """Some worker process has come to write into the table and may not, until the end of the block."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")

            def waits() -> int:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table]
                )
                return int(cursor.fetchone()[0])

            wait_until(waits)
            yield

    def freeze_calling_child(self, worker: subprocess.Popen[bytes], run: Run) -> psutil.Process:
        """A child stopped while it has calls of the run in flight: one that had just stored its last is let go again."""

        def frozen() -> psutil.Process | None:
            child = self.calling_children(worker, run)[0]
            child.suspend()
            time.sleep(0.2)
            if child.pid in [other.pid for other in self.calling_children(worker, run)]:
                return child
            child.resume()
            return None

        child = wait_until(frozen)
        assert child is not None
        return child

    def finish(self, run: Run, seconds: float = PATIENCE_SECONDS) -> Run:
        def over() -> Run | None:
            fresh = Run.objects.get(pk=run.pk)
            return fresh if fresh.state in OVER else None

        try:
            finished = wait_until(over, seconds)
        except AssertionError:
            items = list(run.items.values_list("state", "error_class", "error", "crashes")[:5])
            raise AssertionError(
                f"{Run.objects.filter(pk=run.pk).values()[0]}\n{items}\n{self.logs()}"
            ) from None
        assert finished is not None
        return finished

    def some_done(self, run: Run, count: int = 3) -> None:
        wait_until(lambda: Run.objects.get(pk=run.pk).done >= count)
