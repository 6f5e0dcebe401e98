"""A judge feeds a verdict only once people have checked it, and then their labels correct it."""

import numpy as np
import pytest

from capabilities.services.judging import judge_by_labels, judge_run
from evaluations.models import HumanScore, ScorerVersion
from evaluations.queries.calibrations import LEAST_LABELLED, agreement_of, calibrations_of
from tests.factories.capabilities import make_evidence
from tests.factories.evaluations import make_finished_run, make_model_version
from tests.factories.people import make_user

CASES = 200


def judged(passing: int = 190, **version):
    """A run whose judge passes so many of 200 answers, and the evidence that rests on it."""
    judge = make_model_version(**version)
    config = {"judge": judge.label, "rubric": "Polite.", "kind": "binary"}
    scorer = {"kind": "rubric_judge", "judge": judge, "rubric": "Polite.", "config": config}
    evidence = make_evidence(CASES, scorer=scorer, threshold=0.8)
    scores = [1.0] * passing + [0.0] * (CASES - passing)
    return evidence, make_finished_run(scores, evidence.evaluation_version)


def label(
    run, scorer: ScorerVersion, count: int, people: int = 2, *, wrong: int = 0, split: int = 0, every: int = 3
) -> None:
    """Labels of every third answer as the judge has it, of which `wrong` fail; of `split` two people differ."""
    answers = list(run.responses.order_by("pk"))[::every][:count]
    scores = {one.response_id: one.numerator for one in scorer_scores(run, scorer)}
    raters = [make_user() for _ in range(people)]
    rows = []
    for place, answer in enumerate(answers):
        value = 0.0 if place < wrong else scores[answer.pk]
        for number, rater in enumerate(raters):
            said = 1.0 - value if number and place < split else value
            rows.append(
                HumanScore(
                    response=answer,
                    scorer_version=scorer,
                    rater=f"user:{rater.pk}",
                    value=said,
                    said="pass" if said else "fail",
                    entered_by=rater,
                )
            )
    HumanScore.objects.bulk_create(rows)


def scorer_scores(run, scorer):
    return [score for answer in run.responses.prefetch_related("scores") for score in answer.scores.all()]


def scorer_of(evidence) -> ScorerVersion:
    scorers = ScorerVersion.objects.filter(evaluation_versions=evidence.evaluation_version)
    return scorers.select_related("scorer", "judge").get()


@pytest.mark.django_db
def test_an_unchecked_judge_feeds_no_verdict_and_the_sentence_says_what_to_do():
    evidence, run = judged()
    (verdict,) = judge_run(run)
    assert (verdict.outcome, verdict.reason, verdict.point) == ("inconclusive", "unchecked_judge", None)
    assert verdict.sentence.startswith("Not proven yet: the judge")
    assert f"Label at least {LEAST_LABELLED}" in verdict.sentence
    assert not verdict.lines.exists()


@pytest.mark.django_db
def test_labels_by_one_person_check_nothing():
    evidence, run = judged()
    label(run, scorer_of(evidence), 60, people=1)
    (verdict,) = judge_run(run)
    assert verdict.reason == "unchecked_judge"


@pytest.mark.django_db
def test_a_checked_judge_is_corrected_by_what_people_said():
    evidence, run = judged()
    (before,) = judge_run(run)
    label(run, scorer_of(evidence), 60, wrong=6)
    (verdict,) = judge_by_labels(scorer_of(evidence))
    assert verdict.pk != before.pk
    assert verdict.method == "prediction-powered/2"
    assert verdict.point is not None and verdict.low is not None and verdict.high is not None
    assert verdict.point < 0.95 - 0.05
    assert verdict.low < verdict.point < verdict.high
    assert verdict.outcome in ("met", "inconclusive")


@pytest.mark.django_db
def test_a_judge_that_people_do_not_agree_about_stays_unchecked():
    evidence, run = judged()
    label(run, scorer_of(evidence), 60, split=25)
    (verdict,) = judge_run(run)
    assert verdict.reason == "unchecked_judge"
    assert "agree too little" in verdict.sentence


