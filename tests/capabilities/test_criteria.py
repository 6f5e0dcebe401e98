import pytest
from django.core.exceptions import ValidationError

from capabilities.errors import IllegalMove
from capabilities.models import Revision
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.requirements import answer_commitment
from capabilities.services.revisions import current_revision, edit_revision
from capabilities.services.verifications import (
    confirm_unchanged,
    link_evidence,
    recheck_reasons,
    unlink_evidence,
)
from config.errors import Refused
from evaluations.services import datasets
from evaluations.services.scorers import create_scorer_version
from tests.factories.capabilities import (
    make_criterion,
    make_requirement,
    make_rival_set,
    make_verdict,
    make_verification,
)
from tests.factories.evaluations import make_evaluation_version, make_scorer_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def draft() -> Revision:
    return current_revision(make_requirement())


def fields(**given: object) -> dict[str, object]:
    return {"scorer": make_scorer_version().scorer, "threshold": 0.9} | given


def test_a_criterion_takes_the_next_key_and_keeps_it():
    revision = draft()
    first = save_criterion(actor=None, revision=revision, fields=fields())
    second = save_criterion(actor=None, revision=revision, fields=fields())
    remove_criterion(actor=None, criterion=second)
    changed = save_criterion(actor=None, revision=revision, key="AC-1", fields={"threshold": 0.8})
    assert (first.key, second.key, changed.pk) == ("AC-1", "AC-2", first.pk)


@pytest.mark.parametrize("threshold", [1.0, 1.2])
def test_a_target_that_can_never_be_shown_is_refused_with_the_alternatives(threshold: float):
    with pytest.raises(ValidationError) as refusal:
        save_criterion(actor=None, revision=draft(), fields=fields(threshold=threshold))
    assert "72 cases all right" in refusal.value.message_dict["threshold"][0]


def test_no_failure_at_all_is_refused_where_lower_is_better():
    scorer = make_scorer_version(direction="lower", value_kind="bounded").scorer
    with pytest.raises(ValidationError, match="every try must pass"):
        save_criterion(actor=None, revision=draft(), fields=fields(scorer=scorer, threshold=0.0))


def test_a_criterion_without_a_target_is_refused():
    with pytest.raises(ValidationError):
        save_criterion(actor=None, revision=draft(), fields=fields(threshold=None))


def test_practically_equal_needs_to_say_within_how_much():
    with pytest.raises(ValidationError, match="within how much"):
        save_criterion(
            actor=None, revision=draft(), fields=fields(against="competitors", equivalence=True, margin=0.0)
        )


def test_half_a_slice_is_refused():
    with pytest.raises(ValidationError, match="lang = de"):
        save_criterion(actor=None, revision=draft(), fields=fields(slice_name="lang"))


def test_the_newest_rival_set_is_taken_unless_another_is_named():
    revision = draft()
    make_rival_set(revision.requirement.product)
    newest = make_rival_set(revision.requirement.product)
    criterion = save_criterion(actor=None, revision=revision, fields=fields(against="competitors"))
    assert criterion.rival_set == newest


def test_an_approved_revision_takes_no_criterion():
    revision = current_revision(make_requirement(approved=True, criteria=[{}]))
    with pytest.raises(IllegalMove, match="open a draft"):
        save_criterion(actor=None, revision=revision, fields=fields())


def test_loosening_after_a_miss_is_said_for_ever():
    verdict = make_verdict(outcome="not_met")
    requirement = verdict.verification.criterion.revision.requirement
    key = verdict.verification.criterion.key
    revision = edit_revision(actor=None, requirement=requirement, expected_edit_count=None, fields={})
    save_criterion(actor=None, revision=revision, key=key, fields={"threshold": 0.1})
    revision.refresh_from_db()
    assert revision.loosened_after_miss
    save_criterion(actor=None, revision=revision, key=key, fields={"threshold": 0.99})
    revision.refresh_from_db()
    assert revision.loosened_after_miss


def test_tightening_after_a_miss_is_no_loosening():
    verdict = make_verdict(outcome="not_met")
    criterion = verdict.verification.criterion
    revision = edit_revision(
        actor=None, requirement=criterion.revision.requirement, expected_edit_count=None, fields={}
    )
    save_criterion(actor=None, revision=revision, key=criterion.key, fields={"threshold": 0.99})
    revision.refresh_from_db()
    assert not revision.loosened_after_miss


def test_evidence_must_hold_the_scorer():
    criterion = make_criterion(draft())
    with pytest.raises(Refused, match="does not use the scorer"):
        link_evidence(actor=None, criterion=criterion, evaluation_version=make_evaluation_version())


def test_a_new_version_of_the_dataset_asks_for_a_re_check_until_somebody_confirms():
    verification = make_verification()
    assert recheck_reasons(verification) == []
    draft_version = datasets.open_draft(
        actor=None, dataset=verification.evaluation_version.dataset_version.dataset
    )
    datasets.publish_version(actor=None, version=draft_version)
    assert recheck_reasons(verification) == ["Version 2 of the dataset exists."]
    confirmed = confirm_unchanged(actor=make_user("pm"), verification=verification)
    assert recheck_reasons(confirmed) == []


def test_a_changed_threshold_asks_exactly_its_own_evidence_for_a_re_check():
    revision = draft()
    scorers = [create_scorer_version(actor=None, slug=f"s-{n}", kind="exact", config={}) for n in range(2)]
    evaluation = make_evaluation_version(scorer_versions=scorers)
    criteria = [
        save_criterion(actor=None, revision=revision, fields=fields(scorer=each.scorer)) for each in scorers
    ]
    links = [link_evidence(actor=None, criterion=each, evaluation_version=evaluation) for each in criteria]
    save_criterion(actor=None, revision=revision, key="AC-1", fields={"threshold": 0.7})
    for link in links:
        link.refresh_from_db()
        link.criterion.refresh_from_db()
    assert [bool(recheck_reasons(link)) for link in links] == [True, False]


def test_evidence_that_gave_verdicts_stays():
    with pytest.raises(Refused, match="stays"):
        unlink_evidence(actor=None, verification=make_verdict().verification)


def test_evidence_comes_along_into_a_new_revision():
    verification = make_verdict().verification
    requirement = verification.criterion.revision.requirement
    revision = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"title": "New"}
    )
    copied = revision.criteria.get(key=verification.criterion.key).verifications.get()
    assert copied.evaluation_version == verification.evaluation_version and copied != verification


def test_the_answer_of_research_is_kept():
    requirement = answer_commitment(
        actor=make_user("researcher"), requirement=make_requirement(), commitment="training"
    )
    assert requirement.commitment == "training"
