"""Figures over all samples are worked out once, when a run ends, and read from there."""

from typing import Any

import pytest

from evaluations.models import RunAggregate
from evaluations.queries import figures
from evaluations.queries.estimates import scores_of
from evaluations.queries.scores import headlines, scorer_lines
from evaluations.queries.vectors import samples_of
from evaluations.services.vectors import write_vectors
from evaluations.statistics import estimate
from tests.api_client import Caller
from tests.factories.labels import LABELS, make_answered_run, make_label_scorer, make_languages

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Any:
    version = make_languages(150, [make_label_scorer()], slices=True)
    answers = [LABELS[place % 3] if place % 8 else LABELS[0] for place in range(150)]
    return make_answered_run(answers, version)


def test_what_is_kept_is_what_would_be_worked_out(run) -> None:
    scorer = run.evaluation_version.scorers.get()
    for row in RunAggregate.objects.filter(run=run):
        part = (row.slice, row.value) if row.slice else None
        kept = figures.unpacked(row.figure or {})
        assert kept == estimate(samples_of(run, scorer, part))
        assert row.slice or kept.seed == 1


def test_pages_and_lists_read_it_without_resampling(run, monkeypatch) -> None:
    [before] = scorer_lines(run)

    def never(*_: Any) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr(figures, "estimate", never)
    monkeypatch.setattr("evaluations.queries.scores.figure_of", never)
    [line] = scorer_lines(run)
    assert (line.whole.low, line.whole.high) == (before.whole.low, before.whole.high)
    assert len(line.slices) == 2
    [listed] = scores_of([run])[run.pk]
    assert (listed.point, listed.low) == (line.whole.point, line.whole.low)
    assert headlines([run])[run.pk].value == line.whole.point


def test_the_api_gives_the_figure_and_no_mean_of_right_and_wrong(run) -> None:
    rows = Caller("read").get(f"/runs/{run.pk}/").json()["aggregates"]
    whole = next(row for row in rows if not row["slice"])
    assert (whole["numerator"], whole["denominator"]) == (None, None)
    assert whole["figure"]["low"] < whole["figure"]["point"] < whole["figure"]["high"]
    assert (whole["figure"]["method"], whole["figure"]["resamples"]) == ("bootstrap-bca/1", 2000)


def test_a_run_from_before_figures_were_kept_gets_its_own_when_it_is_read(run) -> None:
    rows = RunAggregate.objects.filter(run=run).order_by("pk")
    before = list(rows.values_list("figure", flat=True))
    rows.update(figure=None)
    told = Caller("read").get(f"/runs/{run.pk}/").json()["aggregates"]
    assert next(row for row in told if not row["slice"])["figure"]["method"] == "bootstrap-bca/1"
    assert list(rows.values_list("figure", flat=True)) == before


def test_a_new_scoring_has_its_own(run) -> None:
    run.generation += 1
    run.save(update_fields=["generation"])
    write_vectors(run)
    assert RunAggregate.objects.get(run=run, slice="", generation=run.generation).figure
