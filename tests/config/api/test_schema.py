import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db


def the_schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_valid_openapi() -> None:
    validate_schema(the_schema())


def test_every_operation_may_answer_with_the_error_body() -> None:
    operations = [o for operations in the_schema()["paths"].values() for o in operations.values()]
    assert operations
    assert all("default" in operation["responses"] for operation in operations)


def test_every_operation_names_its_scope_and_how_to_sign_in() -> None:
    me = the_schema()["paths"]["/api/v1/me/"]["get"]
    assert "Scope: `read`" in me["description"]
    assert {"token": []} in me["security"]


def test_the_schema_is_served_to_whoever_may_read(client) -> None:
    _, secret = make_token(make_user("viewer"))
    reply = client.get("/api/v1/schema/?format=json", headers={"Authorization": f"Bearer {secret}"})
    assert reply.status_code == 200
    assert reply.json()["openapi"].startswith("3.")


def test_the_docs_page_holds_no_inline_script_or_style(client) -> None:
    client.force_login(make_user("viewer"))
    page = client.get("/api/v1/docs/").content.decode()
    assert "<style" not in page
    assert page.count("<script") == page.count("<script src=")
