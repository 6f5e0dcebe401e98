"""What changed since a day, a baseline or a release: on its page, in files and over the API."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Objective, Product, Requirement, Verdict, Verification
from capabilities.queries.change_points import since_of
from capabilities.queries.changed import Changed, changed
from capabilities.queries.changed_page import LAST_PAGE, Shown
from capabilities.queries.products import judged_versions
from evaluations.models import EvaluationVersion, ModelEvent, ModelVersion
from evaluations.services.models import set_stage
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_baseline,
    make_membership,
    make_product,
    make_rival_set,
    make_sign_off,
    make_verdict,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db
URL = "/changes/"
NOW = timezone.now()
LONG_AGO, BEFORE, LATELY = NOW - timedelta(days=60), NOW - timedelta(days=30), NOW - timedelta(days=3)


def age(row: models.Model, **moments: Any) -> None:
    """Moves a row in time, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        type(row)._default_manager.filter(pk=row.pk).update(**moments)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def product() -> Product:
    version = make_model_version(make_model(kind="llm", slug="ours"), name="v1")
    age(version, created_at=LONG_AGO)
    return make_product(candidate_version=version, subjects=[version.model])


def old(product: Product, outcome: str = "met", **fields: Any) -> Requirement:
    """A requirement agreed and judged a month ago."""
    requirement = make_judged(product, outcome, **fields)
    link = Verification.objects.latest("pk")
    age(requirement, created_at=LONG_AGO)
    age(link.criterion.revision, approved_at=LONG_AGO, created_at=LONG_AGO)
    age(link, confirmed_at=LONG_AGO)
    age(link.evaluation_version, created_at=LONG_AGO)
    age(link.evaluation_version.dataset_version, frozen_at=LONG_AGO)
    for scorer in link.evaluation_version.scorers.all():
        age(scorer, created_at=LONG_AGO)
    age(Verdict.objects.latest("pk"), created_at=BEFORE)
    requirement.refresh_from_db()
    return requirement


def again(
    requirement: Requirement, outcome: str, version: ModelVersion | None = None, **fields: Any
) -> Verdict:
    """A verdict of three days ago on the same evidence."""
    link = Verification.objects.get(criterion__revision__requirement=requirement)
    version = version or requirement.product.candidate_version
    verdict = make_verdict(
        link, make_finished_run([1.0] * 3, link.evaluation_version, version), outcome, **fields
    )
    age(verdict, created_at=LATELY)
    return verdict


def found_in(product: Product, **asked: str) -> Changed:
    now = timezone.now()
    return changed(product, judged_versions(product), since_of(product, asked, now), now)


def sentences(product: Product, group: str) -> list[str]:
    return [item.sentence for item in found_in(product).of(group)]


def test_sign_in_comes_first() -> None:
    assert Client().get(URL).status_code == 302


def test_without_a_product_the_next_step_is_offered() -> None:
    assert b"Nothing is held to anything yet" in signed_in().get(URL).content


def test_nothing_changed_is_said_with_what_to_do(product: Product) -> None:
    old(product)
    page = signed_in().get(URL).content.decode()
    assert "Nothing changed" in page and "New round" in page


def test_a_verdict_that_flipped_stands_with_both_outcomes(product: Product) -> None:
    lost, won, same = old(product), old(product, "not_met"), old(product)
    again(lost, "not_met")
    again(won, "met")
    again(same, "met")
    assert sentences(product, "worse") == [f"{lost.key} AC-1: met → not met (ours@v1)"]
    assert sentences(product, "better") == [f"{won.key} AC-1: not met → met (ours@v1)"]
    page = signed_in().get(URL).content.decode()
    worse = page.split('id="group-worse"')[1].split("</table>")[0]
    assert lost.key in worse and 'chip not-met"' in worse
    assert f">{same.key}<" not in page


def test_what_came_and_went_between_is_no_change(product: Product) -> None:
    requirement = old(product)
    again(requirement, "not_met")
    again(requirement, "met")
    assert found_in(product).items == []


