"""DuckDB and Polars over one Parquet file of scores: (model, item, lang, score), rows of missing scores left out.

Run by an interpreter that has both: `tables.py FOLDER`. Each line of standard input is a task, each answered by a line: milliseconds of
the question alone, and what it gave.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

duckdb: Any = importlib.import_module("duckdb")
polars: Any = importlib.import_module("polars")
numpy: Any = importlib.import_module("numpy")

MATRIX = """
SELECT a.model AS a, b.model AS b, count(*) AS n, sum(CASE WHEN a.score > b.score THEN 1 ELSE 0 END) AS only_a,
  sum(CASE WHEN a.score < b.score THEN 1 ELSE 0 END) AS only_b
FROM scores a JOIN scores b ON a.item = b.item AND a.model < b.model GROUP BY 1, 2 ORDER BY 1, 2
"""
PAIR = """
SELECT grouping(a.lang) AS whole, a.lang, count(*) AS n, sum(CASE WHEN a.score > b.score THEN 1 ELSE 0 END) AS only_a,
  sum(CASE WHEN a.score < b.score THEN 1 ELSE 0 END) AS only_b, sum(a.score * b.score) AS both, avg(a.score - b.score) AS gap,
  var_samp(a.score - b.score) AS spread
FROM scores a JOIN scores b ON a.item = b.item WHERE a.model = 0 AND b.model = 1 GROUP BY GROUPING SETS ((), (a.lang)) ORDER BY 2
"""


def write(folder: Path, name: str) -> dict[str, Any]:
    """The Parquet file from the arrays the benchmark left in the folder."""
    scores, langs = numpy.load(folder / f"{name}.npy"), json.loads((folder / f"{name}.json").read_text())
    models, items = scores.shape
    kept = ~numpy.isnan(scores)
    frame = polars.DataFrame(
        {
            "model": numpy.repeat(numpy.arange(models, dtype=numpy.int32), items)[kept.ravel()],
            "item": numpy.tile(numpy.arange(items, dtype=numpy.int32), models)[kept.ravel()],
            "lang": polars.Series(langs * models).filter(polars.Series(kept.ravel())),
            "score": scores[kept],
        }
    )
    frame.write_parquet(folder / f"{name}.parquet")
    return {"rows": frame.height, "duckdb": duckdb.__version__, "polars": polars.__version__}


def by_duckdb(folder: Path, name: str, question: str) -> list[list[Any]]:
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW scores AS SELECT * FROM read_parquet('{folder / name}.parquet')")
    rows: list[list[Any]] = [list(row) for row in connection.execute(question).fetchall()]
    return rows


def pair_by_polars(folder: Path, name: str) -> list[list[Any]]:
    scores = polars.scan_parquet(folder / f"{name}.parquet")
    column = polars.col
    sides = [scores.filter(column("model") == model).select("item", "lang", "score") for model in (0, 1)]
    joined = sides[0].join(sides[1], on="item", suffix="_b")
    told = [
        polars.len().alias("n"),
        (column("score") > column("score_b")).sum().alias("only_a"),
        (column("score") < column("score_b")).sum().alias("only_b"),
        (column("score") * column("score_b")).sum().alias("both"),
        (column("score") - column("score_b")).mean().alias("gap"),
        (column("score") - column("score_b")).var().alias("spread"),
    ]
    paired = joined.collect()
    whole = paired.select(told).rows()
    parts = paired.group_by("lang").agg(told).sort("lang").rows()
    return [[0, *row] for row in parts] + [[1, None, *row] for row in whole]


def answer(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    name = task["name"]
    start = time.perf_counter()
    if task["do"] == "write":
        result: Any = write(folder, name)
    elif task["do"] == "polars":
        result = pair_by_polars(folder, name)
    else:
        result = by_duckdb(folder, name, MATRIX if task["do"] == "matrix" else PAIR)
    return {"ms": (time.perf_counter() - start) * 1000, "result": result}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(Path(sys.argv[1]), json.loads(line))), flush=True)
