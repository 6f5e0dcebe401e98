"""A change of many requirements: seen first, all or nothing, taken back exactly."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import BulkChange, Product, Requirement, Revision
from capabilities.queries.bulk_rows import Change
from capabilities.services.bulk import change_many, undo_change
from capabilities.services.bulk_plan import plan_change
from capabilities.services.standings import refresh_due
from config.errors import Conflict, Refused
from config.people.models import AuditEntry, Role, User
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_membership, make_product, make_requirement
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
URL = "/requirements/change/"


def change(product: Product, actor: User | None = None, token: str = "", **wanted: Any) -> BulkChange:
    rows = product.requirements.all()
    return change_many(
        actor=actor or make_user("pm"), product=product, rows=rows, change=Change(**wanted), token=token
    )


def said(product: Product, *fields: str) -> list[Any]:
    return list(product.requirements.order_by("number").values_list(*fields))


def test_every_row_is_changed_and_each_is_in_the_trail() -> None:
    product = make_product()
    make_requirement(product, priority="should", tags=["a"])
    make_requirement(product, priority="must", tags=["b"])
    made = change(product, fields={"priority": "must"}, add_tags=["c"], remove_tags=["a"])
    assert said(product, "priority", "tags") == [("must", ["c"]), ("must", ["b", "c"])]
    assert made.count == 2
    entries = AuditEntry.objects.filter(verb="requirement.changed").order_by("id")
    assert [entry.after for entry in entries] == [{"priority": "must", "tags": ["c"]}, {"tags": ["b", "c"]}]


def test_undo_puts_back_exactly_what_it_changed_and_keeps_the_rest() -> None:
    product = make_product()
    first, second = make_requirement(product, priority="should"), make_requirement(product, priority="could")
    made = change(product, fields={"priority": "must"})
    Requirement.objects.filter(pk=first.pk).update(target="Autumn")
    undo_change(actor=make_user("pm"), change=made)
    assert said(product, "priority", "target") == [("should", "Autumn"), ("could", "")]
    with pytest.raises(Refused, match="undone already"):
        undo_change(actor=make_user("pm"), change=made)
    assert second.key


def test_undo_is_refused_whole_where_somebody_changed_a_row_since() -> None:
    product = make_product()
    first, second = make_requirement(product, priority="should"), make_requirement(product, priority="should")
    made = change(product, fields={"priority": "must"})
    Requirement.objects.filter(pk=second.pk).update(priority="could")
    with pytest.raises(Refused, match=f"Somebody changed {second.key} since; nothing was undone"):
        undo_change(actor=make_user("pm"), change=made)
    assert said(product, "priority") == [("must",), ("could",)]
    assert first.key


def test_one_row_that_cannot_follow_stops_all_of_them() -> None:
    product = make_product()
    make_requirement(product)
    retired = make_requirement(product, lifecycle="retired", lifecycle_reason="Gone")
    with pytest.raises(Refused, match=f"{retired.key}: It is retired") as refusal:
        change(product, move="deferred", reason="Later", fields={"intent": "lead"})
    assert list(refusal.value.fields) == [retired.key]
    assert said(product, "lifecycle", "intent") == [("draft", "foundation"), ("retired", "foundation")]


def test_deferring_takes_a_review_back_and_undo_brings_it_again() -> None:
    product = make_product()
    requirement = make_requirement(product, lifecycle="in_review")
    requirement.revisions.update(status="in_review")
    made = change(product, move="deferred", reason="Not this year")
    assert said(product, "lifecycle", "lifecycle_reason") == [("deferred", "Not this year")]
    assert requirement.revisions.get().status == Revision.Status.DRAFT
    undo_change(actor=make_user("pm"), change=made)
    assert said(product, "lifecycle", "lifecycle_reason") == [("in_review", "")]
    assert requirement.revisions.get().status == Revision.Status.IN_REVIEW


def test_what_is_not_ready_for_review_says_why() -> None:
    product = make_product()
    make_requirement(product, criteria=[{"not_measurable_reason": "No cases"}])
    bare = make_requirement(product, revision={"rationale": ""})
    refused = plan_change(product, product.requirements.all(), Change(move="in_review")).refused
    assert bare.key in [row.key for row in refused]
    assert any("Say why it matters" in row.refusal for row in refused)


def test_putting_aside_needs_a_reason() -> None:
    product = make_product()
    make_requirement(product)
    with pytest.raises(Refused, match="Say why"):
        change(product, move="deferred", reason=" ")


def test_what_changed_since_the_preview_is_not_written_over() -> None:
    product = make_product()
    requirement = make_requirement(product)
    token = plan_change(product, product.requirements.all(), Change({"priority": "could"})).token
    Requirement.objects.filter(pk=requirement.pk).update(priority="should")
    with pytest.raises(Conflict, match="meanwhile"):
        change(product, fields={"priority": "could"}, token=token)
    assert said(product, "priority") == [("should",)]


def test_twenty_times_the_rows_take_the_same_queries() -> None:
    costs = []
    for count in (5, 100):
        product = make_product()
        for _ in range(count):
            make_requirement(product)
        with CaptureQueriesContext(connection) as asked:
            made = change(product, actor=make_user("pm"), fields={"priority": "could"}, add_tags=["x"])
            undo_change(actor=made.actor or make_user("pm"), change=made)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_looking_and_changing_all_that_match_takes_the_same_queries_for_ten_times_the_rows() -> None:
    costs = []
    for count in (6, 60):
        product, client = make_product(), signed_in()
        for _ in range(count):
            make_requirement(product)
        asked = {"everything": "1", "query": "", "priority": "could", "move": "deferred", "reason": "Later"}
        refresh_due()
        client.get("/requirements/", {"product": product.key})
        with CaptureQueriesContext(connection) as looked:
            token = client.post(URL, asked).context["preview"].token
        with CaptureQueriesContext(connection) as changed:
            client.post(URL, asked | {"apply": "1", "token": token})
        assert set(said(product, "priority", "lifecycle")) == {("could", "deferred")}
        costs.append((len(looked), len(changed)))
    assert costs[0] == costs[1]


def test_the_page_shows_before_and_after_then_changes_and_offers_undo() -> None:
    product = make_product()
    first, second = make_requirement(product), make_requirement(product)
    goal = product.objectives.create(title="Voice first")
    client = signed_in()
    asked = {"selected": [first.key, second.key], "objective": goal.pk, "next": "/requirements/?sort=title"}
    shown = client.post(URL, asked)
    page = shown.content.decode()
    assert "<ins>Voice first</ins>" in page
    assert not product.requirements.filter(objective=goal).exists()
    token = shown.context["preview"].token
    done = client.post(URL, asked | {"apply": "1", "token": token}, follow=True)
    assert product.requirements.filter(objective=goal).count() == 2
    assert "2 requirements changed." in done.content.decode()
    made = BulkChange.objects.get()
    assert f"/requirements/changes/{made.pk}/undo/" in done.content.decode()
    client.post(f"/requirements/changes/{made.pk}/undo/")
    assert not product.requirements.filter(objective=goal).exists()


def test_all_that_match_are_more_than_the_page_and_only_those() -> None:
    product = make_product()
    for _ in range(60):
        make_requirement(product, intent="lead")
    other = make_requirement(product, intent="parity")
    asked = {"everything": "1", "query": "intent=lead", "priority": "wont"}
    client = signed_in()
    token = client.post(URL, asked).context["preview"].token
    client.post(URL, asked | {"apply": "1", "token": token})
    assert product.requirements.filter(priority="wont").count() == 60
    other.refresh_from_db()
    assert other.priority == "must"


def test_rows_that_cannot_follow_are_left_out_on_request() -> None:
    product = make_product()
    fine = make_requirement(product)
    gone = make_requirement(product, lifecycle="retired", lifecycle_reason="Gone")
    asked = {"selected": [fine.key, gone.key], "move": "deferred", "reason": "Later"}
    client = signed_in()
    page = client.post(URL, asked)
    assert "Leave out the 1" in page.content.decode()
    left = client.post(URL, asked | {"leave_out": "1"})
    assert "1 left out" in left.content.decode()
    token = left.context["preview"].token
    client.post(URL, asked | {"apply": "good", "token": token})
    assert said(product, "lifecycle") == [("deferred",), ("retired",)]


def test_all_that_match_stay_chosen_when_some_are_left_out() -> None:
    product = make_product()
    make_requirement(product, intent="lead")
    make_requirement(product, intent="lead", lifecycle="retired", lifecycle_reason="Gone")
    asked = {
        "everything": "1",
        "query": "intent=lead&lifecycle=draft,retired",
        "move": "deferred",
        "reason": "Later",
    }
    left = signed_in().post(URL, asked | {"leave_out": "1"})
    assert (left.context["everything"], left.context["left_out"]) == ("1", 1)
    assert left.context["selected"] == []


def test_what_is_kept_of_a_change_is_told_once_for_all_that_are_alike() -> None:
    product = make_product()
    rows = [make_requirement(product, priority=priority) for priority in ("could", "should", "could")]
    made = change(product, fields={"priority": "must"})
    assert made.rows == [
        {"before": {"priority": "could"}, "after": {"priority": "must"}, "ids": [rows[0].pk, rows[2].pk]},
        {"before": {"priority": "should"}, "after": {"priority": "must"}, "ids": [rows[1].pk]},
    ]


def test_rows_that_become_different_things_are_written_and_put_back_in_one_go() -> None:
    product = make_product()
    goal, owner = product.objectives.create(title="Voice first"), make_user()
    before = []
    for number in range(50):
        before.append(([f"t{number}"], owner.pk if number % 2 else None, None))
        make_requirement(product, tags=[f"t{number}"], owner=owner if number % 2 else None)
    made = change(product, fields={"owner": None, "objective": goal.pk}, add_tags=["x"], remove_tags=["t7"])
    after = said(product, "tags", "owner", "objective")
    assert after[7] == (["x"], None, goal.pk)
    assert after[8] == (["t8", "x"], None, goal.pk)
    undo_change(actor=make_user("pm"), change=made)
    assert said(product, "tags", "owner", "objective") == before


def test_a_viewer_and_a_stranger_change_and_undo_nothing() -> None:
    product = make_product(restricted=True)
    requirement = make_requirement(product)
    made = change(product, fields={"intent": "lead"})
    undo = f"/requirements/changes/{made.pk}/undo/"
    assert signed_in().post(undo).status_code == 404
    viewer = make_membership(product, role=Role.VIEWER).user
    assert signed_in(viewer).post(undo).status_code == 403
    requirement.refresh_from_db()
    assert requirement.intent == "lead"


def test_nothing_chosen_is_said_in_words() -> None:
    make_requirement()
    page = signed_in().post(URL, {"selected": ["NO-1"], "priority": "must"}, follow=True)
    assert b"Select rows and choose what to change." in page.content


def test_the_api_previews_changes_and_undoes() -> None:
    product = make_product()
    requirement = make_requirement(product)
    caller = Caller("read", "write")
    body = {"product": product.key, "keys": [requirement.key], "priority": "could"}
    plan = caller.post("/bulk-changes/preview/", body).json()
    assert plan["counts"] == {"changed": 1, "refused": 0, "same": 0}
    assert plan["changed"] == [
        {
            "key": requirement.key,
            "before": {"priority": "must"},
            "after": {"priority": "could"},
            "refusal": "",
        }
    ]
    made = caller.post("/bulk-changes/", body | {"token": plan["token"]})
    assert made.status_code == 201, made.content
    undone = caller.post(f"/bulk-changes/{made.json()['id']}/undo/")
    assert undone.json()["undone_at"]
    assert said(product, "priority") == [("must",)]
    assert error_of(caller.post("/bulk-changes/", body | {"keys": ["ZZ-9"]}))[0] == 400
    assert error_of(caller.post("/bulk-changes/", body | {"priority": "must"}))[0] == 422
