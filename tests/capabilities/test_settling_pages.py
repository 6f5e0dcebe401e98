"""Stopping once the targets are settled: where it is asked for, who may, and what pages and the API say of such a run."""

from typing import Any

import pytest

from config.people.models import Role
from evaluations.models import Run, Schedule
from evaluations.queries.board_columns import Wanted, rank_column
from evaluations.queries.comparison import compare
from evaluations.queries.comparison_many import compare_many
from evaluations.services.rescoring import score_with
from evaluations.services.schedules import preview_schedule, run_now, save_schedule
from tests.api_client import ALL_SCOPES, Caller, lines_of
from tests.capabilities.pages import signed_in
from tests.capabilities.test_settling import cases, started
from tests.engine import work_off
from tests.factories.capabilities import make_evidence, make_product
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def text(client: Any, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


@pytest.fixture
def stopped() -> Run:
    """A run that stopped before it had asked its 100 cases."""
    run = work_off(started(make_evidence(cases(100), threshold=0.6)))
    assert 0 < run.not_needed < 100
    return run


def test_the_page_of_a_run_says_how_its_targets_stand_and_what_stopping_was_worth() -> None:
    evidence = make_evidence(cases(100), threshold=0.6)
    run = started(evidence)
    client = signed_in(role=Role.VIEWER)
    assert "The first look is due" in text(client, f"/runs/{run.pk}/")
    work_off(run, slices=1)
    page = text(client, f"/runs/{run.pk}/")
    key = evidence.criterion.revision.requirement.key
    assert key in page and "Settled after 20 cases." in page and "Met: at least" in page
    run = work_off(run)
    page = text(client, f"/runs/{run.pk}/")
    assert f"Settled after {run.done} of 100 cases; {run.not_needed} calls not needed." in page
    assert "holds however often one looks" in page and f"<b>{run.not_needed}</b> not needed" in page
    assert "Ask the rest" in text(signed_in(role=Role.RESEARCHER), f"/runs/{run.pk}/")


def test_an_open_target_says_how_far_it_is_and_a_run_without_targets_that_it_asks_all() -> None:
    run = started(make_evidence(cases(60), threshold=0.9))
    work_off(run, slices=1)
    page = text(signed_in(), f"/runs/{run.pk}/")
    section = page.split('id="targets"')[1].split("</section>")[0]
    assert "Not settled yet after 20 cases." in section and "too far to call it" in section, section
    alone = started(make_evidence(cases(30), must=False))
    assert "so it asks every case" in text(signed_in(), f"/runs/{alone.pk}/")


def test_targets_of_a_product_one_may_not_see_are_not_told() -> None:
    product = make_product(restricted=True)
    run = work_off(started(make_evidence(cases(100), product=product, threshold=0.6)))
    page = text(signed_in(role=Role.VIEWER), f"/runs/{run.pk}/")
    assert "Settled after" in page and product.key not in page


def test_a_round_a_schedule_and_a_requirement_may_ask_for_it() -> None:
    evidence = make_evidence(cases(60), threshold=0.6)
    version = make_model_version()
    client = signed_in(role=Role.RESEARCHER)
    asked: dict[str, Any] = {
        "evaluations": [evidence.evaluation_version.evaluation.slug],
        "versions": [version.pk],
        "cap_unit": "calls",
        "priority": "2",
        "until_settled": "on",
    }
    shown = " ".join(client.get("/rounds/preview/", asked).content.decode().split())
    assert "calls at most" in shown and "cost at most" in shown
    client.post("/rounds/new/", asked)
    key = evidence.criterion.revision.requirement.key
    client.post(
        f"/requirements/{key}/evidence/{evidence.pk}/run/", {"version": version.pk, "until_settled": "on"}
    )
    schedule: Schedule = save_schedule(
        actor=make_user(),
        name="Nightly",
        suite=make_suite([evidence.evaluation_version.evaluation]),
        cron="0 2 * * *",
        selector={"models": [version.model.slug]},
        rerun_frozen=True,
        until_settled=True,
    )
    assert preview_schedule(schedule).each.at_most
    run_now(actor=make_user(), schedule=schedule)
    assert list(Run.objects.values_list("until_settled", flat=True)) == [True, True, True]
    assert "Stop as soon as the targets are settled" in text(client, f"/schedules/{schedule.pk}/edit/")


def test_who_may_not_run_may_not_ask_for_it() -> None:
    evidence = make_evidence(cases(30))
    key = evidence.criterion.revision.requirement.key
    asked = {"version": make_model_version().pk, "until_settled": "on"}
    reply = signed_in(role=Role.VIEWER).post(f"/requirements/{key}/evidence/{evidence.pk}/run/", asked)
    assert reply.status_code == 403 and not Run.objects.exists()


def test_the_api_starts_such_runs_and_says_what_became_of_them(stopped: Run) -> None:
    caller = Caller(*ALL_SCOPES)
    pair = {
        "evaluation_version": str(stopped.evaluation_version),
        "model_version": stopped.model_version.label,
        "until_settled": True,
    }
    assert caller.post("/runs/", pair).json()["until_settled"] is True
    refused = caller.post("/runs/", pair | {"origin": "push"}, idempotency_key="p")
    assert refused.status_code == 400 and "until_settled" in refused.json()["error"]["fields"]
    plan = {"evaluations": [pair["evaluation_version"]], "versions": [pair["model_version"]]}
    assert caller.post("/rounds/preview/", plan | {"until_settled": True}).json()["at_most"] is True
    told = caller.get(f"/runs/{stopped.pk}/").json()
    assert (told["state"], told["not_needed"], told["looks"]) == ("done", stopped.not_needed, stopped.looks)
    assert told["done"] + told["failed"] + told["not_needed"] == told["total"]
    assert len(lines_of(caller.get(f"/runs/{stopped.pk}/samples/"))) == stopped.done
    assert lines_of(caller.get(f"/runs/{stopped.pk}/samples/?show=missing&scorer={_slug(stopped)}")) == []


def _slug(run: Run) -> str:
    return run.evaluation_version.scorers.get().scorer.slug


def test_a_comparison_pairs_what_both_asked_and_says_that_one_stopped(stopped: Run) -> None:
    other = make_finished_run([0.0] * 100, stopped.evaluation_version)
    found = compare(stopped, other, _slug(stopped))
    assert (found.result.n, found.missing) == (stopped.done, {"a": 0, "b": 0})
    said = f"stopped early when its targets were settled: {stopped.done} of 100 cases asked."
    assert found.supported and said in found.sentence
    assert "-sequence/" in found.result.method
    third = make_finished_run([1.0] * 50 + [0.0] * 50, stopped.evaluation_version)
    many = compare_many([stopped, other, third], _slug(stopped))
    ours, *others = many.columns
    assert said in ours.note and ours.place is None and all(one.place for one in others)
    assert many.n == 100


def test_a_board_ranks_the_others_on_all_their_cases(stopped: Run) -> None:
    others = [make_finished_run([1.0] * 90 + [0.0] * 10, stopped.evaluation_version) for _ in range(2)]
    version = stopped.evaluation_version
    ranked = rank_column(Wanted(version, version.scorers.get(), [stopped, *others]))
    assert (ranked.places[stopped.pk].why, ranked.places[stopped.pk].n) == ("stopped", stopped.done)
    assert ranked.n == 100 and all(ranked.places[one.pk].ranked for one in others)


def test_other_checks_of_its_answers_know_what_was_not_asked(stopped: Run) -> None:
    old = stopped.evaluation_version
    later = make_evaluation_version(
        old.dataset_version, [*old.scorers.all(), make_scorer_version("contains")], evaluation=old.evaluation
    )
    made = work_off(score_with(actor=None, run=stopped, evaluation_version=later))
    assert (made.state, made.not_needed, made.looks) == ("done", stopped.not_needed, stopped.looks)
    assert made.failed == 0


def test_measure_this_offers_it() -> None:
    page = text(signed_in(role=Role.PM), "/measure/")
    assert 'name="until_settled"' in page
