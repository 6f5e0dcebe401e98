"""What a change makes stale and what it leaves alone: a threshold exactly what rests on it, a typo nothing at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from capabilities.models import Product, Requirement, Revision, Verdict, Verification
from capabilities.queries.changes import changes
from capabilities.queries.products import JudgedVersions, only
from capabilities.queries.states import RequirementState, requirement_states
from capabilities.services import requirements as life
from capabilities.services.criteria import save_criterion
from capabilities.services.judging import judge_evidence, judge_run, judge_unjudged_runs
from capabilities.services.links import add_link, remove_link
from capabilities.services.revisions import edit_revision, open_revision
from capabilities.services.verifications import confirm_unchanged, link_evidence, recheck_reasons
from config.people.models import AuditEntry
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import make_evidence, make_membership, make_product
from tests.factories.evaluations import make_evaluation_version, make_finished_run, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


class World:
    """VA-1 is depended on by VA-2, refined by VA-3; VA-4 depends on VA-2; VA-5 stands alone. All were measured and met."""

    def __init__(self) -> None:
        self.product: Product = make_product(key="VA")
        self.version: ModelVersion = make_model_version()
        self.links: list[Verification] = [
            make_evidence(60, product=self.product, threshold=0.5) for _ in range(5)
        ]
        for link in self.links:
            self.run(link)
        one, two, three, four, _ = self.requirements
        add_link(actor=None, source=two, target=one, kind="depends_on")
        add_link(actor=None, source=three, target=one, kind="refines")
        add_link(actor=None, source=four, target=two, kind="depends_on")

    @property
    def requirements(self) -> Sequence[Requirement]:
        return list(self.product.requirements.select_related("product").order_by("number"))

    def run(self, link: Verification, **fields: Any) -> Run:
        run = make_finished_run([1.0] * 60, link.evaluation_version, self.version)
        if fields:
            Run.objects.filter(pk=run.pk).update(**fields)
            run.refresh_from_db()
        judge_run(run)
        return run

    def states(self) -> list[RequirementState]:
        return requirement_states(self.requirements, only(self.version))

    def freshness(self) -> list[str]:
        return [state.freshness for state in self.states()]

    def agree(self, requirement: Requirement) -> Revision:
        life.submit_for_review(actor=None, requirement=requirement)
        life.approve(actor=None, requirement=requirement)
        return requirement.revisions.get(status="approved")

    def change_threshold(self, requirement: Requirement) -> Verification:
        """To 60 %, agreed, and judged anew by whoever works in the background; its evidence from now on."""
        revision = open_revision(actor=None, requirement=requirement)
        save_criterion(actor=None, revision=revision, fields={"threshold": 0.6}, key="AC-1")
        evidence = self.agree(requirement).criteria.get().verifications.get()
        judge_evidence(evidence)
        return evidence


@pytest.fixture
def world() -> World:
    return World()


FRESH = ["fresh"] * 5


def test_everything_is_fresh_before_anything_changes(world: World) -> None:
    assert world.freshness() == FRESH


def test_a_changed_threshold_makes_exactly_what_rests_on_it_need_a_re_check(world: World) -> None:
    runs = Run.objects.count()
    world.change_threshold(world.requirements[0])
    assert world.freshness() == ["needs_recheck", "needs_recheck", "fresh", "fresh", "fresh"]
    states = world.states()
    assert states[0].criteria[0].reasons == ["The criterion changed since the evidence was linked."]
    assert states[1].criteria[0].reasons == ["VA-1, which this depends on, changed: revision 2."]
    assert Run.objects.count() == runs


def test_a_draft_makes_nothing_stale_before_it_is_agreed(world: World) -> None:
    revision = open_revision(actor=None, requirement=world.requirements[0])
    save_criterion(actor=None, revision=revision, fields={"threshold": 0.6}, key="AC-1")
    assert world.freshness() == FRESH


def test_other_words_for_what_the_model_shall_do_make_the_dependent_one_stale(world: World) -> None:
    one = world.requirements[0]
    edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"shall": "answer twice"})
    world.agree(one)
    assert world.freshness() == ["fresh", "needs_recheck", "fresh", "fresh", "fresh"]


def test_a_typo_in_the_title_makes_nothing_stale_and_its_verdicts_stay_without_a_worker(world: World) -> None:
    one = world.requirements[0]
    before = world.states()[0].criteria[0]
    runs = Run.objects.count()
    edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"title": "Mended"})
    assert world.states()[0].outcome == "met"
    world.agree(one)
    after = world.states()[0]
    found = after.criteria[0]
    assert after.revision.number == 2
    assert (after.outcome, after.freshness, after.coverage) == ("met", "fresh", "measured")
    assert found.verdict is not None and before.verdict is not None
    assert found.verdict.pk != before.verdict.pk
    assert found.verdict.run_id == before.verdict.run_id
    assert found.verdict.detail["carried_from"] == before.verdict.pk
    assert [line.label for line in found.lines] == [line.label for line in before.lines]
    assert world.freshness() == FRESH
    assert Run.objects.count() == runs


def test_judging_what_was_carried_over_adds_nothing(world: World) -> None:
    one = world.requirements[0]
    for title in ("Mended", "Mended again"):
        edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"title": title})
        evidence = world.agree(one).criteria.get().verifications.get()
    count = Verdict.objects.count()
    judge_evidence(evidence)
    judge_unjudged_runs()
    assert Verdict.objects.count() == count
    world.run(evidence)
    assert Verdict.objects.count() == count + 1


def test_what_was_carried_over_is_no_news(world: World) -> None:
    versions = JudgedVersions(world.version, world.version)
    before = [(change.kind, change.key) for change in changes(world.product, versions, limit=50)]
    one = world.requirements[0]
    edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"title": "Mended"})
    world.agree(one)
    after = [(change.kind, change.key) for change in changes(world.product, versions, limit=50)]
    assert sorted(after) == sorted(before)


def test_evidence_linked_while_the_draft_was_written_comes_along(world: World) -> None:
    one, link = world.requirements[0], world.links[0]
    edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"title": "Mended"})
    other = make_evaluation_version(scorer_versions=list(link.evaluation_version.scorers.all()))
    link_evidence(actor=None, criterion=link.criterion, evaluation_version=other)
    evidence = world.agree(one).criteria.get().verifications
    assert set(evidence.values_list("evaluation_version", flat=True)) == {
        link.evaluation_version_id,
        other.pk,
    }


def test_evidence_taken_out_of_the_draft_does_not_come_back(world: World) -> None:
    one = world.requirements[0]
    edit_revision(actor=None, requirement=one, expected_edit_count=None, fields={"title": "Mended"})
    one.revisions.get(status="draft").criteria.get().verifications.all().delete()
    assert not world.agree(one).criteria.get().verifications.exists()


def test_confirming_clears_the_re_check_of_that_evidence_alone(world: World) -> None:
    person = make_user("pm")
    evidence = world.change_threshold(world.requirements[0])
    confirm_unchanged(actor=person, verification=evidence)
    assert world.freshness() == ["fresh", "needs_recheck", "fresh", "fresh", "fresh"]
    confirm_unchanged(actor=person, verification=world.links[1])
    assert world.freshness() == FRESH
    entry = AuditEntry.objects.filter(verb="evidence.confirmed").latest("pk")
    assert entry.before["depends_on"] != entry.after["depends_on"]


def test_a_run_ordered_after_the_change_clears_it_and_an_older_one_does_not(world: World) -> None:
    evidence = world.change_threshold(world.requirements[0])
    world.run(evidence, created_at=timezone.now() - timedelta(days=1))
    world.run(world.links[1], created_at=timezone.now() - timedelta(days=1))
    assert world.freshness()[:2] == ["needs_recheck", "needs_recheck"]
    world.run(evidence)
    assert world.freshness()[:2] == ["fresh", "needs_recheck"]
    world.run(world.links[1])
    assert world.freshness() == FRESH
    assert AuditEntry.objects.filter(verb="evidence.run_again").count() == 2


def test_a_run_does_not_clear_that_a_newer_dataset_exists(world: World) -> None:
    link = world.links[4]
    link.stamp = link.stamp | {"dataset": 0}
    link.save()
    world.run(link)
    assert world.freshness()[4] == "needs_recheck"


def test_a_rivals_run_is_no_re_check(world: World) -> None:
    evidence = world.change_threshold(world.requirements[0])
    rival = make_finished_run([1.0] * 60, evidence.evaluation_version, make_model_version(side="competitor"))
    judge_run(rival)
    assert world.freshness()[0] == "needs_recheck"


def test_stamps_from_before_links_existed_stay_fresh(world: World) -> None:
    for link in world.links:
        link.stamp = {name: value for name, value in link.stamp.items() if name != "depends_on"}
        link.save()
    assert world.freshness() == FRESH
    assert recheck_reasons(world.links[1]) == []


def test_a_new_dependency_is_no_re_check_and_its_next_change_is_one(world: World) -> None:
    *_, five = world.requirements
    link = add_link(actor=None, source=five, target=world.requirements[0], kind="depends_on")
    assert world.freshness() == FRESH
    world.change_threshold(world.requirements[0])
    assert world.freshness()[4] == "needs_recheck"
    remove_link(actor=None, link=link)
    assert world.freshness()[4] == "fresh"


def test_a_reason_does_not_name_what_only_members_may_see(world: World) -> None:
    member = make_user("pm")
    secret = make_product(key="SECRET", restricted=True)
    make_membership(secret, member)
    hidden = make_evidence(60, product=secret, threshold=0.5).criterion.revision.requirement
    add_link(actor=member, source=world.requirements[4], target=hidden, kind="depends_on")
    edit_revision(actor=None, requirement=hidden, expected_edit_count=None, fields={"shall": "hide better"})
    world.agree(hidden)
    assert world.states()[4].criteria[0].reasons == [
        "A requirement of another product, which this depends on, changed: revision 2."
    ]
