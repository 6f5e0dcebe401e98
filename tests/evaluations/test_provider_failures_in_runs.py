"""Whatever a provider does wrong, in any protocol: no score comes of it, and the run's page says what happened in words."""

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.models import Run, Score
from evaluations.services.runs import start_run
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import (
    make_evaluation_version,
    make_model,
    make_model_version,
    make_price,
    make_provider,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kind", ["openai_like", "anthropic", "google"])
@pytest.mark.parametrize(
    ("api_id", "words"),
    [
        ("fault-401", "does not accept our key or account"),
        ("gone", "does not know this model"),
        ("fault-400", "The provider refuses this call (400): Bad request."),
    ],
)
def test_a_failure_is_said_and_never_scored(client: Client, settings, kind: str, api_id: str, words: str):
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        address = server.base_url if kind == "openai_like" else server.root
        provider = make_provider(kind, base_url=address)
        version = make_model_version(make_model("llm", provider=provider), api_id=api_id)
        make_price(version, "call", "1")
        run = work_off(
            start_run(actor=None, evaluation_version=make_evaluation_version(), model_version=version)
        )
    assert run.state == Run.State.FAILED
    assert not Score.objects.filter(response__run=run).exists()
    assert server.bill() == []
    client.force_login(make_user(Role.VIEWER))
    assert words in client.get(f"/runs/{run.pk}/").content.decode()
