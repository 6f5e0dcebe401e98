"""Signed-in visitors and judged requirements, for the tests of pages."""

from typing import Any

from django.test import Client

from capabilities.models import Product, Requirement
from config.people.models import Role, User
from tests.factories.capabilities import make_evidence, make_verdict
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
