import pytest

from capabilities.lint import lint_revision, statement_findings
from capabilities.services.revisions import current_revision
from tests.factories.capabilities import make_criterion, make_requirement, make_verification
from tests.factories.evaluations import make_dataset_version, make_evaluation_version

GOOD = [
    "name the language of the utterance with its ISO 639-1 code",
    "answer with the total of the invoice as a number",
    "give the review a sentiment from 1 to 5",
    "list exactly three keywords for each sentiment that occurs, as JSON",
    "decline to answer when no passage holds the answer",
    "transcribe the command with at most 8 % word errors",
]
BAD = [
    ("support several languages", "vague"),
    ("respond fast to the user", "vague"),
    ("give an appropriate answer to the question", "vague"),
    ("answer in the user's language where possible", "escape"),
    ("never give medical advice to anybody", "absolute"),
    ("always answer in JSON when asked", "absolute"),
    ("summarise the review and translate the summary", "joined"),
    ("it shall answer in German", "pronoun"),
    ("work well", "short"),
]


@pytest.mark.parametrize("shall", GOOD)
def test_a_good_statement_has_nothing_to_mend(shall: str):
    assert statement_findings(shall) == []


@pytest.mark.parametrize(("shall", "code"), BAD)
def test_a_bad_statement_says_what_to_write_instead(shall: str, code: str):
    findings = {finding.code: finding for finding in statement_findings(shall)}
    assert code in findings
    assert findings[code].sentence.endswith(".") and not findings[code].blocks


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
    assert "20 cases" in finding.sentence and "72" in finding.sentence
