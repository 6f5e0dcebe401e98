import re

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.models import Provider
from evaluations.services.providers import save_provider
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import make_model, make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
FIELDS = {
    "name": "Acme",
    "adapter": "openai_like",
    "base_url": "http://10.1.2.3:8000/v1",
    "secret_name": "PLUMBLINE_KEY_ACME",
    "max_concurrency": "4",
    "timeout_seconds": "60",
    "enabled": "on",
}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(Role.ADMIN))
    return client


def text(response) -> str:
    return str(response.content.decode())


def test_a_provider_shows_the_name_of_its_key_and_never_the_key(admin, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_KEY_ACME", "sk-very-secret")
    make_provider(
        "openai_like", slug="acme", base_url="https://api.acme.com/v1", secret_name="PLUMBLINE_KEY_ACME"
    )
    for url in ("/providers/", "/providers/acme/", "/providers/acme/edit/"):
        page = text(admin.get(url))
        assert "PLUMBLINE_KEY_ACME" in page
        assert "sk-very-secret" not in page


def test_only_administrators_change_providers(client):
    client.force_login(make_user(Role.PM))
    make_provider(slug="acme")
    assert client.get("/providers/acme/").status_code == 200
    for url in ("/providers/new/", "/providers/acme/edit/"):
        assert client.get(url).status_code == 403
    assert client.post("/providers/acme/test/").status_code == 403


def test_a_private_address_is_refused_with_the_way_out(admin):
    response = admin.post("/providers/new/", FIELDS)
    assert response.status_code == 422
    assert "PLUMBLINE_PRIVATE_ENDPOINTS" in text(response)
    assert "http://10.1.2.3:8000/v1" in text(response)
    assert not Provider.objects.exists()


def test_an_address_the_operator_allows_may_have_a_host_without_a_dot(admin, settings):
    settings.PRIVATE_ENDPOINTS = ["llm:8000"]
    admin.post("/providers/new/", FIELDS | {"base_url": "http://llm:8000/v1"})
    assert Provider.objects.get(slug="acme").base_url == "http://llm:8000/v1"


@pytest.mark.parametrize(
    "address", ["llm:8000", "ftp://acme.com", "https://me:pass@acme.com/v1", "https://a b/"]
)
def test_what_is_no_address_is_refused_in_a_sentence(admin, address):
    response = admin.post("/providers/new/", FIELDS | {"base_url": address})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text(response)


def test_an_address_is_changed_by_the_form(admin):
    make_provider("rules", slug="acme", name="Old")
    admin.post("/providers/acme/edit/", FIELDS | {"adapter": "rules", "base_url": "", "secret_name": ""})
    assert Provider.objects.get(slug="acme").name == "Acme"


def test_a_connection_test_is_remembered(admin):
    make_provider("rules", slug="acme")
    page = text(admin.post("/providers/acme/test/", follow=True))
    provider = Provider.objects.get(slug="acme")
    assert provider.checked_at is not None
    assert provider.check_note
    assert provider.check_note.split(".")[0] in page


def test_behind_an_egress_proxy_names_are_the_proxys_to_resolve(settings):
    settings.EGRESS_PROXY = "http://proxy:3128"
    saved = save_provider(
        actor=None, slug="far", name="Far", adapter="openai_like", base_url="https://no-such-name.invalid/v1"
    )
    assert saved.pk


def test_the_list_asks_as_often_for_many_providers(admin, django_assert_max_num_queries):
    make_provider()
    with django_assert_max_num_queries(15) as few:
        admin.get("/providers/")
    for _ in range(4):
        make_provider()
    with django_assert_max_num_queries(len(few)):
        admin.get("/providers/")


def test_models_that_a_provider_lists_and_nobody_registered_are_offered(admin, settings):
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        provider = make_provider("openai_like", slug="acme", base_url=server.base_url)
        model = make_model(slug="acme-chat", provider=provider, kind="llm")
        make_model_version(model, api_id="echo", parameters={})
        page = text(admin.post("/providers/acme/models/"))
    assert "7 models listed" in page
    found = set(re.findall(r"/models/acme-chat/versions/new/\?api_id=([^&]+)&", page))
    assert len(found) == 6 and "echo" not in found
    form = text(admin.get(f"/models/acme-chat/versions/new/?api_id={min(found)}&name=next"))
    assert f'value="{min(found)}"' in form and 'value="next"' in form


def test_a_provider_without_a_list_says_so_and_only_administrators_ask(admin, client):
    make_provider("rules", slug="here")
    assert "have no list of models" in text(admin.post("/providers/here/models/"))
    client.force_login(make_user(Role.RESEARCHER))
    assert client.post("/providers/here/models/").status_code == 403
