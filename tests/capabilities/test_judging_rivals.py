from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import TestCase

from capabilities.models import Product, Requirement, Verdict, Verification
from capabilities.services.judging import judge_product, judge_run, judge_verification
from capabilities.services.products import set_versions
from capabilities.signals import comparison_changed
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import make_evidence, make_product, make_rival_set
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

GOOD, FAIR, POOR = [1.0] * 95 + [0.0] * 5, [1.0] * 80 + [0.0] * 20, [1.0] * 50 + [0.0] * 50


@dataclass
class Field:
    """A criterion against two rivals, over 100 cases."""

    verification: Verification
    ours: ModelVersion
    first: ModelVersion
    second: ModelVersion

    def run(self, version: ModelVersion, scores: list[Any]) -> Run:
        return make_finished_run(scores, self.verification.evaluation_version, version)


def make_field(**criterion: Any) -> Field:
    product = make_product()
    rivals = [make_model_version(side="competitor") for _ in range(2)]
    rival_set = make_rival_set(product, [rival.model for rival in rivals])
    criterion.setdefault("against", "competitors")
    if criterion["against"] == "competitors":
        criterion.setdefault("rival_set", rival_set)
    verification = make_evidence(100, product=product, **criterion)
    return Field(verification, make_model_version(), rivals[0], rivals[1])


def rivals_of(verdict: Verdict) -> list[tuple[str, str]]:
    return list(verdict.lines.filter(kind="rival").values_list("label", "outcome"))


def test_ahead_of_every_rival_is_met_with_a_line_for_each() -> None:
    field = make_field()
    field.run(field.first, FAIR)
    field.run(field.second, POOR)

    (verdict,) = judge_run(field.run(field.ours, GOOD))

    assert (verdict.outcome, verdict.method) == ("met", "every-rival/1")
    assert rivals_of(verdict) == [(field.first.model.name, "met"), (field.second.model.name, "met")]
    line = verdict.lines.get(model_version=field.first)
    assert line.point == pytest.approx(0.15)
    assert line.their_point == pytest.approx(0.8)
    assert line.low is not None and 0 < line.low < 0.15
    assert line.their_low is not None and line.their_low < 0.8
    assert (line.both, line.only_ours, line.only_theirs, line.neither) == (80, 15, 0, 5)
    assert line.run is not None and line.run.model_version == field.first
    assert "ahead of every rival (2 of 2)" in verdict.sentence.lower()


def test_behind_one_rival_is_not_met_for_every_and_met_for_any() -> None:
    for quantifier, outcome in (("every", "not_met"), ("any", "met")):
        field = make_field(quantifier=quantifier)
        field.run(field.first, GOOD)
        field.run(field.second, POOR)

        (verdict,) = judge_run(field.run(field.ours, FAIR))

        assert verdict.outcome == outcome


def test_a_rival_without_a_run_keeps_it_open_and_is_named() -> None:
    field = make_field()
    field.run(field.first, POOR)

    (verdict,) = judge_run(field.run(field.ours, GOOD))

    assert (verdict.outcome, verdict.reason, verdict.n) == ("inconclusive", "missing_rival", 100)
    assert verdict.sentence == f"Not proven yet: {field.second.model.name} has not run this evaluation."
    assert rivals_of(verdict) == [(field.first.model.name, "met"), (field.second.model.name, "no_data")]
    assert verdict.detail["missing_opponents"] == [field.second.model.name]


def test_a_rival_without_any_version_is_named_all_the_same() -> None:
    product, rival = make_product(), make_model(side="competitor")
    make_rival_set(product, [rival])
    verification = make_evidence(100, product=product, against="competitors")

    (verdict,) = judge_run(make_finished_run(GOOD, verification.evaluation_version))

    assert verdict.sentence == f"Not proven yet: {rival.name} has no version that still answers."


def test_no_rival_at_all_keeps_it_open() -> None:
    field = make_field()

    (verdict,) = judge_run(field.run(field.ours, GOOD))

    assert (verdict.outcome, verdict.reason) == ("inconclusive", "missing_rival")


def test_a_rivals_run_has_ours_judged_again() -> None:
    field = make_field()
    field.run(field.first, POOR)
    judge_run(field.run(field.ours, GOOD))

    (verdict,) = judge_run(field.run(field.second, POOR))

    assert (verdict.model_version, verdict.outcome) == (field.ours, "met")
    assert Verdict.objects.count() == 2


def test_a_rivals_newest_active_version_with_a_run_counts() -> None:
    field = make_field()
    field.run(field.first, POOR)
    field.run(field.second, POOR)
    make_model_version(field.second.model, name="newer")
    retired = make_model_version(field.first.model, stage="retired")
    field.run(retired, GOOD)

    (verdict,) = judge_run(field.run(field.ours, FAIR))

    lines = {line.label: line for line in verdict.lines.filter(kind="rival")}
    assert lines[field.first.model.name].model_version == field.first
    assert "newer has not run" in lines[field.second.model.name].sentence.replace("is newer and ", "")


