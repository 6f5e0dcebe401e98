import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaluations.models import EvaluationVersion, ModelVersion
from evaluations.queries.board_history import History, history_of
from evaluations.queries.board_usage import usage_of
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_price,
    make_round,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
GOOD, POOR = [1] * 38 + [0] * 2, [1] * 12 + [0] * 28


@pytest.fixture
def version() -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(40), slug="drive")


def each(**answer: Any) -> dict[str, Any]:
    """The same for every answer of a run."""
    return {"answers": lambda place, repeat: answer}


def test_cost_is_that_of_a_thousand_cases_and_latency_has_its_range(version) -> None:
    first, other = ({"cost": "0.012", "latency_ms": 900.0}, {"cost": "0.002", "latency_ms": 120.0})
    run = make_finished_run(GOOD, version, answers=lambda place, repeat: other if place else first)
    usage = usage_of([run])[run.pk]
    assert usage.cost is not None and usage.cost.point == pytest.approx(2.25)
    assert usage.cost.low is not None and usage.cost.low < 2.25 < (usage.cost.high or 0)
    assert (usage.dated, usage.p50.point if usage.p50 else None) == ("paid", 120.0)
    assert usage.p95 is not None and usage.p95.low is None


def test_tries_of_a_case_are_averaged_before_cases_are() -> None:
    repeated = make_evaluation_version(make_dataset_version(2), repeats=2)
    costs = {(0, 2): "0.003"}
    run = make_finished_run([[1, 1], [1, 1]], repeated, answers=lambda *at: {"cost": costs.get(at, "0.001")})
    cost = usage_of([run])[run.pk].cost
    assert cost is not None and cost.n == 2 and cost.point == pytest.approx(1.5)


def test_tokens_without_a_bill_are_priced_as_on_the_day_of_the_run(version) -> None:
    run = make_finished_run(GOOD, version, **each(input_tokens=1_000, output_tokens=500))
    today = timezone.now().date()
    make_price(run.model_version, "input", 2, from_date=today - timedelta(days=9))
    make_price(run.model_version, "output", 4, from_date=today - timedelta(days=9))
    make_price(run.model_version, "input", 50, from_date=today + timedelta(days=1))
    usage = usage_of([run])[run.pk]
    assert usage.dated == "then" and usage.cost is not None and usage.cost.point == pytest.approx(4.0)


def test_a_model_without_a_price_has_no_cost_until_one_is_known(version) -> None:
    run = make_finished_run(GOOD, version, **each(input_tokens=1_000, output_tokens=0))
    assert usage_of([run])[run.pk].cost is None
    make_price(run.model_version, "input", 1, from_date=timezone.now().date() + timedelta(days=1))
    usage = usage_of([run])[run.pk]
    assert usage.dated == "now" and usage.cost is not None and usage.cost.point == pytest.approx(1.0)


def test_usage_costs_two_queries_once_and_one_after(version) -> None:
    runs = [make_finished_run(GOOD, version, **each(cost="0.1", latency_ms=5.0)) for _ in range(3)]
    caches["boards"].clear()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            usage_of(runs)
        counts.append(len(captured))
    assert counts == [2, 1]


def board(client: Any, version: EvaluationVersion, **asked: str) -> Any:
    client.force_login(make_user("viewer"))
    if not version.evaluation.suites.exists():
        make_suite([version.evaluation], slug="driving")
    return client.get("/board/", {"suite": "driving", **asked})


def text(reply: Any) -> str:
    return " ".join(reply.content.decode().split())


def test_who_has_no_price_or_another_currency_is_named_below(client, version) -> None:
    for slug, cost, currency in (
        ("a", "0.01", "USD"),
        ("b", None, "USD"),
        ("c", "0.01", "EUR"),
        ("d", "1", "USD"),
    ):
        model = make_model_version(slug=slug, name="1")
        make_finished_run(GOOD, version, model, currency=currency, **each(cost=cost, latency_ms=9.0))
    page = text(board(client, version, show="trade"))
    assert "Not drawn: b 1 (no price), c 1 (priced in EUR)." in page
    assert "Not drawn" not in text(board(client, version, show="trade", against="p50"))


