from decimal import Decimal
from typing import Any

import pytest

from capabilities.models import Verdict, Verification
from capabilities.services.confirmations import confirm_run, confirm_waiting_runs
from capabilities.services.judging import judge_run
from capabilities.signals import confirmation_wanted
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import make_evidence, make_product, make_rival_set
from tests.factories.evaluations import make_finished_run, make_model_version, make_price, make_round

pytestmark = pytest.mark.django_db

GOOD, POOR = [1.0] * 100, [1.0] * 50 + [0.0] * 50


def scheduled(verification: Verification, version: ModelVersion, scores: Any, **fields: Any) -> Run:
    fields.setdefault("origin", "schedule")
    return make_finished_run(scores, verification.evaluation_version, version, **fields)


@pytest.fixture
def wanted() -> Any:
    """Runs for which a confirming run was asked."""
    runs: list[int] = []

    def note(run_id: int, **_: Any) -> None:
        runs.append(run_id)

    confirmation_wanted.connect(note)
    yield runs
    confirmation_wanted.disconnect(note)


def test_a_flip_on_a_floating_version_waits_for_a_second_run(
    wanted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    verification, version = make_evidence(100), make_model_version(floating=True)
    judge_run(scheduled(verification, version, GOOD))

    run = scheduled(verification, version, POOR)
    with django_capture_on_commit_callbacks(execute=True):
        (verdict,) = judge_run(run)

    assert (verdict.outcome, verdict.reason) == ("inconclusive", "pending_confirmation")
    assert verdict.pending_confirmation
    assert verdict.detail["computed"] == "not_met"
    assert verdict.detail["awaiting"] == [run.pk]
    assert "second run agrees" in verdict.sentence
    assert wanted == [run.pk]


def test_a_second_run_that_agrees_lets_it_flip() -> None:
    verification, version = make_evidence(100), make_model_version(floating=True)
    for scores in (GOOD, POOR):
        judge_run(scheduled(verification, version, scores))

    (verdict,) = judge_run(scheduled(verification, version, POOR))

    assert (verdict.outcome, verdict.pending_confirmation) == ("not_met", False)


def test_a_second_run_that_disagrees_lets_the_standing_verdict_stand() -> None:
    verification, version = make_evidence(100), make_model_version(floating=True)
    for scores in (GOOD, POOR):
        judge_run(scheduled(verification, version, scores))

    (verdict,) = judge_run(scheduled(verification, version, GOOD))

    assert (verdict.outcome, verdict.pending_confirmation) == ("met", False)


def test_judging_the_same_run_again_confirms_nothing(
    wanted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    product = make_product()
    rival = make_model_version(side="competitor")
    make_rival_set(product, [rival.model])
    verification, version = make_evidence(100, product=product), make_model_version(floating=True)
    judge_run(scheduled(verification, version, GOOD))
    with django_capture_on_commit_callbacks(execute=True):
        judge_run(scheduled(verification, version, POOR))

        (verdict,) = judge_run(make_finished_run(GOOD, verification.evaluation_version, rival))

    assert verdict.pending_confirmation
    assert len(wanted) == 1


def test_a_floating_rival_cannot_flip_a_verdict_with_one_run(
    wanted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    product, ours = make_product(), make_model_version()
    rival = make_model_version(side="competitor", floating=True)
    make_rival_set(product, [rival.model])
    verification = make_evidence(100, product=product, against="competitors")
    make_finished_run([1.0] * 80 + [0.0] * 20, verification.evaluation_version, ours)
    judge_run(scheduled(verification, rival, POOR))
    again = scheduled(verification, rival, GOOD)
    with django_capture_on_commit_callbacks(execute=True):
        (verdict,) = judge_run(again)

    assert verdict.pending_confirmation
    assert wanted == [again.pk]


@pytest.mark.parametrize(("floating", "origin"), [(False, "schedule"), (True, "manual")])
def test_frozen_versions_and_runs_by_hand_need_no_second_run(floating: bool, origin: str) -> None:
    verification, version = make_evidence(100), make_model_version(floating=floating)
    judge_run(scheduled(verification, version, GOOD, origin=origin))

    (verdict,) = judge_run(scheduled(verification, version, POOR, origin=origin))

    assert (verdict.outcome, verdict.pending_confirmation) == ("not_met", False)


def test_the_confirming_run_is_the_same_evaluation_within_what_the_round_has_left() -> None:
    verification, version = make_evidence(5), make_model_version(floating=True)
    make_price(version)
    round_ = make_round(cap=Decimal(10), settled=Decimal(4), origin="schedule")
    run = scheduled(verification, version, [1.0] * 5, round=round_, cap=Decimal(8))

    again = confirm_run(run)

    assert again is not None
    assert again.pk != run.pk
    assert (again.evaluation_version, again.model_version) == (run.evaluation_version, version)
    assert (again.origin, again.round, again.cap, again.state) == ("schedule", round_, Decimal(6), "queued")
    assert confirm_run(run) == again


def test_without_budget_no_confirming_run_starts() -> None:
    verification, version = make_evidence(5), make_model_version(floating=True)
    make_price(version)
    round_ = make_round(cap=Decimal(10), settled=Decimal(10))

    assert confirm_run(scheduled(verification, version, [1.0] * 5, round=round_, cap=Decimal(8))) is None


def test_a_version_that_is_gone_is_not_called_again() -> None:
    verification, version = make_evidence(5), make_model_version(floating=True, stage="retired")

    assert confirm_run(scheduled(verification, version, [1.0] * 5)) is None


def test_a_later_run_confirms_as_well() -> None:
    verification, version = make_evidence(5), make_model_version(floating=True)
    run = scheduled(verification, version, [1.0] * 5)
    scheduled(verification, version, [1.0] * 5)

    assert confirm_run(run) is None


def test_the_sweep_orders_what_a_lost_message_left_out() -> None:
    verification, version = make_evidence(100), make_model_version(floating=True)
    for scores in (GOOD, POOR):
        judge_run(scheduled(verification, version, scores))

    assert [confirm_waiting_runs(), confirm_waiting_runs()] == [1, 0]
    assert Run.objects.filter(state="queued", model_version=version).count() == 1
    assert Verdict.objects.filter(pending_confirmation=True).count() == 1
