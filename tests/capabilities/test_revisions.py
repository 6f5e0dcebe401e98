"""Change without lying: an old revision restored, a loosening after a miss, and two people who write at once."""

import json
from typing import Any

import pytest
from django.test import Client

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.models import Criterion, Requirement, Revision
from capabilities.queries.loosening import asks_for_less
from capabilities.queries.revisions import compare_revisions
from capabilities.services.criteria import remove_criterion, save_criterion
from capabilities.services.requirements import submit_for_review
from capabilities.services.restoring import restore_revision
from capabilities.services.revisions import current_revision, edit_revision, open_revision
from config.errors import Refused
from config.people.models import Role
from evaluations.models import Scorer
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    approve_revision,
    make_criterion,
    make_evidence,
    make_requirement,
    make_revision,
    make_rival_set,
    make_verdict,
    make_verification,
)
from tests.factories.evaluations import make_model, make_scorer_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def twice_agreed() -> Requirement:
    """Agreed with three keywords and 90 %, then with four keywords and 95 %."""
    scorer = make_scorer_version().scorer
    requirement = make_requirement(
        approved=True,
        revision={"shall": "give three keywords"},
        criteria=[{"scorer": scorer, "threshold": 0.9}],
    )
    make_revision(
        requirement,
        shall="give four keywords",
        criteria=[{"scorer": scorer, "threshold": 0.95}],
        approved=True,
    )
    return requirement


def test_an_old_revision_comes_back_as_a_new_draft_with_its_criteria() -> None:
    requirement = twice_agreed()
    draft = restore_revision(actor=None, requirement=requirement, number=1)
    assert (draft.number, draft.status, draft.shall) == (3, "draft", "give three keywords")
    assert [(one.key, one.threshold) for one in draft.criteria.all()] == [("AC-1", 0.9)]
    assert draft.note == "Restored from revision 1."
    assert requirement.revisions.get(status="approved").number == 2


def test_an_open_draft_is_set_aside_and_can_come_back_itself() -> None:
    requirement = twice_agreed()
    edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"shall": "give five"}
    )
    restore_revision(actor=None, requirement=requirement, number=1)
    assert requirement.revisions.get(number=3).status == "discarded"
    back = restore_revision(actor=None, requirement=requirement, number=3)
    assert back.shall == "give five"


def test_what_it_says_already_is_not_restored_nor_while_it_is_in_review() -> None:
    requirement = twice_agreed()
    with pytest.raises(Refused, match="what it says now"):
        restore_revision(actor=None, requirement=requirement, number=2)
    with pytest.raises(Refused, match="no revision 9"):
        restore_revision(actor=None, requirement=requirement, number=9)
    open_revision(actor=None, requirement=requirement)
    submit_for_review(actor=None, requirement=requirement)
    with pytest.raises(IllegalMove, match="in review"):
        restore_revision(actor=None, requirement=requirement, number=1)


def test_an_editor_who_started_before_the_restore_is_told() -> None:
    requirement = twice_agreed()
    seen = current_revision(requirement).edit_count
    restore_revision(actor=None, requirement=requirement, number=1)
    with pytest.raises(EditedMeanwhile):
        edit_revision(
            actor=None, requirement=requirement, expected_edit_count=seen, fields={"shall": "give five"}
        )


def test_the_history_restores_and_compares_criteria_too() -> None:
    requirement = twice_agreed()
    client = signed_in()
    page = client.get(f"/requirements/{requirement.key}/").content.decode()
    assert f"/requirements/{requirement.key}/revisions/1/restore/" in page
    assert f"/requirements/{requirement.key}/revisions/2/restore/" not in page
    client.post(f"/requirements/{requirement.key}/revisions/1/restore/")
    compared = client.get(f"/requirements/{requirement.key}/compare/", {"a": "2", "b": "3"}).content.decode()
    assert "<del>95</del><ins>90</ins>" in compared.replace("<del> ", "<del>").replace("<ins> ", "<ins>")
    assert (
        signed_in(role=Role.VIEWER).post(f"/requirements/{requirement.key}/revisions/1/restore/").status_code
        == 403
    )


def test_the_api_lists_and_restores() -> None:
    requirement = twice_agreed()
    api = Caller("read", "write", user=make_user(Role.PM))
    history = api.get(f"/requirements/{requirement.key}/revisions/").json()
    assert [row["number"] for row in history] == [2, 1]
    made = api.post(f"/requirements/{requirement.key}/revisions/1/restore/", {})
    assert made.status_code == 200
    assert requirement.revisions.get(status="draft").shall == "give three keywords"


