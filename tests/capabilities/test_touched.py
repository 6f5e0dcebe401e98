"""Only requirements that something touched since are worked out, and what is told is the same as when all are, whatever happened."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from capabilities.models import Link, Product, Requirement, StandingMark, Verdict, Verification, Waiver
from capabilities.queries.change_points import Since, versions_then
from capabilities.queries.changed import NAMES, Changed, changed, changed_among
from capabilities.queries.changed_page import Shown, changed_page
from capabilities.queries.products import JudgedVersions, judged_versions
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
    run = make_finished_run([1.0] * 3, link.evaluation_version, version)
    outcome = chance.choice(["met", "not_met", "inconclusive", "no_data"])
    detail = chance.choice([{}, {"ages_from": (timezone.now() - timedelta(days=35)).isoformat()}])
    make_verdict(link, run, outcome, pending_confirmation=chance.random() < 0.2, detail=detail)


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


def spread_in_time(chance: random.Random) -> None:
    """Every row gets a day of its own among the last sixty, most of them long ago; past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [chance.random()])
        cursor.execute("SET session_replication_role = replica")
        for table, columns in DATED.items():
            told = ", ".join(
                f"{name} = {name} - interval '1 day' * CASE WHEN random() < 0.85 THEN 20 + 40 * random() ELSE 10 * random() END"
                for name in columns
            )
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
    whole = changed_among(product, before, versions, since, now, every)
    left_out = every - touched(product, before, versions, moment, now)
    assert [item.sentence for item in short.items] == [item.sentence for item in whole.items]
    return short == whole, len(left_out)


def assert_pages_say_the_same(whole: Changed, versions: JudgedVersions) -> None:
    """What the database counts and a page shows of it is what working everything out finds."""
    asked = (whole.product, versions, whole.since, whole.now)
    page = changed_page(*asked, Shown(3))
    assert (page.total, page.untold) == (len(whole.items), whole.untold)
    assert {name: (page.counts[name], list(page.shown[name])) for name in NAMES} == {
        name: (len(whole.of(name)), whole.of(name)[:3]) for name in NAMES
    }
    fullest = max(NAMES, key=lambda name: len(whole.of(name)))
    start = min(4, max(0, len(whole.of(fullest)) - 1) // 4 * 4)
    page = changed_page(*asked, Shown(0, fullest, 4, 4))
    assert list(page.shown[fullest]) == whole.of(fullest)[start : start + 4]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_told_is_the_same_whatever_happened_and_whenever(seed: int) -> None:
    chance = random.Random(seed)
    product = make_mixed_world(seed, 10)
    for name in chance.choices(sorted(DEEDS), k=8):
        DEEDS[name](product, chance)
    spread_in_time(chance)
    rebuild_standings()
    now = timezone.now()
    found = [told(product, now - timedelta(days=days), now) for days in (1, 12, 35)]
    assert [same for same, _ in found] == [True] * 3
    assert found[0][1] > 0


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
