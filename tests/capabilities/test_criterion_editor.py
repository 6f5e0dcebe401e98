"""The criterion editor: plain choices in, what the cases can decide out, perfection refused with its alternatives."""

import pytest

from capabilities.models import Criterion, Requirement
from config.people.models import Role
from evaluations.models import Scorer
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product, make_requirement, make_rival_set
from tests.factories.evaluations import make_dataset_version, make_evaluation_version, make_scorer_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def requirement() -> Requirement:
    return make_requirement()


@pytest.fixture
def scorer() -> Scorer:
    return make_scorer_version().scorer


def choices(scorer: Scorer, **changed: str) -> dict[str, str]:
    """A target of 90 % as the form posts it."""
    return {
        "measurable": "yes",
        "scorer": str(scorer.pk),
        "statistic": "mean",
        "against": "threshold",
        "threshold": "90",
        "relation": "better",
        "quantifier": "every",
        "confidence": "0.95",
        "reach": "general",
        "must": "must",
    } | changed


def new(requirement: Requirement) -> str:
    return f"/requirements/{requirement.key}/criteria/new/"


def test_a_target_in_percent_is_kept_as_a_fraction(requirement: Requirement, scorer: Scorer) -> None:
    response = signed_in().post(new(requirement), choices(scorer, threshold="92,5 %", tolerance="2"))
    made = Criterion.objects.get()
    assert response["Location"] == f"/requirements/{requirement.key}/#AC-1"
    assert (made.threshold, made.tolerance, made.key) == (0.925, 0.02, "AC-1")


@pytest.mark.parametrize(
    ("relation", "margin", "equivalence"),
    [("lead", 0.03, False), ("not_worse", -0.03, False), ("equal", 0.03, True)],
)
def test_against_rivals_the_margin_has_the_sign_of_what_is_asked(
    requirement: Requirement, scorer: Scorer, relation: str, margin: float, equivalence: bool
) -> None:
    rivals = make_rival_set(requirement.product)
    signed_in().post(new(requirement), choices(scorer, against="competitors", relation=relation, margin="3"))
    made = Criterion.objects.get()
    assert (made.margin, made.equivalence, made.rival_set) == (margin, equivalence, rivals)
    assert made.threshold is None


