"""An old run is scored by another version of its evaluation: nobody is called and the old scores stay."""

from typing import Any

import pytest

from config.errors import Refused
from config.people.models import Role
from evaluations.models import EvaluationVersion, Run, RunVector, Score
from evaluations.services.rescoring import score_latest_with, score_with
from evaluations.services.runs import start_run
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.evaluations.test_reuse import sums
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db
CASES = [{"key": "a", "target": "yes"}, {"key": "b", "target": "no"}, {"key": "c", "target": "YES"}]


def answered(**fields: Any) -> Run:
    """A run that says yes to three cases; right is what is written exactly so."""
    evaluation = make_evaluation_version(make_dataset_version(CASES), slug="spelling", **fields)
    return work_off(start_run(actor=None, evaluation_version=evaluation, model_version=make_model_version()))


def next_version(run: Run, *scorers: Any, **fields: Any) -> EvaluationVersion:
    asked = run.evaluation_version
    fields.setdefault("repeats", asked.repeats)
    return make_evaluation_version(
        fields.pop("dataset_version", asked.dataset_version), scorers, evaluation=asked.evaluation, **fields
    )


def kinder() -> Any:
    return make_scorer_version("exact", config={"case_sensitive": False})


def test_the_answers_are_scored_anew_and_nobody_is_called() -> None:
    run = answered(repeats=2)
    before = sums(run), list(Score.objects.filter(response__run=run).values())
    made = work_off(score_with(actor=None, run=run, evaluation_version=next_version(run, kinder())))
    assert (made.state, made.calls, made.done, made.reused) == (Run.State.DONE, 0, 6, 6)
    assert made.scored_from == run and made.is_copy
    assert [row[5] for row in sums(made)] == [4]
    assert [row[5] for row in sums(run)] == [2]
    run.refresh_from_db()
    assert (sums(run), list(Score.objects.filter(response__run=run).values())) == before
    assert run.generation == 1


def test_each_answer_names_the_call_it_is_of_however_often_it_is_scored() -> None:
    run = answered()
    first = work_off(score_with(actor=None, run=run, evaluation_version=next_version(run, kinder())))
    third = next_version(run, make_scorer_version("includes"))
    second = work_off(score_with(actor=None, run=first, evaluation_version=third))
    called = set(run.responses.values_list("pk", flat=True))
    assert set(second.responses.values_list("reused_from", flat=True)) == called


def test_scores_of_the_same_scorer_are_kept_and_those_that_were_pushed_too() -> None:
    external, exact = make_scorer_version("external"), make_scorer_version("exact")
    evaluation = make_evaluation_version(make_dataset_version(2), [external, exact])
    run = make_finished_run({external.scorer.slug: [1.0, 0.0], exact.scorer.slug: [1.0, 1.0]}, evaluation)
    made = work_off(score_with(actor=None, run=run, evaluation_version=next_version(run, external, kinder())))
    kept = Score.objects.filter(response__run=made, scorer_version=external).order_by("response__case")
    assert list(kept.values_list("numerator", flat=True)) == [1.0, 0.0]


def test_what_was_missing_stays_missing_with_its_reason() -> None:
    run = make_finished_run([1.0, None, 0.0])
    made = work_off(score_with(actor=None, run=run, evaluation_version=next_version(run, kinder())))
    assert (made.state, made.done, made.failed) == (Run.State.PARTIAL, 2, 1)
    assert made.items.filter(state="failed").count() == 1


def test_asked_twice_it_is_one_run() -> None:
    run = answered()
    version = next_version(run, kinder())
    assert score_with(actor=None, run=run, evaluation_version=version) == score_with(
        actor=None, run=run, evaluation_version=version
    )


