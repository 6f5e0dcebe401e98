"""Peers in a virtual environment of their own: made once, spoken to over a pipe, one task at a time, so that sides can take turns."""

import json
import subprocess
import sys
import venv
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".plumbline" / "bench"


def python_with(name: str, packages: list[str]) -> Path:
    """The interpreter of an environment that has these packages; installed on the first call, by pip as it is set up here."""
    place = HOME / name
    python = place / "bin" / "python"
    wanted = place / "packages.json"
    if not wanted.exists() or json.loads(wanted.read_text()) != packages:
        print(f"Installing {', '.join(packages)} for this benchmark …", flush=True)
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        wanted.write_text(json.dumps(packages))
    return python


class Peer:
    """A script that answers each line of JSON by another with `ms` and `result`."""

    def __init__(self, python: Path | str, script: str, *arguments: str) -> None:
        command = [str(python), str(ROOT / "benchmarks" / "peers" / script), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **task: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"The peer {self.process.args!r} ended with {self.process.wait()}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