@pytest.mark.parametrize("threshold", ["100", "100 %", "140"])
def test_a_target_of_perfection_is_refused_and_the_words_are_kept(
    requirement: Requirement, scorer: Scorer, threshold: str
) -> None:
    response = signed_in().post(new(requirement), choices(scorer, threshold=threshold, slice="lang = de"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "can never be shown" in page
    assert 'name="repair" value="perfect.1"' in page
    assert 'name="repair" value="perfect.3"' in page
    assert "lang = de" in page
    assert not Criterion.objects.exists()


def test_the_alternative_is_one_press_away(requirement: Requirement, scorer: Scorer) -> None:
    client = signed_in()
    page = client.post(
        new(requirement), choices(scorer, threshold="100", repair="perfect.1")
    ).content.decode()
    assert "At least 72 cases" in page
    assert 'value="95"' in page
    assert not Criterion.objects.exists()
    client.post(
        new(requirement),
        choices(scorer, statistic="pass_all", threshold="", tries="3", case_keys="a\nb\n\na"),
    )
    made = Criterion.objects.get()
    assert (made.statistic, made.tries, made.case_keys, made.reach) == ("pass_all", 3, ["a", "b"], "these")


def test_a_fraction_typed_for_a_percentage_is_asked_about(requirement: Requirement, scorer: Scorer) -> None:
    response = signed_in().post(new(requirement), choices(scorer, threshold="0.9"))
    assert response.status_code == 422
    assert "Write 90 for 90 %" in response.content.decode()


def test_what_the_cases_decide_is_shown_live_and_without_script(
    requirement: Requirement, scorer: Scorer
) -> None:
    client = signed_in()
    asked = choices(scorer, cases="80")
    live = client.get(new(requirement), asked, headers={"HX-Request": "true"}).content.decode()
    assert live.lstrip().startswith('<div id="decides"')
    assert "With your 80 cases at most 2 failures still prove it." in live
    plain = client.post(new(requirement), asked | {"show": "1"})
    assert plain.status_code == 200
    assert "at most 2 failures" in plain.content.decode()
    assert not Criterion.objects.exists()


def test_cases_of_a_slice_are_counted(requirement: Requirement) -> None:
    version = make_scorer_version()
    cases = [{"key": f"c{n}", "slices": {"lang": "de" if n < 40 else "fi"}} for n in range(100)]
    evaluation = make_evaluation_version(make_dataset_version(cases), [version])
    asked = choices(version.scorer, evaluation=str(evaluation.pk), slice="lang=de")
    page = signed_in().get(new(requirement), asked, headers={"HX-Request": "true"}).content.decode()
    assert "With your 40 cases no failure is allowed." in page


def test_an_evaluation_chosen_becomes_evidence(requirement: Requirement) -> None:
    version = make_scorer_version()
    evaluation = make_evaluation_version(scorer_versions=[version])
    signed_in().post(new(requirement), choices(version.scorer, evaluation=str(evaluation.pk)))
    assert Criterion.objects.get().verifications.get().evaluation_version == evaluation


def test_an_evaluation_without_the_check_saves_nothing(requirement: Requirement, scorer: Scorer) -> None:
    other = make_evaluation_version()
    response = signed_in().post(new(requirement), choices(scorer, evaluation=str(other.pk)))
    assert response.status_code == 422
    assert "does not use the scorer" in response.content.decode()
    assert not Criterion.objects.exists()


def test_what_cannot_be_measured_yet_says_why(requirement: Requirement, scorer: Scorer) -> None:
    client = signed_in()
    assert client.post(new(requirement), choices(scorer, measurable="no")).status_code == 422
    client.post(
        new(requirement), choices(scorer, measurable="no", not_measurable_reason="No recordings yet.")
    )
    made = Criterion.objects.get()
    assert (made.scorer, made.not_measurable_reason) == (None, "No recordings yet.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": "many"},
        {"threshold": "nan"},
        {"threshold": "1e400"},
        {"threshold": ""},
        {"scorer": ""},
        {"scorer": "999999"},
        {"slice": "lang"},
        {"statistic": "magic"},
        {"confidence": "2"},
        {"min_n": "-1"},
        {"tries": "x"},
        {"against": "competitors", "relation": "lead", "margin": ""},
        {"statistic": "share", "limit": ""},
    ],
)
def test_wrong_input_is_answered_with_the_form(
    requirement: Requirement, scorer: Scorer, wrong: dict[str, str]
) -> None:
    make_rival_set(requirement.product)
    client = signed_in()
    assert client.post(new(requirement), choices(scorer) | wrong).status_code == 422
    assert client.get(new(requirement), choices(scorer) | wrong).status_code == 200
    assert not Criterion.objects.exists()


def test_the_editor_opens_as_it_was_saved(requirement: Requirement, scorer: Scorer) -> None:
    client = signed_in()
    client.post(new(requirement), choices(scorer, threshold="92.5", slice="lang = de", must="should"))
    form = client.get(f"/requirements/{requirement.key}/criteria/AC-1/").context["form"]
    assert (form["threshold"].value(), form["slice"].value(), form["must"].value()) == (
        "92.5",
        "lang = de",
        "should",
    )


def test_saving_on_an_approved_requirement_writes_into_a_draft(scorer: Scorer) -> None:
    requirement = make_requirement(approved=True, criteria=[{"scorer": scorer}])
    signed_in().post(f"/requirements/{requirement.key}/criteria/AC-1/", choices(scorer, threshold="95"))
    agreed, draft = requirement.revisions.get(status="approved"), requirement.revisions.get(status="draft")
    assert (agreed.criteria.get().threshold, draft.criteria.get().threshold) == (0.9, 0.95)


def test_a_criterion_is_removed_from_the_draft_only(scorer: Scorer) -> None:
    requirement = make_requirement(approved=True, criteria=[{"scorer": scorer}])
    signed_in().post(f"/requirements/{requirement.key}/criteria/AC-1/remove/")
    assert requirement.revisions.get(status="approved").criteria.count() == 1
    assert requirement.revisions.get(status="draft").criteria.count() == 0


def test_who_may_not_write_sees_no_editor(requirement: Requirement) -> None:
    assert signed_in(role=Role.RESEARCHER).get(new(requirement)).status_code == 403
    hidden = make_requirement(make_product(restricted=True))
    assert signed_in().get(new(hidden)).status_code == 404
    assert signed_in().get(f"/requirements/{requirement.key}/criteria/AC-9/").status_code == 404
