"""How it stood at a moment that is past: what was agreed, what verdicts said, and nothing that came later."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Product, Requirement, Revision, Verdict, Verification, Waiver
from capabilities.queries.past import Past, moment_in, states_as_of
from capabilities.queries.products import judged_versions
from capabilities.services.requirements import put_aside, set_fields
from config.people.models import AuditEntry
from config.people.services.audit import record
from evaluations.models import EvaluationVersion, ModelVersion
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_product,
    make_requirement,
    make_revision,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def age(row: models.Model, **moments: datetime) -> None:
    """Moves a row in time, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        type(row)._default_manager.filter(pk=row.pk).update(**moments)
        cursor.execute("SET session_replication_role = DEFAULT")


def then(product: Product, moment: datetime) -> Past:
    return states_as_of(product, moment, judged_versions(product))


@pytest.fixture
def product() -> Product:
    version = make_model_version(make_model(kind="llm"))
    age(version, created_at=at(0))
    return make_product(key="VA", candidate_version=version, subjects=[version.model])


@pytest.fixture
def judged(product: Product) -> Requirement:
    """Written on day 1, agreed on day 2, met on day 3, not met on day 6; revision 2 is agreed on day 8."""
    requirement = make_judged(product)
    link = Verification.objects.get()
    age(link.criterion.revision, approved_at=at(2), created_at=at(1))
    age(link, confirmed_at=at(2))
    age(link.evaluation_version, created_at=at(0))
    age(link.evaluation_version.dataset_version, frozen_at=at(0))
    for scorer in link.evaluation_version.scorers.all():
        age(scorer, created_at=at(0))
    age(Verdict.objects.get(), created_at=at(3))
    run = make_finished_run([0.0] * 3, link.evaluation_version, product.candidate_version)
    age(make_verdict(link, run, "not_met"), created_at=at(6))
    newer = make_revision(requirement, approved=True, title="Said later")
    age(newer, approved_at=at(8), created_at=at(7))
    age(requirement, created_at=at(1))
    requirement.refresh_from_db()
    return requirement


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(1) - timedelta(microseconds=1), None),
        (at(2) - timedelta(microseconds=1), None),
        (at(2), "no_data"),
        (at(3) - timedelta(microseconds=1), "no_data"),
        (at(3), "met"),
        (at(6) - timedelta(microseconds=1), "met"),
        (at(6), "not_met"),
        (at(8) - timedelta(microseconds=1), "not_met"),
        (at(8), "no_data"),
    ],
)
def test_each_moment_knows_what_had_happened_by_then(
    product: Product, judged: Requirement, moment: datetime, said: str | None
) -> None:
    assert [state.outcome for state in then(product, moment).states] == ([said] if said else [])


def test_a_later_title_and_a_later_requirement_stay_out(product: Product, judged: Requirement) -> None:
    make_requirement(product, approved=True, revision={"title": "Came much later"})
    titles = [state.revision.title for state in then(product, at(7)).states]
    assert len(titles) == 1
    assert "Said later" not in titles
    assert [state.revision.title for state in then(product, at(8)).states] == ["Said later"]


def test_a_draft_is_counted_and_not_shown(product: Product, judged: Requirement) -> None:
    past = then(product, at(1))
    assert (list(past.states), past.not_agreed) == ([], 1)
    assert then(product, at(1) - timedelta(microseconds=1)).not_agreed == 0


def test_a_waiver_counts_from_when_it_was_given_until_it_was_taken_back(
    product: Product, judged: Requirement
) -> None:
    waiver = make_waiver(judged, expires_on=at(7).date())
    age(waiver, created_at=at(6))
    assert then(product, at(6)).states[0].waived
    assert not then(product, at(6) - timedelta(microseconds=1)).states[0].waived
    Waiver.objects.update(revoked_at=at(6) + timedelta(hours=1))
    assert then(product, at(6)).states[0].waived
    assert not then(product, at(6) + timedelta(hours=1)).states[0].waived


