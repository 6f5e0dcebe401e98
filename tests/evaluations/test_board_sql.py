"""The database is the oracle: what a column says of a pair is what SQL says of the scores, one by one."""

import random
from typing import Any

import pytest
from django.db import connection
from scipy import special

from evaluations.models import EvaluationVersion, Run
from evaluations.queries.board_columns import Wanted, rank_column
from evaluations.statistics import mcnemar_exact
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db
ITEMS = 50
# Each item's mean over its tries for every run, on the items that all of them scored.
MEANS = """
WITH tries AS (
  SELECT r.run_id, r.case_id, avg(s.numerator / s.denominator) AS value, count(*) AS tries
  FROM evaluations_score s JOIN evaluations_response r ON r.id = s.response_id WHERE r.run_id = ANY(%(runs)s) GROUP BY 1, 2
), common AS (
  SELECT case_id FROM tries GROUP BY 1 HAVING count(*) = %(count)s
)
SELECT t.run_id, t.case_id, t.value, t.tries, c.cluster FROM tries t JOIN common USING (case_id) JOIN evaluations_case c ON c.id = t.case_id
"""
# The paired difference, its counts, and the CR1 error over clusters (a case without a group is its own).
PAIR = f"""
WITH means AS ({MEANS}), pairs AS (
  SELECT a.case_id, a.value - b.value AS gap, coalesce(nullif(a.cluster, ''), 'case ' || a.case_id) AS source
  FROM means a JOIN means b USING (case_id) WHERE a.run_id = %(a)s AND b.run_id = %(b)s
), middle AS (
  SELECT avg(gap) AS gap, count(*) AS n, count(*) FILTER (WHERE gap > 0) AS ahead, count(*) FILTER (WHERE gap < 0) AS behind FROM pairs
), sums AS (
  SELECT sum(p.gap - m.gap) AS rest FROM pairs p, middle m GROUP BY p.source
)
SELECT m.gap, m.n, m.ahead, m.behind, count(*), sqrt(count(*) / (count(*) - 1.0) * sum(rest * rest)) / m.n
FROM sums, middle m GROUP BY 1, 2, 3, 4
"""


def made(seed: int, *, repeats: int, clustered: bool, kind: str) -> tuple[EvaluationVersion, list[Run]]:
    """Four runs with a few missing tries, of an evaluation with or without groups."""
    chance = random.Random(seed)
    cases = [
        {
            "key": f"c{number:02}",
            "cluster": f"g{chance.randrange(9)}" if clustered and chance.random() < 0.8 else "",
        }
        for number in range(ITEMS)
    ]
    scorer = make_scorer_version(value_kind=kind)
    version = make_evaluation_version(make_dataset_version(cases), [scorer], repeats=repeats)
    ease = [chance.random() for _ in range(ITEMS)]

    def value(skill: float, item: int) -> float | None:
        if chance.random() < 0.005:
            return None
        drawn = min(max(ease[item] + skill + chance.gauss(0, 0.3), 0.0), 1.0)
        return round(drawn, 3) if kind == "bounded" else float(drawn > 0.5)

    runs = [
        make_finished_run([[value(skill, item) for _ in range(repeats)] for item in range(ITEMS)], version)
        for skill in (0.3, 0.25, 0.0, -0.2)
    ]
    return version, runs


def by_sql(runs: list[int], a: int, b: int, *, single: bool) -> tuple[float, float, int]:
    with connection.cursor() as cursor:
        cursor.execute(PAIR, {"runs": runs, "count": len(runs), "a": a, "b": b})
        gap, n, ahead, behind, sources, error = (float(value) for value in cursor.fetchone())
    if single:
        return gap, mcnemar_exact(int(ahead), int(behind)), int(n)
    return gap, 2 * float(special.stdtr(sources - 1, -abs(gap) / error)), int(n)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "shape",
    [
        {"repeats": 1, "clustered": False, "kind": "binary"},
        {"repeats": 1, "clustered": True, "kind": "binary"},
        {"repeats": 3, "clustered": True, "kind": "binary"},
        {"repeats": 2, "clustered": False, "kind": "bounded"},
    ],
    ids=["single", "groups", "groups and repeats", "graded"],
)
def test_a_pair_in_a_column_is_what_sql_says_of_its_scores(seed: int, shape: dict[str, Any]) -> None:
    version, runs = made(seed, **shape)
    column = rank_column(Wanted(version, version.scorers.get(), runs))
    ranked = [run.pk for run in runs if column.places[run.pk].ranked]
    assert len(ranked) >= 2
    for test in column.pairs:
        gap, p, n = by_sql(
            ranked, int(test.a), int(test.b), single=shape["repeats"] == 1 and not shape["clustered"]
        )
        assert column.n == n and test.difference == pytest.approx(gap, abs=1e-9)
        # Missing tries may only make a column more careful than the scores alone.
        assert test.p >= p - 1e-9
        if not any(column.places[pk].missing for pk in ranked) and shape["repeats"] == 1:
            assert test.p == pytest.approx(p, rel=1e-6)
