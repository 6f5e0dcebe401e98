import pytest

from capabilities.lint import lint_revision
from capabilities.models import Criterion
from capabilities.services.revisions import current_revision
from tests.factories.capabilities import make_criterion, make_requirement, make_verification
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_scorer_version


@pytest.mark.django_db
def test_errors_come_before_warnings():
    revision = current_revision(
        make_requirement(revision={"shall": "support languages quickly", "rationale": ""})
    )
    blocks = [finding.blocks for finding in lint_revision(revision)]
    assert blocks == sorted(blocks, reverse=True) and True in blocks and False in blocks


@pytest.mark.django_db
def test_a_criterion_nobody_measures_is_a_warning_only():
    revision = current_revision(make_requirement())
    make_criterion(revision)
    findings = [finding for finding in lint_revision(revision) if finding.code == "not_linked"]
    assert len(findings) == 1 and not findings[0].blocks


@pytest.mark.django_db
def test_too_few_cases_ever_to_prove_the_target_is_said_with_the_number_needed():
    revision = current_revision(make_requirement())
    criterion = make_criterion(revision, threshold=0.95)
    assert criterion.scorer is not None
    evaluation = make_evaluation_version(make_dataset_version(20), [criterion.scorer.versions.get()])
    make_verification(criterion, evaluation_version=evaluation)
    [finding] = [finding for finding in lint_revision(revision) if finding.code == "small_n"]
    assert "20 cases" in finding.sentence and "72" in finding.fix


@pytest.mark.django_db
def test_few_utterances_for_a_word_error_rate_are_told_with_the_number_that_was_enough():
    revision = current_revision(make_requirement())
    scorer = make_scorer_version("wer")
    criterion = make_criterion(revision, scorer=scorer.scorer, statistic="ratio", threshold=0.05)
    make_verification(
        criterion, evaluation_version=make_evaluation_version(make_dataset_version(3), [scorer])
    )
    [finding] = [finding for finding in lint_revision(revision) if finding.code == "few_units"]
    assert "With 3 cases" in finding.sentence and "8.6" in finding.sentence
    assert "5,000" in finding.fix and not finding.blocks
    Criterion.objects.filter(pk=criterion.pk).update(statistic="mean", scorer=make_scorer_version().scorer)
    assert not [finding for finding in lint_revision(revision) if finding.code == "few_units"]


@pytest.mark.django_db
def test_cases_of_few_sources_are_counted_by_source():
    revision = current_revision(make_requirement())
    criterion = make_criterion(revision, threshold=0.95)
    assert criterion.scorer is not None
    cases = [{"key": f"case-{number}", "cluster": f"speaker {number % 4}"} for number in range(80)]
    evaluation = make_evaluation_version(make_dataset_version(cases), [criterion.scorer.versions.get()])
    make_verification(criterion, evaluation_version=evaluation)
    [finding] = [finding for finding in lint_revision(revision) if finding.code == "few_units"]
    assert "4 independent sources of cases" in finding.sentence and "400" in finding.fix
