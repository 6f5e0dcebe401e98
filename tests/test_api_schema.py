"""The whole API held against its own OpenAPI schema: nothing that is sent gives a 5xx, and replies are what the schema says."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework import serializers
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

import capabilities.api.urls
import evaluations.api.urls
from capabilities.api.bulk_changes import BulkBody
from capabilities.api.requirement_bodies import ChangeRequirementBody, RequirementBody
from capabilities.models import Product, Requirement
from config.api.bodies import Body
from evaluations.services.budgets import save_budget
from tests.access_world import list_things
from tests.api_client import ALL_SCOPES
from tests.factories.capabilities import (
    make_assessment,
    make_baseline,
    make_capability,
    make_comment,
    make_discovery,
    make_evidence,
    make_link,
    make_problem,
    make_product,
    make_remark,
    make_requirement,
    make_review,
    make_review_request,
    make_rival_set,
    make_shared_link,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import (
    make_claimed_score,
    make_dataset_version,
    make_failure_mode,
    make_finished_run,
    make_imported_log,
    make_log_upload,
    make_model,
    make_model_version,
    make_prompt_version,
    make_provider,
    make_run,
    make_scorer_version,
    make_suite,
)
from tests.factories.media import make_open_media
from tests.factories.people import make_letter, make_notice, make_token, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 5
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
PROTECTED = {
    *(
        "owner",
        "author",
        "created_by",
        "approver",
        "reviewer",
        "fingerprint",
        "verdict",
        "outcome",
        "evidence",
    ),
    *(
        "settled",
        "reserved",
        "unknown",
        "cost",
        "calls",
        "state",
        "status",
        "lifecycle",
        "done",
        "failed",
        "total",
    ),
    *(
        "hash",
        "number",
        "frozen_at",
        "approved_at",
        "finished_at",
        "created_at",
        "updated_at",
        "body",
        "digest",
    ),
    *(
        "idempotency_key",
        "idempotency_digest",
        "chain_token",
        "generation",
        "self_agreed",
        "loosened_after_miss",
    ),
}


@schemathesis.serializer("application/x-ndjson")
def as_line(_context: Any, value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def the_schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def around(requirement: Requirement) -> dict[str, Any]:
    """What people say of a requirement, are told of it, share and keep, by noun."""
    return {
        "budgets": save_budget(actor=None, scope="site", cap=Decimal(50)).pk,
        "comments": make_comment(requirement, kind="question").pk,
        "notices": make_notice(product="VA").pk,
        "letters": make_letter().pk,
        "media": make_open_media(),
        "rival-sets": make_rival_set(requirement.product).pk,
        "waivers": make_waiver(requirement).pk,
        "claimed-scores": make_claimed_score().pk,
        "logs": make_imported_log().pk,
        "log-imports": make_log_upload(b"{}").pk,
        "remarks": make_remark(requirement).pk,
        "discoveries": make_discovery(requirement.product).pk,
        "shared-links": make_shared_link(requirement.product)[0].pk,
    } | {name.removesuffix("/pk"): pk for name, pk in list_things(requirement).items()}


def keys_in(product: Product, requirement: Requirement) -> dict[str, str]:
    """What is named by its key, by noun."""
    return {
        "products": product.key,
        "baselines": make_baseline(product, [requirement]).key,
        "problems": make_assessment(make_problem(product)).problem.key,
    }


class World:
    """Rows that addresses and bodies may name, so that calls get beyond “there is no such thing”."""

    def __init__(self) -> None:
        product = make_product(key="VA", subjects=[make_model(slug="ours")])
        version = make_model_version(product.subject_models.get(), name="v1")
        make_dataset_version(["draft"], slug="drafts", frozen=False)
        evidence = make_evidence(5, product=product)
        evaluation = evidence.evaluation_version
        run = make_finished_run([1, 1, 0, 1, None], evaluation, version)
        make_verdict(evidence, run)
        requirement = evidence.criterion.revision.requirement
        opened = make_run(evaluation, version, state="running", origin="push")
        suite = make_suite([evaluation.evaluation], slug="suite")
        schedule = suite.schedules.create(name="Nightly", cron="0 7 * * *", ticked_to=run.created_at)
        draft = make_requirement(product, criteria=[{}])
        self.path: dict[str, dict[str, Any]] = {
            "key": keys_in(product, requirement),
            "slug": {
                "models": "ours",
                "providers": make_provider(slug="provider").slug,
                "datasets": make_dataset_version(5, slug="cases", purpose="test").dataset.slug,
                "prompts": make_prompt_version(slug="prompt").prompt.slug,
                "scorers": make_scorer_version(slug="scorer").scorer.slug,
                "failure-modes": make_failure_mode().slug,
                "suites": suite.slug,
                "requirement-packs": "rag-answers",
            },
            "name": {"models": "v1"},
            "criterion": {"requirements": "AC-1"},
            "version": {"model-versions": version.label},
            "evaluation": {"evaluations": str(evaluation)},
            "review": {"requirements": str(make_review(draft.revisions.get()).pk)},
            "asked": {"requirements": str(make_review_request(draft.revisions.get()).pk)},
            "link": {"requirements": str(make_link(requirement, draft).pk)},
            "number": {"requirements": 1},
        }
        self.ids: dict[str, Any] = {
            "capabilities": make_capability(product, slug="ability").pk,
            "objectives": product.objectives.create(title="Lead").pk,
            "verdicts": evidence.verdicts.get().pk,
            "rounds": 1,
            "runs": opened.pk,
            "schedules": schedule.pk,
        } | around(requirement)
        self.requirements = (requirement.key, draft.key)
        self.body = {
            "product": "VA",
            "requirement": requirement.key,
            "criterion": "AC-1",
            "baseline": self.path["key"]["baselines"],
            "version": version.label,
            "model_version": version.label,
            "evaluation_version": str(evaluation),
            "dataset_version": "cases",
            "suite": "suite",
            "capability": "ability",
            "scorer": evaluation.scorers.get().scorer.slug,
            "run": str(run.pk),
            "vs": str(run.pk),
            "against": str(run.pk),
            "slug": "another",
        }

    def put_into(self, case: Any) -> None:
        """Name what exists in every second case."""
        turn = len(repr(case.body)) + len(repr(case.query))
        if turn % 4 == 0:
            return
        noun = case.operation.path.removeprefix("/api/v1/").split("/")[0]
        for name in case.path_parameters or {}:
            case.path_parameters[name] = self._named(noun, name, turn)
        for sent in (case.body, case.query):
            if isinstance(sent, dict):
                sent.update({name: self.body[name] for name in sent if name in self.body})

    def _named(self, noun: str, name: str, turn: int) -> Any:
        if name == "key" and noun == "requirements":
            return self.requirements[turn % 2]
        if name == "key" and noun == "datasets":
            return "case-000"
        if name in ("id", "sha256"):
            return self.ids[noun]
        return self.path[name][noun]


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def api() -> Iterator[Any]:
    """The site in this process. Between requests Django drops connections that are inside a transaction, as ours is here."""
    found = schemathesis.openapi.from_dict(the_schema())
    found.app = get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield found
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(db: None) -> dict[str, str]:
    _, secret = make_token(make_user("admin", approver=True, may_read_test=True), ALL_SCOPES)
    # The client in this process does not unpack what is sent pressed.
    return {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}


SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_no_input_is_a_server_error_and_replies_are_as_described(api, world, headers) -> None:
    """Every call is undone, so that each finds the same rows."""
    wrong = []
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 90
    for operation in operations:

        @SETTINGS
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            world.put_into(case)
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS)

        try:
            attack()
        except (Exception, BaseExceptionGroup) as problem:
            wrong.append(f"{operation.label}: {problem}")
    assert not wrong, "\n\n".join(wrong)


def test_the_schema_is_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    the_schema()
    assert not GENERATOR_STATS


def test_every_operation_of_ours_says_what_it_takes_and_which_scope_it_needs() -> None:
    for path, operations in the_schema()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)
            assert "Scope: `" in operation["description"], (method, path)


def bodies() -> list[type[Body]]:
    found, waiting = [], [Body]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return sorted({body for body in found if ".api." in body.__module__}, key=lambda body: body.__qualname__)


def model_fields() -> set[str]:
    models = [
        model for app in ("evaluations", "capabilities") for model in apps.get_app_config(app).get_models()
    ]
    return {field.name for model in models for field in model._meta.get_fields()} | PROTECTED


def test_no_body_takes_a_field_it_does_not_name() -> None:
    assert len(bodies()) > 25
    for body in bodies():
        foreign = sorted(model_fields() - set(body().fields))
        for name in foreign:
            given = body(data={name: "x"})
            assert not given.is_valid(), (body, name)
            assert "There is no such field" in str(given.errors.get(name)), (body, name)


def test_no_body_names_what_only_the_machine_decides() -> None:
    """But a requirement is handed to its owner by whoever may write it."""
    handed_over = {RequirementBody, ChangeRequirementBody, BulkBody}
    for body in bodies():
        allowed = {"owner"} if body in handed_over else set()
        assert not (PROTECTED - allowed) & set(body().fields), body


def test_every_json_body_of_the_schema_is_one_that_refuses_strange_fields() -> None:
    known = {f"{body.__name__}Request" for body in bodies()} | {
        f"Patched{body.__name__}Request" for body in bodies()
    }
    files = {
        "/api/v1/datasets/{slug}/cases/",
        "/api/v1/runs/{id}/results/",
        "/api/v1/logs/",
        "/api/v1/runs/{id}/ratings/",
        "/api/v1/media/",
    }
    for path, operations in the_schema()["paths"].items():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            if path in files or not content:
                continue
            [reference] = [kind["schema"]["$ref"] for kind in content.values()]
            assert reference.rsplit("/", 1)[1] in known, path


def test_what_is_shown_is_read_only() -> None:
    urls = (evaluations.api.urls, capabilities.api.urls)
    assert all(module.urlpatterns for module in urls)
    waiting: list[Any] = list(serializers.ModelSerializer.__subclasses__())
    while waiting:
        shown = waiting.pop()
        waiting += shown.__subclasses__()
        if ".api." in shown.__module__:
            writable = [name for name, field in shown().fields.items() if not field.read_only]
            assert not writable, (shown, writable)
