"""From a requirement in words to a go: through the services and a run that is really called."""

import pytest

from capabilities.models import Verdict
from capabilities.queries.products import only
from capabilities.queries.states import requirement_states
from capabilities.services.baselines import create_baseline
from capabilities.services.criteria import save_criterion
from capabilities.services.gate import gate_preview, recompute, record_gate
from capabilities.services.judging import judge_unjudged_runs
from capabilities.services.products import create_product
from capabilities.services.requirements import approve, create_requirement, submit_for_review
from capabilities.services.verifications import link_evidence
from evaluations.services.runs import rescore_run, start_run
from tests.engine import work_off
from tests.factories.capabilities import make_baseline, make_evidence, make_product, make_rival_set
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_requirement_in_words_becomes_a_verdict_and_a_go() -> None:
    person = make_user()
    product = create_product(actor=person, key="VA", name="Assistant")
    scorer_version = make_scorer_version(slug="exact")
    evaluation_version = make_evaluation_version(make_dataset_version(60), [scorer_version])
    requirement = create_requirement(
        actor=person, product=product, title="Agrees", shall="answer yes", rationale="They leave otherwise."
    )
    criterion = save_criterion(
        actor=person,
        revision=requirement.revisions.get(),
        fields={"scorer": scorer_version.scorer, "threshold": 0.9},
    )
    link_evidence(actor=person, criterion=criterion, evaluation_version=evaluation_version)
    submit_for_review(actor=person, requirement=requirement)
    approve(actor=person, requirement=requirement)
    baseline = create_baseline(actor=person, product=product, name="Spring")
    version = make_model_version()

    run = start_run(actor=person, evaluation_version=evaluation_version, model_version=version)
    assert gate_preview(baseline, version)["decision"] == "pending"
    run = work_off(run)
    assert gate_preview(baseline, version)["decision"] == "pending"
    judge_unjudged_runs()

    verdict = Verdict.objects.get()
    decision = record_gate(actor=person, baseline=baseline, model_version=version)
    assert (verdict.outcome, verdict.n, verdict.run) == ("met", 60, run)
    assert (decision.decision, recompute(decision)) == ("pass", ("pass", decision.digest))


def test_a_run_that_is_scored_again_is_waited_for_and_judged_again() -> None:
    verification = make_evidence(60)
    baseline = make_baseline(requirements=[verification.criterion.revision.requirement])
    version = make_model_version()
    run = start_run(actor=None, evaluation_version=verification.evaluation_version, model_version=version)
    run = work_off(run)
    judge_unjudged_runs()

    run = rescore_run(actor=None, run=run)
    waiting = gate_preview(baseline, version)["decision"]
    work_off(run)
    judge_unjudged_runs()

    assert waiting == "pending"
    assert gate_preview(baseline, version)["decision"] == "pass"
    assert list(Verdict.objects.order_by("pk").values_list("generation", flat=True)) == [1, 2]


def test_the_gap_to_a_rival_is_positive_where_ours_is_ahead_though_lower_is_better() -> None:
    product, rival = make_product(), make_model_version(side="competitor")
    rival_set = make_rival_set(product, [rival.model])
    errors = {"kind": "external", "value_kind": "ratio", "direction": "lower"}
    verification = make_evidence(
        60, product=product, scorer=errors, against="competitors", rival_set=rival_set
    )
    version = verification.evaluation_version
    make_finished_run([(3.0, 10.0), (4.0, 10.0)] * 30, version, rival)
    ours = make_finished_run([(1.0, 10.0), (0.0, 10.0)] * 30, version)
    judge_unjudged_runs()

    (state,) = requirement_states([verification.criterion.revision.requirement], only(ours.model_version))

    assert state.outcome == "met"
    assert state.gap is not None
    assert state.gap.supported
    assert state.gap.point == pytest.approx(0.3)
    assert state.gap.low is not None and 0 < state.gap.low < 0.3
