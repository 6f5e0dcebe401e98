"""The capability tree as a heat map, its editing, and the objectives."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from capabilities.models import Capability, Objective, Product, VerdictLine
from capabilities.queries.capabilities import heat
from capabilities.queries.products import only
from capabilities.services.standings import refresh_due
from config.people.models import AuditEntry, Role, User
from evaluations.models import ModelVersion
from tests.factories.capabilities import (
    make_capability,
    make_evidence,
    make_membership,
    make_product,
    make_requirement,
    make_rival_set,
    make_verdict,
)
from tests.factories.evaluations import make_evaluation_version, make_finished_run, make_model_version
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


def judged(product: Product, capability: Capability | None, outcome: str, **fields: Any) -> Any:
    """A requirement of this place with that verdict for the candidate."""
    link = make_evidence(product=product)
    requirement = link.criterion.revision.requirement
    requirement.capability, requirement.kind = capability, "rules"
    requirement.save()
    run = make_finished_run([1.0, 1.0, 1.0], link.evaluation_version, product.candidate_version)
    return make_verdict(link, run, outcome, **fields)


def rival_line(link: Any, run: Any, version: ModelVersion, low: float, high: float) -> None:
    """A verdict with a comparison with a rival that stands between these ends; a line is born with its verdict."""
    with transaction.atomic():
        VerdictLine.objects.create(
            verdict=make_verdict(link, run),
            kind="rival",
            model_version=version,
            label="rival",
            outcome="met",
            their_point=(low + high) / 2,
            their_low=low,
            their_high=high,
        )


def test_a_branch_counts_everything_under_it_and_shows_the_weakest(product: Product) -> None:
    top = make_capability(product, name="Voice")
    below = make_capability(product, name="Speech", parent=top)
    judged(product, top, "met")
    judged(product, below, "not_met")
    refresh_due()
    found = heat(product, only(product.candidate_version), [])
    assert [(row.capability, row.depth, row.total) for row in found.rows] == [(top, 0, 2), (below, 1, 1)]
    assert [(row.cells[0].outcome, row.cells[0].parts) for row in found.rows] == [
        ("not_met", [("met", 1), ("not_met", 1)]),
        ("not_met", [("not_met", 1)]),
    ]


def test_a_branch_without_data_is_hatched(product: Product, pm: User) -> None:
    make_requirement(product, capability=make_capability(product, name="Voice"))
    page = signed_in(pm).get("/capabilities/")
    assert 'class="cell none"' in page.text
    assert "No data" in page.text


def test_a_cell_says_how_old_its_evidence_is_and_what_to_look_at_again(product: Product, pm: User) -> None:
    top = make_capability(product, name="Voice")
    below = make_capability(product, name="Speech", parent=top)
    verdicts = [
        judged(product, top, "met"),
        judged(product, below, "not_met"),
        judged(product, top, "no_data"),
    ]
    judged_at = [timezone.now() - timedelta(days=days) for days in (3, 40, 90)]
    for verdict, moment in zip(verdicts, judged_at, strict=True):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            type(verdict).objects.filter(pk=verdict.pk).update(created_at=moment)
            cursor.execute("SET session_replication_role = DEFAULT")
    stale = verdicts[1].verification
    make_evaluation_version(evaluation=stale.evaluation_version.evaluation)
    refresh_due()
    found = heat(product, only(product.candidate_version), [])
    assert [(row.cells[0].oldest, row.cells[0].aged) for row in found.rows] == [
        (judged_at[1], 1),
        (judged_at[1], 1),
    ]
    page = signed_in(pm).get("/capabilities/").text
    assert "1\N{NO-BREAK SPACE}mo ago</time>" in page and "to look at again" in page


@pytest.mark.parametrize(
    ("low", "high", "outcome"), [(0.92, 0.99, "met"), (0.5, 0.7, "not_met"), (0.8, 0.95, "inconclusive")]
)
def test_a_rival_is_held_to_our_target_by_its_plausible_range(
    product: Product, low: float, high: float, outcome: str
) -> None:
    rival = make_model_version(side="competitor")
    make_rival_set(product, [rival.model])
    capability = make_capability(product)
    link = make_evidence(product=product)
    requirement = link.criterion.revision.requirement
    requirement.capability = capability
    requirement.save()
    run = make_finished_run([1.0] * 3, link.evaluation_version, product.candidate_version)
    rival_line(link, run, rival, low, high)
    refresh_due()
    found = heat(product, only(product.candidate_version), [rival])
    assert found.rows[0].cells[1].outcome == outcome


def test_columns_are_chosen_in_the_address(product: Product, pm: User) -> None:
    judged(product, make_capability(product), "met")
    make_model_version(product.subject_models.get(), name="1")
    simple = make_model_version(slug="words", name="1", side="simple")
    client = signed_in(pm)
    first = client.get("/capabilities/").context["heat"].columns
    assert {column.title for column in first} >= {"aria@2", simple.label}
    chosen = client.get("/capabilities/?column=aria@1&column=nonsense").context["heat"].columns
    assert [column.title for column in chosen] == ["aria@2", "aria@1"]


def test_a_cell_leads_to_the_requirements_behind_it(product: Product, pm: User) -> None:
    judged(product, make_capability(product, slug="voice"), "met")
    assert "/requirements/?capability=voice" in signed_in(pm).get("/capabilities/").text


def test_htmx_gets_the_table_alone(product: Product, pm: User) -> None:
    judged(product, make_capability(product), "met")
    part = signed_in(pm).get("/capabilities/", headers={"HX-Request": "true"})
    assert 'id="capabilities"' in part.text
    assert "<html" not in part.text


def test_an_empty_tree_offers_what_to_do(product: Product, pm: User) -> None:
    assert "/capabilities/new/" in signed_in(pm).get("/capabilities/").text
    assert "/capabilities/new/" not in signed_in(make_user(Role.VIEWER)).get("/capabilities/").text


def test_an_empty_site_offers_a_product(pm: User) -> None:
    client = signed_in(pm)
    for path in ("/capabilities/", "/objectives/"):
        assert "/products/new/" in client.get(path).text


def test_a_capability_is_made_moved_and_taken_out(product: Product, pm: User) -> None:
    client = signed_in(pm)
    for _ in range(2):
        client.post("/capabilities/new/", {"name": "Voice", "parent": "", "position": "0"})
    top, other = Capability.objects.order_by("slug")
    assert (top.slug, other.slug) == ("voice", "voice-2")
    client.post("/capabilities/voice-2/edit/", {"name": "Speech", "parent": top.pk, "position": "1"})
    other.refresh_from_db()
    assert (other.name, other.parent) == ("Speech", top)
    client.post("/capabilities/voice/remove/")
    assert Capability.objects.count() == 2
    client.post("/capabilities/voice-2/remove/")
    assert Capability.objects.get() == top


def test_nothing_hangs_under_what_is_under_it(product: Product, pm: User) -> None:
    top = make_capability(product, slug="top")
    below = make_capability(product, slug="below", parent=top)
    response = signed_in(pm).post("/capabilities/top/edit/", {"name": "Kept words", "parent": below.pk})
    assert response.status_code == 422
    assert "cannot hang under itself" in response.text
    assert "Kept words" in response.text


def test_another_products_capability_is_not_found(product: Product, pm: User) -> None:
    make_capability(make_product(key="ZZ"), slug="theirs")
    assert signed_in(pm).get("/capabilities/theirs/edit/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/capabilities/new/", "/capabilities/voice/edit/", "/capabilities/voice/remove/"]
)
def test_a_viewer_of_the_product_changes_nothing(product: Product, pm: User, path: str) -> None:
    make_capability(product, slug="voice")
    make_membership(product, pm, Role.VIEWER)
    assert signed_in(pm).post(path, {"name": "Changed"}).status_code == 403


def test_objectives_say_what_holds_them_back(product: Product, pm: User) -> None:
    aim = Objective.objects.create(product=product, title="Ship in autumn", horizon="now")
    verdict = judged(product, None, "not_met", point=0.4, low=0.3, high=0.5)
    requirement = verdict.verification.criterion.revision.requirement
    requirement.objective = aim
    requirement.save()
    page = signed_in(pm).get("/objectives/")
    assert "Held back by" in page.text and "AC-1 has to get better by" in page.text
    assert f"/requirements/{requirement.key}/" in page.text


def test_an_objective_is_made_and_a_second_of_its_name_refused(product: Product, pm: User) -> None:
    client = signed_in(pm)
    fields = {"title": "Ship in autumn", "horizon": "next", "narrative": "Kept words"}
    assert client.post("/objectives/", fields).status_code == 302
    again = client.post("/objectives/", fields)
    assert (again.status_code, Objective.objects.count()) == (422, 1)
    assert "Kept words" in again.text
    assert signed_in(make_user(Role.VIEWER)).post("/objectives/", fields).status_code == 403


def test_an_objective_is_edited_and_keeps_the_words_of_a_refusal(product: Product, pm: User) -> None:
    aim = Objective.objects.create(product=product, title="Ship in autumn")
    Objective.objects.create(product=product, title="Lead")
    client = signed_in(pm)
    path = f"/objectives/{aim.pk}/edit/"
    assert path in client.get("/objectives/").text
    assert "Ship in autumn" in client.get(path).text
    refused = client.post(path, {"title": "Lead", "horizon": "later", "narrative": "Kept words"})
    assert (refused.status_code, "Kept words" in refused.text) == (422, True)
    assert "<h1>Ship in autumn" in refused.text
    fields = {"title": "Ship in spring", "horizon": "later", "narrative": "", "position": "3"}
    assert client.post(path, fields).status_code == 302
    aim.refresh_from_db()
    assert (aim.title, aim.horizon, aim.position) == ("Ship in spring", "later", 3)
    assert AuditEntry.objects.filter(verb="objective.changed", label="Ship in spring").count() == 1


def test_an_objective_goes_only_when_nothing_is_under_it(product: Product, pm: User) -> None:
    aim = Objective.objects.create(product=product, title="Ship in autumn")
    requirement = make_requirement(product, objective=aim, lifecycle="retired", lifecycle_reason="Old.")
    client = signed_in(pm)
    page = client.get(f"/objectives/{aim.pk}/edit/").text
    assert "1 requirement under it" in page
    under = re.search(r"/requirements/\?objective=[^\"]+lifecycle[^\"]+", page)
    assert under and requirement.key in client.get(html.unescape(under[0])).text
    refused = client.post(f"/objectives/{aim.pk}/remove/", follow=True)
    assert "still has requirements under it" in refused.text
    requirement.objective = None
    requirement.save()
    gone = client.post(f"/objectives/{aim.pk}/remove/", follow=True)
    assert "is no longer an objective" in gone.text
    assert not Objective.objects.exists()
    assert client.get(f"/objectives/{aim.pk}/edit/").status_code == 404


def test_who_may_not_write_does_not_change_objectives(product: Product, pm: User) -> None:
    aim = Objective.objects.create(product=product, title="Ship in autumn")
    secret = Objective.objects.create(product=make_product(restricted=True), title="Hidden aim")
    viewer = signed_in(make_user(Role.VIEWER))
    for deed in ("edit", "remove"):
        assert viewer.post(f"/objectives/{aim.pk}/{deed}/").status_code == 403
        assert signed_in(pm).post(f"/objectives/{secret.pk}/{deed}/").status_code == 404
    assert f"/objectives/{aim.pk}/edit/" not in viewer.get("/objectives/").text
    assert Objective.objects.count() == 2


def test_the_heat_map_costs_the_same_however_much_there_is(
    product: Product, pm: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(pm)
    judged(product, make_capability(product), "met")
    client.get("/capabilities/")
    with django_assert_max_num_queries(26) as few:
        client.get("/capabilities/")
    cost = len(few)
    for _ in range(4):
        judged(product, make_capability(product), "not_met")
    client.get("/capabilities/")
    with django_assert_max_num_queries(26) as many:
        client.get("/capabilities/")
    assert len(many) == cost
