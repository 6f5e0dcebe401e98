"""Logs of other tools: what becomes of them, once, and what is refused."""

import io
import json
from datetime import date
from typing import Any

import pytest

from capabilities.queries.evidence import runs_of
from config.errors import Refused
from config.people.models import Role, User
from evaluations.models import (
    Case,
    ClaimedScore,
    DatasetVersion,
    ImportedLog,
    Response,
    Run,
    RunAggregate,
    Score,
)
from evaluations.queries.comparison import compare
from evaluations.services.log_imports import Taken, TakenAs, import_log
from tests.engine import work_off
from tests.evaluations.made_logs import eval_log, head, json_log, sample, zip_of
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> User:
    return make_user(Role.RESEARCHER)


def taken(actor: User, data: bytes, name: str = "a.eval", **taken_as: Any) -> list[Taken]:
    return import_log(actor=actor, stream=io.BytesIO(data), name=name, taken_as=TakenAs(**taken_as))


def finished(one: Taken) -> Run:
    assert one.log.run is not None
    return work_off(one.log.run)


def sums(run: Run) -> RunAggregate:
    return RunAggregate.objects.get(run=run, slice="", value="")


def test_a_log_becomes_cases_an_evaluation_and_a_run_with_the_same_score(actor: User) -> None:
    [one] = taken(actor, eval_log([sample(1), sample(2, "I"), sample(3)], head(accuracy=2 / 3)))
    run = finished(one)
    assert (run.origin, run.state, run.total, run.resolved_model) == ("import", "done", 3, "small-1")
    assert (sums(run).numerator, sums(run).scored, sums(run).missing) == (2, 3, 0)
    assert (run.model_version.label, run.model_version.api_id) == ("small@small-1", "acme/small")
    case = Case.objects.get(key="2")
    assert (case.input, case.target, case.metadata) == ("Question 2?", "Yes", {"level": 2})
    assert Response.objects.get(run=run, case=case).latency_ms == 500
    assert one.log.figures[0]["here"] == one.log.figures[0]["value"]
    assert not ClaimedScore.objects.exists()


def test_the_same_log_in_either_format_is_one_import(actor: User) -> None:
    samples = [sample(1), sample(2, "I")]
    [first] = taken(actor, eval_log(samples))
    [again] = taken(actor, json_log(list(reversed(samples))), "a.json")
    assert again.again and again.log == first.log
    assert Run.objects.count() == 1 and ImportedLog.objects.count() == 1


def test_two_logs_of_the_same_cases_are_paired(actor: User) -> None:
    [a] = taken(actor, eval_log([sample(number, "C") for number in range(6)]))
    other = [sample(number, "I", metadata={"solver": "wrote"}) for number in range(6)]
    [b] = taken(actor, json_log(other, head("run-2", model="acme/large")), "b.json", version_name="2")
    ours, theirs = finished(a), finished(b)
    found = compare(ours, theirs, "inspect-match")
    assert (found.ok, found.result.n, found.result.point) == (True, 6, 1.0)
    assert DatasetVersion.objects.count() == 1


def test_logs_that_asked_otherwise_are_no_pair(actor: User) -> None:
    [a] = taken(actor, eval_log([sample(1)]))
    asked = head("run-2", task_args={"shots": 5})
    [b] = taken(actor, eval_log([sample(1)], asked))
    assert a.log.run and b.log.run and a.log.run.evaluation_version != b.log.run.evaluation_version
    [c] = taken(actor, eval_log([sample(1)], head("run-3")))
    assert c.log.run and c.log.run.evaluation_version == a.log.run.evaluation_version


def test_success_without_scores_is_missing_and_never_0(actor: User) -> None:
    [one] = taken(actor, eval_log([sample(1, None), sample(2, None)]))
    run = finished(one)
    assert (sums(run).scored, sums(run).missing) == (0, 2)
    assert not Score.objects.filter(response__run=run).exists()


def test_epochs_are_tries_and_a_sample_that_failed_is_missing(actor: User) -> None:
    failed = sample(2, None, epoch=2, error={"message": "The sandbox was gone."})
    rows = [sample(1), sample(1, "I", epoch=2), sample(2), failed]
    [one] = taken(actor, eval_log(rows, head(config={"epochs": 2})))
    run = finished(one)
    assert (run.evaluation_version.repeats, run.evaluation_version.dataset_version.case_count) == (2, 2)
    assert (run.state, run.done, run.failed, sums(run).scored) == ("partial", 3, 1, 3)
    assert run.items.get(repeat=2, case__key="2").error == "The sandbox was gone."


