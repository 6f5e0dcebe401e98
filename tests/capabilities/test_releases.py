"""Releases: baselines made and compared, go and no go signed by people, waivers in a list, the status shared by a link."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Baseline, Product, Requirement, SharedLink, SignOff
from capabilities.services.shared_links import share_status
from config.people.models import AuditEntry, Role, User
from tests.capabilities.pages import make_judged, make_measured, make_releasable, signed_in
from tests.factories.capabilities import (
    make_baseline,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
    make_shared_link,
    make_sign_off,
    make_waiver,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def approver() -> User:
    return make_user(Role.PM, approver=True)


@pytest.fixture
def product() -> Product:
    return make_releasable()


def held(product: Product, outcome: str = "met") -> Baseline:
    """A baseline of one requirement with that verdict and a slice that is not met."""
    return make_baseline(product, [make_measured(product, outcome)])


def sign(client: Client, baseline: Baseline, decision: str = "go", **fields: Any) -> Any:
    """As the form of the page would, on what the page shows."""
    page = client.get(f"/baselines/{baseline.key}/release/")
    given = {
        "version": "aria@2",
        "decision": decision,
        "digest": page.context["reply"]["digest"],
        "seen": page.context["seen"],
    }
    return client.post(f"/baselines/{baseline.key}/release/sign/", given | fields)


def test_an_approver_signs_a_go_with_its_gate(product: Product, approver: User) -> None:
    baseline = held(product)
    assert sign(signed_in(approver), baseline).status_code == 302
    signed = SignOff.objects.get()
    assert (signed.decision, signed.signed_by, signed.gate.decision) == ("go", approver, "pass")
    assert AuditEntry.objects.get(verb="release.signed").after["decision"] == "go"
    page = signed_in(make_user(Role.VIEWER)).get(f"/baselines/{baseline.key}/release/").text
    assert approver.username in page
    assert "Signing needs the approver mark" in page


def test_a_conditional_go_names_measured_slices_with_their_result(product: Product, approver: User) -> None:
    baseline, client = held(product), signed_in(approver)
    slice_ = f"{baseline.items.get().requirement.key} AC-1 lang=de"
    none = sign(client, baseline, "conditional")
    assert (none.status_code, "Choose at least one measured slice" in none.text) == (422, True)
    assert sign(client, baseline, "conditional", conditions=["VA-9 AC-1 lang=xx"]).status_code == 422
    assert sign(client, baseline, "go", conditions=[slice_]).status_code == 422
    assert sign(client, baseline, "conditional", conditions=[slice_]).status_code == 302
    kept = SignOff.objects.get().conditions[0]
    assert (kept["slice"], kept["outcome"], kept["low"], kept["n"]) == ("lang=de", "not_met", 0.6, 90)
    page = client.get(f"/baselines/{baseline.key}/release/").text
    assert "lang=de" in page
    told = client.get(f"/baselines/{baseline.key}/release/?format=markdown").text
    assert "- except" in told
    assert "n = 90" in told


def test_a_go_against_the_gate_needs_a_reason_and_shows_for_ever(product: Product, approver: User) -> None:
    baseline, client = held(product, "not_met"), signed_in(approver)
    refused = sign(client, baseline)
    assert (refused.status_code, SignOff.objects.count()) == (422, 0)
    assert "The gate says" in refused.text
    sign(client, baseline, note="Support accepts it for the pilot.")
    assert SignOff.objects.get().against_gate
    sign(client, baseline, "no_go")
    page = client.get(f"/baselines/{baseline.key}/release/")
    assert page.context["release"].standing.decision == "no_go"
    assert "Signed against the gate" in page.text


def test_what_changed_meanwhile_is_said_and_nothing_is_signed(product: Product, approver: User) -> None:
    baseline, client = held(product), signed_in(approver)
    requirement = baseline.items.get().requirement
    page = client.get(f"/baselines/{baseline.key}/release/")
    make_waiver(requirement)
    posted = {
        "version": "aria@2",
        "decision": "go",
        "digest": page.context["reply"]["digest"],
        "seen": page.context["seen"],
    }
    refused = client.post(f"/baselines/{baseline.key}/release/sign/", posted)
    assert refused.status_code == 422
    assert f"{requirement.key} AC-1: waiver" in refused.text
    assert SignOff.objects.count() == 0


def test_withdrawing_is_a_row_of_its_own_with_a_reason(product: Product, approver: User) -> None:
    baseline, client = held(product), signed_in(approver)
    address = f"/baselines/{baseline.key}/release/withdraw/"
    assert "Nothing is signed" in client.post(address, {"version": "aria@2", "reason": "x"}, follow=True).text
    sign(client, baseline)
    client.post(address, {"version": "aria@2", "reason": " "})
    assert SignOff.objects.count() == 1
    client.post(address, {"version": "aria@2", "reason": "A fault was found."})
    assert [one.decision for one in SignOff.objects.all()] == ["withdrawn", "go"]
    assert client.get(f"/baselines/{baseline.key}/release/").context["release"].standing is None


@pytest.mark.parametrize("deed", ["save", "update", "delete"])
def test_what_is_signed_never_changes(product: Product, deed: str) -> None:
    signed = make_sign_off(held(product), product.candidate_version)  # type: ignore[arg-type]
    with pytest.raises(DatabaseError), transaction.atomic():
        if deed == "save":
            signed.note = "Other words."
            signed.save()
        elif deed == "update":
            SignOff.objects.update(decision="no_go")
        else:
            SignOff.objects.all().delete()


def test_only_approvers_of_the_product_sign(product: Product) -> None:
    baseline = held(product)
    for user in (make_user(Role.PM), make_user(Role.RESEARCHER, approver=True)):
        assert sign(signed_in(user), baseline).status_code == 403
    assert SignOff.objects.count() == 0


def test_the_api_shows_signs_and_withdraws(product: Product, approver: User) -> None:
    baseline, client = held(product), signed_in(approver)
    told = client.get(f"/api/v1/baselines/{baseline.key}/release/?version=aria@2").json()
    assert (told["gate"]["decision"], told["criteria"][0]["verdict"], told["signed"]) == ("pass", "met", None)
    address = f"/api/v1/baselines/{baseline.key}/sign-offs/"
    body = {"version": "aria@2", "decision": "go", "seen": "0" * 64}
    stale = client.post(address, body, content_type="application/json")
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "changed_meanwhile")
    body["seen"] = told["gate"]["digest"]
    assert client.post(address, body, content_type="application/json").status_code == 201
    reason = {"version": "aria@2", "reason": "A fault."}
    assert client.post(f"{address}withdraw/", reason, content_type="application/json").status_code == 201
    assert [one["decision"] for one in client.get(address).json()["results"]] == ["withdrawn", "go"]


def test_the_release_costs_the_same_however_much_it_holds(product: Product, approver: User) -> None:
    small = held(product)
    large = make_baseline(product, [make_judged(product) for _ in range(4)])
    client, counts = signed_in(approver), []
    for baseline in (small, large):
        client.get(f"/baselines/{baseline.key}/release/")
        with CaptureQueriesContext(connection) as found:
            client.get(f"/baselines/{baseline.key}/release/")
        counts.append(len(found))
    assert counts[0] >= counts[1]
    assert max(counts) <= 70


def test_files_of_a_release(product: Product, approver: User) -> None:
    baseline, client = held(product), signed_in(approver)
    rows = client.get(f"/baselines/{baseline.key}/release/?format=csv").text.splitlines()
    assert rows[0].startswith("objective,requirement,title")
    assert len(rows) == 2
    assert client.get(f"/baselines/{baseline.key}/release/?format=json").json()["baseline"] == baseline.key


def changed(product: Product) -> tuple[Baseline, Requirement, Requirement, Requirement]:
    """A baseline of two; since then one says something else, one was retired, and a third was agreed."""
    kept, gone = (make_requirement(product, approved=True, criteria=[{}]) for _ in range(2))
    baseline = make_baseline(product, [kept, gone])
    make_revision(
        kept,
        approved=True,
        shall="answer the question rightly and briefly",
        change_kind="tightened",
        note="Users asked.",
        criteria=[{"threshold": 0.95, "scorer": kept.revisions.earliest("pk").criteria.get().scorer}],
    )
    Requirement.objects.filter(pk=gone.pk).update(lifecycle="retired", lifecycle_reason="Not wanted.")
    return baseline, kept, gone, make_requirement(product, approved=True)


def test_a_baseline_is_compared_with_now(product: Product, approver: User) -> None:
    baseline, kept, gone, came = changed(product)
    client = signed_in(approver)
    page = client.get(f"/baselines/{baseline.key}/compare/")
    found = page.context["comparison"]
    assert found.counts == {"added": 1, "removed": 1, "changed": 1, "same": 0}
    assert {row.key: row.kind for row in found.rows} == {
        kept.key: "changed",
        gone.key: "removed",
        came.key: "added",
    }
    assert "Tightened" in page.text
    assert "Users asked." in page.text
    only = client.get(f"/baselines/{baseline.key}/compare/?show=added").context["page"].object_list
    assert [row.key for row in only] == [came.key]
    told = client.get(f"/baselines/{baseline.key}/compare/?format=markdown").text
    assert "**and briefly**" in told
    assert "~~90~~ **95**" in told
    csv = client.get(f"/baselines/{baseline.key}/compare/?format=csv").text
    assert "The model shall,answer the question rightly,answer the question rightly and briefly" in csv
    api = client.get(f"/api/v1/baselines/{baseline.key}/compare/?with=now&change=tightened").json()
    assert (api["from"], [row["key"] for row in api["requirements"]]) == (baseline.key, [kept.key])


def test_two_baselines_are_compared_and_those_of_others_are_not_there(
    product: Product, approver: User
) -> None:
    baseline, kept, _, came = changed(product)
    later = make_baseline(product, [kept, came])
    elsewhere = make_baseline(make_product())
    client = signed_in(approver)
    found = client.get(f"/baselines/{baseline.key}/compare/?with={later.key}").context["comparison"]
    assert found.counts == {"added": 1, "removed": 1, "changed": 1, "same": 0}
    for wrong in (elsewhere.key, "R999", "nonsense", "2999-01-01"):
        assert client.get(f"/baselines/{baseline.key}/compare/?with={wrong}").status_code == 404
        assert client.get(f"/api/v1/baselines/{baseline.key}/compare/?with={wrong}").status_code == 400
    before = client.get(f"/baselines/{baseline.key}/compare/?with=2020-01-01")
    assert before.context["comparison"].counts["removed"] == 2
    assert "This is the past" in before.text


def test_comparing_more_takes_the_same_queries(product: Product, approver: User) -> None:
    client, counts = signed_in(approver), []
    baseline, *_ = changed(product)
    for _ in range(2):
        client.get(f"/baselines/{baseline.key}/compare/")
        with CaptureQueriesContext(connection) as found:
            client.get(f"/baselines/{baseline.key}/compare/")
        counts.append(len(found))
        rows = [make_requirement(product, approved=True, criteria=[{}]) for _ in range(4)]
        baseline = make_baseline(product, rows)
        for row in rows:
            make_revision(row, approved=True, shall="say something else")
    assert counts[0] == counts[1]


def test_a_baseline_is_made_from_the_filter_of_the_list(product: Product, approver: User) -> None:
    must = make_requirement(product, approved=True)
    could = make_requirement(product, approved=True, priority="could")
    draft, client = make_requirement(product), signed_in(approver)
    page = client.get("/baselines/new/?priority=must")
    assert [row.key for row in page.context["choice"].rows] == [must.key]
    assert draft.key in page.text
    added = client.post(
        "/baselines/new/?priority=must",
        {"add": "1", "more": could.key.lower(), "selected": [], "offered": [must.key], "name": "Autumn"},
    )
    assert [(row.key, ticked) for row, ticked in added.context["rows"]] == [
        (must.key, False),
        (could.key, True),
    ]
    assert 'value="Autumn"' in added.text
    ticked = client.post("/baselines/new/", {"chosen": "1", "selected": [could.key, draft.key]})
    assert [row.key for row in ticked.context["choice"].rows] == [could.key]
    body = {"product": "VA", "name": "Musts", "filter": "priority=must"}
    made = client.post("/api/v1/baselines/", body, content_type="application/json").json()
    assert [item["requirement"] for item in made["items"]] == [must.key]


def test_a_copy_holds_todays_revisions(product: Product, approver: User) -> None:
    baseline, kept, gone, _ = changed(product)
    client = signed_in(approver)
    page = client.get(f"/baselines/new/?copy={baseline.key}")
    assert [(row.key, row.revision.number) for row in page.context["choice"].rows] == [(kept.key, 2)]
    assert [(key, reason) for key, _, reason in page.context["choice"].left_out] == [(gone.key, "is retired")]
    refused = client.post(
        "/api/v1/baselines/",
        {"product": "VA", "name": "All", "requirements": [kept.key, gone.key]},
        content_type="application/json",
    )
    assert (refused.status_code, f"{gone.key} is retired" in refused.text) == (422, True)
    body = {"product": "VA", "name": "Copy", "copy_of": baseline.key}
    assert client.post("/api/v1/baselines/", body, content_type="application/json").status_code == 201


def test_waivers_are_listed_the_next_to_expire_first(product: Product, approver: User) -> None:
    requirement, today = make_requirement(product, approved=True, criteria=[{}]), date.today()
    late, soon = (make_waiver(requirement, expires_on=today + timedelta(days=days)) for days in (60, 3))
    ended = make_waiver(requirement, expires_on=today - timedelta(days=1))
    back = make_waiver(requirement, revoked_at=timezone.now(), expires_on=today + timedelta(days=9))
    client = signed_in(approver)
    page = client.get("/waivers/")
    assert list(page.context["page"].object_list) == [soon, late, ended, back]
    for word in ("Ends soon", "Expired", "Revoked"):
        assert word in page.text
    assert list(client.get("/waivers/?state=expired").context["page"].object_list) == [ended]
    assert "No waiver matches" in client.get("/waivers/?requirement=VA-99").text
    client.post(f"/requirements/{requirement.key}/waivers/{late.pk}/revoke/", {"next": "/waivers/"})
    assert "Nothing is waived" in signed_in(approver).get(f"/waivers/?product={make_product().key}").text


def open_link(token: str) -> Any:
    return Client().get(f"/shared/status/{token}/")


def test_a_shared_link_shows_the_status_and_nothing_else(product: Product, approver: User) -> None:
    requirement = make_judged(product)
    link, token = share_status(actor=approver, product=product, expires_at=timezone.now() + timedelta(days=3))
    page = open_link(token)
    assert page.status_code == 200
    assert requirement.key in page.text
    for forbidden in ("<a ", "<form", "<nav", "<script", 'href="/requirements', approver.username):
        assert forbidden not in page.text
    assert (page["Referrer-Policy"], page["Cache-Control"]) == ("no-referrer", "no-store")
    assert "noindex" in page["X-Robots-Tag"]
    link.refresh_from_db()
    assert link.uses == 1
    assert token not in str(AuditEntry.objects.filter(verb="status.shared").values())
    assert token not in link.digest


def test_what_no_longer_opens_says_the_same_words(product: Product, approver: User) -> None:
    past = timezone.now() - timedelta(minutes=1)
    ended = make_shared_link(product)
    SharedLink.objects.filter(pk=ended[0].pk).update(created_at=past - timedelta(days=1), expires_at=past)
    tokens = ["unknown", ended[1], make_shared_link(product, revoked_at=past)[1]]
    pages = [open_link(token) for token in tokens]
    assert [page.status_code for page in pages] == [404] * 3
    assert len({page.content for page in pages}) == 1


def test_a_link_ends_with_its_makers_access_and_when_the_product_closes(product: Product) -> None:
    maker = make_user(Role.PM)
    token = make_shared_link(product, created_by=maker)[1]
    assert open_link(token).status_code == 200
    User.objects.filter(pk=maker.pk).update(role=Role.VIEWER)
    assert open_link(token).status_code == 404
    User.objects.filter(pk=maker.pk).update(role=Role.PM)
    make_membership(product, maker, Role.PM)
    Product.objects.filter(pk=product.pk).update(restricted=True)
    assert open_link(token).status_code == 404
    product.refresh_from_db()
    within = make_shared_link(product, created_by=maker)[1]
    assert open_link(within).status_code == 200
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert open_link(within).status_code == 404


def test_product_managers_make_and_revoke_links_and_see_their_use(product: Product, approver: User) -> None:
    client = signed_in(approver)
    made = client.post("/status/shared/?since=2026-11-01", {"expires_on": date.today() + timedelta(days=9)})
    address = made.context["address"]
    token = address.rstrip("/").rsplit("/", 1)[1]
    assert open_link(token).status_code == 200
    page = client.get("/status/shared/")
    assert token not in page.text
    assert "Opens until" in page.text
    link = SharedLink.objects.get()
    assert str(link.since) == "2026-11-01"
    client.post(f"/status/shared/{link.pk}/revoke/?product=VA")
    assert open_link(token).status_code == 404
    for day in (date.today() - timedelta(days=1), date.today() + timedelta(days=500)):
        assert client.post("/status/shared/", {"expires_on": day}).status_code == 422


def test_the_api_shares_once_and_revokes(product: Product, approver: User) -> None:
    client = signed_in(approver)
    body = {"product": "VA", "expires_on": str(date.today() + timedelta(days=9)), "as_of": "2020-01-01"}
    made = client.post("/api/v1/shared-links/", body, content_type="application/json").json()
    token = made["url"].rstrip("/").rsplit("/", 1)[1]
    assert "This is the past" in open_link(token).text
    listed = client.get("/api/v1/shared-links/").json()["results"]
    assert (listed[0]["uses"], "url" in listed[0]) == (1, False)
    client.post(f"/api/v1/shared-links/{made['id']}/revoke/")
    assert open_link(token).status_code == 404


def test_a_link_opened_too_often_waits(product: Product) -> None:
    token = make_shared_link(product)[1]
    codes = {
        Client().get(f"/shared/status/{token}/", REMOTE_ADDR="203.0.113.7").status_code for _ in range(130)
    }
    assert codes <= {200, 429}
    assert 429 in codes