def test_a_flip_that_waits_for_a_second_run_is_told_apart_from_one_that_was_confirmed(
    product: Product,
) -> None:
    waiting, confirmed = old(product), old(product)
    held: dict[str, Any] = {"pending_confirmation": True, "detail": {"computed": "not_met"}}
    again(waiting, "inconclusive", **held)
    again(confirmed, "inconclusive", **held)
    again(confirmed, "not_met")
    assert sentences(product, "pending") == [
        f"{waiting.key} AC-1: a scheduled run says not met; a second one decides (ours@v1)"
    ]
    assert sentences(product, "worse") == [
        f"{confirmed.key} AC-1: met → not met; confirmed by a second run (ours@v1)"
    ]
    page = signed_in().get(URL).content.decode()
    assert "a scheduled run says not met; a second one decides" in page
    assert page.count('<span class="small quiet">confirmed by a second run</span>') == 1


def test_a_verdict_of_a_newer_version_says_which_one_it_was_then(product: Product) -> None:
    requirement = old(product)
    newer = make_model_version(product.subject_models.get(), name="v2")
    product.candidate_version = newer
    product.save()
    again(requirement, "not_met", newer)
    [said] = sentences(product, "worse")
    assert said == f"{requirement.key} AC-1: met → not met; it was ours@v1 then (ours@v2)"


def test_a_first_verdict_is_told_as_one(product: Product) -> None:
    requirement = old(product)
    age(Verdict.objects.get(), created_at=LATELY)
    assert sentences(product, "better") == [
        f"{requirement.key} AC-1: met; judged for the first time (ours@v1)"
    ]


def test_a_regression_is_told_though_the_verdict_stands(product: Product) -> None:
    requirement = old(product, trend="no_worse")
    again(requirement, "met", trend="regressed")
    [said] = sentences(product, "worse")
    assert said.startswith(f"{requirement.key} AC-1: regressed against an earlier version; it was: no worse")


def test_a_flip_that_is_a_regression_as_well_is_told_once(product: Product) -> None:
    requirement = old(product)
    again(requirement, "not_met", trend="regressed")
    assert sentences(product, "worse") == [
        f"{requirement.key} AC-1: met → not met; regressed against an earlier version (ours@v1)"
    ]


def test_what_must_hold_and_was_missed_comes_first(product: Product) -> None:
    keys = []
    for outcome in ("inconclusive", "not_met"):
        requirement = old(product)
        again(requirement, outcome)
        keys.append(requirement.key)
    assert [item.key for item in found_in(product).of("worse")] == keys[::-1]


def test_evidence_that_became_stale_says_why(product: Product) -> None:
    requirement = old(product)
    link = Verification.objects.get()
    newer = EvaluationVersion.objects.create(
        evaluation=link.evaluation_version.evaluation,
        number=2,
        dataset_version=link.evaluation_version.dataset_version,
        fingerprint="f" * 64,
    )
    age(newer, created_at=LATELY)
    assert sentences(product, "stale") == [
        f"{requirement.key} AC-1: needs re-check: Version 2 of the evaluation exists. (ours@v1)"
    ]


def test_an_objective_newly_missed_or_met_names_what_holds_it_back(product: Product) -> None:
    lost, won = old(product), old(product, "not_met")
    for requirement, title in ((lost, "Trust"), (won, "Speed")):
        requirement.objective = Objective.objects.create(product=product, title=title, horizon="now")
        requirement.save()
    again(lost, "not_met")
    again(won, "met")
    assert sentences(product, "worse")[0] == f"Trust: met → not met; held back by {lost.key}"
    assert sentences(product, "better")[0] == "Speed: not met → met; every requirement of it is met"


def compare(verdict: Verdict, version: ModelVersion, gap: tuple[float, float, float], **fields: Any) -> None:
    run = make_finished_run([1.0] * 3, verdict.verification.evaluation_version, version)
    point, low, high = gap
    known = {"outcome": "inconclusive", "detail": {"reason": ""}, "n": 400, **fields}
    verdict.lines.create(
        kind="rival", label=version.model.name, model_version=version, run=run, point=point, low=low, high=high, **known
    )  # fmt: skip


