from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Verdict
from capabilities.queries.listed_states import listed_states
from capabilities.queries.products import judged_versions, only, visible_products
from capabilities.queries.requirement_rows import as_record
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.queries.states import requirement_states
from capabilities.services.standings import catch_up, refresh_due
from evaluations.models import Run
from evaluations.services import datasets
from tests.factories.capabilities import (
    make_criterion,
    make_evidence,
    make_membership,
    make_product,
    make_requirement,
    make_verdict,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def state_of(verdict: Verdict):
    requirement = verdict.verification.criterion.revision.requirement
    return requirement_states([requirement], only(verdict.model_version))[0]


def test_a_requirement_takes_the_verdict_of_its_criterion():
    state = state_of(make_verdict(outcome="met", trend="improved"))
    assert (state.outcome, state.trend, state.freshness, state.coverage) == (
        "met",
        "improved",
        "fresh",
        "measured",
    )


def test_the_newest_verdict_counts():
    old = make_verdict(outcome="met")
    make_verdict(old.verification, old.run, outcome="not_met")
    assert state_of(old).outcome == "not_met"


def test_a_verdict_of_another_version_does_not_count():
    verdict = make_verdict()
    requirement = verdict.verification.criterion.revision.requirement
    state = requirement_states([requirement], only(make_model_version()))[0]
    assert (state.outcome, state.coverage) == ("no_data", "never_run")


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [(["met", "not_met"], "not_met"), (["met", "inconclusive"], "inconclusive"), (["met", "met"], "met")],
)
def test_musts_are_joined_by_the_weakest(outcomes: list[str], expected: str):
    requirement = make_requirement(approved=True, criteria=[{}, {}])
    version = make_model_version()
    for criterion, outcome in zip(requirement.revisions.get().criteria.all(), outcomes, strict=True):
        make_verdict(make_verification(criterion), outcome=outcome, model_version=version)
    assert requirement_states([requirement], only(version))[0].outcome == expected


def test_a_should_never_blocks():
    requirement = make_requirement(approved=True, criteria=[{}, {"must": False}])
    version = make_model_version()
    for criterion, outcome in zip(
        requirement.revisions.get().criteria.all(), ["met", "not_met"], strict=True
    ):
        make_verdict(make_verification(criterion), outcome=outcome, model_version=version)
    assert requirement_states([requirement], only(version))[0].outcome == "met"


def test_a_waived_miss_counts_as_met_and_is_marked():
    verdict = make_verdict(outcome="not_met")
    make_waiver(verdict.verification.criterion.revision.requirement)
    state = state_of(verdict)
    assert (state.outcome, state.waived, state.criteria[0].outcome) == ("met", True, "not_met")


def test_an_expired_waiver_counts_no_more():
    verdict = make_verdict(outcome="not_met")
    yesterday = timezone.localdate() - timedelta(days=1)
    make_waiver(verdict.verification.criterion.revision.requirement, expires_on=yesterday)
    assert state_of(verdict).outcome == "not_met"


def test_a_waiver_makes_no_data_out_of_nothing():
    requirement = make_requirement(approved=True, criteria=[{}])
    make_waiver(requirement)
    assert requirement_states([requirement], only(make_model_version()))[0].outcome == "no_data"


def test_a_newer_dataset_makes_the_evidence_need_a_re_check():
    verdict = make_verdict()
    dataset = verdict.verification.evaluation_version.dataset_version.dataset
    datasets.publish_version(actor=None, version=datasets.open_draft(actor=None, dataset=dataset))
    state = state_of(verdict)
    assert state.freshness == "needs_recheck"
    assert state.criteria[0].reasons == ["Version 2 of the dataset exists."]


@pytest.mark.parametrize(("floating", "expected"), [(True, "out_of_date"), (False, "fresh")])
def test_only_evidence_of_floating_versions_grows_old(floating: bool, expected: str):
    verdict = make_verdict(model_version=make_model_version(floating=floating))
    Run.objects.filter(pk=verdict.run_id).update(finished_at=timezone.now() - timedelta(days=31))
    assert state_of(verdict).freshness == expected


def test_a_requirement_without_criteria_says_so():
    state = requirement_states([make_requirement()], only(None))[0]
    assert (state.outcome, state.coverage) == ("no_data", "no_criterion")


