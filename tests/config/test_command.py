"""What `./plumbline` says when it cannot go on: one sentence that says what is wrong."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from config.embedded import install
from config.embedded.backup import read_manifest
from config.embedded.first_start import check_space, secret_key
from config.embedded.processes import Child, open_log
from config.embedded.servers import Claim
from config.embedded.supervisor import BACK_OFF_SECONDS, Watch
from config.embedded.words import Trouble
from tests.config.started import ROOT, command, environment


def script(*words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "plumbline"), *words],
        env={"PATH": path, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def only(folder: Path, *names: str) -> str:
    """A PATH with nothing but these programs."""
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    return str(folder)


def test_an_unknown_command_gets_the_list() -> None:
    done = script("fly")
    assert done.returncode == 2
    assert done.stderr.startswith("plumbline: there is no command 'fly'.")
    assert "./plumbline COMMAND" in done.stderr


def test_no_command_gets_the_list() -> None:
    done = script()
    assert (done.returncode, "up [--port N]" in done.stdout) == (0, True)


def test_without_python_it_says_which_one_it_needs(tmp_path: Path) -> None:
    done = script("up", path=only(tmp_path, "sh", "dirname"))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer with its venv module" in done.stderr
    assert "found none" in done.stderr


def test_a_python_too_old_is_named(tmp_path: Path) -> None:
    path = only(tmp_path, "sh", "dirname")
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$3" in *version_info\\[:2\\]*) echo 3.9 ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    assert "found python3 is 3.9" in script("up", path=path).stderr


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    done = command("up", "--port", port, state=tmp_path / "state")
    assert (done.returncode, "is not a port" in done.stderr) == (1, True)


def test_a_state_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.touch()
    assert "is a file, not a folder" in command("up", "--state", str(file), state=file).stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot write to" in command("up", state=tmp_path / "state").stderr


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.embedded.first_start.FREE_BYTES", 2**60)
    with pytest.raises(Trouble, match="The disk of .* is full"):
        check_space(tmp_path)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("OSError: [Errno 28] No space left on device", "is full"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE",
            "not the one the lock names",
        ),
        ("NewConnectionError: Connection refused", "cannot be reached"),
        ("anything else", "could not be installed"),
    ],
)
def test_a_failed_install_gives_its_reason_first(output: str, reason: str) -> None:
    assert reason in install.explain(output).splitlines()[0]


def test_backup_and_restore_ask_for_one_file(tmp_path: Path) -> None:
    assert "Name one file: ./plumbline backup FILE" in command("backup", state=tmp_path / "state").stderr


def test_what_is_no_backup_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a dump")
    with pytest.raises(Trouble, match="is not a Plumbline backup"):
        read_manifest(file)
    with pytest.raises(Trouble, match="There is no file"):
        read_manifest(tmp_path / "absent")


def test_one_folder_has_one_claim(tmp_path: Path) -> None:
    first, second = Claim(tmp_path), Claim(tmp_path)
    assert first.take()
    first.note({"url": "http://127.0.0.1:8000"})
    assert not second.take()
    assert second.holder()["url"] == "http://127.0.0.1:8000"
    first.drop()
    assert second.take()
    second.drop()


def test_the_secret_key_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLUMBLINE_SECRET_KEY", raising=False)
    secret_key(tmp_path)
    made = (tmp_path / "secret-key").read_text()
    secret_key(tmp_path)
    assert (tmp_path / "secret-key").read_text() == made
    assert len(made) > 60


def test_a_process_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    watch = Watch(Child("short", ["true"], tmp_path / "log", environment(), tmp_path))
    pauses = []
    for _ in range(3):
        watch.look()
        assert watch.due is not None
        pauses.append(BACK_OFF_SECONDS[watch.deaths - 1])
        watch.due = 0.0
        watch.look()
        assert watch.child.process is not None
        watch.child.process.wait()
    assert pauses == [0.5, 1, 2]


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * (10 * 2**20 + 1))
    os.close(open_log(log))
    assert log.stat().st_size == 0
    assert (tmp_path / "web.log.1").stat().st_size > 10 * 2**20


def test_sets_of_packages_add_up_and_share_the_run_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path)
    wanted = [lock for lock, _ in install.missing("run", "local-llm", "inspect")]
    assert wanted == ["requirements.txt", "requirements-local-llm.txt", "requirements-inspect.txt"]