def test_the_margin_is_asked_for() -> None:
    field = make_field(margin=0.2)
    field.run(field.first, POOR)
    field.run(field.second, FAIR)

    (verdict,) = judge_run(field.run(field.ours, GOOD))

    assert verdict.outcome != "met"
    assert dict(rivals_of(verdict))[field.first.model.name] == "met"


def test_no_more_than_a_margin_worse_is_met_by_equals() -> None:
    field = make_field(margin=-0.1)
    field.run(field.first, GOOD)
    field.run(field.second, GOOD)

    assert judge_run(field.run(field.ours, GOOD))[0].outcome == "met"


@pytest.mark.parametrize(("scores", "outcome"), [(GOOD, "met"), (POOR, "not_met")])
def test_practically_equal_to_every_rival(scores: list[float], outcome: str) -> None:
    field = make_field(margin=0.1, equivalence=True)
    field.run(field.first, GOOD)
    field.run(field.second, GOOD)

    (verdict,) = judge_run(field.run(field.ours, scores))

    assert verdict.outcome == outcome
    assert [found for _, found in rivals_of(verdict)] == [outcome, outcome]


def test_a_single_rival_is_named_in_the_sentence() -> None:
    product = make_product()
    rival = make_model_version(side="competitor")
    make_rival_set(product, [rival.model])
    verification = make_evidence(100, product=product, against="competitors")
    make_finished_run(GOOD, verification.evaluation_version, rival)

    (verdict,) = judge_run(make_finished_run(GOOD, verification.evaluation_version))

    assert verdict.outcome == "inconclusive"
    assert verdict.sentence.startswith(f"Not distinguishable from {rival.model.name}")


def test_a_target_is_shown_beside_the_rivals() -> None:
    field = make_field(against="threshold", threshold=0.8)
    field.run(field.first, POOR)

    (verdict,) = judge_run(field.run(field.ours, GOOD))

    assert verdict.outcome == "met"
    assert rivals_of(verdict) == [(field.first.model.name, "met")]


def test_every_model_must_be_worth_more_than_the_simple_alternative() -> None:
    verification = make_evidence(100, against="simple")
    version = verification.evaluation_version
    ours = make_model_version()
    (alone,) = judge_run(make_finished_run(GOOD, version, ours))

    (verdict,) = judge_run(make_finished_run(POOR, version, make_model_version(side="simple")))

    assert (alone.outcome, alone.reason) == ("inconclusive", "missing_rival")
    assert "No simple alternative has run" in alone.sentence
    assert (verdict.outcome, verdict.model_version) == ("met", ours)
    assert verdict.lines.get(kind="simple").outcome == "met"


def with_product(**criterion: Any) -> tuple[Verification, Product]:
    verification = make_evidence(100, **criterion)
    return verification, verification.criterion.revision.requirement.product


def test_a_regression_against_the_parent_is_the_trend() -> None:
    verification, _ = with_product(threshold=0.3, tolerance=0.02)
    parent = make_model_version()
    child = make_model_version(parent.model, parent=parent)
    make_finished_run(GOOD, verification.evaluation_version, parent)

    (verdict,) = judge_run(make_finished_run(POOR, verification.evaluation_version, child))

    assert (verdict.outcome, verdict.trend) == ("met", "regressed")
    line = verdict.lines.get(kind="previous")
    assert (line.model_version, line.outcome) == (parent, "regressed")
    assert line.detail["p"] < 0.001


def test_without_a_parent_the_release_before_is_the_previous_version() -> None:
    verification, _ = with_product(threshold=0.5)
    model = make_model()
    older, old, new = (
        make_model_version(model, released_on=date(2026, month, 1), stage="released") for month in (1, 3, 5)
    )
    for version in (older, old):
        make_finished_run(POOR, verification.evaluation_version, version)

    (verdict,) = judge_run(make_finished_run(GOOD, verification.evaluation_version, new))

    assert verdict.trend == "improved"
    assert verdict.lines.get(kind="previous").model_version == old


def test_no_worse_than_the_previous_version_can_be_the_criterion() -> None:
    verification, _ = with_product(against="previous", tolerance=0.05)
    parent = make_model_version()
    make_finished_run(GOOD, verification.evaluation_version, parent)
    children = {
        outcome: make_finished_run(
            scores, verification.evaluation_version, make_model_version(parent.model, parent=parent)
        )
        for outcome, scores in (("met", GOOD), ("not_met", POOR))
    }

    for outcome, run in children.items():
        verdict = judge_verification(verification, run.model_version)
        assert verdict is not None
        assert verdict.outcome == outcome


def test_without_an_earlier_version_such_a_criterion_stays_open() -> None:
    verification, _ = with_product(against="previous")

    (verdict,) = judge_run(make_finished_run(GOOD, verification.evaluation_version))

    assert (verdict.outcome, verdict.reason) == ("inconclusive", "missing_reference")
    assert verdict.sentence == "Not proven yet: There is no earlier version."


