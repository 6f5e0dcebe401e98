"""Every kind of criterion is written in the editor, saved, opened again as it was, and says what its cases can decide."""

from typing import Any

import pytest
from django.test import Client

from capabilities.models import Criterion, Requirement
from capabilities.queries.criterion_look import Asked, look_at
from evaluations.models import EvaluationVersion, ScorerVersion
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_requirement, make_rival_set
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db
CASES = [{"key": f"c{n}", "slices": {"lang": "de" if n < 40 else "fi"}} for n in range(80)]
USUAL = {
    "measurable": "yes",
    "statistic": "mean",
    "against": "threshold",
    "relation": "better",
    "quantifier": "every",
    "confidence": "0.95",
    "reach": "general",
    "must": "must",
}
# What is typed, what is kept of it, and a sentence that must stand beside the form.
KINDS: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "target": ({"threshold": "90"}, {"threshold": 0.9}, "At least 36 cases, all of them right"),
    "target of a slice": (
        {"threshold": "90", "slice": "lang = de"},
        {"slice_name": "lang", "slice_value": "de"},
        "With your 40 cases no failure is allowed.",
    ),
    "every rival, ahead": (
        {"against": "competitors", "relation": "lead", "margin": "3"},
        {"against": "competitors", "margin": 0.03, "quantifier": "every"},
        "At least 5 cases are needed before it can be proven",
    ),
    "any rival": (
        {"against": "competitors", "quantifier": "any"},
        {"quantifier": "any", "margin": 0.0},
        "smallest difference they can show",
    ),
    "no worse": (
        {"against": "competitors", "relation": "not_worse", "margin": "2"},
        {"margin": -0.02, "equivalence": False},
        "For an 80 % chance to show a difference of 2",
    ),
    "practically equal": (
        {"against": "competitors", "relation": "equal", "margin": "5"},
        {"margin": 0.05, "equivalence": True},
        "At least 73 cases are needed before it can be proven, even if both are right everywhere.",
    ),
    "simple alternative": (
        {"against": "simple", "relation": "lead", "margin": "5"},
        {"against": "simple", "margin": 0.05},
        "cases are needed before it can be proven",
    ),
    "previous version": (
        {"against": "previous", "tolerance": "2"},
        {"against": "previous", "tolerance": 0.02},
        "cases are needed before it can be proven",
    ),
    "released version": (
        {"against": "released", "relation": "not_worse", "margin": "1"},
        {"against": "released", "margin": -0.01},
        "cases are needed before it can be proven",
    ),
    "every try": (
        {"statistic": "pass_all", "tries": "3", "case_keys": "c1\nc2"},
        {"statistic": "pass_all", "tries": 3, "case_keys": ["c1", "c2"], "reach": "these"},
        "2 cases × 3 tries: one wrong answer and it is not met.",
    ),
    "these cases only, should": (
        {"threshold": "90", "reach": "these", "must": "should"},
        {"reach": "these", "must": False},
        "At least 36 cases",
    ),
    "surer, with tries": (
        {"threshold": "90", "confidence": "0.99", "min_n": "60", "min_repeats": "3"},
        {"confidence": 0.99, "min_n": 60, "min_repeats": 3},
        "At least 51 cases, all of them right",
    ),
    "not measurable yet": (
        {"measurable": "no", "not_measurable_reason": "No recordings yet."},
        {"not_measurable_reason": "No recordings yet.", "scorer": None},
        "",
    ),
}
OTHER_UNITS: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, Any]]] = {
    "share within a limit": (
        {"kind": "latency", "unit": "ms", "direction": "lower", "value_kind": "unbounded"},
        {"statistic": "share", "limit": "200", "threshold": "90"},
        {"limit": 200.0, "threshold": 0.9},
    ),
    "mean latency": (
        {"kind": "latency", "unit": "ms", "direction": "lower", "value_kind": "unbounded"},
        {"threshold": "350"},
        {"threshold": 350.0},
    ),
    "mean cost": (
        {"kind": "cost", "unit": "currency", "direction": "lower", "value_kind": "unbounded"},
        {"statistic": "cost", "threshold": "0.02"},
        {"threshold": 0.02},
    ),
    "ratio of counts": (
        {"kind": "external", "direction": "lower", "value_kind": "ratio"},
        {"statistic": "ratio", "threshold": "8"},
        {"threshold": 0.08},
    ),
    "rate below one percent": (
        {"kind": "external", "direction": "lower", "value_kind": "bounded"},
        {"threshold": "0.5 %"},
        {"threshold": 0.005},
    ),
}