def test_examples_are_compared_with_the_ones_of_the_same_input() -> None:
    first, second = ({"input": text, "good": "1", "bad": ""} for text in ("Great.", "Fine."))
    requirement = make_requirement(revision={"examples": [first, second]})
    other = make_revision(requirement, examples=[second], status="discarded")
    rows = {row.label: row for row in compare_revisions(requirement.revisions.get(number=1), other)}
    assert [piece.op for piece in rows["Example 1"].pieces] == ["-"]
    assert not rows["Example 2"].changed


# loosened after a miss

LESS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a lower target": ({"threshold": 0.9}, {"threshold": 0.8}),
    "no longer a must": ({"threshold": 0.9}, {"must": False}),
    "a part of the cases": ({"threshold": 0.9}, {"slice_name": "lang", "slice_value": "de"}),
    "another part of the cases": (
        {"threshold": 0.9, "slice_name": "lang", "slice_value": "fi"},
        {"slice_value": "de"},
    ),
    "these cases only": ({"threshold": 0.9}, {"reach": "these"}),
    "less sure": ({"threshold": 0.9}, {"confidence": 0.9}),
    "more tolerance": ({"threshold": 0.9}, {"tolerance": 0.05}),
    "fewer cases": ({"threshold": 0.9, "min_n": 100}, {"min_n": 50}),
    "fewer tries": ({"threshold": 0.9, "min_repeats": 3}, {"min_repeats": 1}),
    "a smaller lead": ({"against": "competitors", "margin": 0.05}, {"margin": 0.02}),
    "any rival": ({"against": "competitors"}, {"quantifier": "any"}),
    "a wider equality": (
        {"against": "competitors", "margin": 0.02, "equivalence": True},
        {"margin": 0.05},
    ),
    "no longer measured": ({"threshold": 0.9}, {"not_measurable_reason": "Too hard."}),
    "another question": ({"threshold": 0.9}, {"against": "simple", "threshold": None}),
    "fewer named cases": (
        {"statistic": "pass_all", "case_keys": ["a", "b"], "threshold": None},
        {"case_keys": ["a"]},
    ),
    "fewer tries of each": ({"statistic": "pass_all", "tries": 5, "threshold": None}, {"tries": 3}),
    "a longer limit": (
        {"statistic": "share", "limit": 200.0, "threshold": 0.9, "direction": "lower"},
        {"limit": 300.0},
    ),
    "a lower mark to reach": ({"statistic": "share", "limit": 0.8, "threshold": 0.9}, {"limit": 0.7}),
}
NOT_LESS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the same": ({"threshold": 0.9}, {}),
    "a higher target": ({"threshold": 0.9}, {"threshold": 0.95}),
    "all cases": (
        {"threshold": 0.9, "slice_name": "lang", "slice_value": "de"},
        {"slice_name": "", "slice_value": ""},
    ),
    "a larger lead": ({"against": "competitors", "margin": 0.02}, {"margin": 0.05}),
    "a narrower equality": (
        {"against": "competitors", "margin": 0.05, "equivalence": True},
        {"margin": 0.02},
    ),
    "a must now": ({"threshold": 0.9, "must": False}, {"must": True}),
    "more named cases": (
        {"statistic": "pass_all", "case_keys": ["a"], "threshold": None},
        {"case_keys": ["a", "b"]},
    ),
    "surer": ({"threshold": 0.9}, {"confidence": 0.99}),
}


def pair(before: dict[str, Any], change: dict[str, Any]) -> tuple[Criterion, Criterion]:
    """direction: of the check, higher unless it is said."""
    before = dict(before)
    scorer = make_scorer_version(direction=before.pop("direction", "higher")).scorer
    return Criterion(scorer=scorer, **(before | change)), Criterion(scorer=scorer, **before)


@pytest.mark.parametrize("name", LESS)
def test_it_asks_for_less_with(name: str) -> None:
    assert asks_for_less(*pair(*LESS[name]))


@pytest.mark.parametrize("name", NOT_LESS)
def test_it_does_not_ask_for_less_with(name: str) -> None:
    assert not asks_for_less(*pair(*NOT_LESS[name]))


def test_where_lower_is_better_a_higher_target_asks_for_less() -> None:
    scorer = make_scorer_version(direction="lower").scorer
    assert asks_for_less(Criterion(scorer=scorer, threshold=0.2), Criterion(scorer=scorer, threshold=0.1))
    assert not asks_for_less(
        Criterion(scorer=scorer, threshold=0.05), Criterion(scorer=scorer, threshold=0.1)
    )