def test_the_released_versions_run_has_the_candidates_judged_again() -> None:
    verification, product = with_product(against="released")
    released, candidate = make_model_version(), make_model_version()
    product.released_version, product.candidate_version = released, candidate
    product.save()
    judge_run(make_finished_run(GOOD, verification.evaluation_version, candidate))

    verdicts = judge_run(make_finished_run(POOR, verification.evaluation_version, released))

    found = {verdict.model_version: verdict for verdict in verdicts}
    assert found[candidate].outcome == "met"
    assert found[released].reason == "missing_reference"
    assert "released version itself" in found[released].sentence


def test_inputs_that_return_after_others_make_a_new_newest_verdict() -> None:
    verification, product = with_product(threshold=0.5)
    first, second, ours = make_model_version(), make_model_version(), make_model_version()
    runs = {
        version: make_finished_run(scores, verification.evaluation_version, version)
        for version, scores in ((first, GOOD), (second, POOR), (ours, FAIR))
    }
    pks = []
    for released in (first, second, first, first):
        product.released_version = released
        product.save()
        judge_run(runs[ours])
        pks.append(Verdict.objects.filter(model_version=ours).latest("pk").pk)

    assert len(set(pks)) == 3
    assert pks[2] == pks[3]
    newest = Verdict.objects.get(pk=pks[-1])
    assert newest.lines.get(kind="released").model_version == first


def test_every_version_of_ours_that_ran_is_judged_and_no_rival() -> None:
    other, rival = make_model_version(), make_model_version(side="competitor")
    verification = make_evidence(5, product=make_product(subjects=[make_model_version().model]))

    judged = [
        judge_run(make_finished_run([1.0] * 5, verification.evaluation_version, version))
        for version in (other, rival)
    ]

    assert {verdict.model_version for verdicts in judged for verdict in verdicts} == {other}


def test_another_released_version_has_the_product_judged_again() -> None:
    verification, product = with_product(against="released")
    ours, released = make_model_version(), make_model_version()
    make_finished_run(POOR, verification.evaluation_version, released)
    judge_run(make_finished_run(GOOD, verification.evaluation_version, ours))
    announced: list[int] = []

    def note(product_id: int, **_: Any) -> None:
        announced.append(product_id)

    comparison_changed.connect(note)
    with TestCase.captureOnCommitCallbacks(execute=True):
        set_versions(actor=None, product=product, released=released)
    comparison_changed.disconnect(note)
    judge_product(product)

    assert announced == [product.pk]
    assert Verdict.objects.filter(model_version=ours).latest("pk").outcome == "met"


def test_a_requirement_is_held_against_the_rivals_of_its_own_kind() -> None:
    recogniser, driver = make_model("asr", "competitor"), make_model("rules", "competitor")
    product = make_product()
    rivals = make_rival_set(product, [recogniser, driver])
    verification = make_evidence(100, product=product, against="competitors", rival_set=rivals)
    Requirement.objects.update(kind="rules")
    make_finished_run(POOR, verification.evaluation_version, make_model_version(driver))
    verdict = judge_run(make_finished_run(GOOD, verification.evaluation_version))[0]
    assert [line.label for line in verdict.lines.filter(kind="rival")] == [driver.name]
    assert verdict.reason != "missing_rival"


def test_the_released_version_of_another_kind_is_no_reference() -> None:
    verification, product = with_product(against="threshold")
    product.released_version = make_model_version(kind="asr")
    product.save()
    verdict = judge_run(make_finished_run(GOOD, verification.evaluation_version))[0]
    assert not verdict.lines.filter(kind="released").exists()


def test_a_range_of_a_difference_is_shown_within_what_is_possible_and_stored_whole(client) -> None:
    rival = make_model_version(side="competitor")
    product = make_product()
    cases = [{"key": f"case-{place}", "cluster": "ab"[place > 0]} for place in range(3)]
    evidence = make_evidence(
        cases, product=product, against="competitors", rival_set=make_rival_set(product, [rival.model])
    )
    ours = make_model_version()
    product.subject_models.add(ours.model)
    make_finished_run([0.0, 0.0, 0.0], evidence.evaluation_version, rival)
    run = make_finished_run([0.0, 1.0, 1.0], evidence.evaluation_version, ours)
    judge_run(run)
    verdict = Verdict.objects.get(run=run)
    assert verdict.low is not None and verdict.low < -1 and verdict.as_shown(verdict.low) == -1.0
    client.force_login(make_user("viewer"))
    page = client.get(f"/requirements/{evidence.criterion.revision.requirement}/?version={ours.label}")
    assert "−100.0 to +100.0" in page.content.decode()
    assert f"{verdict.low * 100:.1f}".replace("-", "−") not in page.content.decode()
