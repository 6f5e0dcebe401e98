"""`./plumbline up`: servers, web, workers and beat, kept running until Ctrl-C and stopped in order."""

import os
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.embedded import first_start
from config.embedded.places import ROOT, state_folder
from config.embedded.processes import Child, last_lines, stop_all
from config.embedded.servers import Claim, Servers
from config.embedded.words import Trouble, say

HOST = "127.0.0.1"
# What another command needs in order to work beside a running start.
SHARED = (
    "PLUMBLINE_STATE",
    "DATABASE_URL",
    "BROKER_URL",
    "PLUMBLINE_PRIVATE_ENDPOINTS",
    "PLUMBLINE_LOCAL_LLM_URL",
)
READY_SECONDS = 180.0
# Ctrl-C to nothing left: processes first, then the servers they wrote to; together under ten seconds.
WORK_STOP_SECONDS = 5.5
BACK_OFF_SECONDS = (0.5, 1, 2, 5, 10, 30)
STEADY_SECONDS = 60.0


# More children for this start; may add to the environment all of them get.
Extra = Callable[[Path, dict[str, str]], list[Child]]


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM, raised where the command waits."""


@dataclass
class Watch:
    """When a child was last started, how often in a row it died at once, and when it may start again."""

    child: Child
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    due: float | None = None

    def look(self) -> None:
        """Start it again when it died, later each time; a minute of steady work forgets the deaths."""
        now = time.monotonic()
        if self.child.running:
            self.deaths = 0 if now - self.started > STEADY_SECONDS else self.deaths
            return
        if self.due is None:
            pause = BACK_OFF_SECONDS[min(self.deaths, len(BACK_OFF_SECONDS) - 1)]
            self.deaths, self.due = self.deaths + 1, now + pause
            say(
                f"{self.child.name} stopped unexpectedly; it starts again in {pause:g} s (its log: {self.child.log})."
            )
        elif now >= self.due:
            self._start_again(now)

    def _start_again(self, now: float) -> None:
        self.child.sweep()
        try:
            self.child.start()
        except (OSError, Trouble) as error:
            say(f"{self.child.name} could not be started: {error}")
        self.started, self.due = now, None


@dataclass
class Supervisor:
    """One start of everything in one state folder. `extra` children run beside ours and share their fate."""

    state: Path
    port: int
    extra: Extra | None = None
    work: list[Child] = field(default_factory=list)

    def run(self) -> None:
        """Until Ctrl-C or SIGTERM. Raises Trouble when something cannot start."""
        claim = self._claim()
        servers = Servers(self.state)
        try:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _stop)
            first_start.check_space(self.state)
            _check_port(self.port)
            self._start(servers, claim)
            self._watch(servers)
        except StopRequested:
            say("Stopping …")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            stop_all(self.work, WORK_STOP_SECONDS)
            servers.stop()
            claim.drop()
        say("Stopped.")

    def _claim(self) -> Claim:
        state_folder(self.state)
        claim = Claim(self.state)
        if not claim.take():
            facts = claim.holder()
            where = (
                f"at {facts['url']}"
                if "url" in facts
                else f"in {self.state} (process {facts.get('pid', 'unknown')})"
            )
            raise Trouble(f"Plumbline is already running {where}.")
        return claim

    def _start(self, servers: Servers, claim: Claim) -> None:
        url = f"http://{HOST}:{self.port}"
        first_start.secret_key(self.state)
        servers.start()
        environment = servers.environment()
        if self.extra:
            self.work.extend(self.extra(self.state, environment))
        claim.note(
            {"url": url, "addresses": {name: environment[name] for name in SHARED if name in environment}}
        )
        login = first_start.prepare(environment)
        self.work.extend(processes(self.state, self.port, environment))
        for child in self.work:
            child.start()
        self._wait_ready(url)
        say("\n".join(line for line in (f"Plumbline is ready at {url}", login) if line))
        if demo := first_start.demo(self.state, environment):
            say("The demo is being evaluated by the workers; watch its verdicts appear.")
            demo.start()
            self.work.append(demo)

    def _wait_ready(self, url: str) -> None:
        web = next(child for child in self.work if child.name == "web")
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if not web.running:
                raise Trouble(f"The web server did not start:\n{last_lines(web.log, 8)}")
            if _answers(f"{url}/healthz"):
                return
            time.sleep(0.2)
        raise Trouble(f"The site did not answer within {READY_SECONDS:.0f} seconds; its log is {web.log}.")

    def _watch(self, servers: Servers) -> None:
        watches = [
            Watch(child)
            for child in (*servers.children, *(child for child in self.work if child.name != "demo"))
        ]
        while True:
            for watch in watches:
                watch.look()
            time.sleep(0.25)


def processes(state: Path, port: int, environment: dict[str, str]) -> list[Child]:
    """Web, two workers and beat. Calls wait on providers for long, so they have a worker of their own."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "config"]
    # Said to everybody: limits of providers are shared out by the number of processes that call.
    calls = environment.setdefault("PLUMBLINE_CALL_WORKERS", str(max(2, min(8, os.cpu_count() or 2))))
    programs = {
        "web": [
            python,
            "-m",
            "gunicorn",
            "-c",
            "python:config.embedded.web",
            "-b",
            f"{HOST}:{port}",
            "config.wsgi",
        ],
        "calls": [*celery, *_worker("calls", "calls", calls)],
        "chores": [*celery, *_worker("chores", "scoring,imports,default", "2")],
        "beat": [*celery, "beat", "--loglevel=WARNING", "-s", str(state / "beat-schedule"), "--pidfile="],
    }
    # Celery reads this: SIGTERM then lets running tasks finish for a few seconds instead of for as long as they like.
    environment = {**environment, "REMAP_SIGTERM": "SIGQUIT"}
    return [
        Child(name, argv, state / "logs" / f"{name}.log", environment, ROOT)
        for name, argv in programs.items()
    ]


def _worker(name: str, queues: str, concurrency: str) -> list[str]:
    return [
        *("worker", "-n", f"{name}@%h", "-Q", queues, "-c", concurrency, "--prefetch-multiplier=1"),
        *("--loglevel=INFO", "--without-mingle", "--without-gossip"),
    ]


def up(state: Path, port: int, extra: Extra | None = None) -> None:
    Supervisor(state, port, extra).run()


def _stop(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    raise StopRequested


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise Trouble(f"Port {port} needs root: choose one above 1023 with --port.") from error
        except OSError as error:
            raise Trouble(
                f"Port {port} is busy: choose another with ./plumbline up --port {port + 1}"
            ) from error


def _answers(url: str) -> bool:
    """Whether the site answers 200; a 503 is an answer too, but not readiness."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
