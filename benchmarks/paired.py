"""Two models on 10,000, 100,000 and 1,000,000 shared cases: difference, interval, four counts and slices, beside DuckDB and Polars.

    ./plumbline bench paired [--items 10000 100000 1000000] [--models 5] [--times 7]

Five models are in the data, so that a million cases are five million rows. Ours goes from packed scores as the database keeps them to
the finished comparison: Tango's interval, the three readings of what is missing, slices corrected for many looks. DuckDB and Polars read
Parquet (in an environment of their own) and give counts, mean and variance, whole and by slice; intervals and corrections are not asked
of them. The floor is numpy on arrays that lie ready. Sides take turns. Asserted before timing: the same counts, means and slices.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.matrix import PACKAGES
from benchmarks.shared.peers import Peer, python_with
from benchmarks.shared.responses import LANGUAGES, Floats, languages, right_or_wrong
from evaluations.statistics import (
    Flags,
    Kind,
    Result,
    Rule,
    Samples,
    SliceDifference,
    against_rival,
    where_do_we_lose,
)

WAYS = ("ours", "DuckDB", "Polars", "numpy floor")
Packed = tuple[bytes, bytes]


def packed(line: Floats) -> Packed:
    """Numerators and denominators as a RunVector holds them."""
    return line.astype("<f8").tobytes(), np.where(np.isnan(line), np.nan, 1.0).astype("<f8").tobytes()


def ours(
    sides: list[Packed], keys: tuple[str, ...], masks: dict[str, Flags]
) -> tuple[Result, list[SliceDifference]]:
    samples = [
        Samples(
            keys,
            np.frombuffer(numerators, "<f8").reshape(-1, 1),
            np.frombuffer(denominators, "<f8").reshape(-1, 1),
            None,
            Kind.BINARY,
        )
        for numerators, denominators in sides
    ]
    return against_rival(*samples, Rule()), where_do_we_lose(*samples, masks, Rule())


def floor(scores: Floats, codes: "np.ndarray[Any, np.dtype[np.intp]]") -> tuple[int, int, Floats, Floats]:
    a, b = scores[0], scores[1]
    shared = ~(np.isnan(a) | np.isnan(b))
    won, lost = (a > b) & shared, (a < b) & shared
    return int(won.sum()), int(lost.sum()), np.bincount(codes, won), np.bincount(codes, lost)


def check(answer: tuple[Result, list[SliceDifference]], tables: dict[str, Any], scores: Floats) -> None:
    result, slices = answer
    assert result.counts is not None and result.point is not None
    by_name = {one.name: one.result for one in slices}
    codes = np.arange(scores.shape[1]) % len(LANGUAGES)
    assert floor(scores, codes)[:2] == (result.counts.only_a, result.counts.only_b)
    for told in tables.values():
        whole = next(row for row in told if row[0] == 1)
        assert whole[2:6] == [result.n, result.counts.only_a, result.counts.only_b, result.counts.both]
        assert np.isclose(whole[6], result.point)
        for row in told:
            if row[0] == 0:
                part = by_name[f"lang={row[1]}"]
                assert part.counts is not None and row[2:5] == [
                    part.n,
                    part.counts.only_a,
                    part.counts.only_b,
                ]


def timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return (time.perf_counter() - start) * 1000


def measured(
    peer: Peer, models: int, items: int, times: int, folder: Path
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    scores = right_or_wrong(3, models, items)
    np.save(folder / "pair.npy", scores)
    (folder / "pair.json").write_text(json.dumps(languages(items)))
    wrote = peer.ask(do="write", name="pair")["result"]
    keys = tuple(map(str, range(items)))
    codes = np.arange(items) % len(LANGUAGES)
    masks = {f"lang={name}": codes == place for place, name in enumerate(LANGUAGES)}
    sides = [packed(line) for line in scores[:2]]
    tables = {do: peer.ask(do=do, name="pair")["result"] for do in ("pair", "polars")}
    check(ours(sides, keys, masks), tables, scores)
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(times):
        taken["ours"].append(timed(lambda: ours(sides, keys, masks)))
        taken["DuckDB"].append(peer.ask(do="pair", name="pair")["ms"])
        taken["Polars"].append(peer.ask(do="polars", name="pair")["ms"])
        taken["numpy floor"].append(timed(lambda: floor(scores, codes)))
    return taken, wrote


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench paired")
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--models", type=int, default=5)
    parser.add_argument("--times", type=int, default=7)
    chosen = parser.parse_args()
    python = python_with("tables", PACKAGES)
    with tempfile.TemporaryDirectory() as folder, Peer(python, "tables.py", folder) as peer:
        for items in chosen.items:
            taken, wrote = measured(peer, chosen.models, items, chosen.times, Path(folder))
            print(f"{items:,} cases, {wrote['rows']:,} rows, median of {chosen.times} (lowest–highest), ms")
            first = statistics.median(taken["ours"])
            for way, values in taken.items():
                middle = statistics.median(values)
                print(
                    f"  {way:<12} {middle:>9.1f} ({min(values):.1f}–{max(values):.1f})  × {middle / first:.2f}"
                )
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, DuckDB {wrote['duckdb']}, "
        f"Polars {wrote['polars']}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
