"""What a process keeps of profiles: read once, and never what a later generation, verdict, stamp or waiver has changed."""

from typing import Any

import pytest
from django.utils import timezone

from capabilities.models import Product, Verification
from capabilities.services.judging import judge_run
from capabilities.services.version_profiles import version_profile
from config.people.models import Role, User
from evaluations.models import ModelVersion, Response, Run, Score, WorkItem
from evaluations.services.vectors import write_vectors
from tests.capabilities.profiled import product_of_two_versions, rival_of
from tests.factories.capabilities import (
    make_evidence,
    make_membership,
    make_requirement,
    make_revision,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 60


@pytest.fixture
def product() -> Product:
    return product_of_two_versions()


@pytest.fixture
def rival(product: Product) -> ModelVersion:
    return rival_of(product)


@pytest.fixture
def user() -> User:
    return make_user(Role.PM)


def named(name: str) -> ModelVersion:
    return ModelVersion.objects.select_related("model", "parent").get(model__slug="ours", name=name)


def partial(link: Verification, version: ModelVersion, right: int = 40) -> Run:
    """So many cases right, in every try and within 100 ms; the others were not answered yet."""
    tries = link.evaluation_version.repeats
    scores = [[1.0] * tries] * right + [[None] * tries] * (CASES - right)
    return make_finished_run(
        scores, link.evaluation_version, version, answers=lambda place, repeat: {"latency_ms": 100.0}
    )


def go_on(run: Run, score: float = 0.0) -> Run:
    """The answers that were missing, each after nine seconds, as the run's next generation."""
    scorer = run.evaluation_version.scorers.get()
    left = list(run.items.exclude(state=WorkItem.State.DONE))
    answers = Response.objects.bulk_create(
        Response(run=run, case_id=item.case_id, repeat=item.repeat, finish_reason="stop", latency_ms=9_000.0)
        for item in left
    )
    Score.objects.bulk_create(
        Score(response=one, scorer_version=scorer, numerator=score, denominator=1.0) for one in answers
    )
    run.generation, run.state = run.generation + 1, Run.State.DONE
    run.done, run.failed, run.finished_at = run.total, 0, timezone.now()
    run.save()
    write_vectors(run)
    return run


def key_of(link: Verification) -> str:
    return link.criterion.revision.requirement.key


def only_of(profile: dict[str, Any], group: str) -> dict[str, Any]:
    [one] = profile[group]
    return dict(one)


def test_a_profile_is_read_once_and_says_the_same_again(
    product: Product, rival: ModelVersion, user: User, query_count: Any
) -> None:
    older, newer = named("v1"), named("v2")
    link = make_evidence(CASES, product=product, repeats=2, threshold=0.5)
    for version in (rival, older, newer):
        judge_run(partial(link, version))
    with query_count(23):
        first = version_profile(user, newer, [older])
    with query_count(14):
        assert version_profile(user, newer, [older]) == first
    with query_count(14):
        theirs = version_profile(user, rival, [])
    with query_count(8):
        assert version_profile(user, rival, []) == theirs


def test_another_generation_of_a_rivals_run_is_read_anew(
    product: Product, rival: ModelVersion, user: User
) -> None:
    link = make_evidence(CASES, product=product, threshold=0.9)
    run = partial(link, rival)
    before = only_of(version_profile(user, rival, []), "open")
    assert (before["point"], before["n"]) == (1.0, 40)
    go_on(run)
    after = only_of(version_profile(user, rival, []), "not_met")
    assert (after["point"], after["n"], after["run"]) == (40 / CASES, CASES, run.pk)


def test_its_slices_are_read_anew_too(product: Product, rival: ModelVersion, user: User) -> None:
    cases = [
        {"key": f"c{place:02}", "slices": {"lang": "en" if place < 40 else "de"}} for place in range(CASES)
    ]
    run = partial(make_evidence(cases, product=product, threshold=0.5), rival)
    assert version_profile(user, rival, [])["slices"] == []
    go_on(run)
    found = only_of(version_profile(user, rival, []), "slices")
    assert (found["slice"], found["point"], found["n"]) == ("lang=de", 0.0, 20)


def test_reliability_speed_and_every_time_are_those_of_the_present_generation(
    product: Product, rival: ModelVersion, user: User
) -> None:
    run = partial(make_evidence(CASES, product=product, repeats=2), rival)
    before = only_of(version_profile(user, rival, []), "evaluations")
    assert (before["missing"], before["median_ms"], before["p95_ms"]) == (40, 100.0, 100.0)
    assert (before["right_every_time"]["n"], before["right_every_time"]["point"]) == (40, 1.0)
    go_on(run)
    after = only_of(version_profile(user, rival, []), "evaluations")
    assert (after["missing"], after["median_ms"], after["p95_ms"]) == (0, 100.0, 9_000.0)
    assert (after["right_every_time"]["n"], after["right_every_time"]["point"]) == (CASES, 40 / CASES)


@pytest.mark.parametrize("which", ["v1", "v2"])
def test_a_trend_follows_either_run_into_its_next_generation(
    product: Product, user: User, which: str
) -> None:
    older, newer = named("v1"), named("v2")
    link = make_evidence(CASES, product=product, threshold=0.5)
    runs = {version.name: partial(link, version) for version in (older, newer)}

    def step() -> tuple[float, float, float]:
        row = only_of(version_profile(user, newer, [older]), "trends")
        return row["now"], row["steps"][0]["was"], row["steps"][0]["n"]

    assert step() == (1.0, 1.0, 40)
    go_on(runs[which])
    now, was, _ = step()
    assert (now, was) == ((1.0, 40 / CASES) if which == "v1" else (40 / CASES, 1.0))


def test_a_newer_verdict_takes_the_place_of_the_kept_one(product: Product, user: User) -> None:
    version = named("v2")
    link = make_evidence(CASES, product=product, threshold=0.5)
    run = partial(link, version, right=59)
    judge_run(run)
    assert only_of(version_profile(user, version, []), "met")["n"] == 59
    judge_run(go_on(run))
    assert only_of(version_profile(user, version, []), "met")["n"] == CASES


def test_freshness_and_waivers_are_not_kept(product: Product, user: User) -> None:
    version = named("v2")
    link = make_evidence(CASES, product=product, threshold=0.99)
    judge_run(partial(link, version, right=10))
    judge_run(go_on(partial(link, version, right=10)))
    before = only_of(version_profile(user, version, []), "not_met")
    assert (before["freshness"], before["waived"]) == ("fresh", False)
    Verification.objects.filter(pk=link.pk).update(stamp={**link.stamp, "criterion": "another"})
    make_waiver(link.criterion.revision.requirement)
    after = only_of(version_profile(user, version, []), "not_met")
    assert (after["freshness"], after["waived"]) == ("needs_recheck", True)


def test_a_text_that_is_agreed_anew_is_read_with_its_own_criteria(
    product: Product, rival: ModelVersion, user: User
) -> None:
    link = make_evidence(CASES, product=product, threshold=0.5)
    partial(link, rival, right=CASES)
    assert only_of(version_profile(user, rival, []), "met")["target"] == 0.5
    scorer = link.criterion.scorer
    requirement = link.criterion.revision.requirement
    revision = make_revision(requirement, approved=True, criteria=[{"scorer": scorer, "threshold": 0.4}])
    make_verification(revision.criteria.get(), link.evaluation_version)
    assert only_of(version_profile(user, rival, []), "met")["target"] == 0.4


def test_criteria_of_a_text_that_may_still_change_are_read_each_time(product: Product, user: User) -> None:
    requirement = make_requirement(product, lifecycle="approved", criteria=[{"threshold": 0.5}])
    criterion = requirement.revisions.get().criteria.get()
    assert only_of(version_profile(user, named("v2"), []), "unmeasured")["target"] == 0.5
    criterion.threshold = 0.6
    criterion.save()
    assert only_of(version_profile(user, named("v2"), []), "unmeasured")["target"] == 0.6


def test_what_a_member_read_first_is_still_not_told_to_strangers(
    product: Product, rival: ModelVersion, user: User
) -> None:
    link = make_evidence(CASES, product=product, threshold=0.5)
    for version in (rival, named("v2")):
        judge_run(partial(link, version, right=CASES))
    product.restricted = True
    product.save()
    member = make_user(Role.PM)
    make_membership(product, member)
    for one in (named("v2"), rival):
        assert key_of(link) in str(version_profile(member, one, [named("v1")]))
        assert key_of(link) not in str(version_profile(user, one, [named("v1")]))