def test_a_rival_that_is_dropped_asks_for_less() -> None:
    scorer, (one, two) = make_scorer_version().scorer, [make_model(side="competitor") for _ in range(2)]
    both = make_rival_set(models=[one, two])
    alone = make_rival_set(both.product, models=[one])
    old = Criterion(scorer=scorer, against="competitors", rival_set=both)
    assert asks_for_less(Criterion(scorer=scorer, against="competitors", rival_set=alone), old)
    assert not asks_for_less(old, Criterion(scorer=scorer, against="competitors", rival_set=alone))


def missed() -> Requirement:
    """Agreed, and a model failed its AC-1."""
    verification = make_evidence(threshold=0.9)
    make_verdict(verification, outcome="not_met")
    return verification.criterion.revision.requirement


def test_a_criterion_taken_out_after_a_miss_says_so_for_ever() -> None:
    requirement = missed()
    draft = open_revision(actor=None, requirement=requirement)
    remove_criterion(actor=None, criterion=draft.criteria.get())
    draft.refresh_from_db()
    assert draft.loosened_after_miss
    make_criterion(draft, key="AC-2")
    approve_revision(draft)
    later = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"title": "A typo less"}
    )
    assert later.loosened_after_miss
    page = signed_in().get(f"/requirements/{requirement.key}/").content.decode()
    assert "Loosened after a miss" in page
    assert page.count("loosened after a miss: AC-1") == 1


def test_without_a_miss_nothing_is_marked() -> None:
    requirement = make_evidence(threshold=0.9).criterion.revision.requirement
    draft = open_revision(actor=None, requirement=requirement)
    save_criterion(actor=None, revision=draft, key="AC-1", fields={"threshold": 0.5})
    draft.refresh_from_db()
    assert not draft.loosened_after_miss


def test_the_miss_of_another_criterion_does_not_count() -> None:
    requirement = missed()
    draft = open_revision(actor=None, requirement=requirement)
    other = make_criterion(draft, key="AC-2", threshold=0.9)
    save_criterion(actor=None, revision=draft, key=other.key, fields={"threshold": 0.5})
    draft.refresh_from_db()
    assert not draft.loosened_after_miss


def test_restoring_a_looser_revision_after_a_miss_is_marked() -> None:
    scorer = make_scorer_version()
    requirement = make_requirement(approved=True, criteria=[{"scorer": scorer.scorer, "threshold": 0.5}])
    strict = make_revision(requirement, criteria=[{"scorer": scorer.scorer, "threshold": 0.9}], approved=True)
    make_verdict(make_verification(strict.criteria.get()), outcome="not_met")
    assert restore_revision(actor=None, requirement=requirement, number=1).loosened_after_miss


# two people at once


def form_of(client: Client, url: str, **changed: str) -> dict[str, str]:
    values = {field.name: field.value() for field in client.get(url).context["form"]}
    return {name: "" if value is None else str(value) for name, value in values.items()} | changed


def test_what_only_the_other_changed_is_taken_and_what_only_i_changed_stays() -> None:
    requirement = make_requirement(
        revision={"shall": "give three keywords", "rationale": "Leads act on themes."}
    )
    url = f"/requirements/{requirement.key}/edit/"
    one, two = signed_in(), signed_in()
    mine = form_of(two, url, shall="give five keywords")
    one.post(url, form_of(one, url, rationale="Leads act on themes they can count."))
    clash = two.post(url, mine)
    page = clash.content.decode()
    assert clash.status_code == 409
    assert "theirs is taken" in page and "they can count" in page
    merged = {field.name: field.value() for field in clash.context["form"]}
    assert (merged["shall"], merged["rationale"]) == (
        "give five keywords",
        "Leads act on themes they can count.",
    )
    again = {name: "" if value is None else str(value) for name, value in merged.items()}
    assert two.post(url, again).status_code == 302
    said = requirement.revisions.get()
    assert (said.shall, said.rationale) == ("give five keywords", "Leads act on themes they can count.")


def test_a_tag_somebody_else_set_survives_an_edit_of_the_text() -> None:
    requirement = make_requirement(revision={"shall": "give three keywords"})
    url = f"/requirements/{requirement.key}/edit/"
    one, two = signed_in(), signed_in()
    mine = form_of(two, url, shall="give five keywords")
    one.post(url, form_of(one, url, tags="voice", target="Spring"))
    assert two.post(url, mine).status_code == 302
    requirement.refresh_from_db()
    assert (requirement.tags, requirement.target) == (["voice"], "Spring")


def test_the_same_place_changed_by_both_is_shown() -> None:
    requirement = make_requirement()
    url = f"/requirements/{requirement.key}/edit/"
    one, two = signed_in(), signed_in()
    mine = form_of(two, url, target="Autumn")
    one.post(url, form_of(one, url, target="Spring"))
    clash = two.post(url, mine)
    assert clash.status_code == 409
    assert "They also changed: wanted for" in clash.content.decode()
    requirement.refresh_from_db()
    assert requirement.target == "Spring"


