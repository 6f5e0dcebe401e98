import pytest
from django.db import IntegrityError, connection, transaction

from config.people.models import AuditEntry
from config.people.services.audit import record
from config.people.services.users import change_role
from config.people.via import coming_through
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def an_entry() -> AuditEntry:
    return record(actor=make_user(), verb="thing.changed", noun="thing", label="T-1", after={"name": "new"})


def by_save(entry) -> None:
    entry.label = "other"
    entry.save()


def by_update(entry) -> None:
    AuditEntry.objects.filter(pk=entry.pk).update(label="other")


def by_delete(entry) -> None:
    entry.delete()


def by_sql_update(entry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_auditentry SET verb = 'x' WHERE id = %s", [entry.pk])


def by_sql_delete(entry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_auditentry WHERE id = %s", [entry.pk])


@pytest.mark.parametrize("attempt", [by_save, by_update, by_delete, by_sql_update, by_sql_delete])
def test_nobody_changes_or_deletes_an_entry(attempt) -> None:
    entry = an_entry()
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        attempt(entry)
    entry.refresh_from_db()
    assert (entry.label, entry.verb) == ("T-1", "thing.changed")


def test_secrets_are_not_written_down() -> None:
    entry = record(
        actor=None,
        verb="provider.changed",
        noun="provider",
        before={"api_key": "k", "host": "a"},
        after={"password": "p", "Authorization": "t", "host": "b"},
    )
    assert (entry.before, entry.after) == ({"host": "a"}, {"host": "b"})


def test_the_entry_says_which_door_the_change_came_through() -> None:
    with coming_through("schedule"):
        inside = an_entry()
    assert (inside.via, an_entry().via) == ("schedule", "command")


@pytest.mark.parametrize(
    ("path", "door"), [("/tokens/new/", "page"), ("/admin/login/", "admin"), ("/api/v1/me/", "api")]
)
def test_a_request_names_its_door(path, door) -> None:
    from config.people.middleware import door_of

    assert door_of(path) == door


def test_a_token_made_on_a_page_came_through_the_page(client) -> None:
    client.force_login(make_user())
    client.post("/tokens/new/", {"name": "mine", "scopes": ["read"], "expires_in": "7"})
    assert AuditEntry.objects.get(verb="token.issued").via == "page"


def test_changes_show_only_what_differs() -> None:
    entry = AuditEntry(before={"a": 1, "b": 2}, after={"a": 1, "b": 3, "c": 4})
    assert entry.changes == [("b", (2, 3)), ("c", (None, 4))]


def test_only_administrators_read_the_trail(client) -> None:
    an_entry()
    client.force_login(make_user("pm"))
    assert client.get("/audit/").status_code == 403
    client.force_login(make_user("admin"))
    assert "thing.changed" in client.get("/audit/").content.decode()


def test_the_trail_is_filtered_and_read_in_slices(client) -> None:
    first = an_entry()
    for _ in range(60):
        record(actor=first.actor, verb="other.changed", noun="other")
    client.force_login(make_user("admin"))
    page = client.get("/audit/", {"noun": "other", "actor": first.actor_id})
    assert len(page.context["trail"].lines) == 50
    older = client.get("/audit/", {"noun": "other", "before": page.context["trail"].older})
    assert len(older.context["trail"].lines) == 10
    assert older.context["trail"].older is None


@pytest.mark.parametrize("query", ["?actor=x&before=-1", "?actor=99999999999999999999&noun=%27", "?before=²"])
def test_nonsense_in_the_address_is_not_our_error(client, query) -> None:
    client.force_login(make_user("admin"))
    assert client.get(f"/audit/{query}").status_code == 200


def test_entries_about_people_show_the_name_they_have_today(client) -> None:
    member = make_user("viewer", first_name="Ada")
    change_role(user=member, actor=None, role="pm")
    client.force_login(make_user("admin"))
    assert client.get("/audit/").context["trail"].lines[0].subject == "Ada"
    type(member).objects.filter(pk=member.pk).update(first_name="Grace")
    assert client.get("/audit/").context["trail"].lines[0].subject == "Grace"


def test_changes_are_put_into_words(client) -> None:
    record(
        actor=None, verb="t", noun="t", before={"may_go": False}, after={"may_go": True, "who": ["a", "b"]}
    )
    client.force_login(make_user("admin"))
    line = client.get("/audit/").context["trail"].lines[0]
    assert line.changes == [("may go", "no", "yes"), ("who", "", "a, b")]


def test_an_empty_value_of_something_new_is_no_change(client) -> None:
    record(actor=None, verb="t", noun="t", after={"note": "", "tags": [], "parent": None, "name": "x"})
    client.force_login(make_user("admin"))
    assert client.get("/audit/").context["trail"].lines[0].changes == [("name", "", "x")]


def test_many_changes_fold_behind_their_number(client) -> None:
    record(actor=None, verb="t", noun="t", after={name: name for name in "abcd"})
    client.force_login(make_user("admin"))
    assert "<summary>4 values</summary>" in client.get("/audit/").content.decode()
