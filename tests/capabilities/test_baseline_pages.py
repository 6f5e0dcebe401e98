"""Baselines and the gate on pages: what is held, what drifted, why the decision, what to run."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from capabilities.models import Baseline, GateDecision, Product
from capabilities.services.judging import judge_run
from config.people.models import Role, User
from evaluations.models import Round
from tests.engine import work_off
from tests.factories.capabilities import (
    make_baseline,
    make_evidence,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


@pytest.fixture
def product() -> Product:
    ours = make_model_version(slug="aria", name="2")
    return make_product(key="VA", candidate_version=ours, subjects=[ours.model])


def held(product: Product, outcome: str | None = "met", **baseline: Any) -> Baseline:
    """A baseline of one requirement with that verdict for the candidate; None: never run."""
    link = make_evidence(product=product)
    if outcome:
        run = make_finished_run([1.0] * 3, link.evaluation_version, product.candidate_version)
        judge_run(run)
        make_verdict(link, run, outcome, sentence=f"The sentence of {outcome}.")
    return make_baseline(product, [link.criterion.revision.requirement], **baseline)


@pytest.mark.parametrize(
    ("outcome", "label", "why"),
    [
        ("met", "Go", "The sentence of met."),
        ("not_met", "No go", "A must that is not met."),
        ("inconclusive", "Undecided", "A must that is not proven yet."),
        (None, "Undecided", "A must without data for this version."),
    ],
)
def test_the_gate_says_why_in_words(
    product: Product, pm: User, outcome: str | None, label: str, why: str
) -> None:
    baseline = held(product, outcome)
    page = signed_in(pm).get(f"/baselines/{baseline.key}/")
    assert page.context["reply"]["version"] == "aria@2"
    assert f">{label}</span>" in page.text
    assert why in page.text


def test_the_version_is_in_the_address(product: Product, pm: User) -> None:
    baseline = held(product, "not_met")
    other = make_model_version(product.subject_models.get(), name="3")
    page = signed_in(pm).get(f"/baselines/{baseline.key}/?version={other.label}")
    assert page.context["reply"]["version"] == "aria@3"
    assert "Not run yet" in page.text


def test_a_newer_revision_is_named(product: Product, pm: User) -> None:
    baseline = held(product)
    make_revision(baseline.items.get().requirement, approved=True)
    page = signed_in(pm).get(f"/baselines/{baseline.key}/")
    assert "Says something else now: revision 2" in page.text


def test_waivers_show_until_when(product: Product, pm: User) -> None:
    baseline = held(product, "not_met")
    requirement = baseline.items.get().requirement
    make_waiver(requirement, reason="Accepted by support.")
    make_waiver(requirement, expires_on=date.today() - timedelta(days=1))
    page = signed_in(pm).get(f"/baselines/{baseline.key}/")
    assert "Accepted by support." in page.text
    assert "Waived until" in page.text
    assert "Expired" in page.text


def test_a_decision_is_recorded_once_and_can_be_read_later(product: Product, pm: User) -> None:
    baseline = held(product)
    client = signed_in(pm)
    for _ in range(2):
        client.post(f"/baselines/{baseline.key}/record/", {"version": "aria@2"})
    decision = GateDecision.objects.get()
    assert (decision.decision, decision.created_by) == ("pass", pm)
    page = client.get(f"/baselines/{baseline.key}/decisions/{decision.pk}/")
    assert "As it stood when it was recorded" in page.text
    assert decision.digest in page.text


def test_the_decision_is_copied_and_downloaded(product: Product, pm: User) -> None:
    baseline = held(product)
    client = signed_in(pm)
    assert "## Go: aria@2 against" in client.get(f"/baselines/{baseline.key}/").text
    told = client.get(f"/baselines/{baseline.key}/?format=json")
    assert told.json()["decision"] == "pass"
    assert "attachment" in told["Content-Disposition"]


def test_run_starts_what_the_plan_lacks_once(product: Product, pm: User) -> None:
    baseline = held(product, None)
    client = signed_in(pm)
    fields = {"version": "aria@2", "token": "once"}
    for _ in range(2):
        client.post(f"/baselines/{baseline.key}/run/", fields)
    run = Round.objects.get().runs.get()
    assert run.model_version == product.candidate_version
    assert "On its way" in client.get(f"/baselines/{baseline.key}/").text
    judge_run(work_off(run))
    assert "Done" in client.get(f"/baselines/{baseline.key}/").text


def test_calls_and_cost_are_seen_before_what_it_lacks_runs(product: Product, pm: User) -> None:
    baseline, client = held(product, None), signed_in(pm)
    path = f"/baselines/{baseline.key}/run/"
    link = f"{path}?version=aria%402"
    assert link in client.get(f"/baselines/{baseline.key}/").text
    page = client.get(link)
    assert page.context["preview"].calls == 3
    assert "Budget" in page.text
    part = client.get(f"{link}&cap=2&cap_unit=calls", headers={"HX-Request": "true"})
    assert "<form" not in part.text
    assert "calls" in part.text
    shown = client.post(path, {"version": "aria@2", "cap": "2", "cap_unit": "calls", "preview": "1"})
    assert (shown.status_code, Round.objects.count()) == (200, 0)


def test_a_budget_is_kept_and_a_wrong_one_keeps_its_words(product: Product, pm: User) -> None:
    baseline, client = held(product, None), signed_in(pm)
    path = f"/baselines/{baseline.key}/run/"
    fields = {"version": "aria@2", "token": "once", "cap_unit": "calls"}
    refused = client.post(path, {**fields, "cap": "plenty"})
    assert (refused.status_code, "plenty" in refused.text, Round.objects.count()) == (422, True, 0)
    client.post(path, {**fields, "cap": "2"})
    started = Round.objects.get()
    assert (started.cap, started.cap_unit) == (Decimal(2), "calls")
    again = client.get(f"{path}?version=aria@2", follow=True)
    assert "Nothing is left to run" in again.text


def test_a_baseline_is_made_of_ticked_requirements(product: Product, pm: User) -> None:
    wanted, other = (make_requirement(product, approved=True) for _ in range(2))
    draft = make_requirement(product)
    client = signed_in(pm)
    page = client.get("/baselines/new/")
    assert wanted.key in page.text
    assert (draft.key, "is a draft, not approved yet") in [
        (key, reason) for key, _, reason in page.context["choice"].left_out
    ]
    client.post("/baselines/new/", {"name": "Autumn", "selected": [wanted.key]})
    assert [item.requirement for item in Baseline.objects.get().items.all()] == [wanted]
    refused = client.post("/baselines/new/", {"name": "Kept words", "selected": []})
    assert refused.status_code == 422
    assert "Kept words" in refused.text
    assert "Choose at least one" in refused.text
    assert client.post("/baselines/new/", {"name": "x", "selected": [draft.key]}).status_code == 422
    assert other.key in client.get("/baselines/new/?priority=must").text
    assert other.key not in client.get("/baselines/new/?priority=could").text


def test_closing_is_once_and_for_all(product: Product, pm: User) -> None:
    baseline = held(product)
    client = signed_in(pm)
    client.post(f"/baselines/{baseline.key}/close/")
    baseline.refresh_from_db()
    assert baseline.state == Baseline.State.CLOSED
    again = client.post(f"/baselines/{baseline.key}/close/", follow=True)
    assert "is closed already" in again.text


def test_lists_and_empty_pages(product: Product, pm: User) -> None:
    client = signed_in(pm)
    assert "/baselines/new/" in client.get("/baselines/").text
    assert "Nothing is approved yet" in client.get("/baselines/new/").text
    baseline = held(product, name="Autumn release")
    assert "Autumn release" in client.get("/baselines/").text
    assert f"/baselines/{baseline.key}/" in client.get("/baselines/").text


def test_an_empty_site_offers_a_product(pm: User) -> None:
    assert "/products/new/" in signed_in(pm).get("/baselines/").text
    assert signed_in(pm).get("/baselines/new/").status_code == 404


def test_a_product_without_a_version_says_what_to_do(pm: User) -> None:
    baseline = make_baseline(make_product(key="VA"))
    assert "No version to hold to it" in signed_in(pm).get(f"/baselines/{baseline.key}/").text


@pytest.mark.parametrize("key", ["R99", "nonsense", "R", "R99999999999999999999"])
def test_an_unknown_baseline_is_not_found(product: Product, pm: User, key: str) -> None:
    assert signed_in(pm).get(f"/baselines/{key}/").status_code == 404


@pytest.mark.parametrize("path", ["", "close/", "record/", "run/"])
def test_a_restricted_products_baseline_is_not_there_for_strangers(pm: User, path: str) -> None:
    baseline = make_baseline(make_product(key="SE", restricted=True))
    client = signed_in(pm)
    send = client.post if path else client.get
    assert send(f"/baselines/{baseline.key}/{path}", {"version": "aria@2"}).status_code == 404


@pytest.mark.parametrize("path", ["close/", "record/", "run/"])
def test_a_viewer_only_reads(product: Product, path: str) -> None:
    baseline = held(product)
    client = signed_in(make_user(Role.VIEWER))
    assert client.get(f"/baselines/{baseline.key}/").status_code == 200
    assert client.post(f"/baselines/{baseline.key}/{path}", {"version": "aria@2"}).status_code == 403
    assert GateDecision.objects.count() == 0


def test_a_researcher_of_the_product_records_and_does_not_close(product: Product) -> None:
    baseline, viewer = held(product), make_user(Role.VIEWER)
    make_membership(product, viewer, Role.RESEARCHER)
    client = signed_in(viewer)
    client.post(f"/baselines/{baseline.key}/record/", {"version": "aria@2"})
    assert GateDecision.objects.count() == 1
    assert client.post(f"/baselines/{baseline.key}/close/").status_code == 403


def test_an_unknown_version_is_not_found(product: Product, pm: User) -> None:
    baseline = held(product)
    assert signed_in(pm).post(f"/baselines/{baseline.key}/record/", {"version": "no@1"}).status_code == 404


def test_the_page_costs_the_same_however_much_it_holds(
    product: Product, pm: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(pm)
    links = [make_evidence(product=product) for _ in range(6)]
    requirements = [link.criterion.revision.requirement for link in links]
    small, large = make_baseline(product, requirements[:1]), make_baseline(product, requirements)
    client.get(f"/baselines/{small.key}/")
    with django_assert_max_num_queries(42) as few:
        client.get(f"/baselines/{small.key}/")
    with django_assert_max_num_queries(42) as many:
        client.get(f"/baselines/{large.key}/")
    assert len(many) == len(few)
