"""Contrasting examples: rows that come and go without script, kept with the text, shown and compared."""

import pytest

from capabilities.models import Requirement, Revision
from capabilities.queries.revisions import compare_revisions
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product, make_requirement, make_revision

pytestmark = pytest.mark.django_db
WORDS = {
    "kind": "llm",
    "intent": "lead",
    "priority": "must",
    "title": "Reads sarcasm",
    "shall": "read sarcasm as meant",
}
FIRST = {"examples-0-input": "Great, it crashed.", "examples-0-good": "1", "examples-0-bad": "5"}
EXAMPLE = {"input": "Great, it crashed.", "good": "1", "bad": "5"}


def test_examples_are_kept_and_empty_rows_are_not() -> None:
    make_product()
    signed_in().post("/requirements/new/", {**WORDS, **FIRST, "examples-1-input": "", "examples-1-good": ""})
    assert Revision.objects.get().examples == [EXAMPLE]


def test_a_row_is_added_and_taken_out_by_buttons_that_save_nothing() -> None:
    make_product()
    client = signed_in()
    more = client.post("/requirements/new/", {**WORDS, **FIRST, "example": "add"})
    assert more.status_code == 200
    assert [row["input"] for row in more.context["form"].example_rows] == ["Great, it crashed.", ""]
    assert more.context["form"]["shall"].value() == "read sarcasm as meant"
    fewer = client.post("/requirements/new/", {**WORDS, **FIRST, "example": "remove-0"})
    assert fewer.context["form"].example_rows == []
    assert not Requirement.objects.exists()


@pytest.mark.parametrize("row", [{"examples-0-good": "1"}, {"examples-0-input": "Great."}])
def test_an_example_needs_its_input_and_an_answer(row: dict[str, str]) -> None:
    make_product()
    response = signed_in().post("/requirements/new/", WORDS | row)
    assert response.status_code == 422
    assert "An example needs its input" in response.content.decode()


def test_the_page_shows_them_with_what_models_and_people_wrote_made_harmless() -> None:
    requirement = make_requirement(revision={"examples": [EXAMPLE | {"bad": "<script>alert(1)</script>"}]})
    page = signed_in().get(f"/requirements/{requirement.key}/").content.decode()
    assert "Great, it crashed." in page and "<script>alert(1)" not in page


def test_a_changed_example_is_compared_word_by_word() -> None:
    requirement = make_requirement(revision={"examples": [EXAMPLE]})
    other = make_revision(requirement, examples=[EXAMPLE | {"input": "Great, it froze."}], status="discarded")
    rows = {row.label: row for row in compare_revisions(requirement.revisions.get(number=1), other)}
    changed = [(piece.op, piece.text.strip()) for piece in rows["Example 1"].pieces if piece.op != "="]
    assert changed == [("-", "crashed"), ("+", "froze")]


def test_a_mend_of_the_wording_is_one_press_away() -> None:
    make_product()
    page = signed_in().post(
        "/requirements/new/", {**WORDS, "shall": "answer in German where possible", "repair": "escape"}
    )
    assert page.status_code == 200
    assert page.context["form"]["shall"].value() == "answer in German"


def test_two_abilities_become_two_drafts_and_pressed_twice_still_two() -> None:
    make_product()
    client = signed_in()
    data = {**WORDS, "shall": "summarise the review and translate the summary", "split": "1"}
    client.post("/requirements/new/", data)
    client.post("/requirements/new/", data)
    said = list(Revision.objects.order_by("pk").values_list("title", "shall"))
    assert said == [
        ("Reads sarcasm", "summarise the review"),
        ("Translate the summary", "translate the summary"),
    ]


def test_a_requirement_with_two_abilities_is_split_from_its_page() -> None:
    requirement = make_requirement(revision={"shall": "summarise the review and translate the summary"})
    client = signed_in()
    assert "Split it in two requirements" in client.get(f"/requirements/{requirement.key}/").content.decode()
    client.post(f"/requirements/{requirement.key}/split/")
    assert requirement.revisions.get().shall == "summarise the review"
    second = Requirement.objects.exclude(pk=requirement.pk).get()
    assert second.revisions.get().shall == "translate the summary"
    assert second.revisions.get().rationale == requirement.revisions.get().rationale
    again = client.post(f"/requirements/{requirement.key}/split/", follow=True).content.decode()
    assert "one ability only" in again
