"""A judge feeds a verdict only once people have checked it, and then their labels correct it."""

from typing import Any

import numpy as np
import pytest

from capabilities.services.judging import judge_by_labels, judge_run
from capabilities.services.judging_claims import Scope, claim_alone, claim_earlier
from evaluations.models import HumanScore, ScorerVersion
from evaluations.queries.calibrations import LEAST_LABELLED, agreement_of, calibrations_of
from evaluations.queries.vectors import cases_of, samples_of
from tests.factories.capabilities import make_evidence, make_product, make_rival_set
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
    asked: dict[str, Any] = {"slice_name": "lang", "slice_value": "de", "threshold": 0.7} | criterion
    evidence = make_evidence(cases, scorer=scorer, **asked)
    scores = [1.0] * passing + [0.0] * (part - passing) + [1.0] * (CASES - part)
    return evidence, make_finished_run(scores, evidence.evaluation_version)


@pytest.mark.django_db
def test_a_slice_is_decided_by_the_labels_of_its_own_cases():
    evidence, run = sliced()
    label(run, scorer_of(evidence), 66)
    (few,) = judge_run(run)
    assert (few.outcome, few.reason) == ("inconclusive", "few_labels")
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


def against_rivals(rivals: int = 1, passing: tuple[int, ...] = (120,), **criterion: Any):
    """Our run, whose judge passes 180 of 200, beside rivals' runs of the same evaluation."""
    product, judge = make_product(), make_model_version()
    versions = [make_model_version(side="competitor") for _ in range(rivals)]
    config = {"judge": judge.label, "rubric": "Polite.", "kind": "binary"}
    scorer = {"kind": "rubric_judge", "judge": judge, "rubric": "Polite.", "config": config}
    rival_set = make_rival_set(product, [one.model for one in versions])
    asked: dict[str, Any] = {"against": "competitors", "rival_set": rival_set} | criterion
    evidence = make_evidence(CASES, product=product, scorer=scorer, **asked)
    theirs = [
        make_finished_run([1.0] * count + [0.0] * (CASES - count), evidence.evaluation_version, version)
        for version, count in zip(versions, passing, strict=False)
    ]
    ours = make_finished_run([1.0] * 180 + [0.0] * 20, evidence.evaluation_version, make_model_version())
    return evidence, ours, theirs


@pytest.mark.django_db
def test_a_rival_is_met_by_labels_on_both_sides_and_by_none_of_other_runs():
    evidence, ours, (theirs,) = against_rivals()
    label(ours, scorer_of(evidence), 60, wrong=3)
    (open_,) = judge_run(ours)
    assert (open_.outcome, open_.reason, open_.point) == ("inconclusive", "few_labels", None)
    assert theirs.model_version.model.name in open_.sentence and "at least 30" in open_.sentence
    assert open_.detail["labelling"]["runs"] == [ours.pk, theirs.pk]
    label(theirs, scorer_of(evidence), 60)
    (verdict,) = judge_by_labels(scorer_of(evidence))
    assert (verdict.outcome, verdict.method) == ("met", "prediction-powered-pair/1")
    assert verdict.detail["labels"] == 60
    line = verdict.lines.get(kind="rival")
    assert (line.outcome, line.point) == ("met", verdict.point)
    rest = [row for row in range(CASES) if row % 3 or row >= 180]
    gap = np.mean([(row < 180) - float(row < 120) for row in rest])
    assert verdict.point == pytest.approx(gap - 3 / 60)


@pytest.mark.django_db
def test_every_rival_needs_labels_unless_one_is_ahead_for_certain():
    evidence, ours, (first, second) = against_rivals(2, (120, 110))
    for run in (ours, first):
        label(run, scorer_of(evidence), 60)
    (verdict,) = judge_run(ours)
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "few_labels")
    assert second.model_version.model.name in verdict.sentence
    assert first.model_version.model.name not in verdict.sentence
    label(second, scorer_of(evidence), 60)
    (verdict,) = judge_run(ours)
    assert (verdict.outcome, verdict.method) == ("met", "every-rival/1")
    assert verdict.detail["labels"] == 60


@pytest.mark.django_db
def test_a_regression_by_a_judges_opinion_has_a_p_for_the_gate_once_both_versions_are_labelled():
    evidence, before = judged(195)
    after = make_model_version(before.model_version.model, parent=before.model_version)
    run = make_finished_run([1.0] * 130 + [0.0] * 70, evidence.evaluation_version, after)
    label(run, scorer_of(evidence), 60)
    (verdict,) = judge_run(run)
    line = verdict.lines.get(kind="previous")
    assert (line.outcome, line.detail["p"], line.point) == ("unknown", None, None)
    assert "at least 30 are wanted" in line.sentence
    label(before, scorer_of(evidence), 60)
    (verdict,) = judge_run(run)
    line = verdict.lines.get(kind="previous")
    assert (verdict.trend, line.outcome, line.detail["method"]) == (
        "regressed",
        "regressed",
        "prediction-powered-pair/1",
    )
    assert line.detail["p"] < 0.001


@pytest.mark.django_db
def test_opinions_that_no_labels_correct_prove_nothing_outside_of_verdicts():
    evidence, run = judged(195)
    scorer, criterion = scorer_of(evidence), evidence.criterion
    cases = cases_of(evidence.evaluation_version.dataset_version_id)
    samples = samples_of(run, scorer)
    scope = Scope(criterion, cases, scorer)
    alone = claim_alone(scope, samples)
    assert (alone.outcome, alone.reason, alone.point) == ("inconclusive", "uncorrected", None)
    assert claim_earlier(scope, samples, samples).trend == "unknown"
