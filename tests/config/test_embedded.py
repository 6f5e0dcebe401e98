"""`./plumbline up` with everything embedded: real servers and processes, killed in every way."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from config.embedded.places import SOCKET_FOLDER_BYTES, find_places, forget_outside, state_folder
from config.embedded.postgres import Postgres
from config.embedded.processes import is_ours
from tests.config.started import Started, command, free_port, living, started

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder with a space in its path."""
    folder = Path(tempfile.mkdtemp(prefix="plumb line-", dir="/tmp"))
    yield folder / "state"
    forget_outside(folder / "state")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running() -> Iterator[Started]:
    """One site for the tests that leave it running."""
    folder = Path(tempfile.mkdtemp(prefix="plumb line-", dir="/tmp"))
    with started(folder / "state") as site:
        yield site
    forget_outside(folder / "state")
    shutil.rmtree(folder, ignore_errors=True)


def test_the_first_start_shows_a_login_and_keeps_its_key_private(running: Started) -> None:
    assert "Sign in as admin with password" in running.words()
    assert (running.state / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (running.state / "running.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["gunicorn", "worker -n calls", "bin/postgres", "valkey-server"])
def test_a_process_that_dies_is_started_again(name: str, running: Started) -> None:
    victim = running.child(name)
    victim.kill()
    running.wait(lambda: running.replaced(victim, name) and running.health().get("status") == "ok", 60)
    assert not victim.is_running()


def test_a_second_up_says_where_the_first_one_is(running: Started) -> None:
    done = command("up", "--port", str(free_port()), state=running.state)
    assert done.returncode == 1
    assert done.stderr == f"plumbline: Plumbline is already running at http://127.0.0.1:{running.port}.\n"


def test_a_busy_port_is_named_before_anything_starts(running: Started, state: Path) -> None:
    done = command("up", "--port", str(running.port), state=state)
    assert done.returncode == 1
    assert done.stderr.startswith(f"plumbline: Port {running.port} is busy")
    assert not (state / "postgres").exists()


def test_manage_works_on_the_servers_that_run(running: Started) -> None:
    done = command(
        "manage",
        "shell",
        "-c",
        "from config.people.models import User; print(User.objects.count())",
        state=running.state,
    )
    assert done.stdout.splitlines()[-1] == "1"


def test_restore_refuses_while_the_site_runs(running: Started, tmp_path: Path) -> None:
    done = command("restore", str(tmp_path / "any"), state=running.state)
    assert (done.returncode, "stop it" in done.stderr) == (1, True)


def test_a_backup_brings_everything_back(running: Started, state: Path, tmp_path: Path) -> None:
    """Written while the site runs, restored into another folder over what is there."""
    file = tmp_path / "all.plumbline"
    rename = "from config.people.models import User; User.objects.update(first_name='Kept')"
    names = "from config.people.models import User; print(list(User.objects.values_list('username', 'first_name')))"
    command("manage", "shell", "-c", rename, state=running.state)
    assert command("backup", str(file), state=running.state).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    command("manage", "migrate", state=state)
    done = command("restore", str(file), state=state)
    assert done.returncode == 0, done.stderr
    assert "is kept as the database plumbline_before_" in done.stdout
    assert (
        command("manage", "shell", "-c", names, state=state).stdout.splitlines()[-1] == "[('admin', 'Kept')]"
    )


def test_nothing_is_left_behind_and_everything_can_be_killed(state: Path) -> None:
    """Kill the command alone, then every process at once, then stop in order: each time the next start finds its data."""
    with started(state) as site:
        family = site.family()
        os.kill(family[0].pid, signal.SIGKILL)
        psutil.wait_procs(family[:1], timeout=60)
        site.wait(lambda: living(family[1:]) == [], 60)
        site.reap()
        site.start()
        for process in site.family():
            # Some end by themselves when the one above them is gone.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        site.reap()
        _give_the_pid_to_a_stranger(find_places(state).data / "postmaster.pid")
        site.start()
        assert "Sign in as" not in site.words()
        family = site.family()
        assert site.stop(signal.SIGINT) == 0
        assert living(family) == []


def _give_the_pid_to_a_stranger(pid_file: Path) -> None:
    """The worst leftover: a number that belongs to another process now, here to this very test."""
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def test_sockets_of_a_deep_folder_are_short_and_private(tmp_path: Path) -> None:
    state = state_folder(tmp_path / ("deep" * 20) / ("deeper" * 10))
    places = find_places(state)
    try:
        assert len(os.fsencode(places.sockets)) <= SOCKET_FOLDER_BYTES
        assert places.sockets.stat().st_mode & 0o777 == 0o700
        assert find_places(state) == places
    finally:
        forget_outside(state)


def test_a_pointer_to_a_strangers_folder_is_not_followed(tmp_path: Path) -> None:
    state = state_folder(tmp_path / ("deep" * 20) / ("deeper" * 10))
    (state / "sockets").write_text("/etc\n" if os.geteuid() else f"{tmp_path / 'link'}\n")
    (tmp_path / "link").symlink_to(tmp_path)
    places = find_places(state)
    try:
        assert places.sockets not in {Path("/etc"), tmp_path / "link"}
    finally:
        forget_outside(state)


def test_an_initdb_cut_short_is_made_again(state: Path) -> None:
    places = find_places(state_folder(state))
    half = places.data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("1\n")
    server = Postgres(places, durable=False)
    try:
        server.start()
        assert (places.data / "PG_VERSION").read_text() == "18\n"
    finally:
        server.stop()


def test_a_stranger_is_never_taken_for_ours() -> None:
    assert not is_ours(os.getpid(), "postgres", "/no/such/folder")
    assert not is_ours(2**22 + 1, "postgres")
