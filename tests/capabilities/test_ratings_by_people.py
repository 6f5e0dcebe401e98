"""Ratings of speech by people: what one rater says of many samples hangs together, and the range says so."""

import pytest

from capabilities.services.judging import judge_run
from tests.factories.capabilities import make_evidence
from tests.factories.evaluations import make_finished_run

pytestmark = pytest.mark.django_db

RATERS = {"anna": 0.95, "ben": 0.9, "carl": 0.5, "dora": 0.85}
SAMPLES = 12


def rated(*, by_rater: bool):
    """Twelve samples rated by four people, of whom one is stricter on all of them."""
    cases = [
        {"key": f"sentence-{number:02}/{rater}", "cluster": rater if by_rater else ""}
        for number in range(SAMPLES)
        for rater in RATERS
    ]
    scores = [RATERS[rater] - 0.01 * (number % 3) for number in range(SAMPLES) for rater in RATERS]
    external = {"kind": "external", "value_kind": "bounded", "config": {"kind": "bounded"}}
    evidence = make_evidence(cases, scorer=external, threshold=0.7)
    (verdict,) = judge_run(make_finished_run(scores, evidence.evaluation_version))
    return verdict


def test_many_ratings_by_four_people_are_four_opinions() -> None:
    verdict = rated(by_rater=True)
    assert (verdict.n, verdict.clusters) == (48, 4)
    assert verdict.outcome == "inconclusive"


def test_the_same_ratings_by_forty_eight_people_would_settle_it() -> None:
    alone, together = rated(by_rater=False), rated(by_rater=True)
    assert (alone.clusters, alone.outcome) == (48, "met")
    assert together.high - together.low > alone.high - alone.low
    assert together.point == pytest.approx(alone.point)
