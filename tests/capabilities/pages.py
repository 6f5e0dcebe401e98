"""Signed-in visitors and judged requirements, for the tests of pages."""

from typing import Any

from django.db import transaction
from django.test import Client

from capabilities.models import Product, Requirement, VerdictLine
from capabilities.services.judging import judge_run
from config.people.models import Role, User
from tests.factories.capabilities import make_evidence, make_product, make_verdict
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User | None = None, role: str = Role.PM) -> Client:
    client = Client()
    client.force_login(user or make_user(role), backend=BACKEND)
    return client


def make_judged(product: Product, outcome: str = "met", **fields: Any) -> Requirement:
    """A requirement of the product with a verdict for its candidate."""
    version = product.candidate_version or make_model_version(make_model(kind="llm"))
    if product.candidate_version is None:
        product.candidate_version = version
        product.save()
    product.refresh_from_db()
    verification = make_evidence(product=product)
    run = make_finished_run([1.0] * 3, verification.evaluation_version, version)
    make_verdict(verification, run, outcome, **fields)
    return verification.criterion.revision.requirement


def make_releasable() -> Product:
    """Aria, key VA, about the model aria, whose version 2 is the candidate."""
    ours = make_model_version(slug="aria", name="2")
    return make_product(key="VA", name="Aria", candidate_version=ours, subjects=[ours.model])


def make_measured(product: Product, outcome: str = "met") -> Requirement:
    """An agreed requirement with that verdict for the candidate, and the slice lang=de that is not met."""
    link = make_evidence(product=product)
    run = make_finished_run([1.0] * 3, link.evaluation_version, product.candidate_version)
    judge_run(run)
    with transaction.atomic():
        verdict = make_verdict(link, run, outcome)
        VerdictLine.objects.create(
            verdict=verdict,
            kind="slice",
            label="lang=de",
            outcome="not_met",
            point=0.7,
            low=0.6,
            high=0.8,
            n=90,
        )
    return link.criterion.revision.requirement
