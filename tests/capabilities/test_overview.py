"""The first page: where a product stands, its gaps, what changed, what runs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Objective
from capabilities.queries.products import judged_versions
from capabilities.queries.standing_picks import AGED, counts_by, picked, pursued, worst_of_each
from capabilities.services.standings import rebuild_standings
from evaluations.models import Schedule
from tests.capabilities.pages import make_judged, signed_in
from tests.capabilities.worlds import make_mixed_world
from tests.factories.capabilities import make_product, make_requirement, make_verdict
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_round,
    make_run,
    make_suite,
)

pytestmark = pytest.mark.django_db


def test_sign_in_comes_first() -> None:
    assert Client().get("/").status_code == 302


def test_without_a_product_three_actions_are_offered() -> None:
    page = signed_in().get("/").content.decode()
    assert "Welcome to Plumbline" in page
    assert "Nothing is held to anything yet" in page


def test_counts_stand_by_objective_with_what_holds_it_back() -> None:
    product = make_product()
    objective = Objective.objects.create(product=product, title="Trust the summary", horizon="now")
    met, missed = make_judged(product), make_judged(product, "not_met")
    for requirement in (met, missed):
        requirement.objective = objective
        requirement.save()
    page = signed_in().get("/").content.decode()
    assert "Trust the summary" in page
    assert "1 not met" in page
    assert f"</span>{missed.key}<" in page
    assert f"</span>{met.key}<" not in page


def test_the_biggest_gap_comes_first_and_what_is_ahead_is_no_gap() -> None:
    product = make_product()
    small = make_judged(product, "not_met", point=0.85, low=0.82, high=0.88)
    big = make_judged(product, "not_met", point=0.5, low=0.45, high=0.55)
    ahead = make_judged(product, "met", point=0.95, low=0.93, high=0.97)
    table = signed_in().get("/").content.decode().split("Biggest gaps")[1].split("</table>")[0]
    assert table.index(big.key) < table.index(small.key)
    assert ahead.key not in table


def test_a_flip_is_told_with_both_verdicts() -> None:
    product = make_product()
    requirement = make_judged(product, "not_met")
    verification = requirement.revisions.get().criteria.get().verifications.get()
    make_verdict(
        verification,
        make_finished_run([1.0] * 3, verification.evaluation_version, product.candidate_version),
        "met",
    )
    page = signed_in().get("/").content.decode()
    assert "went from not met to" in page


def test_a_verdict_that_says_the_same_again_is_no_change() -> None:
    product = make_product()
    requirement = make_judged(product)
    verification = requirement.revisions.get().criteria.get().verifications.get()
    make_verdict(
        verification, make_finished_run([1.0] * 3, verification.evaluation_version, product.candidate_version)
    )
    assert "went from" not in signed_in().get("/").content.decode()


def test_next_slots_stand_in_their_own_zone() -> None:
    make_requirement()
    suite = make_suite([make_evaluation_version().evaluation])
    Schedule.objects.create(
        name="Every night", suite=suite, cron="30 2 * * *", zone="Asia/Tokyo", ticked_to=timezone.now()
    )
    page = signed_in().get("/").content.decode()
    assert "Every night" in page
    assert "02:30 (Asia/Tokyo)" in page


def test_running_rounds_show_their_progress_and_keep_themselves_fresh() -> None:
    make_requirement()
    run = make_run(round=make_round(name="First look"))
    client = signed_in()
    page = client.get("/running/").content.decode()
    assert "First look" in page
    assert "data-live" in page
    run.state = "done"
    run.save()
    assert "data-live" not in client.get("/running/").content.decode()


def test_a_restricted_product_shows_nothing_to_strangers() -> None:
    requirement = make_requirement(make_product(name="Secret", restricted=True))
    page = signed_in().get("/").content.decode()
    assert "Secret" not in page
    assert requirement.key not in page


def test_more_requirements_take_the_same_queries(django_assert_num_queries: Any) -> None:
    product = make_product()
    client = signed_in()
    make_judged(product)
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    cost = len(few)
    for _ in range(5):
        make_judged(product)
    client.get("/")
    with django_assert_num_queries(cost):
        client.get("/")


@pytest.mark.parametrize("seed", range(6))
def test_one_look_at_all_standings_picks_what_each_question_alone_would(seed: int) -> None:
    product = make_mixed_world(seed, 30)
    rebuild_standings()
    rows = pursued(product, judged_versions(product))
    found = picked(rows, worst=2, gaps=4, aged=3)
    assert found.counts == counts_by(rows, "objective")
    assert list(found.worst) == worst_of_each(rows, "objective", 2)
    aged = [row.requirement_id for row in rows.order_by("requirement__number") if row.freshness in AGED]
    assert (list(found.aged), found.aged_count) == (aged[:3], len(aged))
    behind = sorted(
        (
            not (row.gap_supported and row.gap_point < 0),
            row.gap_point,
            row.requirement.number,
            row.requirement_id,
        )
        for row in rows.select_related("requirement")
        if row.gap_point is not None
        and (row.gap_point < 0 or (row.outcome != "met" and not row.gap_supported))
    )
    assert list(found.gaps) == [pk for *_, pk in behind[:4]]
