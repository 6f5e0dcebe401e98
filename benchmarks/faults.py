"""What every fault cost: runs the fault tests and prints a table.

    ./plumbline bench faults [PYTEST ARGUMENTS]

Each row is what one fault did to its runs, on real servers, workers and a provider that keeps its own bill: samples lost or counted
twice (both must be 0), calls billed again beside the most that were in flight, and the seconds from the fault, or from its end, to the
next stored result; where all were stored already, to the end of the run.
"""

import json
import os
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

from config.embedded.places import ROOT

# Named so by tests/faults/oracle.py too, which needs a Django that is set up.
TABLE = "PLUMBLINE_FAULT_TABLE"
HEADINGS = ("fault", "samples", "lost", "counted twice", "billed again", "at most", "seconds to recovery")
NAMES = ("fault", "samples", "lost", "twice", "billed_again", "may_bill_again", "recovery_s")


def main(words: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="plumbline-faults-") as folder:
        table = Path(folder) / "table.jsonl"
        # The tests bring servers of their own: some of them are killed.
        own = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")
        }
        command = [sys.executable, "-m", "pytest", "-m", "faults", "tests/faults", "-q", *words]
        ended = subprocess.call(command, cwd=ROOT, env=own | {TABLE: str(table)})
        rows = [json.loads(line) for line in table.read_text().splitlines()] if table.exists() else []
    sys.stdout.write("\n".join(lines(rows)) + "\n")
    return ended


def lines(rows: list[dict[str, Any]]) -> list[str]:
    head = [f"| {' | '.join(HEADINGS)} |", f"|---{'|--:' * (len(HEADINGS) - 1)}|"]
    told = [_together(list(same)) for _, same in groupby(sorted(rows, key=_fault), _fault)]
    body = [f"| {' | '.join(_shown(row[name]) for name in NAMES)} |" for row in told]
    total = [
        f"{len(rows)} runs, {sum(row['samples'] for row in rows)} samples: {sum(row['lost'] for row in rows)} lost, "
        f"{sum(row['twice'] for row in rows)} counted twice, {sum(row['billed_again'] for row in rows)} billed again."
    ]
    return ["", *head, *body, "", *total]


def _together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The runs that one fault struck, as one row: sums, and the longest recovery."""
    waits = [row["recovery_s"] for row in rows if row["recovery_s"] is not None]
    sums = {name: sum(row[name] for row in rows) for name in NAMES[1:-1]}
    return {"fault": rows[0]["fault"], **sums, "recovery_s": max(waits, default=None)}


def _fault(row: dict[str, Any]) -> str:
    return str(row["fault"])


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
