"""What a finished run says of itself: a canary that was given away, and answers that could not be judged."""

from typing import Any

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.engine.finalise import score_and_finalise
from evaluations.models import Run, Unscored
from evaluations.services.blobs import store_blob
from tests.api_client import Caller, lines_of
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_run,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CANARY = "Plumbline canary 26b5c67b-86be-4d3c-9f1e-0a8c5be7d1aa"


def answered(cases: list[dict[str, Any]], answers: list[str], **dataset: Any) -> Run:
    """A run over these cases, ended by the engine."""
    version = make_evaluation_version(
        make_dataset_version(cases, **dataset), [make_scorer_version(slug=None)]
    )
    return ended(make_run(version), answers)


def ended(run: Run, answers: list[str]) -> Run:
    for item, answer in zip(run.items.order_by("id"), answers, strict=True):
        run.responses.create(
            case_id=item.case_id, output=store_blob(data=answer.encode()), finish_reason="stop"
        )
    run.items.update(state="done")
    Run.objects.filter(pk=run.pk).update(state=Run.State.SCORING)
    run.refresh_from_db()
    assert score_and_finalise(run, lambda: True)
    run.refresh_from_db()
    return run


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make_user(Role.VIEWER))
    return client


def test_a_canary_in_an_answer_is_said_on_the_page_and_over_the_api(viewer) -> None:
    cases = [{"key": "a"}, {"key": "b"}, {"key": "shown", "input": f"Say {CANARY}"}]
    answers = ["It says  26B5C67B-86be-4d3c-9f1e-0a8c5be7d1aa.", "no", CANARY]
    run = answered(cases, answers, canary=CANARY)
    assert run.canary_seen == {"answers": 1, "cases": ["a"]}
    page = viewer.get(f"/runs/{run.pk}/").content.decode()
    assert "Contaminated: the model has seen these cases before." in page and "1 answer" in page
    assert Caller("read").get(f"/runs/{run.pk}/").json()["canary_seen"] == {"answers": 1, "cases": ["a"]}


def test_nothing_is_said_without_one(viewer) -> None:
    clean = answered([{"key": "a"}], ["no"], canary=CANARY)
    unmarked = answered([{"key": "a"}], [CANARY])
    assert (clean.canary_seen, unmarked.canary_seen) == ({"answers": 0, "cases": []}, None)
    for run in (clean, unmarked):
        assert "Contaminated" not in viewer.get(f"/runs/{run.pk}/").content.decode()


def test_an_answer_that_cannot_be_judged_says_why(viewer) -> None:
    cases: list[dict[str, Any]] = [
        {"key": "a", "target": "yes"},
        {"key": "b", "target": None},
        {"key": "c", "target": None},
    ]
    run = answered(cases, ["yes", "no", "no"], purpose="dev")
    reason = Unscored.objects.filter(response__run=run).earliest("pk").reason
    assert "target" in reason
    page = viewer.get(f"/runs/{run.pk}/").content.decode()
    assert "2 answers could not be judged" in page and reason[:20] in page
    assert reason[:20] in viewer.get(f"/runs/{run.pk}/samples/?case=b").content.decode()
    caller = Caller("read")
    slug = run.evaluation_version.scorers.get().scorer.slug
    assert caller.get(f"/runs/{run.pk}/").json()["unscored"] == [{"scorer": slug, "samples": 2}]
    lines = {line["case"]: line for line in lines_of(caller.get(f"/runs/{run.pk}/samples/"))}
    assert (lines["b"]["unscored"], lines["a"]["unscored"]) == ({slug: reason}, {})


def test_reasons_that_may_quote_a_test_case_are_kept_from_those_who_may_not_read_it(viewer) -> None:
    run = answered([{"key": "a", "target": None}, {"key": "b"}], ["no", "no"])
    reason = Unscored.objects.get(response__run=run).reason
    for address in (f"/runs/{run.pk}/", f"/runs/{run.pk}/samples/?case=a"):
        page = viewer.get(address).content.decode()
        assert reason[:20] not in page and "told to those who may read test samples" in page


def test_a_score_that_came_later_counts(viewer) -> None:
    run = answered([{"key": "a"}, {"key": "b"}], ["no", "no"], purpose="dev")
    response, scorer = run.responses.earliest("pk"), run.evaluation_version.scorers.get()
    Unscored.objects.create(response=response, scorer_version=scorer, reason="It was broken then.")
    assert "could not be judged" not in viewer.get(f"/runs/{run.pk}/").content.decode()