def test_other_questions_are_refused_with_what_differs() -> None:
    run = answered()
    other = next_version(
        run,
        kinder(),
        dataset_version=make_dataset_version(3),
        parameters={"temperature": 1},
        repeats=3,
    )
    with pytest.raises(Refused) as refusal:
        score_with(actor=None, run=run, evaluation_version=other)
    for words in ("asks the cases of", "other parameters", "asks 3 times each, the run 1 times"):
        assert words in refusal.value.message


def test_scores_that_are_pushed_cannot_be_made_and_the_same_scorers_say_nothing_new() -> None:
    run = answered()
    pushed = next_version(run, make_scorer_version("external"))
    same = next_version(run, *run.evaluation_version.scorers.all())
    with pytest.raises(Refused, match="are pushed"):
        score_with(actor=None, run=run, evaluation_version=pushed)
    with pytest.raises(Refused, match="Score again"):
        score_with(actor=None, run=run, evaluation_version=same)
    moving = start_run(
        actor=None, evaluation_version=run.evaluation_version, model_version=make_model_version()
    )
    with pytest.raises(Refused, match="only a finished run"):
        score_with(actor=None, run=moving, evaluation_version=next_version(run, kinder()))


def test_a_version_of_an_evaluation_is_scored_for_every_model_at_once() -> None:
    old = make_evaluation_version(make_dataset_version(3))
    first, second = make_model_version(), make_model_version()
    make_finished_run([1.0, 0.0, 0.0], old, first)
    newest = make_finished_run([1.0, 1.0, 0.0], old, first)
    other = make_finished_run([0.0, 0.0, 0.0], old, second)
    strange = make_finished_run(
        [0.0] * 2, make_evaluation_version(make_dataset_version(2), evaluation=old.evaluation)
    )
    version = next_version(newest, kinder())
    told = score_latest_with(actor=None, evaluation_version=version)
    assert {run.scored_from_id for run in told.runs} == {newest.pk, other.pk}
    assert len(told.problems) == 1 and f"run {strange.pk}" in told.problems[0]
    again = score_latest_with(actor=None, evaluation_version=version)
    assert (again.runs, len(again.problems)) == ([], 1)


def test_from_the_page_of_a_run_a_version_is_chosen_that_asks_the_same() -> None:
    run = answered()
    version = next_version(run, kinder())
    next_version(run, kinder(), repeats=4)
    client = signed_in(role=Role.RESEARCHER)
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert f'<option value="{version}">' in page and "Score by this version" in page
    assert "spelling@3" not in page
    reply = client.post(f"/runs/{run.pk}/rescore/", {"evaluation_version": str(version)})
    made = work_off(Run.objects.get(scored_from=run))
    assert reply.headers["Location"] == f"/runs/{made.pk}/"
    assert "Made of the stored answers" in client.get(f"/runs/{made.pk}/").content.decode()
    assert RunVector.objects.filter(run=made).exists()


def test_over_the_api_one_run_or_all_of_them() -> None:
    run = answered()
    version = next_version(run, kinder())
    caller = Caller("read", "write")
    made = caller.post(f"/runs/{run.pk}/rescore/", {"evaluation_version": str(version)})
    assert (made.status_code, made.json()["scored_from"]) == (201, run.pk)
    later = next_version(run, make_scorer_version("includes"))
    told = caller.post(f"/evaluations/{later}/rescore/").json()
    assert len(told["runs"]) == 1 and told["problems"] == []
    other = next_version(run, kinder(), repeats=4)
    reply = caller.post(f"/runs/{run.pk}/rescore/", {"evaluation_version": str(other)})
    assert error_of(reply)[0] == 422


def test_the_page_of_an_evaluation_does_it_for_the_version_shown() -> None:
    run = answered()
    version = next_version(run, kinder())
    client = signed_in(role=Role.RESEARCHER)
    assert "Score earlier answers" in client.get("/evaluations/spelling/").content.decode()
    client.post("/evaluations/spelling/rescore/", {"v": version.number})
    assert Run.objects.get(scored_from=run).evaluation_version == version
