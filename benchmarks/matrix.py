"""Every pair of twenty models on ten thousand cases with Holm: from packed scores, beside self-joins and beside numpy alone.

    ./plumbline bench matrix [--models 20] [--items 10000] [--times 9]

Ours is what the board does for a column it has not ranked before: two queries, samples, all pairs, Holm, rank intervals and the plausible
range of every model. The self-joins of PostgreSQL and of DuckDB (on Parquet, in an environment of its own) only count; the floor is numpy
on arrays that lie ready. Sides take turns. Asserted before timing: the same counts everywhere, and McNemar's p and Holm from them.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.peers import Peer, python_with
from benchmarks.shared.responses import Floats, languages, right_or_wrong
from benchmarks.shared.stack import scratch_database, versions_line

PACKAGES = ["duckdb>=1.4,<2", "polars>=1.30,<2", "numpy>=2,<3"]
WAYS = (
    "ours, from the database",
    "ours, from packed bytes",
    "DuckDB self-join",
    "PostgreSQL self-join",
    "numpy floor",
)
SELF_JOIN = """
SELECT a.model, b.model, count(*), count(*) FILTER (WHERE a.score > b.score), count(*) FILTER (WHERE a.score < b.score)
FROM bench_scores a JOIN bench_scores b ON a.item = b.item AND a.model < b.model GROUP BY 1, 2 ORDER BY 1, 2
"""


def stored(scores: Floats) -> Any:
    """An evaluation of as many cases, and a finished run with its packed scores for every model; also the rows for the self-join."""
    from django.db import connection

    from config.people.models import User
    from evaluations.importers import CaseRow
    from evaluations.models import ModelVersion, Run, RunVector
    from evaluations.queries.board_columns import Wanted
    from evaluations.services.datasets import add_cases, create_dataset, publish_version
    from evaluations.services.evaluations import create_evaluation_version
    from evaluations.services.models import create_model
    from evaluations.services.scorers import create_scorer_version

    models, items = scores.shape
    user = User.objects.create(username="bench", role="researcher")
    dataset = create_dataset(actor=user, slug="bench", name="Bench", purpose="test")
    named = languages(items)
    rows = [
        CaseRow(place, f"case-{place:07}", f"Question {place}?", "yes", slices={"lang": named[place]})
        for place in range(items)
    ]
    add_cases(actor=user, version=dataset.versions.get(), cases=rows)
    version = publish_version(actor=user, version=dataset.versions.get())
    scorer = create_scorer_version(actor=user, slug="exact", kind="exact", config={})
    evaluation = create_evaluation_version(
        actor=user, slug="bench", dataset_version=version, scorer_versions=[scorer]
    )
    model = create_model(actor=user, slug="bench", name="Bench", kind="llm", side="own")
    made = ModelVersion.objects.bulk_create(
        ModelVersion(model=model, name=f"v{number:03}", api_id=f"v{number}") for number in range(models)
    )
    runs = Run.objects.bulk_create(
        Run(evaluation_version=evaluation, model_version=each, state="done", total=items, done=items)
        for each in made
    )
    RunVector.objects.bulk_create(
        RunVector(
            run=run,
            scorer_version=scorer,
            generation=1,
            order_hash=version.hash,
            items=items,
            repeats=1,
            numerators=line.astype("<f8").tobytes(),
            denominators=np.where(np.isnan(line), np.nan, 1.0).astype("<f8").tobytes(),
            presence=np.packbits(~np.isnan(line)).tobytes(),
        )
        for run, line in zip(runs, scores, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_scores (model int, item int, score float8)")
        with cursor.copy("COPY bench_scores FROM STDIN") as copy:
            for place, line in enumerate(scores):
                for item in np.flatnonzero(~np.isnan(line)):
                    copy.write_row((place, int(item), float(line[item])))
        cursor.execute("CREATE INDEX ON bench_scores (item, model)")
        cursor.execute("ANALYZE")
    return Wanted(evaluation, scorer, runs)


def from_the_database(wanted: Any) -> Any:
    from evaluations.queries.board_columns import rank_column

    return rank_column(wanted)


def from_packed_bytes(packed: list[bytes], keys: tuple[str, ...]) -> Any:
    """The statistics alone: bytes to ranks."""
    from evaluations.statistics import Kind, Samples, rank_intervals

    ones = np.ones((len(keys), 1))
    runs = {
        str(place): Samples(keys, np.frombuffer(line, "<f8").reshape(-1, 1), ones, None, Kind.BINARY)
        for place, line in enumerate(packed)
    }
    return rank_intervals(runs)


def by_postgres() -> list[list[Any]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SELF_JOIN)
        return [list(row) for row in cursor.fetchall()]


def floor(scores: Floats) -> Floats:
    """The counts of every ordered pair from arrays: right here and wrong there."""
    right, wrong = np.nan_to_num(scores), np.nan_to_num(1 - scores)
    counts: Floats = right @ wrong.T
    return counts


def counted(scores: Floats) -> list[list[int]]:
    """(a, b, n, only a, only b) of each pair, by the floor."""
    there, counts = (~np.isnan(scores)).astype(np.float64), floor(scores)
    shared = there @ there.T
    models = len(scores)
    return [
        [a, b, int(shared[a, b]), int(counts[a, b]), int(counts[b, a])]
        for a in range(models)
        for b in range(a + 1, models)
    ]


def check(scores: Floats, peer: Peer, wanted: Any) -> None:
    """Everybody counts the same pairs, and ours makes of them what McNemar and Holm say."""
    from evaluations.statistics import holm, mcnemar_exact

    expected = counted(scores)
    assert peer.ask(do="matrix", name="matrix")["result"] == expected
    assert by_postgres() == expected
    keep = ~np.isnan(scores).any(axis=0)
    common = counted(scores[:, keep])
    packed = [line.astype("<f8").tobytes() for line in scores]
    ranking = from_packed_bytes(packed, tuple(map(str, range(scores.shape[1]))))
    p = [mcnemar_exact(only_a, only_b) for _, _, _, only_a, only_b in common]
    assert ranking.n == int(keep.sum())
    assert np.allclose([test.p for test in ranking.pairs], p, rtol=1e-9)
    assert np.allclose([test.adjusted_p for test in ranking.pairs], holm(p), rtol=1e-9)
    column = from_the_database(wanted)
    assert column.n == ranking.n
    assert [round(test.difference, 9) for test in column.pairs] == [
        round(test.difference, 9) for test in ranking.pairs
    ]


def timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return (time.perf_counter() - start) * 1000


def rounds(scores: Floats, wanted: Any, peer: Peer, times: int) -> dict[str, list[float]]:
    """Milliseconds of each side, in turns."""
    keys = tuple(f"case-{place:07}" for place in range(scores.shape[1]))
    packed = [line.astype("<f8").tobytes() for line in scores]
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(times):
        taken[WAYS[0]].append(timed(lambda: from_the_database(wanted)))
        taken[WAYS[2]].append(peer.ask(do="matrix", name="matrix")["ms"])
        taken[WAYS[1]].append(timed(lambda: from_packed_bytes(packed, keys)))
        taken[WAYS[3]].append(timed(by_postgres))
        taken[WAYS[4]].append(timed(lambda: floor(scores)))
    return taken


def prepared(database: str, folder: Path, scores: Floats) -> Any:
    """The site on an empty database with everything that is compared, and the arrays for the peer."""
    os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    np.save(folder / "matrix.npy", scores)
    (folder / "matrix.json").write_text(json.dumps(languages(scores.shape[1])))
    return stored(scores)


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench matrix")
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=9)
    chosen = parser.parse_args()
    python = python_with("tables", PACKAGES)
    scores = right_or_wrong(11, chosen.models, chosen.items, missing=0.002)
    with scratch_database("matrix") as database, tempfile.TemporaryDirectory() as folder:
        wanted = prepared(database, Path(folder), scores)
        with Peer(python, "tables.py", folder) as peer:
            peers = peer.ask(do="write", name="matrix")["result"]
            check(scores, peer, wanted)
            taken = rounds(scores, wanted, peer, chosen.times)
        line = versions_line()
        from django.db import connections

        connections.close_all()
    pairs = chosen.models * (chosen.models - 1) // 2
    print(f"{chosen.models} models, {chosen.items:,} cases, {pairs} pairs, median of {chosen.times}, ms")
    ours = statistics.median(taken[WAYS[0]])
    for way, values in taken.items():
        middle = statistics.median(values)
        print(f"  {way:<26} {middle:>9.1f} ({min(values):.1f}–{max(values):.1f})  × {middle / ours:.2f}")
    print(f"{line}, DuckDB {peers['duckdb']}, {peers['rows']:,} rows")


if __name__ == "__main__":
    main()
