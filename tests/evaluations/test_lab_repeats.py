"""One row of a sheet, asked several times to see how it varies."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from config.errors import Refused
from config.people.models import Role, User
from evaluations.models import Blob, LabSheet, Origin, Response, Run
from evaluations.queries.lab import Cell, Try
from evaluations.queries.lab_repeats import variation_of
from evaluations.services.lab import create_sheet, run_sheet, save_sheet
from evaluations.services.lab_repeats import repeat_row
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
GOOD = {"rows": [{"when": {"text": {"contains": "yes"}}, "then": "yes"}], "default": "no"}


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


@pytest.fixture
def sheet(pm: User) -> LabSheet:
    made = create_sheet(
        actor=pm,
        name="Yes or no",
        prompts=[{"message": "{{input}}?"}, {"message": "Well, {{input}}?"}],
        rows="yes 1\tyes\nno 2\tno\nyes 3\tyes",
        versions=[make_model_version(parameters={"rule_set": GOOD}), make_model_version()],
        checks=[{"kind": "exact", "config": {}}],
    )
    work(run_sheet(actor=pm, sheet=made).runs.all())
    return LabSheet.objects.get(pk=made.pk)


def work(runs: QuerySet[Run]) -> None:
    for run in runs:
        work_off(run)


def said(*answers: str) -> Cell:
    return Cell([Try(Response(), Blob(sha256=text, data=text.encode()), {}) for text in answers])


def test_different_answers_are_counted_and_the_most_frequent_comes_first() -> None:
    cell = said("b", "a", "b", "b", "c")
    assert [(one.text, times) for one, times in cell.sayings] == [("b", 3), ("a", 1), ("c", 1)]
    assert (cell.same, cell.different) == (3, 3)
    assert (said().same, said().different) == (0, 0)


def test_sounds_differ_by_their_bytes() -> None:
    sounds = [Try(Response(), Blob(sha256=one, media_type="audio/wav"), {}) for one in "ab"]
    assert Cell(sounds).different == 2


def test_every_column_is_asked_the_row_again_and_the_sheet_keeps_its_answers(
    pm: User, sheet: LabSheet
) -> None:
    before = set(sheet.runs.values_list("pk", flat=True))
    made = repeat_row(actor=pm, sheet=sheet, number=2, times=5)
    work(made.round.runs.all())
    varied = variation_of(sheet, pm, 2)
    assert varied is not None and varied.repeated
    assert [(column.letter, len(cell.tries), cell.same) for column, cell in varied.cells] == [
        (letter, 5, 5) for letter in "AABB"
    ]
    assert [column.rates[0].passed for column in varied.found.columns] == [5, 0, 5, 0]
    assert varied.tried.case.input == "no 2"
    assert set(sheet.runs.values_list("pk", flat=True)) == before
    assert {run.origin for run in made.round.runs.all()} == {Origin.LAB}
    assert not variation_of(sheet, pm, 1).repeated  # type: ignore[union-attr]


def test_the_budget_and_the_owner_hold_for_a_row_too(pm: User, sheet: LabSheet) -> None:
    save_sheet(actor=pm, sheet=sheet, cap=Decimal(19))
    with pytest.raises(ValidationError, match="takes 20 calls and the sheet's budget is 19"):
        repeat_row(actor=pm, sheet=sheet, number=1, times=5)
    with pytest.raises(Refused, match="no row 4"):
        repeat_row(actor=pm, sheet=sheet, number=4, times=2)
    with pytest.raises(Refused, match="Copy it"):
        repeat_row(actor=make_user(Role.PM), sheet=sheet, number=1, times=2)
    repeat_row(actor=pm, sheet=sheet, number=1, times=4)
    with pytest.raises(Refused, match="still coming in"):
        repeat_row(actor=pm, sheet=sheet, number=1, times=4)


def test_the_page_asks_again_and_shows_what_was_said(
    pm: User, sheet: LabSheet, query_count: Callable[[int], AbstractContextManager[object]]
) -> None:
    client = signed_in(pm)
    url = f"/lab/{sheet.pk}/rows/3/"
    assert "was asked once" in client.get(url).text
    assert client.post(url, {"times": "1"}).status_code == 422
    assert client.post(url, {"times": "4"})["Location"] == url
    assert "0 of 16 asked" in client.get(url).text
    work(sheet.row_repeats.get().round.runs.all())
    page = client.get(url).text
    assert "4 of 4" in page and "data-live" not in page.split('id="varied"')[1]
    with query_count(16):
        variation_of(sheet, pm, 3)
    viewer = signed_in(role=Role.VIEWER)
    assert "Ask again" not in viewer.get(url).text
    assert client.get(f"/lab/{sheet.pk}/rows/4/").status_code == 404


def test_the_same_over_the_api(pm: User, sheet: LabSheet) -> None:
    api, url = Caller("read", "write", user=pm), f"/lab-sheets/{sheet.pk}/repeats/"
    assert api.get(f"{url}?row=1").json()["at"] is None
    made = api.post(url, {"row": 1, "times": 3})
    assert made.status_code == 201 and made.json()["waiting"]
    work(sheet.row_repeats.get().round.runs.all())
    column = api.get(f"{url}?row=1").json()["columns"][0]
    assert (column["tries"], column["same"], column["different"]) == (3, 3, 1)
    assert column["answers"] == [{"output": "yes", "error_class": "", "tries": 3}]
    assert column["passed"] == {"Exact match": [3, 3]}
    assert error_of(api.post(url, {"row": 9, "times": 3}))[0] == 422
    assert api.get(f"{url}?row=x").status_code == 400
