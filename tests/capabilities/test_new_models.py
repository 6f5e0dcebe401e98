"""Providers that are looked at once a day: what is new in their list is told once, and nothing is called that may not be."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from capabilities.services.new_models import look_for_new_models
from config.people.models import Notice, Role
from evaluations.models import Provider
from evaluations.services.provider_lists import note_list
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import make_model, make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: LazySettings) -> Iterator[BillingServer]:
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def provider(server: BillingServer) -> Provider:
    made = make_provider("openai_like", base_url=server.base_url, look_for_models=True)
    make_model_version(make_model("llm", slug="chat", provider=made), api_id="echo")
    return made


def yesterday(provider: Provider, *known: str) -> None:
    then = timezone.now() - timedelta(days=1)
    Provider.objects.filter(pk=provider.pk).update(listed=list(known), listed_at=then)


def test_the_first_list_is_remembered_and_told_to_nobody(provider: Provider) -> None:
    make_user(Role.ADMIN)
    assert look_for_new_models() == 0
    provider.refresh_from_db()
    assert "echo" in provider.listed and provider.listed_at is not None
    assert not Notice.objects.exists()


def test_a_new_id_is_told_once_and_the_notice_opens_the_filled_form(provider: Provider) -> None:
    admin, viewer = make_user(Role.ADMIN), make_user(Role.VIEWER)
    look_for_new_models()
    provider.refresh_from_db()
    known = [name for name in provider.listed if name != "json"]
    yesterday(provider, *known)
    assert look_for_new_models() == 1
    notice = Notice.objects.get()
    assert (notice.person, notice.label) == (admin, provider.name)
    assert notice.text == "lists a model that nobody has registered: json"
    assert 'value="json"' in signed_in(admin).get(notice.url).text
    yesterday(provider, *known)
    look_for_new_models()
    assert Notice.objects.count() == 1
    assert "Listed, not registered yet" in signed_in(viewer).get(f"/providers/{provider.slug}/").text


def test_it_is_asked_once_a_day_and_only_where_it_is_wanted(provider: Provider) -> None:
    Provider.objects.update(listed=["echo"], listed_at=timezone.now())
    look_for_new_models()
    yesterday(provider, "echo")
    Provider.objects.update(look_for_models=False)
    look_for_new_models()
    provider.refresh_from_db()
    assert provider.listed == ["echo"]


def test_a_private_address_that_is_not_allowed_is_not_asked(
    provider: Provider, settings: LazySettings
) -> None:
    yesterday(provider, "echo")
    settings.PRIVATE_ENDPOINTS = []
    assert look_for_new_models() == 0
    provider.refresh_from_db()
    assert provider.listed == ["echo"]
    assert timezone.now() - provider.listed_at < timedelta(hours=1)  # type: ignore[operator]


def test_what_is_registered_already_is_no_news(provider: Provider) -> None:
    yesterday(provider, "other")
    assert note_list(provider=provider, names=["echo", "fresh", "other"]) == ["fresh"]


def test_a_registration_over_the_api_names_the_day(provider: Provider) -> None:
    reply = Caller("read", "push", user=make_user(Role.RESEARCHER)).put(
        "/models/chat/versions/json/", {"api_id": "json"}
    )
    assert reply.status_code == 201
    assert reply.json()["day_url"] == "/models/chat/versions/json/day/"
