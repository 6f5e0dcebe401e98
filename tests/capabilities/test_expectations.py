"""What is expected of a version is written before its result, never changed, and told beside what was found."""

from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from capabilities.models import Criterion, Expectation
from capabilities.queries.expectations import Reading, expectations_of, expectations_shown, readings
from capabilities.services.expectations import record_expectation
from capabilities.services.judging import judge_run
from config.errors import Conflict, Refused
from config.people.models import AuditEntry, Role
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import (
    make_evidence,
    make_expectation,
    make_requirement,
    make_revision,
    make_verification,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version, make_run
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def recorded(
    criterion: Criterion, of: Any, low: float = 0.8, high: float = 0.9, **fields: Any
) -> Expectation:
    fields.setdefault("actor", fields.pop("actor", None) or make_user(Role.PM))
    return record_expectation(criterion=criterion, of=of, low=low, high=high, **fields)


def reading_of(expectation: Expectation) -> Reading:
    return readings(expectations_shown().filter(pk=expectation.pk))[0]


def measured(evidence: Any, version: ModelVersion, right: int, of: int = 20) -> Run:
    run = make_finished_run([1.0] * right + [0.0] * (of - right), evidence.evaluation_version, version)
    judge_run(run)
    return run


def test_what_was_expected_stands_beside_what_was_found() -> None:
    evidence, version = make_evidence(20), make_model_version()
    said = recorded(evidence.criterion, version, 0.85, 0.95, note="The new data helps.")
    assert reading_of(said).standing == "open"
    run = measured(evidence, version, 18)
    found = reading_of(said)
    assert (found.standing, found.found and found.found.run_id) == ("inside", run.pk)
    assert found.sentence == "expected 85.0–95.0\u00a0%, found 90.0\u00a0%: inside"


@pytest.mark.parametrize(("right", "standing"), [(20, "above"), (2, "below")])
def test_a_value_outside_is_above_or_below(right: int, standing: str) -> None:
    evidence, version = make_evidence(20), make_model_version()
    said = recorded(evidence.criterion, version, 0.5, 0.6)
    measured(evidence, version, right)
    assert reading_of(said).standing == standing


def test_a_value_whose_own_range_reaches_what_was_expected_says_so() -> None:
    evidence, version = make_evidence(20), make_model_version()
    said = recorded(evidence.criterion, version, 0.6, 0.88)
    measured(evidence, version, 18)
    assert reading_of(said).reaches
    assert reading_of(said).sentence.endswith("above, though its plausible range reaches what was expected")


def test_the_end_of_a_range_still_holds() -> None:
    evidence, version = make_evidence(20), make_model_version()
    said = recorded(evidence.criterion, version, 0.7, 0.9)
    measured(evidence, version, 18)
    assert reading_of(said).standing == "inside"


@pytest.mark.parametrize("state", ["done", "partial", "scoring"])
def test_after_the_result_nothing_is_expected_any_more(state: str) -> None:
    evidence, version = make_evidence(), make_model_version()
    make_run(evidence.evaluation_version, version, state=state)
    with pytest.raises(Refused, match="has answered cases"):
        recorded(evidence.criterion, version)


def test_a_run_that_has_answered_one_case_is_too_late_already() -> None:
    evidence, version = make_evidence(), make_model_version()
    make_run(evidence.evaluation_version, version, state="running", done=1)
    with pytest.raises(Refused, match="has answered cases"):
        recorded(evidence.criterion, version)


def test_a_run_that_waits_is_not_too_late() -> None:
    evidence, version = make_evidence(), make_model_version()
    make_run(evidence.evaluation_version, version)
    assert recorded(evidence.criterion, version).pk


def test_the_database_refuses_what_comes_after_the_result() -> None:
    evidence, version = make_evidence(), make_model_version()
    make_finished_run([1.0] * 3, evidence.evaluation_version, version)
    with pytest.raises(DatabaseError, match="expectation_before_the_result"), transaction.atomic():
        make_expectation(evidence.criterion, version)


def test_a_result_seen_under_an_older_revision_counts_for_the_same_criterion() -> None:
    evidence, version = make_evidence(), make_model_version()
    make_finished_run([1.0] * 3, evidence.evaluation_version, version)
    criterion = evidence.criterion
    newer = make_revision(
        criterion.revision.requirement, approved=True, criteria=[{"scorer": criterion.scorer}]
    ).criteria.get()
    assert newer.fingerprint == criterion.fingerprint
    with pytest.raises(Refused, match="has answered cases"):
        recorded(newer, version)


def test_the_database_refuses_a_draft_criterion() -> None:
    draft = make_requirement(criteria=[{}]).revisions.get().criteria.get()
    with pytest.raises(DatabaseError, match="expectation_on_what_is_agreed"), transaction.atomic():
        make_expectation(draft)
    with pytest.raises(Refused, match="Approve the revision first"):
        recorded(draft, make_model_version())


def test_nobody_can_choose_the_moment() -> None:
    said = make_expectation(make_evidence().criterion, created_at="2001-01-01T00:00:00Z")
    said.refresh_from_db()
    assert said.created_at.year > 2001


@pytest.mark.parametrize(
    "statement", ["UPDATE capabilities_expectation SET low = 0", "DELETE FROM capabilities_expectation"]
)
def test_the_database_refuses_a_change(statement: str) -> None:
    make_expectation(make_evidence().criterion)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_person_says_it_once() -> None:
    criterion, version, actor = make_evidence().criterion, make_model_version(), make_user(Role.PM)
    recorded(criterion, version, actor=actor)
    with pytest.raises(Conflict):
        recorded(criterion, version, 0.1, 0.2, actor=actor)
    assert recorded(criterion, version, 0.1, 0.2).pk


def test_the_next_version_is_the_first_that_is_registered_afterwards() -> None:
    evidence, model = make_evidence(20), make_model()
    make_model_version(model)
    said = recorded(evidence.criterion, model, 0.85, 0.95)
    assert reading_of(said).version is None
    second, third = make_model_version(model), make_model_version(model)
    measured(evidence, third, 2)
    assert (reading_of(said).version, reading_of(said).standing) == (second, "open")
    measured(evidence, second, 18)
    assert reading_of(said).standing == "inside"


def test_the_database_refuses_a_next_version_that_is_there() -> None:
    model = make_model()
    first = make_model_version(model)
    make_model_version(model)
    with pytest.raises(DatabaseError, match="expectation_before_the_result"), transaction.atomic():
        make_expectation(make_evidence().criterion, model, after=first)


def test_who_spoke_of_the_next_version_does_not_speak_again_once_it_is_there() -> None:
    criterion, model, actor = make_evidence().criterion, make_model(), make_user(Role.PM)
    recorded(criterion, model, actor=actor)
    with pytest.raises(Conflict):
        recorded(criterion, make_model_version(model), actor=actor)


def test_evidence_linked_later_that_had_a_result_before_does_not_count() -> None:
    measured_first, version = make_evidence(20), make_model_version()
    make_finished_run([1.0] * 18 + [0.0] * 2, measured_first.evaluation_version, version)
    scorer = measured_first.criterion.scorer
    requirement = make_requirement(approved=True, criteria=[{"scorer": scorer}])
    criterion = requirement.revisions.get().criteria.get()
    said = recorded(criterion, version, 0.85, 0.95)
    make_verification(criterion, measured_first.evaluation_version)
    judge_run(Run.objects.latest("pk"))
    assert reading_of(said).standing == "late"
    assert "does not count" in reading_of(said).sentence


def test_the_first_run_decides_whatever_later_ones_say() -> None:
    evidence, version = make_evidence(20), make_model_version()
    said = recorded(evidence.criterion, version, 0.85, 0.95)
    measured(evidence, version, 18)
    measured(evidence, version, 2)
    assert reading_of(said).standing == "inside"


@pytest.mark.parametrize(
    ("low", "high", "confidence"),
    [(0.9, 0.8, 0.8), (0.8, 1.1, 0.8), (-0.1, 0.8, 0.8), (0.8, 0.9, 1.0), (0.8, 0.9, 0.4)],
)
def test_a_range_that_cannot_be_is_refused(low: float, high: float, confidence: float) -> None:
    with pytest.raises(Refused) as refusal:
        recorded(make_evidence().criterion, make_model_version(), low, high, confidence=confidence)
    assert refusal.value.code == "range"


def test_a_lead_may_be_expected_to_be_negative() -> None:
    criterion = make_evidence(against="competitors").criterion
    assert recorded(criterion, make_model_version(), -0.05, 0.02).low == -0.05


def test_what_cannot_be_measured_is_not_expected() -> None:
    requirement = make_requirement(approved=True, criteria=[{"not_measurable_reason": "No cases yet."}])
    with pytest.raises(Refused, match="cannot be measured"):
        recorded(requirement.revisions.get().criteria.get(), make_model_version())


def test_the_trail_says_what_was_expected() -> None:
    said = recorded(make_evidence().criterion, make_model_version(name="7"), 0.8, 0.9)
    entry = AuditEntry.objects.get(verb="expectation.recorded")
    assert (entry.after["expectation"], entry.after["low"], entry.after["high"]) == (said.pk, 0.8, 0.9)


def test_more_expectations_cost_no_more_queries(django_assert_num_queries: Any) -> None:
    evidence = make_evidence(20)
    product = evidence.criterion.revision.requirement.product
    for count in (1, 4):
        for _ in range(count):
            version = make_model_version()
            recorded(evidence.criterion, version)
            recorded(evidence.criterion, version.model)
            measured(evidence, version, 18)
        with django_assert_num_queries(6):
            found = expectations_of(product)
        assert len(found) == Expectation.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_meanwhile_is_waited_for_and_refuses_the_expectation() -> None:
    evidence, version, actor = make_evidence(), make_model_version(), make_user(Role.PM)
    run = make_run(evidence.evaluation_version, version, state="running")
    refusals: list[str] = []

    def say() -> None:
        try:
            recorded(evidence.criterion, version, actor=actor)
        except Refused as refusal:
            refusals.append(refusal.code)
        finally:
            connection.close()

    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state="done", done=run.total)
        thread = Thread(target=say)
        thread.start()
        while not _somebody_waits():
            assert thread.is_alive()
    thread.join()
    assert refusals == ["after_the_result"]
    assert not Expectation.objects.exists()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
