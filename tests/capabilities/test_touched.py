"""Only requirements that something touched since are worked out, and what is told is the same as when all are, whatever happened."""

import random
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from capabilities.models import Link, Product, Requirement, StandingMark, Verdict, Verification, Waiver
from capabilities.queries.change_points import Since, versions_then
from capabilities.queries.change_states import Moments, states_then_and_now
from capabilities.queries.changed import NAMES, Changed, changed, changed_among, titles_of
from capabilities.queries.changed_page import Shown, changed_page
from capabilities.queries.past import states_as_of
from capabilities.queries.products import JudgedVersions, judged_versions
from capabilities.queries.states import RequirementState, requirement_states
from capabilities.queries.touched import touched
from capabilities.services.requirements import put_aside, set_fields
from capabilities.services.standings import rebuild_standings
from capabilities.services.waivers import revoke_waiver
from evaluations.models import ModelVersion
from tests.capabilities.worlds import make_mixed_world
from tests.factories.capabilities import (
    approve_revision,
    make_link,
    make_requirement,
    make_revision,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
DATED = {
    "capabilities_requirement": ("created_at",),
    "capabilities_revision": ("created_at", "approved_at"),
    "capabilities_verification": ("confirmed_at",),
    "capabilities_verdict": ("created_at",),
    "capabilities_waiver": ("created_at", "revoked_at"),
    "capabilities_link": ("created_at",),
    "evaluations_evaluationversion": ("created_at",),
    "evaluations_datasetversion": ("frozen_at",),
    "evaluations_scorerversion": ("created_at",),
    "evaluations_modelversion": ("created_at",),
    "evaluations_run": ("finished_at",),
    "people_auditentry": ("at",),
}
Deed = Callable[[Product, random.Random], object]


def one_of(rows: object, chance: random.Random) -> object:
    return chance.choice(list(rows.order_by("pk")))  # type: ignore[attr-defined]


def agreed(product: Product, chance: random.Random) -> Requirement:
    found = one_of(product.requirements.filter(lifecycle="approved"), chance)
    assert isinstance(found, Requirement)
    return found


def evidence(product: Product, chance: random.Random) -> Verification:
    found = one_of(
        Verification.objects.filter(
            criterion__revision__requirement__product=product, criterion__revision__status="approved"
        ),
        chance,
    )
    assert isinstance(found, Verification)
    return found


def judge_again(product: Product, chance: random.Random) -> None:
    link = evidence(product, chance)
    models = product.subject_models.all()
    version = one_of(ModelVersion.objects.filter(model__in=models), chance)
    assert isinstance(version, ModelVersion)
    judge(link, version, chance)


def judge(link: Verification, version: ModelVersion, chance: random.Random) -> None:
    run = make_finished_run([1.0] * 3, link.evaluation_version, version)
    outcome = chance.choice(["met", "not_met", "inconclusive", "no_data"])
    aging = {"ages_from": (timezone.now() - timedelta(days=chance.choice([20, 35, 50]))).isoformat()}
    detail = chance.choice([{}, aging, {"higher_is_better": False}])
    trend = chance.choice(["improved", "regressed", "unknown"])
    waits = chance.random() < 0.2
    verdict = make_verdict(link, run, outcome, pending_confirmation=waits, detail=detail, trend=trend)
    compare(verdict, chance)


def compare(verdict: Verdict, chance: random.Random) -> None:
    """Beside up to two versions of a rival, somewhere."""
    rivals = ModelVersion.objects.filter(model__side="competitor").order_by("pk")
    for rival in chance.sample(list(rivals), chance.randrange(3)):
        point = chance.choice([-0.2, 0.0, 0.2])
        theirs = chance.choice([0.3, 0.8])
        verdict.lines.create(
            kind="rival",
            label="Rival",
            outcome="inconclusive",
            model_version=rival,
            point=chance.choice([None, point, point]),
            low=point - 0.1,
            high=point + 0.1,
            their_point=theirs,
            their_low=chance.choice([None, theirs - 0.1]),
            their_high=theirs + 0.1,
            detail=chance.choice([{}, {"reason": "straddles"}, {"reason": "small_n"}]),
        )


def agree_anew(product: Product, chance: random.Random) -> None:
    requirement = agreed(product, chance)
    requirement.revisions.exclude(status__in=["approved", "superseded"]).update(status="discarded")
    approve_revision(make_revision(requirement, criteria=[{}]))


def depend(product: Product, chance: random.Random) -> None:
    source, target = agreed(product, chance), one_of(product.requirements, chance)
    assert isinstance(target, Requirement)
    if source != target and not Link.objects.filter(source=source, target=target).exists():
        make_link(source, target)


DEEDS: dict[str, Deed] = {
    "judged again": judge_again,
    "agreed anew": agree_anew,
    "depends": depend,
    "new": lambda product, chance: make_requirement(product, approved=True, criteria=[{}]),
    "evaluation": lambda product, chance: make_evaluation_version(
        evaluation=evidence(product, chance).evaluation_version.evaluation
    ),
    "scorer": lambda product, chance: make_scorer_version(
        slug=str(evidence(product, chance).criterion.scorer)
    ),
    "waived": lambda product, chance: make_waiver(
        agreed(product, chance),
        expires_on=timezone.now().date() + timedelta(days=chance.choice([-20, -3, 5])),
    ),
    "waiver taken back": lambda product, chance: [
        revoke_waiver(actor=make_user("pm"), waiver=waiver)
        for waiver in Waiver.objects.filter(revoked_at=None)[:1]
    ],
    "given to another objective": lambda product, chance: set_fields(
        actor=make_user("pm"),
        requirement=agreed(product, chance),
        objective=chance.choice([None, *product.objectives.order_by("pk")]),
    ),
    "put aside": lambda product, chance: put_aside(
        actor=make_user("pm"), requirement=agreed(product, chance), lifecycle="deferred", reason="Later."
    ),
    "version": lambda product, chance: make_model_version(
        chance.choice(list(product.subject_models.order_by("pk")))
    ),
}


def spread_in_time(chance: random.Random, lately: Collection[str] = DATED, share: float = 0.15) -> None:
    """Every row gets a day of its own among the last sixty, long ago but for a share of the rows of some tables; past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [chance.random()])
        cursor.execute("SET session_replication_role = replica")
        for table, columns in DATED.items():
            old = 1 - share if table in lately else 2
            days = f"CASE WHEN random() < {old} THEN 20 + 40 * random() ELSE 10 * random() END"
            told = ", ".join(f"{name} = {name} - interval '1 day' * {days}" for name in columns)
            cursor.execute(f"UPDATE {table} SET {told}")
        cursor.execute("SET session_replication_role = DEFAULT")


def told(product: Product, moment: datetime, now: datetime) -> tuple[bool, int]:
    """Whether the short way says what the long way says, and how many requirements it left out."""
    versions = judged_versions(product)
    before = versions_then(versions, moment)
    since = Since(moment, "a moment")
    every = frozenset(product.requirements.values_list("pk", flat=True))
    short = changed(product, versions, since, now)
    assert_pages_say_the_same(short, versions)
    assert_states_are_what_each_side_says(product, Moments(moment, now, before, versions))
    whole = changed_among(product, before, versions, since, now, every)
    left_out = every - touched(product, before, versions, moment, now)
    assert [item.sentence for item in short.items] == [item.sentence for item in whole.items]
    return short == whole, len(left_out)


def assert_states_are_what_each_side_says(product: Product, moments: Moments) -> None:
    """What is read once for both is what a look back and a look at today read each by itself."""
    every = frozenset(product.requirements.values_list("pk", flat=True))
    found = states_then_and_now(product, moments, titles_of(product), every)
    past = states_as_of(product, moments.then, moments.before)
    agreed = list(product.requirements.filter(lifecycle="approved").order_by("number"))
    present = requirement_states(agreed, moments.versions, moments.now)
    assert list(map(said, found.then)) == list(map(said, past.states))
    assert list(map(said, found.now)) == list(map(said, present))
    assert found.untold == past.untold


def said(state: RequirementState) -> object:
    return (
        *(state.requirement.key, state.requirement.kind, state.requirement.objective_id),
        *(state.revision.pk, state.revision.status, state.version, state.draft),
        *(state.outcome, state.lean, state.trend, state.freshness, state.coverage, state.waived),
        *(state.pending, state.gap),
        [
            (one.criterion, one.verification, one.verification and one.verification.stamp, one.verdict)
            + (list(one.lines), one.freshness, one.reasons, one.coverage, one.waiver)
            for one in state.criteria
        ],
    )


def assert_pages_say_the_same(whole: Changed, versions: JudgedVersions) -> None:
    """What the database counts and a page shows of it is what working everything out finds."""
    asked = (whole.product, versions, whole.since, whole.now)
    for most in (3, 500):
        page = changed_page(*asked, Shown(most))
        assert (page.total, page.untold) == (len(whole.items), whole.untold)
        assert {name: (page.counts[name], list(page.shown[name])) for name in NAMES} == {
            name: (len(whole.of(name)), whole.of(name)[:most]) for name in NAMES
        }
    fullest = max(NAMES, key=lambda name: len(whole.of(name)))
    start = min(4, max(0, len(whole.of(fullest)) - 1) // 4 * 4)
    page = changed_page(*asked, Shown(0, fullest, 4, 4))
    assert list(page.shown[fullest]) == whole.of(fullest)[start : start + 4]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_told_is_the_same_whatever_happened_and_whenever(seed: int) -> None:
    chance = random.Random(seed)
    product = make_mixed_world(seed, 10)
    for name in "ab":
        make_model_version(make_model(side="competitor"), name=name)
    for name in [*chance.choices(sorted(DEEDS), k=8), *["judged again"] * 6]:
        DEEDS[name](product, chance)
    spread_in_time(chance)
    rebuild_standings()
    now = timezone.now()
    found = [told(product, now - timedelta(days=days), now) for days in (1, 12, 35)]
    assert [same for same, _ in found] == [True] * 3
    assert found[0][1] > 0


@pytest.mark.parametrize("seed", range(4))
def test_what_verdicts_and_time_alone_changed_is_told_from_the_verdicts(seed: int) -> None:
    chance = random.Random(seed)
    product = make_mixed_world(seed, 20)
    Waiver.objects.all().delete()
    for name in "ab":
        make_model_version(make_model(side="competitor"), name=name)
    for link in Verification.objects.order_by("pk"):
        for version in ModelVersion.objects.filter(model__products=product).order_by("pk"):
            if chance.random() < 0.3:
                judge(link, version, chance)
    for name in ["evaluation", "scorer", *["judged again"] * 8]:
        DEEDS[name](product, chance)
    spread_in_time(chance, {"capabilities_verdict", "evaluations_run", "evaluations_scorerversion"}, 0.5)
    rebuild_standings()
    now = timezone.now()
    assert [told(product, now - timedelta(days=days), now)[0] for days in (5, 12)] == [True] * 2


def test_a_standing_that_is_due_is_not_taken_for_granted() -> None:
    chance = random.Random(3)
    product = make_mixed_world(3, 6)
    spread_in_time(chance)
    rebuild_standings()
    requirement = agreed(product, chance)
    now = timezone.now()
    versions = judged_versions(product)

    def looked_at() -> set[int]:
        return touched(product, versions, versions, now, now)

    waiting = make_requirement(product, approved=True)
    spread_in_time(chance)
    assert waiting.pk in looked_at()
    rebuild_standings()
    StandingMark.objects.create(requirement=requirement)
    assert requirement.pk in looked_at()


def test_a_text_that_is_older_than_its_requirement_is_not_taken_for_granted() -> None:
    product = make_mixed_world(3, 6)
    spread_in_time(random.Random(3), ())
    rebuild_standings()
    late = agreed(product, random.Random(3))
    now = timezone.now()
    Requirement.objects.filter(pk=late.pk).update(created_at=now - timedelta(days=2))
    versions = judged_versions(product)
    assert late.pk in touched(product, versions, versions, now - timedelta(days=5), now)


def test_nothing_happened_and_nothing_is_looked_at() -> None:
    product = make_mixed_world(5, 6)
    spread_in_time(random.Random(5))
    rebuild_standings()
    now = timezone.now()
    versions = judged_versions(product)
    found = touched(product, versions, versions, now, now)
    waiting = Verdict.objects.filter(pending_confirmation=True).values_list(
        "verification__criterion__revision__requirement", flat=True
    )
    assert found <= set(waiting)
