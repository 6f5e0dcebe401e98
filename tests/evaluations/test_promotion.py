"""A sample becomes a case of a development dataset, and test cases stay where they are."""

from typing import Any

import pytest

from config.errors import Refused
from config.people.models import AuditEntry, Role
from evaluations.models import Dataset, Run
from evaluations.services.promotion import promote_sample
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_finished_run

pytestmark = pytest.mark.django_db
CASE = {"key": "odd", "input": "Wann?", "target": "nie", "slices": {"lang": "de"}, "metadata": {"by": "Ada"}}


def a_run(purpose: str = "dev", **fields: Any) -> Run:
    return make_finished_run(
        [0.0], make_evaluation_version(make_dataset_version([CASE], purpose=purpose, **fields))
    )


def target(purpose: str = "dev", **fields: Any) -> Dataset:
    return make_dataset_version(["there"], purpose=purpose, slug="learned", **fields).dataset


def test_it_is_copied_whole_into_the_draft_with_where_it_came_from() -> None:
    run = a_run()
    entry = promote_sample(actor=None, run=run, case_key="odd", dataset=target())
    assert entry.version.frozen_at is None
    assert (entry.case.input, entry.case.target, entry.case.slices) == ("Wann?", "nie", {"lang": "de"})
    origin = f"run {run.pk}, case odd of {run.evaluation_version.dataset_version}"
    assert entry.case.metadata == {"by": "Ada", "promoted_from": origin}
    assert AuditEntry.objects.get(verb="case.promoted").after == {"case": "odd", "run": run.pk, "of": "odd"}


def test_a_test_case_never_becomes_a_development_case_nor_the_other_way_round() -> None:
    learned = target()
    with pytest.raises(Refused, match="Write a new case like it"):
        promote_sample(actor=None, run=a_run("test"), case_key="odd", dataset=learned)
    held_back = make_dataset_version(["t"], purpose="test").dataset
    with pytest.raises(Refused, match="choose such a dataset"):
        promote_sample(actor=None, run=a_run(), case_key="odd", dataset=held_back)
    assert not learned.versions.filter(frozen_at=None).exists()


def test_what_may_not_leave_does_not_leave_by_being_copied() -> None:
    with pytest.raises(Refused, match="stays here"):
        promote_sample(actor=None, run=a_run(may_leave=False), case_key="odd", dataset=target(may_leave=True))


def test_a_key_that_is_taken_is_said_and_another_one_works() -> None:
    run, learned = a_run(), target()
    with pytest.raises(Refused, match="give it another key"):
        promote_sample(actor=None, run=run, case_key="odd", dataset=learned, key="there")
    with pytest.raises(Refused, match="no case"):
        promote_sample(actor=None, run=run, case_key="nowhere", dataset=learned)
    assert promote_sample(actor=None, run=run, case_key="odd", dataset=learned, key="odd-2").key == "odd-2"


def test_it_is_done_from_the_sample() -> None:
    run, learned = a_run(), target()
    client = signed_in(role=Role.RESEARCHER)
    assert (
        f"/runs/{run.pk}/promote/?case=odd"
        in client.get(f"/runs/{run.pk}/samples/?case=odd").content.decode()
    )
    reply = client.post(f"/runs/{run.pk}/promote/?case=odd", {"dataset": "learned", "key": "odd"})
    assert reply.headers["Location"] == "/datasets/learned/"
    again = client.post(f"/runs/{run.pk}/promote/?case=odd", {"dataset": "learned", "key": "odd"})
    assert again.status_code == 422 and "give it another key" in again.content.decode()
    assert learned.versions.get(frozen_at=None).entries.filter(key="odd").exists()
    assert (
        "promote/"
        not in signed_in(role=Role.VIEWER).get(f"/runs/{run.pk}/samples/?case=odd").content.decode()
    )


def test_over_the_api_too() -> None:
    run, learned = a_run(), target()
    caller = Caller("read", "write")
    made = caller.post(f"/runs/{run.pk}/promote/", {"case": "odd", "dataset": learned.slug})
    assert (made.status_code, made.json()) == (201, {"dataset": "learned", "number": 2, "key": "odd"})
    refused = caller.post(
        f"/runs/{a_run('test').pk}/promote/", {"case": "odd", "dataset": learned.slug, "key": "x"}
    )
    assert error_of(refused) == (422, "test_cases")
