"""A hundred thousand runs and five million samples: lists of runs, comparisons, boards and profiles, beside their SQL alone.

    ./plumbline bench runs [--runs 100000] [--samples 5000000] [--times 40]

Measured as `bench lists` measures. The runs are of thirty versions and forty evaluations; the samples, each with an answer and a score,
are of runs of our versions and seven rivals' on the same ten thousand cases. Asserted before timing: every page answers 200, and the
samples are there.
"""

import argparse
import os
from collections.abc import Sequence
from typing import Any

from benchmarks.shared.pages import measure, print_table
from benchmarks.shared.stack import prepared, scratch_database

RUNS = """
INSERT INTO evaluations_run ({columns})
SELECT {columns} FROM evaluations_run, generate_series(1, %s) LIMIT %s
"""


def fill(runs: int) -> None:
    """Copies of the runs that are there. No trigger looks at each row."""
    from django.db import connection, transaction

    from evaluations.models import Run

    columns = ", ".join(f'"{field.column}"' for field in Run._meta.local_fields if not field.primary_key)
    there = Run.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(RUNS.format(columns=columns), [runs // there + 1, max(0, runs - there)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE evaluations_run")
    assert Run.objects.count() == max(runs, there)


def pages(compared: Sequence[Any]) -> dict[str, str]:
    """compared: runs on the same cases, the newest of ours first, rivals' last."""
    from evaluations.models import Run

    ours, before, rivals = compared[0].pk, compared[1].pk, [run.pk for run in compared[-7:]]
    two, eight = f"/compare/?run={ours}&against={before}", f"/compare/?run={ours}"
    others = Run.objects.exclude(evaluation_version=compared[0].evaluation_version)
    first, last = (others.order_by(order).values_list("pk", flat=True)[0] for order in ("pk", "-pk"))
    return {
        "runs": "/runs/",
        "runs, of one model": "/runs/?model=ours@v03&state=done",
        "runs, of one evaluation": "/runs/?evaluation=evaluation-7",
        "runs, at their end": f"/runs/?before={first + 40}",
        "a run without samples": f"/runs/{last}/",
        "its evaluation": "/evaluations/evaluation-7/",
        "a model": "/models/ours/",
        "API runs": "/api/v1/runs/?model=ours",
        "two compared": two,
        "two compared, what only A has": f"{two}&show=won",
        "two compared, one slice": f"{two}&slice=lang=de",
        "ours and seven rivals": eight + "".join(f"&against={pk}" for pk in rivals),
        "API, two compared": f"/api/v1/comparisons/?run={ours}&against={before}&scorer=exact",
        "all boards": "/board/",
        "a board": "/board/?suite=compared",
        "a board, every version": "/board/?suite=compared&versions=every",
        "a board, pair by pair": "/board/?suite=compared&show=pairs",
        "a board over time": "/board/?suite=compared&show=time",
        "a profile of a model": "/models/ours/profile/",
        "changes": "/changes/",
        "a run with 10,000 samples": f"/runs/{ours}/",
    }


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench runs")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=5_000_000)
    parser.add_argument("--times", type=int, default=40)
    chosen = parser.parse_args()
    with scratch_database("runs") as database:
        os.environ["DATABASE_URL"] = database
        served = prepared(100, 30)
        fill(chosen.runs)
        from benchmarks.shared.compared import make_compared

        compared = make_compared(served.user, chosen.samples)
        measured = measure(database, served, pages(compared), chosen.times)
        print_table(
            f"{chosen.runs:,} runs, {chosen.samples:,} samples, {chosen.times} requests each, ms", measured
        )


if __name__ == "__main__":
    main()
