"""What is said of methods that near their promise slowly is what the calibration found."""

from pathlib import Path

import pytest

from evaluations.statistics import Kind, Reach, neared
from evaluations.statistics.neared import (
    CENSUS,
    CENSUS_NEAR_THE_END,
    CLUSTERS,
    COSTS,
    MARKS,
    RARE_ERRORS,
    RATIO,
    TRIES,
    Neared,
)

TABLE = Path(__file__).parents[3] / "docs" / "statistics.md"


def found(method: str, setting: str) -> dict[int, tuple[float, bool]]:
    """By units how often it was called better than it is, and whether that is marked as more than chance explains."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TABLE.read_text().splitlines()]
    return {
        int("".join(filter(str.isdigit, row[2].split("×")[0]))): (
            round(float(row[3].rstrip("%")) / 100, 6),
            "above" in row[-1],
        )
        for row in rows
        if len(row) == 9 and row[0] == method and row[1].startswith(setting)
    }


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        (COSTS, "costs, log-normal σ 1"),
        (RATIO, "word errors 0.1"),
        (RARE_ERRORS, "word errors 0.02"),
        (MARKS, "marks, mean 0.9"),
        (CLUSTERS, "rate 0.95, clusters"),
        (TRIES, "rate 0.95, 5 tries"),
    ],
)
def test_the_figures_are_those_of_the_table(said: Neared, setting: str) -> None:
    assert found(said.method, setting)[said.few] == (said.found, True)
    assert found(said.method, setting)[said.enough] == (said.then, False)


def test_claims_on_these_items_only_are_told_by_their_own_trials() -> None:
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("| census")]
    for said in (CENSUS, CENSUS_NEAR_THE_END):
        assert any(
            f"| {said.few} × " in row and f"| {said.found:.2%} |" in row and "above" in row for row in rows
        )
        assert any(
            f"| {said.enough} × " in row and f"| {said.then:.2%} |" in row and "above" not in row
            for row in rows
        )
    assert neared(Kind.BINARY, 0.95, repeated=True, reach=Reach.THESE_ITEMS) is CENSUS_NEAR_THE_END
    assert neared(Kind.BINARY, 0.8, reach=Reach.THESE_ITEMS) is CENSUS


def test_an_exact_method_needs_no_number() -> None:
    assert neared(Kind.BINARY, 0.95) is None
    assert neared(Kind.BINARY, 0.8, grouped=True) is None
    assert neared(Kind.BOUNDED, 0.6) is None


def test_few_sources_or_tries_near_the_end_and_rare_errors_need_one() -> None:
    assert neared(Kind.BINARY, 0.95, grouped=True) is CLUSTERS
    assert neared(Kind.BINARY, 0.05, repeated=True) is TRIES
    assert neared(Kind.BOUNDED, 0.92) is MARKS
    assert neared(Kind.RATIO, 0.04) is RARE_ERRORS
    assert neared(Kind.RATIO, 0.2) is RATIO
    assert neared(Kind.UNBOUNDED, 3.0) is COSTS