@pytest.fixture
def requirement() -> Requirement:
    made = make_requirement()
    make_rival_set(made.product)
    return made


@pytest.fixture
def evaluation() -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(CASES), [make_scorer_version()], repeats=3)


def scorer_of(evaluation: EvaluationVersion) -> ScorerVersion:
    return evaluation.scorers.get()


def reopened(client: Client, requirement: Requirement) -> dict[str, str]:
    """What the editor posts when the criterion is opened and saved as it is."""
    form = client.get(f"/requirements/{requirement.key}/criteria/AC-1/").context["form"]
    return {field.name: "" if field.value() is None else str(field.value()) for field in form}


def write(requirement: Requirement, typed: dict[str, str]) -> tuple[Client, Criterion]:
    client = signed_in()
    response = client.post(f"/requirements/{requirement.key}/criteria/new/", typed)
    assert response.status_code == 302, response.context["form"].errors
    return client, Criterion.objects.get()


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_kept_and_opens_as_it_was_saved(
    name: str, requirement: Requirement, evaluation: EvaluationVersion
) -> None:
    typed, kept, said = KINDS[name]
    asked = USUAL | {"scorer": str(scorer_of(evaluation).scorer_id), "evaluation": str(evaluation.pk)} | typed
    live = signed_in().get(
        f"/requirements/{requirement.key}/criteria/new/", asked, headers={"HX-Request": "true"}
    )
    assert said in live.content.decode().replace("\u00a0", " ")
    client, made = write(requirement, asked)
    assert {field: getattr(made, field) for field in kept} == kept
    assert (
        client.post(
            f"/requirements/{requirement.key}/criteria/AC-1/", reopened(client, requirement)
        ).status_code
        == 302
    )
    assert Criterion.objects.get().fingerprint == made.fingerprint


@pytest.mark.parametrize("name", OTHER_UNITS)
def test_other_units_are_typed_as_they_are_and_open_as_they_were_saved(
    name: str, requirement: Requirement
) -> None:
    described, typed, kept = OTHER_UNITS[name]
    scorer = make_scorer_version(**described).scorer
    client, made = write(requirement, USUAL | {"scorer": str(scorer.pk)} | typed)
    assert {field: getattr(made, field) for field in kept} == kept
    client.post(f"/requirements/{requirement.key}/criteria/AC-1/", reopened(client, requirement))
    assert Criterion.objects.get().fingerprint == made.fingerprint


def test_a_confidence_set_elsewhere_stays_when_it_is_opened_and_saved(requirement: Requirement) -> None:
    scorer = make_scorer_version().scorer
    client, made = write(requirement, USUAL | {"scorer": str(scorer.pk), "threshold": "90"})
    Criterion.objects.update(confidence=0.8)
    client.post(f"/requirements/{requirement.key}/criteria/AC-1/", reopened(client, requirement))
    assert Criterion.objects.get().confidence == 0.8


def ran(evaluation: EvaluationVersion, right: int, slug: str, side: str = "own") -> None:
    version = make_model_version(make_model(slug=slug, side=side), name="1")
    make_finished_run([1.0] * right + [0.0] * (80 - right), evaluation, version)


