"""What a person did is in the audit with what was before and after, and erasing the person takes their name out of everything."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from capabilities.models import Requirement
from config.people.models import AuditEntry, SavedView
from config.people.services.saved_views import save_view
from config.people.services.users import pseudonymise_user
from tests.capabilities.deeds import BEGINS, DEEDS, ENDS
from tests.capabilities.pages import signed_in
from tests.factories.people import PASSWORD, make_token, make_user

pytestmark = pytest.mark.django_db
SERVICES = Path(__file__).resolve().parents[2] / "capabilities" / "services"


@pytest.mark.parametrize("verb", DEEDS)
def test_a_deed_is_kept_with_its_person_and_what_was_before_and_after(verb: str) -> None:
    person = make_user("pm", approver=True)
    DEEDS[verb](person)
    entry = AuditEntry.objects.get(verb=verb, actor=person)
    assert entry.label
    assert entry.after or verb in ENDS
    assert entry.before or verb in BEGINS
    assert verb in BEGINS or verb in ENDS or entry.changes


def functions() -> list[tuple[str, ast.FunctionDef]]:
    """Public services that take the person who acts."""
    found = []
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [argument.arg for argument in node.args.kwonlyargs + node.args.args]
                if "actor" in names:
                    found.append((f"{path.stem}.{node.name}", node))
    return found


def keeps(node: ast.FunctionDef) -> bool:
    """Whether it writes into the audit, or hands the person on to something that does."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return any(
        (isinstance(call.func, ast.Name) and "record" in call.func.id)
        or any(word.arg == "actor" for word in call.keywords)
        or any(isinstance(value, ast.Name) and value.id == "actor" for value in call.args)
        for call in calls
    )


def test_every_service_that_knows_who_acts_keeps_it() -> None:
    found = functions()
    assert len(found) > 40
    assert [name for name, node in found if not keeps(node)] == []


def tables_that_say(words: list[str]) -> list[str]:
    """Every table of the site in which a word stands in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" row WHERE row::text ILIKE %s', [f"%{word}%"])
                found += [f"{table} says {word}"] if cursor.fetchone()[0] else []
    return found


def test_whoever_is_erased_stands_nowhere_by_name_and_everything_they_did_stays(client: Client) -> None:
    person = make_user(
        "pm",
        approver=True,
        username="zebulon",
        first_name="Zebulon",
        last_name="Quagga",
        email="zq@savanna.example",
        password=PASSWORD,
    )
    make_token(person)
    client.post("/sign-in/", {"username": "zebulon", "password": PASSWORD})
    client.post("/sign-in/", {"username": "zebulon", "password": "wrong"})
    for deed in DEEDS.values():
        deed(person)
    lists: dict[str, Any] = {"page": "requirements", "product": "VA", "query": "owner=zebulon&intent=lead"}
    save_view(actor=person, name="What Zebulon looks at", **lists)
    save_view(actor=person, name="For all", shared=True, **lists)
    save_view(actor=make_user("pm"), name="Theirs", shared=True, **lists)
    words = ["zebulon", "quagga", "savanna"]
    assert tables_that_say(words)
    deeds = AuditEntry.objects.filter(actor=person).count()
    pseudonymise_user(user=person, actor=make_user("admin"))
    assert tables_that_say(words) == []
    assert AuditEntry.objects.filter(actor=person).count() >= deeds
    views = SavedView.objects.order_by("pk").values_list("name", "query")
    query = f"intent=lead&owner=erased-{person.pk}"
    assert list(views) == [("For all", query), ("Theirs", query)], "private ones are gone, filters still work"
    requirement = Requirement.objects.filter(commitment_by=person).get()
    page = signed_in().get(f"/requirements/{requirement.key}/").content.decode()
    assert f"erased-{person.pk}" in page and "Zebulon" not in page