@pytest.mark.django_db
def test_agreement_is_shown_with_its_range_between_people_and_with_the_judge():
    evidence, run = judged(100)
    scorer = scorer_of(evidence)
    label(run, scorer, 60, wrong=6)
    found = agreement_of(calibrations_of([scorer])[scorer.pk])
    alpha, kappa = found.people
    assert (alpha.value, kappa.value, alpha.n) == (1.0, 1.0, 60)
    alpha, kappa = found.judge
    assert alpha.interval is not None and alpha.value is not None
    assert alpha.interval.low < alpha.value < alpha.interval.high < 1


def sliced(part: int = 80, passing: int = 78, **criterion):
    """200 answers of which the first so many are of the slice that is asked about."""
    judge = make_model_version()
    config = {"judge": judge.label, "rubric": "Polite.", "kind": "binary"}
    scorer = {"kind": "rubric_judge", "judge": judge, "rubric": "Polite.", "config": config}
    cases = [
        {"key": f"case-{row:03}", "input": "?", "slices": {"lang": "de" if row < part else "en"}}
        for row in range(CASES)
    ]
    asked = {"slice_name": "lang", "slice_value": "de", "threshold": 0.7} | criterion
    evidence = make_evidence(cases, scorer=scorer, **asked)
    scores = [1.0] * passing + [0.0] * (part - passing) + [1.0] * (CASES - part)
    return evidence, make_finished_run(scores, evidence.evaluation_version)


@pytest.mark.django_db
def test_a_slice_is_decided_by_the_labels_of_its_own_cases():
    evidence, run = sliced()
    label(run, scorer_of(evidence), 66)
    (few,) = judge_run(run)
    assert (few.outcome, few.reason) == ("inconclusive", "unchecked_judge")
    assert "at least 30 are wanted there" in few.sentence and "lang = de" in few.sentence
    assert few.detail["labelling"]["slice"] == "lang=de"
    label(run, scorer_of(evidence), 6, every=13)
    (verdict,) = judge_by_labels(scorer_of(evidence))
    assert (verdict.outcome, verdict.method) == ("met", "prediction-powered/2")
    assert (verdict.n, verdict.detail["labels"]) == (80, 31)


@pytest.mark.django_db
def test_a_share_of_cases_is_decided_by_both_sides_of_its_mark():
    judge = make_model_version()
    config = {"judge": judge.label, "rubric": "Polite.", "kind": "bounded"}
    scorer = {"kind": "rubric_judge", "judge": judge, "config": config, "value_kind": "bounded"}
    evidence = make_evidence(CASES, scorer=scorer, statistic="share", limit=0.75, threshold=0.8)
    run = make_finished_run([1.0, 0.75] * 95 + [0.5] * 10, evidence.evaluation_version)
    label(run, scorer_of(evidence), 60, wrong=3)
    (verdict,) = judge_run(run)
    assert verdict.unit == "rate"
    answers = list(run.responses.order_by("pk"))[::3][:60]
    scores = {one.response_id: one.numerator for one in scorer_scores(run, scorer_of(evidence))}
    rest = np.array([score >= 0.75 for pk, score in scores.items() if pk not in {one.pk for one in answers}])
    assert verdict.point == pytest.approx(rest.mean() - 3 / 60)
    assert "of cases reach 75 % or more" in verdict.sentence or verdict.outcome == "inconclusive"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"statistic": "pass_all"}, "vouch for no single case"),
        ({"reach": "these"}, "“these cases only”"),
    ],
)
def test_what_no_correction_can_answer_says_so(asked, words):
    evidence, run = sliced(slice_name="", slice_value="", **asked)
    label(run, scorer_of(evidence), 60)
    (verdict,) = judge_run(run)
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "not_for_judges")
    assert words in verdict.sentence
