"""The page of the day a version is new: what to try, Run, what changed, and whom to tell."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from capabilities.models import Product, VerdictLine, Verification
from capabilities.queries.things_to_try import things_to_try
from config.people.models import Role
from evaluations.models import Model, ModelVersion, Origin, Round, Run
from evaluations.services.schedules import save_schedule
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_assessment,
    make_evidence,
    make_problem,
    make_product,
    make_verdict,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_provider,
    make_round,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Model:
    return make_model(kind="llm", slug="aria")


@pytest.fixture
def product(ours: Model) -> Product:
    return make_product(key="VA", subjects=[ours])


def address(version: ModelVersion) -> str:
    return f"/models/{version.model.slug}/versions/{version.name}/day/"


def page_of(version: ModelVersion, role: str = Role.RESEARCHER) -> str:
    return " ".join(signed_in(role=role).get(address(version)).content.decode().split())


def judged(link: Verification, version: ModelVersion, outcome: str, **fields: Any) -> Run:
    cases = link.evaluation_version.dataset_version.case_count
    run = make_finished_run([1.0] * cases, link.evaluation_version, version, **fields)
    make_verdict(link, run, outcome)
    return run


def test_what_agreed_requirements_rest_on_and_suites_of_its_kind_are_to_try(
    ours: Model, product: Product
) -> None:
    link = make_evidence(product=product)
    version = make_model_version(ours)
    make_finished_run(
        evaluation_version=link.evaluation_version, model_version=make_model_version(ours), scores=[1.0] * 3
    )
    make_suite([link.evaluation_version.evaluation], slug="core")
    make_suite([make_evaluation_version().evaluation], slug="never-run-on-it")
    things = things_to_try(make_user(Role.VIEWER), version)
    assert [thing.key for thing in things] == ["product:VA", "suite:core"]
    assert [thing.evaluations for thing in things] == [[link.evaluation_version]] * 2


def test_requirements_of_a_product_one_may_not_see_are_not_to_try(ours: Model, product: Product) -> None:
    make_evidence(product=product)
    Product.objects.update(restricted=True)
    assert things_to_try(make_user(Role.VIEWER), make_model_version(ours)) == []


def test_a_problem_that_was_assessed_before_it_came_is_to_assess_again(ours: Model, product: Product) -> None:
    problem = make_problem(product, kind="llm")
    make_assessment(problem)
    version = make_model_version(ours)
    [thing] = things_to_try(make_user(Role.VIEWER), version)
    assert (thing.key, thing.url) == (f"problem:{problem.key}", f"/problems/{problem.key}/")
    assert thing.url in page_of(version)
    Product.objects.update(restricted=True)
    assert things_to_try(make_user(Role.VIEWER), version) == []


def test_run_starts_one_round_of_what_is_ticked_within_the_budget(ours: Model, product: Product) -> None:
    link = make_evidence(product=product)
    make_suite([link.evaluation_version.evaluation], slug="core")
    make_finished_run([1.0] * 3, link.evaluation_version, make_model_version(ours))
    version = make_model_version(ours)
    client = signed_in(role=Role.RESEARCHER)
    body = {"things": ["product:VA", "suite:core"], "cap": "50", "cap_unit": "calls", "token": "a"}
    for _ in range(2):
        assert client.post(address(version), body).status_code == 302
    started = Round.objects.get(origin=Origin.NEW_VERSION)
    assert (started.cap, started.cap_unit) == (Decimal(50), "calls")
    assert [run.evaluation_version for run in started.runs.all()] == [link.evaluation_version]
    assert started.name in page_of(version) and "data-live" in page_of(version)


def test_nothing_ticked_and_a_budget_that_is_no_number_are_said_and_what_was_typed_stays(
    ours: Model, product: Product
) -> None:
    make_evidence(product=product)
    reply = signed_in(role=Role.RESEARCHER).post(address(make_model_version(ours)), {"cap": "much"})
    page = reply.content.decode()
    assert reply.status_code == 422 and "Tick at least one line to run." in page and 'value="much"' in page


def test_what_cannot_run_is_refused_with_the_reason(ours: Model, product: Product) -> None:
    make_evidence(product=product)
    Model.objects.filter(pk=ours.pk).update(provider=None)
    reply = signed_in(role=Role.RESEARCHER).post(
        address(make_model_version(ours)), {"things": ["product:VA"]}
    )
    assert reply.status_code == 422 and "has no provider to call" in reply.content.decode()


def test_a_viewer_sees_the_day_and_runs_nothing(ours: Model, product: Product) -> None:
    make_evidence(product=product)
    version = make_model_version(ours)
    client = signed_in(role=Role.VIEWER)
    page = client.get(address(version)).content.decode()
    assert "A researcher or product manager can run these." in page and "day-form" not in page
    assert client.post(address(version), {"things": ["product:VA"]}).status_code == 403
    assert client.get(f"{address(version)}preview/").status_code == 403
    assert not Round.objects.exists()


def test_what_ticked_lines_would_take_is_shown_before_anything_starts(ours: Model, product: Product) -> None:
    make_evidence(product=product)
    version = make_model_version(ours)
    client = signed_in(role=Role.RESEARCHER)
    shown = client.get(f"{address(version)}preview/", {"things": ["product:VA"]}).content.decode()
    assert "calls" in shown and not Round.objects.exists()
    assert (
        "once an evaluation and a version are ticked"
        in client.get(f"{address(version)}preview/").content.decode()
    )


def test_what_it_meets_and_no_longer_meets_is_told_with_whom_to_tell(ours: Model, product: Product) -> None:
    won, lost, same = (make_evidence(product=product) for _ in range(3))
    older, version = make_model_version(ours), make_model_version(ours)
    owner = make_user(Role.PM)
    requirement = lost.criterion.revision.requirement
    requirement.owner = owner
    requirement.save()
    for link, before, after in ((won, "not_met", "met"), (lost, "met", "not_met"), (same, "met", "met")):
        judged(link, older, before)
        judged(link, version, after)
    reply = Caller("read").get(f"/models/aria/versions/{version.name}/day/").json()
    changes = {one["key"]: one["group"] for one in reply["day"]["changes"]}
    assert changes == {
        won.criterion.revision.requirement.key: "better",
        requirement.key: "worse",
    }
    assert {"owner": owner.shown_name, "requirements": [requirement.key]} in reply["day"]["tell"]
    page = page_of(version)
    assert "Meets now" in page and "No longer meets" in page and owner.shown_name in page
    text = signed_in(role=Role.VIEWER).get(f"{address(version)}?format=markdown").content.decode()
    assert text == reply["markdown"] and "## No longer meets" in text and "## Tell" in text


def test_how_rivals_stand_now_is_told(ours: Model, product: Product) -> None:
    link = make_evidence(product=product)
    older, version = make_model_version(ours), make_model_version(ours)
    rival = make_model_version(side="competitor")
    for one, low, high in ((older, 0.05, 0.15), (version, -0.15, -0.05)):
        run = make_finished_run([1.0] * 3, link.evaluation_version, one)
        with transaction.atomic():
            verdict = make_verdict(link, run, "met" if low > 0 else "not_met")
            VerdictLine.objects.create(
                verdict=verdict,
                kind="rival",
                label="Them",
                outcome="met",
                model_version=rival,
                point=(low + high) / 2,
                low=low,
                high=high,
            )
    assert "we are behind" in page_of(version)


def test_a_rivals_day_tells_which_of_our_verdicts_it_changed(ours: Model, product: Product) -> None:
    link = make_evidence(product=product)
    them = make_model(kind="llm", side="competitor")
    product.rival_sets.create(number=1).rivals.add(them)
    run = make_finished_run([1.0] * 3, link.evaluation_version, make_model_version(ours))
    make_verdict(link, run, "met")
    version = make_model_version(them)
    theirs = make_finished_run([1.0] * 3, link.evaluation_version, version, round=make_round())
    with transaction.atomic():
        verdict = make_verdict(link, run, "not_met")
        VerdictLine.objects.create(
            verdict=verdict, kind="rival", label="Them", outcome="not_met", model_version=version, run=theirs
        )
    assert "Verdicts of ours that it changed" in page_of(version)


def test_registering_on_a_page_leads_to_the_day_and_says_what_started_by_itself() -> None:
    model = make_model(slug="new", provider=make_provider())
    suite = make_suite([make_evaluation_version().evaluation])
    save_schedule(
        actor=None, name="On arrival", suite=suite, on_new_version=True, cap=Decimal(9), cap_unit="calls"
    )
    given = {"name": "v1", "rule_set": '{"rows": [], "default": "yes"}'}
    reply = signed_in(role=Role.RESEARCHER).post(f"/models/{model.slug}/versions/new/", given, follow=True)
    assert reply.redirect_chain[-1][0] == "/models/new/versions/v1/day/"
    assert "On arrival" in reply.content.decode() and "Started by itself" in reply.content.decode()


def test_with_nothing_to_try_the_page_says_what_to_do() -> None:
    page = page_of(make_model_version(make_model(kind="tts")))
    assert "No agreed requirement is about this model" in page and "Choose evaluations yourself" in page


def test_a_version_that_is_not_there_is_a_404() -> None:
    assert signed_in().get("/models/none/versions/v1/day/").status_code == 404