def test_a_waiver_holds_through_its_last_day(product: Product, judged: Requirement) -> None:
    age(make_waiver(judged, expires_on=at(6).date()), created_at=at(5))
    assert then(product, at(7) - timedelta(microseconds=1)).states[0].waived
    assert not then(product, at(7)).states[0].waived


def test_a_newer_evaluation_made_later_asks_for_no_recheck_then(
    product: Product, judged: Requirement
) -> None:
    evaluation = Verification.objects.earliest("pk").evaluation_version.evaluation
    newer = EvaluationVersion.objects.create(
        evaluation=evaluation,
        number=2,
        dataset_version=Verification.objects.earliest("pk").evaluation_version.dataset_version,
        fingerprint="f" * 64,
    )
    age(newer, created_at=at(5))
    assert then(product, at(4)).states[0].freshness == "fresh"
    assert then(product, at(5)).states[0].freshness == "needs_recheck"


def test_evidence_confirmed_since_has_the_stamp_it_had(product: Product, judged: Requirement) -> None:
    link = Verification.objects.earliest("pk")
    old = {**link.stamp, "criterion": "another"}
    entry = record(
        actor=None,
        verb="evidence.confirmed",
        noun="requirement",
        object_id=judged.pk,
        label=f"{judged.key} AC-1 by {link.evaluation_version}",
        before=old,
        after=link.stamp,
    )
    age(entry, at=at(5))
    Verification.objects.filter(pk=link.pk).update(confirmed_at=at(5))
    assert then(product, at(4)).states[0].freshness == "needs_recheck"
    assert then(product, at(5)).states[0].freshness == "fresh"


def test_what_was_retired_later_is_there_and_says_so_by_the_trail(
    product: Product, judged: Requirement
) -> None:
    put_aside(actor=None, requirement=judged, lifecycle="retired", reason="Not wanted any more.")
    age(AuditEntry.objects.get(verb="requirement.retired"), at=at(9))
    past = then(product, at(7))
    assert [state.requirement.lifecycle for state in past.states] == ["approved"]
    assert list(past.untold) == [judged.key]
    assert list(then(product, at(9)).states) == []
    judged.refresh_from_db()
    assert judged.lifecycle == "retired"


def test_a_field_changed_later_is_what_it_was(product: Product, judged: Requirement) -> None:
    set_fields(actor=None, requirement=judged, priority="could")
    age(AuditEntry.objects.get(verb="requirement.changed"), at=at(7))
    assert then(product, at(6)).states[0].requirement.priority == "must"
    assert then(product, at(7)).states[0].requirement.priority == "could"


def test_a_version_registered_later_is_judged_for_nothing(product: Product, judged: Requirement) -> None:
    assert product.candidate_version is not None
    age(product.candidate_version, created_at=at(5))
    assert then(product, at(4)).states[0].version is None
    assert then(product, at(5)).states[0].version == product.candidate_version


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-45", "2999-01-01", "2026-11-01T99:00"])
def test_what_is_no_past_moment_is_the_present(text: str) -> None:
    assert moment_in(text, timezone.now()) is None


def test_a_day_means_its_end_and_a_moment_itself() -> None:
    now = at(20)
    assert moment_in("2026-11-02", now) == at(2) - timedelta(microseconds=1)
    assert moment_in("2026-11-02T12:00Z", now) == at(1) + timedelta(hours=12)
    assert moment_in("2026-11-02T12:00", now) == at(1) + timedelta(hours=12)


def test_more_requirements_take_the_same_queries(
    product: Product, judged: Requirement, django_assert_num_queries: Callable[..., Any]
) -> None:
    for _ in range(2):
        make_judged(product)
    moment = timezone.now()
    then(product, moment)
    with CaptureQueriesContext(connection) as few:
        then(product, moment)
    assert len(few) <= 21
    for _ in range(4):
        make_judged(product)
    moment = timezone.now()
    with django_assert_num_queries(len(few)):
        then(product, moment)


