"""The page of one requirement: what is asked, what was measured, and the buttons one may press."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Requirement, Verdict, VerdictLine, Waiver
from config.people.models import Role
from evaluations.models import Run
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_evidence,
    make_membership,
    make_product,
    make_requirement,
    make_revision,
    make_verdict,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_run,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def url(requirement: Requirement, *rest: str) -> str:
    return "/".join([f"/requirements/{requirement.key}", *rest, ""])


def page_of(client: Client, requirement: Requirement, **query: str) -> str:
    response = client.get(url(requirement), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_statement_stands_with_its_keywords_bold() -> None:
    requirement = make_requirement(
        revision={"while_part": "the car is moving", "when_part": "a message waits", "shall": "stay silent"}
    )
    text = re.sub(r"\s+", " ", page_of(signed_in(), requirement))
    assert (
        "<b>While</b> the car is moving, <b>when</b> a message waits, the model <b>shall</b> stay silent."
        in text
    )


def test_verdict_stands_with_its_range_sentence_and_version() -> None:
    requirement = make_judged(make_product(), sentence="Met: at least 90.4 % even at the pessimistic end.")
    page = page_of(signed_in(), requirement)
    version = requirement.product.candidate_version
    assert "Met: at least 90.4 % even at the pessimistic end." in page
    assert "90.4–94.9\u00a0%" in page
    assert version is not None
    assert version.label in page
    assert "How was this worked out?" in page
    assert "<svg" in page


def test_a_verdict_leads_to_the_comparison_of_its_run_with_all_rivals() -> None:
    requirement = make_judged(make_product())
    verdict = Verdict.objects.get()
    scorer = verdict.verification.criterion.scorer
    assert scorer is not None
    assert f"/compare/?run={verdict.run_id}&amp;rivals=all&amp;scorer={scorer.slug}" in page_of(
        signed_in(), requirement
    )


def test_a_rival_stands_on_the_chart_and_in_a_sentence() -> None:
    product = make_product(candidate_version=make_model_version())
    verification = make_evidence(product=product)
    assert product.candidate_version is not None
    run = make_finished_run([1.0] * 3, verification.evaluation_version, product.candidate_version)
    rival = make_finished_run(
        [1.0, 0.0, 1.0], verification.evaluation_version, make_model_version(side="competitor")
    )
    line = VerdictLine(
        kind="rival",
        label="Rival X",
        model_version=rival.model_version,
        run=rival,
        outcome="inconclusive",
        their_point=0.9,
        their_low=0.86,
        their_high=0.93,
        point=0.03,
        low=-0.01,
        high=0.07,
        n=600,
        sentence="Not distinguishable from Rival X.",
    )
    verdict = make_verdict(verification, run)
    line.verdict = verdict
    line.save()
    page = page_of(signed_in(), verification.criterion.revision.requirement)
    assert page.count("Rival X") >= 2
    assert "Not distinguishable from Rival X." in page
    assert rival.model_version.label in page


def test_a_version_in_the_address_is_the_one_judged() -> None:
    requirement = make_judged(make_product())
    other = make_model_version(kind="llm")
    page = page_of(signed_in(), requirement, version=other.label)
    assert "has not run on" in page
    assert other.label in page


def test_what_a_model_or_person_wrote_is_never_markup() -> None:
    requirement = make_requirement(
        revision={"title": "<script>alert(1)</script>", "rationale": "<img src=x onerror=y>[a](javascript:z)"}
    )
    page = page_of(signed_in(), requirement)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_a_restricted_product_does_not_exist_for_strangers() -> None:
    requirement = make_requirement(make_product(restricted=True))
    assert signed_in().get(url(requirement)).status_code == 404
    assert signed_in(make_membership(requirement.product).user).get(url(requirement)).status_code == 200


def test_unknown_and_odd_keys_are_not_found() -> None:
    client = signed_in()
    for key in ("VA-99", "VA", "VA-99999999999999999999", "new-1"):
        assert client.get(f"/requirements/{key}/").status_code == 404


def test_a_viewer_has_no_buttons_and_cannot_press_them() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.VIEWER)
    page = page_of(client, requirement)
    assert "Submit for review" not in page
    assert "New requirement" not in page.split("<main")[0]
    for step in (
        "submit",
        "approve",
        "send-back",
        "put-aside",
        "reopen",
        "discard",
        "answer",
        "review",
        "waivers",
    ):
        assert client.post(url(requirement, step)).status_code == 403, step


def test_buttons_are_pressed_only_by_post() -> None:
    requirement = make_requirement()
    assert signed_in().get(url(requirement, "submit")).status_code == 405


def test_a_member_may_write_in_their_product_whatever_the_site_says() -> None:
    requirement = make_requirement(make_product(restricted=True))
    user = make_user(Role.VIEWER)
    make_membership(requirement.product, user, Role.PM)
    assert "Submit for review" in page_of(signed_in(user), requirement)


def test_a_new_requirement_is_offered_to_a_product_manager_and_to_a_member_who_is_one() -> None:
    requirement = make_requirement()
    member = make_user(Role.VIEWER)
    make_membership(requirement.product, member, Role.PM)
    for client in (signed_in(), signed_in(member)):
        assert "New requirement" in page_of(client, requirement).split("<main")[0]


def test_a_draft_without_a_criterion_says_what_to_mend_and_stays_a_draft() -> None:
    requirement = make_requirement(revision={"rationale": ""})
    client = signed_in()
    assert "Say why it matters" in page_of(client, requirement)
    response = client.post(url(requirement, "submit"), follow=True)
    assert "Add a criterion" in response.content.decode()
    requirement.refresh_from_db()
    assert requirement.lifecycle == "draft"


def test_a_requirement_is_reviewed_and_agreed_by_somebody_else() -> None:
    product = make_product(approvals_required=1)
    author = make_user()
    requirement = make_requirement(product, criteria=[{}], revision={"author": author})
    writer, reviewer = signed_in(author), signed_in(make_user(approver=True))
    writer.post(url(requirement, "submit"))
    assert "Agree it" not in page_of(writer, requirement)
    revision = requirement.revisions.get()
    response = reviewer.post(
        url(requirement, "review"), {"decision": "approve", "fingerprint": revision.fingerprint}, follow=True
    )
    assert response.status_code == 200
    requirement.refresh_from_db()
    revision.refresh_from_db()
    assert requirement.lifecycle == "approved"
    assert not revision.self_agreed


def test_a_review_of_a_text_that_changed_meanwhile_is_not_taken() -> None:
    requirement = make_requirement(criteria=[{}], revision={"author": make_user()})
    signed_in().post(url(requirement, "submit"))
    response = signed_in(make_user(approver=True)).post(
        url(requirement, "review"), {"decision": "approve", "fingerprint": "old"}, follow=True
    )
    assert "The text changed while you were reading" in response.content.decode()
    assert not requirement.revisions.get().reviews.exists()


def test_the_author_agrees_alone_where_nobody_else_is_asked_and_it_says_so() -> None:
    user = make_user()
    requirement = make_requirement(criteria=[{}], revision={"author": user})
    client = signed_in(user)
    client.post(url(requirement, "submit"))
    client.post(url(requirement, "approve"))
    assert "Self-agreed" in page_of(client, requirement)


def test_putting_aside_needs_a_reason_and_shows_it() -> None:
    requirement = make_requirement()
    client = signed_in()
    client.post(url(requirement, "put-aside"), {"lifecycle": "deferred", "reason": "  "})
    requirement.refresh_from_db()
    assert requirement.lifecycle == "draft"
    client.post(url(requirement, "put-aside"), {"lifecycle": "deferred", "reason": "Spring\x00 again."})
    assert "Spring again." in page_of(client, requirement)
    client.post(url(requirement, "reopen"))
    requirement.refresh_from_db()
    assert requirement.lifecycle == "draft"


def test_an_unknown_place_to_put_it_is_refused() -> None:
    requirement = make_requirement()
    response = signed_in().post(
        url(requirement, "put-aside"), {"lifecycle": "approved", "reason": "x"}, follow=True
    )
    assert "Choose to defer" in response.content.decode()


def test_a_researcher_answers_but_does_not_write() -> None:
    requirement = make_requirement()
    client = signed_in(role=Role.RESEARCHER)
    client.post(url(requirement, "answer"), {"commitment": "infeasible", "reason": ""})
    requirement.refresh_from_db()
    assert requirement.commitment == "none"
    client.post(url(requirement, "answer"), {"commitment": "infeasible", "reason": "No recordings."})
    assert "No recordings." in page_of(client, requirement)
    assert client.get(url(requirement, "edit")).status_code == 403


def test_a_miss_is_waived_until_a_date_and_shows_everywhere() -> None:
    requirement = make_judged(make_product(), "not_met")
    client = signed_in(make_user(approver=True))
    day = timezone.localdate() + timedelta(days=9)
    client.post(
        url(requirement, "waivers"),
        {"criterion": "AC-1", "reason": "Until v3.", "expires_on": day.isoformat()},
    )
    assert "Waived until" in page_of(client, requirement)
    waiver = Waiver.objects.get()
    client.post(url(requirement, "waivers", str(waiver.pk), "revoke"))
    assert "Waived until" not in page_of(client, requirement)


def test_a_waiver_that_ends_in_the_past_is_refused_in_words() -> None:
    requirement = make_judged(make_product(), "not_met")
    data = {"criterion": "AC-1", "reason": "x", "expires_on": "2020-01-01"}
    response = signed_in(make_user(approver=True)).post(url(requirement, "waivers"), data, follow=True)
    assert "Choose a later date" in response.content.decode()
    assert not Waiver.objects.exists()


def test_a_product_manager_without_the_approver_mark_waives_nothing() -> None:
    requirement = make_judged(make_product(), "not_met")
    waiver = make_waiver(requirement)
    client = signed_in()
    assert client.post(url(requirement, "waivers", str(waiver.pk), "revoke")).status_code == 403


def test_evidence_that_needs_a_re_check_is_confirmed() -> None:
    product = make_product(candidate_version=make_model_version())
    verification = make_evidence(product=product)
    assert product.candidate_version is not None
    make_verdict(
        verification, make_finished_run([1.0] * 3, verification.evaluation_version, product.candidate_version)
    )
    evaluation = verification.evaluation_version.evaluation
    make_evaluation_version(
        evaluation=evaluation, scorer_versions=list(verification.evaluation_version.scorers.all())
    )
    requirement = verification.criterion.revision.requirement
    client = signed_in()
    assert "Version 2 of the evaluation exists." in page_of(client, requirement)
    client.post(url(requirement, "evidence", str(verification.pk), "confirm"))
    assert "Version 2 of the evaluation exists." not in page_of(client, requirement)


def test_evidence_is_linked_from_what_has_the_check() -> None:
    requirement = make_requirement(criteria=[{}])
    criterion = requirement.revisions.get().criteria.get()
    assert criterion.scorer is not None
    version = make_evaluation_version(scorer_versions=list(criterion.scorer.versions.all()))
    other = make_evaluation_version()
    client = signed_in()
    page = client.get(url(requirement, "criteria", "AC-1", "evidence")).content.decode()
    assert str(version) in page
    assert str(other) not in page
    client.post(url(requirement, "criteria", "AC-1", "evidence", "link"), {"evaluation_version": version.pk})
    assert criterion.verifications.get().evaluation_version == version


def test_measure_this_speaks_of_the_first_criterion_without_evidence() -> None:
    requirement = make_requirement(criteria=[{}, {}])
    make_verification(requirement.revisions.get().criteria.get(key="AC-1"))
    page = page_of(signed_in(), requirement)
    first, *rest = re.findall(r'href="(/measure/[^"]*)"', page)
    assert first == f"/measure/?criterion={requirement.key}/AC-2"
    assert f"/measure/?criterion={requirement.key}/AC-1" in rest
    assert signed_in().get(first).status_code == 200


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("running", "is under way."),
        ("done", "is finished; its verdict is given once the requirement is agreed."),
    ],
)
def test_a_run_without_a_verdict_says_how_far_it_is(state: str, words: str) -> None:
    version = make_model_version()
    requirement = make_requirement(make_product(candidate_version=version), criteria=[{}])
    verification = make_verification(requirement.revisions.get().criteria.get())
    run = make_run(verification.evaluation_version, version, state=state)
    page = " ".join(re.sub(r"<[^>]+>", "", page_of(signed_in(), requirement)).split())
    assert f"Run {run.pk} on {version.label} {words}" in page
    assert f"Run it on {version.label}" not in page


def test_measure_this_without_a_criterion_stays_with_the_product() -> None:
    requirement = make_requirement()
    assert f'href="/measure/?product={requirement.product.key}"' in page_of(signed_in(), requirement)


def test_evidence_without_the_check_is_refused_in_words() -> None:
    requirement = make_requirement(criteria=[{}])
    other = make_evaluation_version()
    response = signed_in().post(
        url(requirement, "criteria", "AC-1", "evidence", "link"),
        {"evaluation_version": other.pk},
        follow=True,
    )
    assert "does not use the scorer" in response.content.decode()


def test_a_run_is_started_from_the_page_by_researchers() -> None:
    version = make_model_version()
    verification = make_evidence(product=make_product(candidate_version=version))
    requirement = verification.criterion.revision.requirement
    target = url(requirement, "evidence", str(verification.pk), "run")
    assert signed_in(role=Role.VIEWER).post(target, {"version": version.pk}).status_code == 403
    signed_in(role=Role.RESEARCHER).post(target, {"version": version.pk})
    run = Run.objects.get()
    assert (run.model_version, run.cap_unit) == (version, "calls")
    assert signed_in().post(target, {"version": "x"}).status_code == 404


def test_two_revisions_are_compared_word_by_word() -> None:
    requirement = make_requirement(approved=True, revision={"shall": "give three keywords"})
    make_revision(requirement, shall="give five keywords")
    page = signed_in().get(url(requirement, "compare"), {"a": "1", "b": "2"}).content.decode()
    assert re.search(r"<del>\s*three</del>", page)
    assert re.search(r"<ins>\s*five</ins>", page)
    assert signed_in().get(url(requirement, "compare"), {"a": "1", "b": "7"}).status_code == 404


def test_more_versions_and_revisions_take_the_same_queries(django_assert_num_queries: Any) -> None:
    product = make_product()
    requirement = make_judged(product)
    verification = requirement.revisions.get().criteria.get().verifications.get()
    client = signed_in()
    client.get(url(requirement))
    with CaptureQueriesContext(connection) as few:
        client.get(url(requirement))
    for _ in range(4):
        make_verdict(verification)
    with django_assert_num_queries(len(few)):
        client.get(url(requirement))