def test_states_cost_the_same_queries_for_two_as_for_twenty():
    def queries(count: int) -> int:
        product = make_product()
        version = make_model_version()
        for _ in range(count):
            make_verdict(make_evidence(product=product), model_version=version)
        catch_up(product)
        with CaptureQueriesContext(connection) as found:
            assert len(requirement_list(product, only(version), filter_from({}))) == count
        return len(found)

    assert queries(2) == queries(20)


@pytest.mark.parametrize("count", [2, 20])
def test_rows_as_kept_cost_four_queries(
    count: int, query_count: Callable[[int], AbstractContextManager[object]]
) -> None:
    product, version = make_product(), make_model_version()
    for _ in range(count):
        make_verdict(make_evidence(product=product), model_version=version)
    refresh_due()
    ids = list(product.requirements.values_list("pk", flat=True))
    with query_count(4):
        assert len(listed_states(product, only(version), ids)) == count


def test_a_row_that_is_due_shows_what_changed_a_moment_ago() -> None:
    product, version = make_product(), make_model_version()
    verdict = make_verdict(make_evidence(product=product), model_version=version, outcome="met")
    refresh_due()
    make_verdict(verdict.verification, verdict.run, "not_met", model_version=version)
    (shown,) = listed_states(product, only(version), [product.requirements.get().pk])
    assert shown.outcome == "not_met"


def test_rows_of_a_list_stand_as_they_do_with_all_they_rest_on_and_load_nothing_late():
    product, version = make_product(), make_model_version()
    for outcome in ("met", "not_met", "inconclusive"):
        make_verdict(make_evidence(product=product), model_version=version, outcome=outcome, point=0.9)
    make_requirement(product)
    catch_up(product)
    whole = requirement_list(product, only(version), filter_from({}))[:50]
    bare = requirement_list(product, only(version), filter_from({}), bare=True)[:50]
    with CaptureQueriesContext(connection) as late:
        assert list(map(as_record, bare)) == list(map(as_record, whole))
    assert not late.captured_queries
    assert len(bare) == 4


def test_each_kind_is_judged_by_our_newest_version_of_that_kind():
    ml, rules = make_model(kind="ml"), make_model(kind="rules")
    product = make_product(subjects=[ml, rules], candidate_version=make_model_version(ml))
    newest_rules = make_model_version(rules)
    versions = judged_versions(product)
    assert versions.for_kind("ml") == product.candidate_version
    assert versions.for_kind("rules") == newest_rules
    assert versions.for_kind("asr") == product.candidate_version


def test_the_version_asked_for_counts_for_every_kind():
    asked = make_model_version()
    versions = judged_versions(make_product(), asked.label)
    assert versions.for_kind("ml") == asked and versions.for_kind("rules") == asked


def test_a_restricted_product_is_seen_by_members_and_administrators_only():
    product = make_product(restricted=True)
    member = make_membership(product).user
    assert product in visible_products(member)
    assert product in visible_products(make_user("admin"))
    assert product not in visible_products(make_user("pm"))


def test_a_list_is_filtered_by_verdict_field_and_words():
    product = make_product(key="VA")
    version = make_model_version()
    for title, outcome, intent in (("Speaks German", "met", "lead"), ("Speaks French", "not_met", "parity")):
        requirement = make_requirement(
            product, approved=True, criteria=[{}], revision={"title": title}, intent=intent
        )
        make_verdict(
            make_verification(requirement.revisions.get().criteria.get()),
            outcome=outcome,
            model_version=version,
        )

    catch_up(product)

    def found(**query: str) -> list[str]:
        return [
            state.revision.title for state in requirement_list(product, only(version), filter_from(query))
        ]

    assert found(verdict="not_met") == ["Speaks French"]
    assert found(intent="lead,parity", sort="-title") == ["Speaks German", "Speaks French"]
    assert found(q="german") == ["Speaks German"]
    assert found(q="VA-2") == ["Speaks French"]
    assert found(sort="verdict") == ["Speaks French", "Speaks German"]


def test_a_draft_criterion_counts_as_not_linked():
    requirement = make_requirement()
    make_criterion(requirement.revisions.get())
    assert requirement_states([requirement], only(make_model_version()))[0].coverage == "not_linked"
