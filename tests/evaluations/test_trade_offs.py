"""What one run cost beside another on the same cases, and whether the same quality is to be had for less."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.models import EvaluationVersion, Run
from evaluations.queries.trade_offs import cost_ratios
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_price,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 200
RIGHT = [1] * 190 + [0] * 10


def evaluation(cases: int = CASES) -> EvaluationVersion:
    rows = [{"key": f"c{n:03}", "slices": {"lang": "de" if n % 2 else "fr"}} for n in range(cases)]
    return make_evaluation_version(make_dataset_version(rows))


def paid(version: EvaluationVersion, price: float, scores: list[int] | None = None, **fields: Any) -> Run:
    """A run whose answers to German cases cost twice as much, and vary a little."""

    def answer(place: int, _repeat: int) -> dict[str, Any]:
        return {"cost": price * (1 + place % 2) * (1 + place % 7 * (price % 0.3))}

    return make_finished_run(scores or RIGHT, version, answers=answer, **fields)


def compare(client: Any, a: Run, b: Run, **asked: Any) -> Any:
    client.force_login(make_user("viewer"))
    return client.get("/compare/", {"run": a.pk, "against": b.pk, **asked})


def test_costs_are_set_against_each_other_case_by_case() -> None:
    version = evaluation()
    a, b = paid(version, 0.5), paid(version, 1)
    ratio = cost_ratios(a, [b])[b.pk]
    ours = sum(0.5 * (1 + n % 2) * (1 + n % 7 * 0.2) for n in range(CASES))
    theirs = sum(1 * (1 + n % 2) * (1 + n % 7 * (1 % 0.3)) for n in range(CASES))
    assert ratio.ratio.point == pytest.approx(ours / theirs)
    assert ratio.ratio.interval and ratio.ratio.interval.low < ours / theirs < ratio.ratio.interval.high
    assert ratio.dated == ("paid", "paid") and ratio.words.startswith(
        f"A is {1 - ours / theirs:.0%}".replace("%", " % cheaper (")
    )
    part = cost_ratios(a, [b], ("lang", "de"))[b.pk]
    assert part.ratio.n == CASES // 2 and part.ratio.point != ratio.ratio.point


def test_a_ratio_of_prices_alone_has_no_range() -> None:
    version = evaluation()
    a, b = make_finished_run(RIGHT, version), make_finished_run(RIGHT, version)
    assert cost_ratios(a, [b]) == {}
    for run, price in ((a, "0.3"), (b, "0.4")):
        make_price(run.model_version, "call", price)
    assert cost_ratios(a, [b])[b.pk].words == "A is 25 % cheaper"


def test_what_has_no_common_money_is_not_set_against_each_other() -> None:
    version = evaluation(40)
    a, euros = paid(version, 0.5, RIGHT[:40]), paid(version, 1, RIGHT[:40], currency="EUR")
    free = make_finished_run(RIGHT[:40], version, answers=lambda *_: {"cost": 0})
    other = paid(evaluation(40), 1, RIGHT[:40])
    assert cost_ratios(a, [euros, free, other]) == {}
    assert cost_ratios(free, [a])[a.pk].words == "A is 100 % cheaper"


def test_too_few_cases_say_nothing_of_cost() -> None:
    version = evaluation(20)
    a, b = paid(version, 0.5, RIGHT[:20]), paid(version, 1, RIGHT[:20])
    assert cost_ratios(a, [b])[b.pk].words == "too few cases to say which costs less"


def test_the_page_says_same_quality_for_less_where_both_are_proven(client: Any) -> None:
    version = evaluation()
    a, b = paid(version, 0.5), paid(version, 1)
    reply = compare(client, a, b, same="5")
    name = f"{b.model_version.model.name} {b.model_version.name}"
    assert reply.context["traded"].sentence.startswith(f"Same quality as {name}, 39 % cheaper (")
    assert "Practically equal" in reply.content.decode() and "A is 39 % cheaper (" in reply.content.decode()
    assert "traded" not in compare(client, a, b).context


def test_what_is_not_proven_to_be_the_same_is_not_said_to_be(client: Any) -> None:
    version = evaluation()
    a, b = paid(version, 0.5), paid(version, 1, [1] * 150 + [0] * 50)
    apart = compare(client, a, b, same="5").context["traded"].sentence
    assert apart.startswith("Not practically equal") and "cheaper" not in apart
    assert compare(client, a, b, same="20").context["traded"].sentence.startswith("Not proven yet")


@pytest.mark.parametrize("text", ["two", "0", "-1", "inf", "nan"])
def test_a_distance_that_is_none_is_said_and_kept(client: Any, text: str) -> None:
    version = evaluation(40)
    a, b = paid(version, 0.5, RIGHT[:40]), paid(version, 1, RIGHT[:40])
    reply = compare(client, a, b, same=text).content.decode()
    assert f"“{text}” is no distance" in reply and f'value="{text}"' in reply


def test_the_api_tells_cost_and_trade_off(client: Any) -> None:
    version = evaluation()
    a, b = paid(version, 0.5), paid(version, 1)
    client.force_login(make_user("viewer"))
    asked = {"run": a.pk, "against": b.pk}
    plain = client.get("/api/v1/comparisons/", asked).json()
    assert (
        plain["trade_off"] is None and plain["cost"]["low"] < plain["cost"]["point"] < plain["cost"]["high"]
    )
    weighed = client.get("/api/v1/comparisons/", {**asked, "same": 0.05}).json()["trade_off"]
    assert (weighed["within"], weighed["outcome"]) == (0.05, "met")
    assert client.get("/api/v1/comparisons/", {**asked, "same": -1}).status_code == 400


def test_costs_of_many_cases_and_columns_take_three_queries() -> None:
    counts = []
    for cases, columns in ((10, 1), (60, 3)):
        version = evaluation(cases)
        runs = [paid(version, 0.5 + n, [1] * cases) for n in range(columns + 1)]
        loaded = list(
            Run.objects.select_related("evaluation_version").filter(pk__in=[run.pk for run in runs])
        )
        with CaptureQueriesContext(connection) as made:
            assert len(cost_ratios(loaded[0], loaded[1:])) == columns
        counts.append(len(made))
    assert counts == [3, 3]