def criterion_typed(scorer: Scorer, seen: str, threshold: str) -> dict[str, str]:
    return {
        "measurable": "yes",
        "scorer": str(scorer.pk),
        "statistic": "mean",
        "against": "threshold",
        "threshold": threshold,
        "relation": "better",
        "quantifier": "every",
        "confidence": "0.95",
        "reach": "general",
        "must": "must",
        "seen": seen,
    }


@pytest.mark.parametrize("agreed", [False, True])
def test_a_criterion_saved_by_both_shows_the_second_the_difference(agreed: bool) -> None:
    scorer = make_scorer_version().scorer
    requirement = make_requirement(criteria=[{"scorer": scorer, "threshold": 0.9}], approved=agreed)
    url = f"/requirements/{requirement.key}/criteria/AC-1/"
    one, two = signed_in(), signed_in()
    seen = str(two.get(url).context["form"]["seen"].value())
    assert one.post(url, criterion_typed(scorer, seen, "95")).status_code == 302
    if agreed:
        approve_revision(requirement.revisions.get(status="draft"))
    clash = two.post(url, criterion_typed(scorer, seen, "85"))
    page = clash.content.decode()
    assert clash.status_code == 409
    assert "Nothing is lost" in page and "<del> 95</del><ins> 85</ins>" in page
    assert current_revision(requirement).criteria.get().threshold == 0.95
    newer = str(clash.context["form"]["seen"].value())
    assert two.post(url, criterion_typed(scorer, newer, "85")).status_code == 302
    assert current_revision(requirement).criteria.get().threshold == 0.85


def test_a_criterion_removed_meanwhile_can_be_saved_as_a_new_one() -> None:
    scorer = make_scorer_version().scorer
    requirement = make_requirement(criteria=[{"scorer": scorer, "threshold": 0.9}])
    url = f"/requirements/{requirement.key}/criteria/AC-1/"
    client = signed_in()
    seen = str(client.get(url).context["form"]["seen"].value())
    signed_in().post(f"{url}remove/", {"seen": seen})
    clash = client.post(url, criterion_typed(scorer, seen, "85"))
    assert clash.status_code == 409
    assert "Somebody removed AC-1" in clash.content.decode()
    assert not Revision.objects.get().criteria.exists()
    client.post(url, criterion_typed(scorer, str(clash.context["form"]["seen"].value()), "85"))
    made = Criterion.objects.get()
    assert (made.threshold, made.measurable) == (0.85, True)


def test_a_criterion_changed_meanwhile_is_not_removed_unseen() -> None:
    scorer = make_scorer_version().scorer
    requirement = make_requirement(criteria=[{"scorer": scorer, "threshold": 0.9}])
    url = f"/requirements/{requirement.key}/criteria/AC-1/"
    client = signed_in()
    seen = str(client.get(url).context["form"]["seen"].value())
    signed_in().post(url, criterion_typed(scorer, seen, "95"))
    page = client.post(f"{url}remove/", {"seen": seen}, follow=True).content.decode()
    assert "Somebody saved AC-1" in page
    assert requirement.revisions.get().criteria.get().threshold == 0.95


def test_over_the_api_a_text_agreed_meanwhile_is_not_written_over() -> None:
    requirement = make_requirement(approved=True, revision={"shall": "give three keywords"})
    api = Caller("read", "write", user=make_user(Role.PM))
    path = f"/requirements/{requirement.key}/"
    seen = api.get(path).json()["edit_count"]
    draft = edit_revision(
        actor=None, requirement=requirement, expected_edit_count=None, fields={"shall": "give four keywords"}
    )
    approve_revision(draft)
    late = api.patch(path, {"shall": "give five keywords", "edit_count": seen})
    assert late.status_code == 409
    assert json.loads(late.content)["error"]["fields"]["shall"] == "give four keywords"
    fresh = api.get(path).json()["edit_count"]
    assert api.patch(path, {"shall": "give five keywords", "edit_count": fresh}).status_code == 200


def test_over_the_api_a_criterion_seen_before_is_not_written_over() -> None:
    requirement = make_requirement(criteria=[{"threshold": 0.9}])
    api = Caller("read", "write", user=make_user(Role.PM))
    path = f"/requirements/{requirement.key}/criteria/AC-1/"
    seen = Criterion.objects.get().fingerprint
    assert api.patch(path, {"threshold": 0.95, "seen": seen}).status_code == 200
    assert api.patch(path, {"threshold": 0.85, "seen": seen}).status_code == 409
    assert Criterion.objects.get().threshold == 0.95