def test_a_rival_that_moved_says_from_where_to_where(product: Product) -> None:
    rival = make_model(side="competitor", name="Rival X")
    first, second = make_model_version(rival, name="x1"), make_model_version(rival, name="x2")
    requirement = old(product)
    compare(
        Verdict.objects.get(), first, (0.05, 0.02, 0.08), their_point=0.8, their_low=0.77, their_high=0.83
    )
    newer = again(requirement, "met")
    compare(newer, second, (-0.01, -0.03, 0.01), their_point=0.9, their_low=0.88, their_high=0.92)
    assert sentences(product, "rivals") == [
        f"{requirement.key} AC-1: Rival X: now x2 instead of x1; their own value went from 80.0\u00a0% to 90.0\u00a0%; "
        "not distinguishable; then: we are ahead; ours − theirs −1.0\u00a0pt (−3.0 to +1.0, n 400) (ours@v1)"
    ]
    page = signed_in().get(URL).content.decode()
    assert "(−3.0 to +1.0, n 400), not distinguishable" in page


def test_a_lead_over_a_rival_is_told_within_what_is_possible(product: Product) -> None:
    rival = make_model_version(make_model(side="competitor", name="Rival X"))
    requirement = old(product)
    compare(Verdict.objects.get(), rival, (0.05, 0.02, 0.08))
    compare(again(requirement, "inconclusive", detail={"widest": 1.0}), rival, (0.5, -4.9, 6.3))
    [said] = sentences(product, "rivals")
    assert "ours − theirs +50.0\u00a0pt (−100.0 to +100.0, n 400)" in said


def test_a_rival_whose_ranges_touch_has_not_moved(product: Product) -> None:
    version = make_model_version(make_model(side="competitor"))
    requirement = old(product)
    compare(
        Verdict.objects.get(), version, (0.05, 0.02, 0.08), their_point=0.8, their_low=0.77, their_high=0.83
    )
    newer = again(requirement, "met")
    compare(newer, version, (0.04, 0.01, 0.07), their_point=0.82, their_low=0.79, their_high=0.85)
    assert sentences(product, "rivals") == []


def test_models_that_changed_under_us_come_apart_from_those_that_came_and_went(product: Product) -> None:
    rival = make_model(side="competitor", slug="them")
    version = make_model_version(rival, name="latest", floating=True)
    make_rival_set(product, [rival])
    for kind in ("resolved", "registered"):
        ModelEvent.objects.create(model_version=version, kind=kind, before="m-1", after="m-2")
    stranger = make_model_version(make_model(side="competitor"))
    ModelEvent.objects.create(model_version=stranger, kind="gone")
    assert product.candidate_version
    set_stage(actor=make_user(), version=product.candidate_version, stage="released")
    age(version, shutdown_on=LATELY.date())
    assert sentences(product, "moved") == ["them@latest: answers under another model id: m-1 → m-2"]
    told = sentences(product, "versions")
    assert "ours@v1: released" in told
    assert any(said.startswith("them@latest: registered") for said in told)
    assert any(said.startswith("them@latest: shut down on") for said in told)


def test_since_a_baseline_or_a_release_begins_when_it_was_closed_or_signed(product: Product) -> None:
    requirement = old(product)
    baseline = make_baseline(product, [requirement], closed=True)
    age(baseline, closed_at=BEFORE)
    assert product.candidate_version
    signed = make_sign_off(baseline, product.candidate_version)
    age(signed, signed_at=LATELY)
    now = timezone.now()
    by_baseline = since_of(product, {"baseline": baseline.key.lower()}, now)
    assert (by_baseline.moment, by_baseline.refused) == (BEFORE, "")
    assert by_baseline.words.startswith(f"baseline {baseline.key} was closed, ")
    for name in (baseline.key, "ours@v1"):
        found = since_of(product, {"release": name}, now)
        assert (found.moment, found.refused) == (LATELY, "")
    age(product.candidate_version, released_on=BEFORE.date())
    age(signed, decision="no_go")
    assert since_of(product, {"release": "ours@v1"}, now).moment.date() == BEFORE.date()


@pytest.mark.parametrize(
    "asked",
    [{"since": "yesterday"}, {"since": "2999-01-01"}, {"since": "2026-13-45"}, {"baseline": "R999"},
     {"baseline": "x"}, {"release": "ours@none"}, {"release": "R77"}, {"release": "@"}],
)  # fmt: skip
def test_what_cannot_be_told_is_said_and_two_weeks_are_shown(product: Product, asked: dict[str, str]) -> None:
    now = timezone.now()
    found = since_of(product, asked, now)
    assert (found.moment, bool(found.refused)) == (now - timedelta(days=14), True)
    assert "this is what changed in the last two weeks" in signed_in().get(URL, asked).content.decode()