def test_values_of_every_shape_become_scores_or_are_missing(actor: User) -> None:
    values = ["P", "N", True, 0.25, {"style": 0.5, "sense": 1}, [1, 0], "beautiful", float("nan")]
    rows = [sample(number, value) for number, value in enumerate(values)]
    [one] = taken(actor, json_log(rows), "a.json")
    found = {
        key: value
        for key, value in Score.objects.values_list("response__case__key", "numerator")
        if key in "0123"
    }
    assert found == {"0": 0.5, "1": 0.0, "2": 1.0, "3": 0.25}
    named = {scorer.scorer.slug for scorer in one.log.run.evaluation_version.scorers.all()}  # type: ignore[union-attr]
    assert named == {f"inspect-match{end}" for end in ("", "-style", "-sense", "-1", "-2")}
    assert any("beautiful" in note for note in one.log.notes)


def test_aggregates_without_rows_are_kept_as_reported_and_never_as_a_run(actor: User) -> None:
    header = head(accuracy=0.8)
    [one] = taken(actor, json.dumps(header).encode(), "a.json", version=make_model_version())
    claim = ClaimedScore.objects.get()
    assert one.log.run is None and not Run.objects.exists()
    assert (claim.value, claim.unit, claim.standard_error, claim.n, claim.log) == (
        0.8,
        "rate",
        None,
        None,
        one.log,
    )
    assert "not measured here" in claim.conditions


def test_a_figure_that_the_rows_do_not_show_is_kept_apart(actor: User) -> None:
    [one] = taken(actor, eval_log([sample(1), sample(2)], head(accuracy=0.75)))
    assert one.log.run and ClaimedScore.objects.get().value == 0.75
    assert "make 1" in ClaimedScore.objects.get().conditions


WHOLE, LISTED = eval_log([sample(1)]), b"PK\x01\x02"
BROKEN = {
    "empty": b"",
    "no log": b'{"description": "nothing", "events": []}',
    "text": b"hello",
    "cut off": json_log([sample(1), sample(2)])[:-40],
    "cut off zip": eval_log([sample(1)])[:-60],
    "deep": b'{"version": 2, "eval": {"task": "t"}, "plan": ' + b"[" * 100_000,
    "outside": zip_of({"header.json": b"{}", "../samples/1_epoch_1.json": b"{}"}),
    "bomb": zip_of({"header.json": json.dumps(head()).encode(), "samples/1_epoch_1.json": b" " * (70 << 20)}),
    "one byte": WHOLE[: WHOLE.index(LISTED) - 9] + b"\x55" + WHOLE[WHOLE.index(LISTED) - 8 :],
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_refused_and_nothing_of_it_stays(actor: User, data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        taken(actor, data)
    assert refusal.value.code == "not_a_log" and "Nothing was imported" in refusal.value.message
    assert not Case.objects.exists() and not ImportedLog.objects.exists()


def test_text_that_no_database_holds_is_kept_without_it(actor: User) -> None:
    odd = sample(1, scores={"match": {"value": "C", "explanation": "a\x00b\ud800"}})
    odd["output"]["choices"][0]["message"]["content"] = "nul \x00 half \ud800"
    odd["input"] = [{"role": "user", "content": "Is it \x00?"}]
    [one] = taken(actor, json_log([odd]), "a.json")
    response = Response.objects.get(run=one.log.run)
    assert response.output is not None and "\x00" not in response.output.text


def test_a_run_counts_as_measured_on_its_logs_own_day(actor: User) -> None:
    [one] = taken(actor, eval_log([sample(1)], head(created="2026-02-11T15:17:00+00:00")))
    run = finished(one)
    assert run.finished_at and run.finished_at.date() == date(2026, 2, 11)
    assert run.asked_at == run.started_at == run.finished_at < run.created_at


@pytest.mark.parametrize("created", ["2126-02-11T15:17:00+00:00", "", "soon"])
def test_a_day_to_come_or_none_is_the_day_of_the_import(actor: User, created: str) -> None:
    [one] = taken(actor, eval_log([sample(1)], head(created=created)))
    run = finished(one)
    assert run.finished_at and run.finished_at >= run.created_at


def test_an_old_log_is_no_news_beside_a_run_of_last_week(actor: User) -> None:
    [new] = taken(actor, eval_log([sample(1)], head("new", created="2026-06-01T00:00:00+00:00")))
    finished(new)
    [old] = taken(actor, eval_log([sample(1, "I")], head("old", created="2025-06-01T00:00:00+00:00")))
    late = finished(old)
    runs = runs_of(late.evaluation_version_id, Run.objects.finished())
    assert runs.latest[late.model_version_id] == new.log.run
