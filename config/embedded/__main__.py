"""The commands behind `./plumbline`, once the packages are in."""

import argparse
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from config.embedded import backup, checks, local_model, pictures, supervisor
from config.embedded.first_start import secret_key
from config.embedded.places import ROOT
from config.embedded.servers import borrowed
from config.embedded.words import Trouble

DEFAULT_STATE = ROOT / ".plumbline"


def state_from_environment() -> Path:
    return Path(os.environ.get("PLUMBLINE_STATE") or DEFAULT_STATE).expanduser().resolve()


def up(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "./plumbline up", description="Set everything up and run it; Ctrl-C stops it."
    )
    parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (8000)")
    parser.add_argument(
        "--state", type=Path, default=state_from_environment(), help="folder for data and logs (.plumbline)"
    )
    parser.add_argument(
        "--local-llm", action="store_true", help="also serve a small language model on this machine"
    )
    parser.add_argument(
        "--inspect", action="store_true", help="install inspect-ai too, for agentic and tool tasks"
    )
    chosen = parser.parse_args(words)
    if not 0 < chosen.port < 65536:
        raise Trouble(f"{chosen.port} is not a port: choose one from 1 to 65535.")
    supervisor.up(
        chosen.state.expanduser().resolve(), chosen.port, local_model.children if chosen.local_llm else None
    )
    return 0


def manage(words: list[str]) -> int:
    state = state_from_environment()
    with borrowed(state) as environment:
        secret_key(state)
        # Ctrl-C is the command's own business (a shell prompt clears its line with it).
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return subprocess.call([sys.executable, "manage.py", *words], cwd=ROOT, env=environment)


def test(words: list[str]) -> int:
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *words])


def bench(words: list[str]) -> int:
    folder = ROOT / "benchmarks"
    names = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    if not words or words[0] not in names:
        raise Trouble(f"Name a benchmark: {', '.join(names) or 'there is none yet'}.")
    state = state_from_environment()
    with borrowed(state) as environment:
        secret_key(state)
        return subprocess.call(
            [sys.executable, "-m", f"benchmarks.{words[0]}", *words[1:]], cwd=ROOT, env=environment
        )


def main() -> int:
    commands = {
        "up": up,
        "test": test,
        "check": checks.run,
        "manage": manage,
        "bench": bench,
        "shots": pictures.run,
        "backup": backup.backup_command,
        "restore": backup.restore_command,
    }
    try:
        return commands[sys.argv[1]](sys.argv[2:])
    except Trouble as trouble:
        sentence = str(trouble)
    except PermissionError as error:
        sentence = f"Plumbline may not write to {error.filename}: change its owner or choose another folder with --state."
    except psycopg.OperationalError as error:
        sentence = f"The database does not answer: {str(error).strip()}"
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sentence = f"The disk is full: {error.filename or DEFAULT_STATE} could not be written."
    sys.stderr.write(f"plumbline: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