def test_what_the_best_of_each_side_has_shown_stands_beside_the_form(requirement: Requirement) -> None:
    evaluation = make_evaluation_version(make_dataset_version(80), [make_scorer_version()])
    for right, slug, side in (
        (60, "old", "own"),
        (70, "new", "own"),
        (72, "nova", "competitor"),
        (50, "words", "simple"),
    ):
        ran(evaluation, right, slug, side)
    asked = USUAL | {"scorer": str(scorer_of(evaluation).scorer_id), "threshold": "85"}
    look = signed_in().get(f"/requirements/{requirement.key}/criteria/new/", asked).context["look"]
    assert [(shown.side, shown.version, round(shown.point, 4)) for shown in look.so_far.best] == [
        ("own", "new@1", 0.875),
        ("competitor", "nova@1", 0.9),
        ("simple", "words@1", 0.625),
    ]
    # Clopper–Pearson for 70 of 80
    assert look.so_far.best[0].low == pytest.approx(0.7821, abs=5e-4)
    assert look.so_far.best[0].high == pytest.approx(0.9384, abs=5e-4)
    assert look.evaluation == evaluation and not look.chosen


def test_what_was_shown_is_read_as_the_criterion_reads_it(evaluation: EvaluationVersion) -> None:
    ran(evaluation, 40, "aria")
    scorer = scorer_of(evaluation)
    for part, point in ((("lang", "de"), 1.0), (("lang", "fi"), 0.0)):
        criterion = Criterion(scorer=scorer.scorer, threshold=0.9, slice_name=part[0], slice_value=part[1])
        [shown] = look_at(criterion, scorer, Asked(evaluation)).so_far.models
        assert (shown.point, shown.n) == (point, 40)


def codes(criterion: Criterion, scorer: ScorerVersion, asked: Asked) -> list[str]:
    return [one.code for one in look_at(criterion, scorer, asked).findings]


def test_a_target_above_what_every_model_could_be_is_advised_against(evaluation: EvaluationVersion) -> None:
    scorer = scorer_of(evaluation)
    ran(evaluation, 40, "aria")
    assert "out_of_reach" in codes(Criterion(scorer=scorer.scorer, threshold=0.8), scorer, Asked(evaluation))
    assert codes(Criterion(scorer=scorer.scorer, threshold=0.6), scorer, Asked(evaluation)) == []


def test_where_lower_is_better_the_reach_is_looked_at_from_below() -> None:
    scorer = make_scorer_version(direction="lower")
    evaluation = make_evaluation_version(make_dataset_version(80), [scorer])
    ran(evaluation, 40, "aria")
    assert "out_of_reach" in codes(Criterion(scorer=scorer.scorer, threshold=0.2), scorer, Asked(evaluation))
    assert codes(Criterion(scorer=scorer.scorer, threshold=0.5), scorer, Asked(evaluation)) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"threshold": 0.99}, "small_n"),
        ({"threshold": 0.9, "min_n": 500}, "min_n"),
        ({"threshold": 0.9, "min_repeats": 5}, "tries"),
        ({"threshold": 0.9, "slice_name": "lang", "slice_value": "zu"}, "empty_slice"),
        ({"statistic": "pass_all", "case_keys": ["c1", "gone"]}, "unknown_cases"),
        ({"threshold": 1.0}, "perfect"),
    ],
)
def test_what_no_run_could_ever_decide_is_said_with_a_way_out(
    evaluation: EvaluationVersion, fields: dict[str, Any], code: str
) -> None:
    scorer = scorer_of(evaluation)
    look = look_at(Criterion(scorer=scorer.scorer, **fields), scorer, Asked(evaluation))
    [finding] = [one for one in look.findings if one.code == code]
    assert finding.fix.endswith(".")
    for repair in finding.repairs:
        assert set(repair.changes) <= {"threshold", "statistic", "min_n", "case_keys"}


