"""What a provider says of the system behind its replies, and the one event a change of it is."""

from decimal import Decimal

import pytest

from evaluations.engine.calling import Outcome
from evaluations.engine.claim import claim
from evaluations.engine.ledger import Prepared, write_intents
from evaluations.engine.recording import Books, record_outcomes
from evaluations.models import ModelEvent, Run
from evaluations.providers.prices import Prices
from evaluations.providers.types import Reply, Request
from evaluations.services.spend import Bound
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_run,
)

pytestmark = pytest.mark.django_db
ASKED = Request(messages=(), api_id="m", request_id="r")


@pytest.fixture(params=[False, True], ids=["frozen", "floating"])
def version(request):
    return make_model_version(floating=request.param)


def run_of(version) -> Run:
    return make_run(make_evaluation_version(make_dataset_version(6)), version, state=Run.State.RUNNING)


def answer(run: Run, *fingerprints: str) -> Run:
    """One batch of replies, a call each."""
    items = claim(run, "w1", len(fingerprints))
    written = write_intents(
        run, run.chain_token, [Prepared(item, ASKED, Bound(Decimal(0), Decimal(0)), 1) for item in items]
    )
    outcomes = [
        Outcome(intent, reply=Reply(text="yes", raw=b"", resolved_model="m-1", fingerprint=name))
        for intent, name in zip(written.intents, fingerprints, strict=True)
    ]
    record_outcomes(Books(run, Prices()), outcomes)
    run.refresh_from_db()
    return run


def changes() -> list[tuple[str, str]]:
    found = ModelEvent.objects.filter(kind="fingerprint").order_by("pk")
    return list(found.values_list("before", "after"))


def test_the_first_fingerprint_is_no_change(version) -> None:
    run = answer(run_of(version), "fp_1", "fp_1")
    assert (run.fingerprints, changes()) == (["fp_1"], [])


def test_another_one_than_the_run_before_is_one_event(version) -> None:
    answer(run_of(version), "fp_1", "fp_1")
    run = run_of(version)
    answer(run, "fp_2", "fp_2")
    answer(run, "fp_2", "fp_2")
    event = ModelEvent.objects.get(kind="fingerprint")
    assert (event.before, event.after, event.run, event.model_version) == ("fp_1", "fp_2", run, version)


def test_a_change_while_a_run_goes_on_is_one_event(version) -> None:
    run = run_of(version)
    answer(run, "fp_1", "fp_1")
    answer(run, "fp_1", "fp_2")
    answer(run, "fp_2", "fp_1")
    assert (run.fingerprints, changes()) == (["fp_1", "fp_2"], [("fp_1", "fp_2")])
    assert run.mixed_models is False


def test_machines_that_take_turns_are_told_once(version) -> None:
    answer(run_of(version), "fp_1", "fp_2")
    answer(run_of(version), "fp_2", "fp_1")
    assert changes() == [("fp_1", "fp_2")]


def test_runs_beside_each_other_tell_a_change_once(version) -> None:
    older, newer = run_of(version), run_of(version)
    answer(older, "fp_1")
    answer(newer, "fp_1")
    answer(newer, "fp_2")
    answer(older, "fp_2")
    assert changes() == [("fp_1", "fp_2")]


def test_going_back_is_a_change_too(version) -> None:
    for name in ("fp_1", "fp_2", "fp_1"):
        answer(run_of(version), name)
    assert changes() == [("fp_1", "fp_2"), ("fp_2", "fp_1")]


def test_replies_that_name_none_say_nothing(version) -> None:
    answer(run_of(version), "fp_1")
    run = answer(run_of(version), "", "")
    answer(run_of(version), "fp_1")
    assert (run.fingerprints, changes()) == ([], [])


def test_what_another_version_answered_does_not_count(version) -> None:
    answer(run_of(make_model_version()), "fp_1")
    answer(run_of(version), "fp_2")
    assert changes() == []


def test_a_provider_that_names_a_new_one_each_time_fills_no_list(version) -> None:
    run = run_of(version)
    run.fingerprints = [f"fp_{number}" for number in range(19)]
    run.save(update_fields=["fingerprints"])
    answer(run, "x1", "x2", "x3")
    assert (len(run.fingerprints), changes()) == (20, [("fp_18", "x1")])
