"""Keeps .venv in step with the locks. Run by path with the machine's Python, before any package is there.

Every package is checked against the lock's hashes. An install that was cut short leaves a mark and is made again from nothing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
UNFINISHED = VENV / "unfinished"
FREE_BYTES = 1_500 * 1024 * 1024
LOCKS: "dict[str, list[tuple[str, tuple[str, ...]]]]" = {
    "run": [("requirements.txt", ())],
    "dev": [("requirements-dev.txt", ())],
    "local-llm": [("requirements.txt", ()), ("requirements-local-llm.txt", ("--no-deps",))],
    "inspect": [("requirements.txt", ()), ("requirements-inspect.txt", ("--no-deps",))],
}

# Pip fails with these before it touches what is installed.
NOTHING_CHANGED = ("THESE PACKAGES DO NOT MATCH THE HASHES", "Connection", "No matching distribution")


def digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def installed(lock: str) -> bool:
    """Whether exactly this lock is in; the development lock holds everything of the run lock."""
    locks = [lock, "requirements-dev.txt"] if lock == "requirements.txt" else [lock]
    return any(
        (VENV / f"{name}.sha256").exists() and (VENV / f"{name}.sha256").read_text() == digest(name)
        for name in locks
    )


def works() -> bool:
    """Whether .venv has a Python that starts: one that was moved or whose Python was removed does not."""
    try:
        done = subprocess.run(
            [VENV / "bin" / "python", "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def make() -> None:
    """An empty environment; whatever half of one was there goes."""
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    subprocess.run([sys.executable, "-I", "-m", "venv", VENV], check=True, stdout=subprocess.DEVNULL)


def install(lock: str, options: "tuple[str, ...]") -> None:
    python = VENV / "bin" / "python"
    if subprocess.run([python, "-I", "-m", "pip", "--version"], check=False, capture_output=True).returncode:
        subprocess.run([python, "-I", "-m", "ensurepip"], check=True, capture_output=True)
    UNFINISHED.touch()
    command: list[str | Path] = [
        python,
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-compile",
    ]
    done = subprocess.run(
        [*command, "--require-hashes", *options, "-r", ROOT / lock],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = done.stderr or done.stdout
        if any(mark in output for mark in NOTHING_CHANGED):
            UNFINISHED.unlink()
        raise SystemExit(explain(output))
    compile_all()
    marker = VENV / f"{lock}.sha256"
    marker.write_text(digest(lock))
    UNFINISHED.unlink()


def compile_all() -> None:
    """On all cores what pip does on one. A file that is no Python of this version is left as it is, as pip leaves it."""
    command: list[str | Path] = [
        VENV / "bin" / "python",
        "-I",
        "-m",
        "compileall",
        "-qq",
        "-j",
        "0",
        VENV / "lib",
    ]
    subprocess.run(command, check=False, capture_output=True)


def explain(output: str) -> str:
    """Pip's last words, behind one sentence that says what is wrong."""
    reasons = {
        "No space left": f"the disk of {ROOT} is full",
        "THESE PACKAGES DO NOT MATCH THE HASHES": "a downloaded package is not the one the lock names",
        "Connection": "the package index cannot be reached",
        "No matching distribution": "the package index has no build of a package for this Python and machine",
    }
    reason = next(
        (sentence for mark, sentence in reasons.items() if mark in output), "a package could not be installed"
    )
    ending = "\n".join(f"  {line}" for line in output.strip().splitlines()[-4:])
    return f"plumbline: {reason}; run the command again when that is put right.\n{ending}"


def missing(*packages: str) -> "list[tuple[str, tuple[str, ...]]]":
    """Locks of some sets of packages that are not in yet, each once."""
    wanted = dict.fromkeys(lock for name in packages for lock in LOCKS[name])
    return [(lock, options) for lock, options in wanted if not installed(lock)]


def bring_up_to_date(*packages: str) -> None:
    if not UNFINISHED.exists() and works() and not missing(*packages):
        return
    with open(ROOT / ".venv.lock", "w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if UNFINISHED.exists() or not works():
            check_space()
            make()
        todo = missing(*packages)
        if todo:
            sys.stderr.write("Installing the packages of the lock; this takes a minute the first time …\n")
        for lock, options in todo:
            install(lock, options)
        UNFINISHED.unlink(missing_ok=True)


def check_space() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < FREE_BYTES:
        needed = FREE_BYTES // 2**20
        raise SystemExit(
            f"plumbline: the disk of {ROOT} is full: {free // 2**20} MB are free and the packages need {needed} MB."
        )


def main() -> None:
    os.environ.pop("PIP_REQUIRE_VIRTUALENV", None)
    try:
        bring_up_to_date(*sys.argv[1:])
    except PermissionError as error:
        raise SystemExit(
            f"plumbline: cannot write to {error.filename or ROOT}: change the folder's owner or clone it elsewhere."
        ) from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"plumbline: .venv could not be made: {error}") from error
    except OSError as error:
        raise SystemExit(f"plumbline: {error.strerror}: {error.filename or ROOT}.") from error
    except KeyboardInterrupt as stop:
        raise SystemExit("plumbline: stopped; the install starts over next time.") from stop


if __name__ == "__main__":
    main()