def test_an_evaluation_without_the_check_blocks(evaluation: EvaluationVersion) -> None:
    other = make_scorer_version()
    look = look_at(Criterion(scorer=other.scorer, threshold=0.9), other, Asked(evaluation))
    assert [(one.code, one.blocks) for one in look.findings] == [("scorer_missing", True)]


def test_slices_and_cases_are_offered_from_the_data(
    requirement: Requirement, evaluation: EvaluationVersion
) -> None:
    asked = USUAL | {
        "scorer": str(scorer_of(evaluation).scorer_id),
        "statistic": "pass_all",
        "evaluation": str(evaluation.pk),
        "case_search": "c7",
        "case_keys": "c1",
    }
    url = f"/requirements/{requirement.key}/criteria/new/"
    client = signed_in()
    look = client.get(url, asked).context["look"]
    assert [(one.text, one.cases) for one in look.slices] == [("lang = de", 40), ("lang = fi", 40)]
    assert look.found_in_all == 11
    one = client.post(url, asked | {"add_case": "c70"}).context["form"]
    assert one["case_keys"].value() == "c1\nc70"
    every = client.post(url, asked | {"add_cases": "1"}).context["form"]
    assert len(str(every["case_keys"].value()).splitlines()) == 12
    assert not Criterion.objects.exists()


def test_the_newest_evaluation_is_one_press_away(
    requirement: Requirement, evaluation: EvaluationVersion
) -> None:
    ran(evaluation, 70, "aria")
    asked = USUAL | {"scorer": str(scorer_of(evaluation).scorer_id), "threshold": "85"}
    url = f"/requirements/{requirement.key}/criteria/new/"
    form = signed_in().post(url, asked | {"use_evaluation": str(evaluation.pk)}).context["form"]
    assert form["evaluation"].value() == str(evaluation.pk)


def test_another_evaluation_takes_the_place_of_the_first(
    requirement: Requirement, evaluation: EvaluationVersion
) -> None:
    scorer = scorer_of(evaluation)
    other = make_evaluation_version(make_dataset_version(40), [scorer])
    typed = USUAL | {"scorer": str(scorer.scorer_id), "threshold": "85", "evaluation": str(evaluation.pk)}
    client, made = write(requirement, typed)
    again = reopened(client, requirement) | {"evaluation": str(other.pk)}
    client.post(f"/requirements/{requirement.key}/criteria/AC-1/", again)
    assert [link.evaluation_version for link in made.verifications.all()] == [other]


@pytest.mark.parametrize("models", [1, 6])
def test_a_look_takes_as_many_queries_for_one_model_as_for_many(
    evaluation: EvaluationVersion, query_count: Any, models: int
) -> None:
    for number in range(models):
        ran(evaluation, 60 + number, f"model-{number}")
    scorer = scorer_of(evaluation)
    criterion = Criterion(scorer=scorer.scorer, threshold=0.85)
    asked = Asked(
        EvaluationVersion.objects.select_related("evaluation", "dataset_version__dataset").get(
            pk=evaluation.pk
        )
    )
    with query_count(7):
        look_at(criterion, scorer, asked)


def test_other_units_go_by_how_much_the_values_vary() -> None:
    scorer = make_scorer_version(kind="latency", unit="ms", direction="lower", value_kind="unbounded")
    evaluation = make_evaluation_version(make_dataset_version(80), [scorer])
    make_finished_run(
        [100.0 + number for number in range(80)], evaluation, make_model_version(slug="aria", name="1")
    )
    criterion = Criterion(scorer=scorer.scorer, threshold=150.0)
    sentences = look_at(criterion, scorer, Asked(evaluation)).decides.sentences  # type: ignore[union-attr]
    assert "the values of aria@1 vary" in sentences[0]
    assert "smallest gap to the target" in sentences[1]
    # mean 139.5, standard deviation 23.2: ((1.96 + 0.84) · 23.2 / 10.5)² = 38.5
    assert "about 39 cases" in sentences[2]
