import json

import pytest

from config.errors import Conflict, Refused
from evaluations.models import Response, Run, RunAggregate, Score, WorkItem
from evaluations.services.results import push_results
from evaluations.services.runs import cancel_run, finish_push_run, open_push_run
from tests.engine import work_off
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


def opened(cases=3, scorers=None, **fields):
    evaluation = make_evaluation_version(
        make_dataset_version(cases), scorers or [make_scorer_version(slug="right")], **fields
    )
    run, _ = open_push_run(actor=None, evaluation_version=evaluation, model_version=make_model_version())
    return run


def line(case="case-000", **fields):
    return json.dumps({"case": case, **fields}).encode()


def pushed(run, *lines):
    report = push_results(run=run, lines=lines)
    return report.accepted, report.duplicate, report.rejected


def test_scores_and_outputs_of_a_line_are_stored_once():
    run = opened()
    one = line(output="yes", scores={"right": 1}, latency_ms=812, usage={"input": 10, "output": 20})
    assert pushed(run, one) == (1, 0, [])
    assert pushed(run, one) == (0, 1, [])
    response = Response.objects.get(run=run)
    assert response.output is not None and response.output.text == "yes"
    assert (response.latency_ms, response.input_tokens) == (812, 10)
    assert Score.objects.get(response=response).numerator == 1


def test_other_content_for_the_same_sample_is_a_conflict():
    run = opened()
    pushed(run, line(output="yes", scores={"right": 1}))
    for other in (line(output="no", scores={"right": 1}), line(output="yes", scores={"right": 0})):
        accepted, duplicate, [(number, reason)] = pushed(run, other)
        assert (accepted, duplicate, number) == (0, 0, 1)
        assert "conflict" in reason
    assert Response.objects.filter(run=run).count() == 1


def test_bad_lines_are_named_and_nothing_of_them_is_stored():
    run = opened()
    report = push_results(
        run=run,
        lines=[
            line(output="yes"),
            line("nobody", output="yes"),
            line("case-001", scores={"unknown": 1}),
            line("case-001", scores={"right": 0.5}),
            line("case-001", output="a\x00b"),
            b'{"case": "case-001", "scores": {"right": NaN}}',
            line("case-001", repeat=2, output="yes"),
            b"not json",
        ],
    )
    assert report.accepted == 1
    assert [number for number, _ in report.rejected] == [2, 3, 4, 5, 6, 7, 8]
    assert Response.objects.filter(run=run).count() == 1


def test_the_same_sample_twice_in_one_push_is_stored_once():
    run = opened()
    assert pushed(run, line(output="yes"), line(output="yes"))[:2] == (1, 1)
    accepted, _, rejected = pushed(run, line("case-001", output="a"), line("case-001", output="b"))
    assert (accepted, len(rejected)) == (1, 1)


def test_local_scorers_score_pushed_outputs_and_absent_samples_make_the_run_partial():
    run = opened(scorers=[make_scorer_version(slug="right"), make_scorer_version("external", slug="human")])
    pushed(run, line(output="yes", scores={"human": 1}), line("case-001", output="no"))
    run = work_off(finish_push_run(actor=None, run=run))
    assert run.state == Run.State.PARTIAL
    assert (run.done, run.failed) == (2, 1)
    by_scorer = {
        one.scorer_version.scorer.slug: one for one in RunAggregate.objects.filter(run=run, slice="")
    }
    assert (by_scorer["right"].passed, by_scorer["right"].missing) == (1, 1)
    assert (by_scorer["human"].scored, by_scorer["human"].missing) == (1, 2)


def test_a_model_error_scores_zero_and_an_infrastructure_error_is_missing():
    run = opened()
    pushed(
        run,
        line(error={"class": "model", "message": "refused"}),
        line("case-001", error={"class": "infrastructure", "message": "node died"}),
        line("case-002", output="yes"),
    )
    run = work_off(finish_push_run(actor=None, run=run))
    overall = RunAggregate.objects.get(run=run, slice="")
    assert (overall.scored, overall.passed, overall.errored, overall.missing) == (2, 1, 1, 1)
    assert run.items.get(state=WorkItem.State.FAILED).error == "node died"


def test_a_sample_that_failed_on_their_side_may_still_get_its_result():
    run = opened()
    broken = line(error={"class": "infrastructure", "message": "node died"})
    assert pushed(run, broken) == (1, 0, [])
    assert pushed(run, broken) == (0, 1, [])
    assert pushed(run, line(output="yes")) == (1, 0, [])
    run.refresh_from_db()
    assert (run.done, run.failed) == (1, 0)


def test_a_push_that_was_cut_off_is_pushed_again_without_doubles():
    run = opened(cases=6000)
    lines = [line(f"case-{number:03}", output="yes", scores={"right": 1}) for number in range(6000)]
    assert pushed(run, *lines[:3600])[:2] == (3600, 0)
    assert pushed(run, *lines)[:2] == (2400, 3600)
    run = work_off(finish_push_run(actor=None, run=run))
    assert (run.state, run.done) == (Run.State.DONE, 6000)


def test_a_closed_run_takes_nothing():
    run = opened()
    cancel_run(actor=None, run=run)
    with pytest.raises(Refused, match="cancelled"):
        push_results(run=run, lines=[line(output="yes")])


def test_the_same_key_opens_the_same_run_and_another_body_is_a_conflict():
    evaluation, version = make_evaluation_version(), make_model_version()

    def opened_with(digest):
        return open_push_run(
            actor=None,
            evaluation_version=evaluation,
            model_version=version,
            idempotency_key="k",
            idempotency_digest=digest,
        )

    first, created = opened_with("a")
    again, created_again = opened_with("a")
    assert (first.pk, created, created_again) == (again.pk, True, False)
    with pytest.raises(Conflict):
        opened_with("b")


@pytest.mark.slow
def test_ten_thousand_lines_take_few_queries_and_little_work(django_assert_max_num_queries):
    run = opened(cases=10_000)
    lines = [
        line(f"case-{number:03}", output=f"answer {number} " * 8, scores={"right": number % 2}, latency_ms=3)
        for number in range(10_000)
    ]
    with django_assert_max_num_queries(80):
        assert pushed(run, *lines)[0] == 10_000
