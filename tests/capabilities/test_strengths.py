"""Unexpected strengths: what is suggested and recorded, what is left out, and what it costs to look."""

from collections.abc import Callable
from typing import Any

import pytest

from capabilities.models import Discovery, Product
from capabilities.queries.strengths import strengths_of
from capabilities.services.expectations import record_expectation
from capabilities.services.judging import judge_run
from config.people.models import Role, User
from evaluations.models import EvaluationVersion, Run, Side
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_evidence, make_product, make_rival_set
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
EVERY = 30


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


@pytest.fixture
def product() -> Product:
    """Ours beats the one rival on every German case and on no other."""
    ours, rival = make_model(slug="ours"), make_model(slug="rival", side=Side.COMPETITOR)
    made = make_product(key="VA", subjects=[ours])
    make_rival_set(made, [rival])
    return made


def measure(product: Product, **fields: Any) -> tuple[Run, Run]:
    version = evaluation()
    ours = make_model_version(product.subject_models.get(slug="ours"))
    rival = make_model_version(product.rival_sets.latest("number").rivals.get())
    level = [1.0, 0.0] * (EVERY // 2)
    return (
        make_finished_run([1.0] * EVERY + level, version, ours, **fields),
        make_finished_run([0.0] * EVERY + level, version, rival),
    )


def evaluation() -> EvaluationVersion:
    rows = [
        {"key": f"{lang}-{number}", "input": f"{lang} {number}", "slices": {"lang": lang}}
        for lang in ("de", "fr")
        for number in range(EVERY)
    ]
    return make_evaluation_version(make_dataset_version(rows))


def test_a_slice_that_beats_the_rival_is_a_candidate_until_it_is_recorded(pm: User, product: Product) -> None:
    ours, _ = measure(product)
    found = strengths_of(product)
    [one] = found.candidates
    assert (one.part, one.n, one.point, found.looked_at) == ("lang=de", EVERY, 1.0, 2)
    client = signed_in(pm)
    page = client.get("/discoveries/suggested/").text
    assert "Candidates, not facts. 2 slices and expectations were looked at" in page
    made = client.post("/discoveries/suggested/record/", {"run": ours.pk, "slice": "lang=de"})
    discovery = Discovery.objects.get()
    assert made["Location"] == f"/discoveries/{discovery.key}/"
    assert (discovery.state, discovery.evidence.get().part) == ("spotted", "lang=de")
    assert "Suggested, not established" in discovery.statement
    client.post("/discoveries/suggested/record/", {"run": ours.pk, "slice": "lang=fr"})
    client.post("/discoveries/suggested/record/", {"run": ours.pk, "slice": "lang=de"})
    assert Discovery.objects.count() == 1
    assert discovery.key in client.get("/discoveries/suggested/").text


def test_a_candidate_is_shown_within_what_is_possible(product: Product) -> None:
    rows = [
        {
            "key": f"c{place}",
            "cluster": "abcdef"[place // 5],
            "slices": {"lang": "de" if place < 20 else "fr"},
        }
        for place in range(30)
    ]
    version = make_evaluation_version(make_dataset_version(rows))
    make_finished_run([1.0] * 30, version, make_model_version(product.subject_models.get(slug="ours")))
    rival = make_model_version(product.rival_sets.latest("number").rivals.get())
    make_finished_run([0.0] * 18 + [1.0] * 12, version, rival)
    [one] = strengths_of(product).candidates
    assert one.high == 1.0 and "to +100.0)" in one.figure


def test_over_the_api(pm: User, product: Product) -> None:
    ours, rival = measure(product)
    client = signed_in(pm)
    found = client.get("/api/v1/discoveries/suggested/?product=VA").json()
    assert (found["looked_at"], [one["slice"] for one in found["candidates"]]) == (2, ["lang=de"])
    assert found["candidates"][0]["against"] == [rival.model_version.label]
    body = {"product": "VA", "run": ours.pk, "slice": "lang=de", "title": "German"}
    made = client.post("/api/v1/discoveries/suggested/", body, "application/json")
    assert (made.status_code, made.json()["title"]) == (201, "German")
    refused = client.post("/api/v1/discoveries/suggested/", body | {"slice": "lang=fr"}, "application/json")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "fields", [{"mixed_models": True}, {"origin": "lab"}, {"canary_seen": {"answers": 1, "cases": []}}]
)
def test_what_could_not_be_evidence_is_not_looked_at(product: Product, fields: dict[str, Any]) -> None:
    measure(product, **fields)
    found = strengths_of(product)
    assert (found.candidates, found.looked_at) == ([], 0)
    assert "No model of ours was run on the same test cases" in found.why_none


def test_it_says_why_there_is_none(pm: User) -> None:
    make_product(key="VA")
    assert "names no model of ours" in signed_in(pm).get("/discoveries/suggested/").text


def test_looking_costs_the_same_for_many(
    product: Product, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    measure(product)
    with django_assert_max_num_queries(15) as few:
        strengths_of(product)
    for _ in range(3):
        measure(product)
    with django_assert_max_num_queries(15) as many:
        assert len(strengths_of(product).candidates) == 4
    assert len(many) == len(few)


def test_beating_what_was_expected_is_a_candidate_too(product: Product) -> None:
    evidence = make_evidence(EVERY, product=product)
    version = make_model_version(product.subject_models.get(slug="ours"))
    record_expectation(actor=make_user(Role.PM), criterion=evidence.criterion, of=version, low=0.4, high=0.6)
    judge_run(make_finished_run([1.0] * EVERY, evidence.evaluation_version, version))
    [one] = strengths_of(product).candidates
    assert (one.compared, one.part, one.n) == (False, "", EVERY)
    assert one.beats == "what was expected of it (40.0–60.0\u00a0%)"
