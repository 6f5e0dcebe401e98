"""How often a verdict is wrong: every deciding method where the true value lies exactly on the border of the claim.

    ./plumbline bench calibration [--replicates 2000] [--seed 1] [--only WORD …] [--markdown]

There every "met" and every "not met" is a mistake, and nowhere are mistakes more frequent. Columns: the share of each; the share allowed
(half of α for each of the two unless it says otherwise); how often the range held the true value; one standard error of chance in the
figures. Ends with 1 when a rate that is promised for any n lies above the allowed one by more than chance explains (one in ten thousand).
Where a method only nears its promise as n grows, a rate above is marked, as is what Plumbline never does and shows for contrast.
"""

import argparse
import itertools
import os
import platform
import sys
import time
from datetime import date

import numpy as np
import scipy

from benchmarks.shared.calibrated.figures import figures
from benchmarks.shared.calibrated.forbidden import forbidden
from benchmarks.shared.calibrated.looks import looks
from benchmarks.shared.calibrated.many import many
from benchmarks.shared.calibrated.paired import paired
from benchmarks.shared.calibrated.single import single
from benchmarks.shared.calibrated.trials import Line, tried

COLUMNS = (
    "method",
    "setting",
    "n",
    "false met",
    "false not met",
    "allowed",
    "range held",
    "chance ±",
    "promised",
)


def cells(line: Line) -> list[str]:
    trial = line.trial
    allowed = f"{trial.nominal:.1%}" + (" in all" if trial.together else "")
    promised = f"{trial.promise}" + (" — above" if line.above else "")
    return [
        trial.method,
        trial.setting,
        trial.n,
        shown(line.met),
        shown(line.not_met),
        allowed,
        shown(line.coverage, 1),
        f"{line.error:.2%}",
        promised,
    ]


def shown(rate: float | None, digits: int = 2) -> str:
    return "–" if rate is None else f"{rate:.{digits}%}"


def printed(row: list[str] | tuple[str, ...], *, markdown: bool) -> str:
    if markdown:
        return f"| {' | '.join(row)} |"
    widths = (24, 72, 9, 10, 14, 13, 11, 9, 22)
    return " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def main() -> int:
    parser = argparse.ArgumentParser("./plumbline bench calibration")
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], help="methods whose name has one of these words")
    parser.add_argument("--markdown", action="store_true")
    chosen = parser.parse_args()
    started, broken = time.perf_counter(), []
    print(printed(COLUMNS, markdown=chosen.markdown))
    if chosen.markdown:
        print("|" + "---|" * len(COLUMNS))
    for trial in itertools.chain(single(), figures(), paired(), looks(), many(), forbidden()):
        if chosen.only and not any(word in trial.method for word in chosen.only):
            continue
        line = tried(trial, chosen.replicates, chosen.seed)
        print(printed(cells(line), markdown=chosen.markdown), flush=True)
        broken += [trial] if line.broken else []
    print(
        f"\n{chosen.replicates} replicates, seed {chosen.seed}, {time.perf_counter() - started:.0f} s; {date.today():%-d %B %Y}, "
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, {os.cpu_count()} cores"
    )
    for trial in broken:
        print(f"Broken: {trial.method}, {trial.setting}, n {trial.n}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