def test_beaten_is_said_only_where_both_ranges_support_it(client, version) -> None:
    for slug, scores, cost in (("good", GOOD, "0.01"), ("dear", POOR, "0.02"), ("level", GOOD, "0.03")):
        make_finished_run(scores, version, make_model_version(slug=slug, name="1"), **each(cost=cost))
    trade = board(client, version, show="trade").context["trade"]
    assert {row[0]: row[-1] for row in trade.rows} == {
        "good 1": "on the front",
        "dear 1": "beaten on both by good 1",
        "level 1": "behind the front, but not for sure",
    }


@pytest.fixture
def lived(version) -> tuple[EvaluationVersion, ModelVersion, ModelVersion]:
    """Three rounds of two models, then one under new cases; ours changes its version in the second."""
    ours, rival = make_model(slug="ours"), make_model_version(slug="rival", side="competitor")
    one, two = (make_model_version(ours, name=name) for name in ("1", "2"))
    renewed = make_evaluation_version(
        make_dataset_version(40), evaluation=version.evaluation, scorer_versions=list(version.scorers.all())
    )
    start = timezone.now() - timedelta(days=20)
    plan = [(version, one, POOR), (version, two, GOOD), (version, two, GOOD), (renewed, two, POOR)]
    for week, (measure, model, scores) in enumerate(plan):
        at = {"round": make_round(), "finished_at": start + timedelta(days=5 * week)}
        make_finished_run(scores, measure, model, **at)
        if week != 2:
            make_finished_run(POOR if measure == version else GOOD, measure, rival, **at)
    return version, two, rival


def history(version: EvaluationVersion, model: str = "ours") -> History:
    return history_of(version.evaluation, version.scorers.get().scorer.slug, model)


def test_a_rank_after_each_round_among_what_had_run_by_then(lived) -> None:
    moments = history(lived[0]).moments
    ranks = [(one.place.best_rank, one.place.worst_rank) for one in moments if one.place]
    assert ranks == [(1, 2), (1, 1), (1, 1), (2, 2)]
    assert [one.version.number for one in moments] == [1, 1, 1, 2]
    assert [one.changed for one in moments] == [False, True, False, False]


def test_a_model_that_had_not_run_yet_has_no_place(lived) -> None:
    late = make_finished_run(GOOD, lived[0], make_model_version(slug="late"))
    moments = history(lived[0], "late").moments
    assert [one.run for one in moments] == [None, None, None, None, late]


def test_history_costs_two_queries_once_its_moments_are_known(lived) -> None:
    evaluation, slug = lived[0].evaluation, lived[0].scorers.get().scorer.slug
    caches["boards"].clear()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            history_of(evaluation, slug)
        counts.append(len(captured))
    dataset_versions = 2
    assert counts == [2 + 4 + dataset_versions, 2]


def test_the_page_breaks_where_the_measure_changed(client, lived) -> None:
    page = text(board(client, lived[0], show="time", model="ours"))
    assert "From here on measured by v2" in page and "version 2" in page


@pytest.mark.parametrize("show", ["pairs", "trade", "time"])
def test_what_is_drawn_is_downloaded_as_picture_and_numbers(client, lived, show: str) -> None:
    board(client, lived[0])
    picture = client.get(f"/board/picture.svg?suite=driving&show={show}")
    assert picture.content.startswith(b"<svg ") and "xmlns" in picture.content.decode()
    numbers = client.get(f"/board/rows.csv?suite=driving&show={show}")
    assert len(list(csv.DictReader(StringIO(b"".join(numbers).decode())))) > 0
    assert client.get("/board/picture.svg?suite=driving").status_code == 404
