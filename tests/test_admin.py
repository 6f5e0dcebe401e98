from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_comment,
    make_link,
    make_membership,
    make_product,
    make_requirement,
    make_review,
    make_review_request,
    make_rival_set,
    make_shared_link,
    make_sign_off,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import (
    make_finished_run,
    make_model_version,
    make_price,
    make_round,
    make_run,
    make_suite,
)
from tests.factories.people import make_user
from tests.made_once import made_once

pytestmark = pytest.mark.django_db
OURS = [
    model for label in ("evaluations", "capabilities") for model in apps.get_app_config(label).get_models()
]
# Rows of a table between two others are read on either side.
# Looked at through what they belong to; the words of a case are an index over its input.
THROUGH = {
    "EvaluationScorer",
    "DatasetVersionCase",
    "RivalSetModel",
    "BaselineItem",
    "CaseText",
    "CaseWord",
    "MediaUse",
}


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, make_rows):
        yield


def make_rows() -> None:
    """At least one row of nearly everything."""
    verdict = make_verdict()
    requirement = make_requirement(approved=True, criteria=[{}])
    make_baseline(requirement.product, [requirement])
    make_waiver(requirement)
    make_shared_link(requirement.product)
    make_sign_off(make_baseline(requirement.product, [requirement]), verdict.model_version)
    make_link(requirement, make_requirement(requirement.product))
    make_comment()
    make_review(make_requirement().revisions.get())
    make_review_request(make_requirement().revisions.get())
    make_rival_set()
    make_capability()
    make_membership(make_product())
    make_round()
    make_suite([verdict.run.evaluation_version.evaluation])
    make_price(verdict.model_version)
    make_run()


@pytest.fixture
def chief() -> Client:
    client = Client()
    client.force_login(make_user("admin"))
    return client


def test_every_entity_can_be_looked_at():
    missing = {model.__name__ for model in OURS if not admin.site.is_registered(model)}
    assert missing == THROUGH


@pytest.mark.parametrize(
    "model", [m for m in OURS if m.__name__ not in THROUGH], ids=lambda model: model.__name__
)
def test_every_list_opens_and_answers_a_search(chief: Client, rows: None, model: type[Any]):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert chief.get(url, {"q": "1"}).status_code == 200


@pytest.mark.parametrize(
    "model", [m for m in OURS if m.__name__ not in THROUGH], ids=lambda model: model.__name__
)
def test_every_row_opens_and_shows_no_way_to_delete_it(chief: Client, rows: None, model: type[Any]):
    row = model._default_manager.first()
    if row is None:
        pytest.skip("The factories make no such row.")
    page = chief.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]))
    assert page.status_code == 200
    assert "deletelink" not in page.content.decode()


def test_nobody_but_staff_gets_in():
    client = Client()
    client.force_login(make_user("pm"))
    assert client.get(reverse("admin:index")).status_code == 302


def act(client: Client, model: str, action: str, row: object) -> str:
    url = reverse(f"admin:{model}_changelist")
    page = client.post(url, {"action": action, "_selected_action": [row.pk]}, follow=True)  # type: ignore[attr-defined]
    return page.content.decode()


def test_retiring_a_version_goes_through_its_service(chief: Client):
    version = make_model_version()
    assert "Done for 1" in act(chief, "evaluations_modelversion", "retire", version)
    assert ModelVersion.objects.get(pk=version.pk).stage == "retired"


def test_a_refusal_is_said_in_its_sentence(chief: Client):
    requirement = make_requirement(revision={"rationale": ""})
    assert "Say why it matters" in act(chief, "capabilities_requirement", "submit", requirement)


def test_a_run_can_be_started_again(chief: Client):
    run = make_finished_run()
    act(chief, "evaluations_run", "start_again", run)
    assert Run.objects.filter(evaluation_version=run.evaluation_version).count() == 2


def test_what_is_frozen_has_no_field_to_type_in(chief: Client):
    version = make_model_version(api_id="the-identity")
    page = chief.get(reverse("admin:evaluations_modelversion_change", args=[version.pk])).content.decode()
    assert 'name="api_id"' not in page and "the-identity" in page