def test_a_baseline_of_another_product_is_not_there(product: Product) -> None:
    other = make_baseline()
    assert since_of(product, {"baseline": other.key}, timezone.now()).refused


def test_one_group_is_chosen_in_the_address(product: Product) -> None:
    lost, won = old(product), old(product, "not_met")
    again(lost, "not_met")
    again(won, "met")
    page = signed_in().get(URL, {"show": "better"}).content.decode()
    assert 'id="group-better"' in page and 'id="group-worse"' not in page
    assert won.key in page


def test_long_groups_name_some_and_count_the_rest(product: Product) -> None:
    for _ in range(14):
        again(old(product), "not_met")
    page = signed_in().get(URL).content.decode()
    assert "2 more</a>" in page and 'href="?show=worse"' in page


def test_a_page_beyond_the_end_or_before_the_start_is_the_last_one() -> None:
    found = list(range(103))

    def shown(start: int) -> list[int]:
        page = Shown(0, "worse", start, 50)
        return list(page.cut("worse", found[: page.wanted.most_chosen]))

    assert shown(0) == found[:50] and shown(50) == found[50:100]
    assert shown(100) == shown(150) == shown(LAST_PAGE * 50) == found[100:]
    assert list(Shown(0, "worse", 50, 50).cut("better", found)) == []


def test_nonsense_for_a_page_is_the_first_one(product: Product) -> None:
    lost = old(product)
    again(lost, "not_met")
    for asked in ("x", "1", "7", "-1", "0", "9" * 5_000):
        page = signed_in().get(URL, {"show": "worse", "page": asked}).content.decode()
        assert lost.key in page, asked


def test_files_and_the_api_say_the_same(product: Product) -> None:
    lost = old(product)
    again(lost, "not_met")
    client = signed_in()
    [line] = csv.DictReader(io.StringIO(client.get(URL, {"format": "csv"}).getvalue().decode()))
    assert (line["group"], line["key"], line["before"], line["after"]) == (
        "worse",
        lost.key,
        "met",
        "not_met",
    )
    assert json.loads(client.get(URL, {"format": "json"}).getvalue())["changes"][0]["key"] == lost.key
    text = client.get(URL, {"format": "markdown"}).content.decode()
    assert (
        "## Missed, regressed or no longer proven (1)" in text and f"- {lost.key} AC-1: met → not met" in text
    )
    _, secret = make_token()
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    found = api.get("/api/v1/changes/", {"product": product.key}).json()
    assert found["counts"]["worse"] == 1
    assert [(one["key"], one["after"]) for one in found["changes"]] == [(lost.key, "not_met")]
    assert api.get("/api/v1/changes/", {"product": product.key, "since": "x"}).status_code == 400


def test_a_restricted_product_shows_nothing_to_strangers() -> None:
    product = make_product(restricted=True, name="Secret plan")
    assert "Secret plan" not in signed_in().get(URL, {"product": product.key}).content.decode()
    member = make_user()
    make_membership(product, member)
    assert "Secret plan" in signed_in(member).get(URL, {"product": product.key}).content.decode()


def test_overview_and_status_lead_here(product: Product) -> None:
    old(product)
    client = signed_in()
    assert 'href="/changes/"' in client.get("/").content.decode()
    assert 'href="/changes/?since=' in client.get("/status/").content.decode()


def test_no_statement_is_compiled_before_it_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_changes_cost_the_same_however_much_there_is(product: Product) -> None:
    def cost(count: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as found:
            count()
        return len(found)

    rival = make_model_version(make_model(side="competitor"))
    make_rival_set(product, [rival.model])

    def more() -> None:
        requirement = old(product)
        compare(Verdict.objects.latest("pk"), rival, (0.05, 0.02, 0.08))
        compare(again(requirement, "not_met"), rival, (-0.05, -0.08, -0.02))

    client = signed_in()

    def page() -> None:
        assert client.get(URL).status_code == client.get(URL, {"show": "worse"}).status_code == 200

    more()
    page()
    small, small_page = cost(lambda: found_in(product)), cost(page)
    for _ in range(5):
        more()
    assert cost(lambda: found_in(product)) == small <= 22
    assert cost(page) == small_page <= 31