def test_the_status_page_says_that_it_is_the_past(product: Product, judged: Requirement) -> None:
    page = signed_in().get("/status/?as_of=2026-11-05").text
    assert "This is the past" in page
    assert "Said later" not in page
    assert judged.key in page
    now = signed_in().get("/status/").text
    assert "This is the past" not in now
    assert "Said later" in now
    told = signed_in().get("/status/?as_of=2026-11-05&format=markdown").text
    assert "not how it stands now" in told


def test_changes_after_the_moment_are_not_among_what_changed(product: Product, judged: Requirement) -> None:
    page = signed_in().get("/status/?as_of=2026-11-05&since=2026-11-01").text
    assert "judged for the first time" in page
    assert "went from" not in page


def test_the_api_tells_the_past_and_refuses_filters_beside_it(product: Product, judged: Requirement) -> None:
    client = signed_in()
    told = client.get("/api/v1/requirements/?product=VA&as_of=2026-11-05").json()["results"]
    assert [(row["key"], row["verdict"], row["revision"]) for row in told] == [(judged.key, "met", 1)]
    refused = client.get("/api/v1/requirements/?product=VA&as_of=2026-11-05&verdict=met")
    assert refused.status_code == 400
    assert client.get("/api/v1/requirements/?product=VA&as_of=2999-01-01").status_code == 400
    assert Revision.objects.filter(status="superseded").count() == 1
    assert ModelVersion.objects.count() == 1


def test_the_list_of_requirements_is_shown_as_it_was(judged: Requirement) -> None:
    client = signed_in()
    for day, title in ((5, judged.revisions.get(number=1).title), (9, "Said later")):
        reply = client.get(f"/requirements/?as_of={at(day):%Y-%m-%d}&priority=must&columns=verdict,owner")
        assert [state.revision.title for state in reply.context["page"]] == [title]
        assert "This is the past" in reply.text
        assert "known of today alone: priority." in reply.text
        assert 'name="selected"' not in reply.text
    nothing = client.get(f"/requirements/?as_of={at(1):%Y-%m-%d}").text
    assert "Nothing was agreed by then." in nothing


def test_a_day_that_cannot_be_read_or_is_to_come_is_said_on_the_list(product: Product) -> None:
    make_requirement(product)
    for day in ("yesterday", "2999-01-01"):
        reply = signed_in().get(f"/requirements/?as_of={day}")
        assert "as_of is no day that is past" in reply.text
        assert reply.context["total"] == 1


def test_the_past_list_costs_the_same_for_more_requirements(product: Product) -> None:
    costs = []
    for count in (2, 10):
        for _ in range(count):
            make_requirement(product, approved=True, criteria=[{}])
        client, moment = signed_in(), timezone.now()
        client.get("/requirements/")
        with CaptureQueriesContext(connection) as asked:
            reply = client.get("/requirements/", {"as_of": moment.isoformat()})
        assert reply.context["total"] >= count
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_files_tell_the_day_that_was_asked_for_or_nothing(judged: Requirement) -> None:
    client, day = signed_in(), f"{at(5):%Y-%m-%d}"
    text = client.get(f"/requirements/?as_of={day}&format=csv").getvalue().decode()
    heading, row = text.splitlines()
    assert row.startswith(f"{day}T23:59:59.999999+00:00,{judged.key},{judged.revisions.get(number=1).title},")
    assert not {"owner", "tags", "updated"} & set(heading.split(",")), "known of today alone"
    [told] = json.loads(client.get(f"/requirements/?as_of={day}&format=json").getvalue())["requirements"]
    assert (told["as_of"][:10], told["verdict"]) == (day, "met")
    for address in ("/requirements/export/?", "/requirements/briefs/?", "/coverage/?format=csv&"):
        assert client.get(f"{address}as_of={day}").status_code == 400, address
    assert client.get("/requirements/?as_of=2999-01-01&format=csv").status_code == 400
