"""The prompt lab: what a sheet says is kept, run as ordinary runs, scored in place, marked, and never judged."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from config.errors import Refused
from config.people.models import Role, User
from evaluations.importers import CaseRow
from evaluations.models import Dataset, LabMark, LabSheet, Origin, Response, Run
from evaluations.queries.lab import answers_of
from evaluations.queries.lab_differences import differences_of
from evaluations.services.datasets import add_cases, create_dataset, publish_version
from evaluations.services.lab import (
    copy_sheet,
    create_sheet,
    mark_answer,
    preview_sheet,
    run_sheet,
    save_sheet,
    score_sheet,
)
from evaluations.services.lab_plan import plan_of_sheet
from tests.engine import work_off
from tests.factories.evaluations import make_dataset_version, make_model_version, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
ROWS = "\n".join(f"{word} {number}\t{word}" for number in range(6) for word in ("yes", "no"))
GOOD = {"rows": [{"when": {"text": {"contains": "yes"}}, "then": "yes"}], "default": "no"}
EXACT: dict[str, Any] = {"kind": "exact", "config": {}}


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


@pytest.fixture
def sheet(pm: User) -> LabSheet:
    versions = [
        make_model_version(slug="good", parameters={"rule_set": GOOD}),
        make_model_version(slug="yes"),
    ]
    return create_sheet(
        actor=pm,
        name="Yes or no",
        prompts=[{"message": "Well? {{input}}"}, {"message": "Yes or no? {{input}}"}],
        rows=ROWS,
        versions=versions,
    )


def answered(pm: User, sheet: LabSheet) -> LabSheet:
    run_sheet(actor=pm, sheet=sheet)
    return worked(sheet)


def worked(sheet: LabSheet) -> LabSheet:
    for run in sheet.runs.all():
        work_off(run)
    return LabSheet.objects.get(pk=sheet.pk)


def test_every_prompt_is_asked_of_every_model_as_ordinary_runs_of_the_lab(pm: User, sheet: LabSheet) -> None:
    sheet = answered(pm, sheet)
    runs = list(sheet.runs.all())
    assert [(run.origin, run.state, run.done) for run in runs] == [(Origin.LAB, Run.State.DONE, 12)] * 4
    assert Dataset.objects.get().purpose == Dataset.Purpose.DEV
    assert Run.objects.judgeable().count() == 0
    found = answers_of(sheet, pm)
    assert [column.letter for column in found.columns] == ["A", "A", "B", "B"]
    assert [cell.tries[0].text for cell in found.rows[1].cells] == ["no", "yes", "no", "yes"]
    assert not any(column.reads_prompt for column in found.columns)


def test_a_check_added_later_scores_the_answers_without_a_call(pm: User, sheet: LabSheet) -> None:
    sheet = answered(pm, sheet)
    calls = Response.objects.filter(reused_from=None).count()
    sheet = save_sheet(actor=pm, sheet=sheet, checks=[EXACT])
    assert score_sheet(actor=pm, sheet=sheet) == 4
    sheet = worked(sheet)
    found = answers_of(sheet, pm)
    assert [column.rates[0].passed for column in found.columns] == [12, 6, 12, 6]
    assert Response.objects.filter(reused_from=None).count() == calls
    assert found.columns[1].flips == (0, 6)
    back = save_sheet(actor=pm, sheet=sheet, checks=[])
    score_sheet(actor=pm, sheet=back)
    assert {run.scored_from_id for run in back.runs.all()} == {None}


def test_the_difference_comes_with_its_range_or_with_what_would_settle_it(pm: User, sheet: LabSheet) -> None:
    sheet = answered(pm, save_sheet(actor=pm, sheet=sheet, checks=[EXACT]))
    told = differences_of(answers_of(sheet, pm))
    by_key = {one.column.label: one for one in told}
    behind = next(one for label, one in by_key.items() if label.startswith("A · yes"))
    same = next(one for label, one in by_key.items() if label.startswith("B · good"))
    assert behind.result is not None and behind.result.point == pytest.approx(-0.5)
    assert behind.result.interval is not None and behind.result.interval.high < 0
    assert behind.supported and behind.sentence.startswith("Behind A · good")
    assert not same.supported
    assert "Not proven yet" in same.sentence


def test_the_budget_is_held_and_said_before_anything_is_called(pm: User, sheet: LabSheet) -> None:
    sheet = save_sheet(actor=pm, sheet=sheet, cap=Decimal(47))
    with pytest.raises(ValidationError, match="takes 48 calls and the budget is 47"):
        run_sheet(actor=pm, sheet=sheet)
    assert not Run.objects.exists()
    sheet = save_sheet(actor=pm, sheet=sheet, cap=Decimal(48))
    assert preview_sheet(actor=pm, sheet=sheet).calls == 48
    assert not Dataset.objects.exists()
    started = run_sheet(actor=pm, sheet=sheet)
    worked(sheet)
    started.refresh_from_db()
    assert (started.cap, started.settled) == (Decimal(48), Decimal(48))
    assert started.origin == Origin.LAB


def test_rows_that_may_not_leave_are_not_sent_to_a_competitor(pm: User, sheet: LabSheet) -> None:
    provider = make_provider("openai_like", base_url="http://127.0.0.1:9")
    rival = make_model_version(slug="rival", side="competitor", provider=provider)
    sheet = save_sheet(actor=pm, sheet=sheet, versions=[*sheet.versions.all(), rival])
    started = run_sheet(actor=pm, sheet=sheet)
    assert "may not leave to a competitor's API" in started.summary["problems"][0]
    assert not started.runs.filter(model_version=rival).exists()
    alone = create_sheet(actor=pm, name="Alone", rows=ROWS, versions=[rival])
    with pytest.raises(Refused, match="may not leave"):
        run_sheet(actor=pm, sheet=alone)


def test_a_test_dataset_is_refused_with_the_reason(pm: User, sheet: LabSheet) -> None:
    version = make_dataset_version(3)
    sheet = save_sheet(actor=pm, sheet=sheet, rows_from="dataset", dataset_version=version)
    with pytest.raises(ValidationError, match="could no longer be proven"):
        plan_of_sheet(sheet)


def test_an_input_of_a_test_dataset_is_not_tried_out(pm: User, sheet: LabSheet) -> None:
    dataset = create_dataset(actor=None, slug="secret", name="Secret", purpose=Dataset.Purpose.TEST)
    add_cases(actor=None, version=dataset.versions.get(), cases=[CaseRow(1, "s-1", "a secret case", "yes")])
    publish_version(actor=None, version=dataset.versions.get())
    sheet = save_sheet(actor=pm, sheet=sheet, rows="a secret case\tyes")
    with pytest.raises(Refused, match="use other rows"):
        run_sheet(actor=pm, sheet=sheet)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"rows": ""}, "rows", "at least one row"),
        ({"rows": "\n".join(map(str, range(21)))}, "rows", "takes 20"),
        ({"prompts": [{"message": "{{review}}"}]}, "rows", "asks for “review”"),
        ({"prompts": [{"message": "x {{input}}", "schema": "{"}]}, "a_schema", "not JSON"),
        ({"prompts": [{"message": "{{in put}}"}]}, "a_message", "not a slot"),
        ({"prompts": [{"system": "Be brief."}]}, "a_message", "Write the message"),
        ({"versions": []}, "models", "0 are ticked"),
    ],
)
def test_what_is_not_right_yet_is_said_and_kept(
    pm: User, sheet: LabSheet, changes: dict[str, Any], field: str, words: str
) -> None:
    sheet = save_sheet(actor=pm, sheet=sheet, **changes)
    with pytest.raises(ValidationError) as refusal:
        run_sheet(actor=pm, sheet=sheet)
    assert words in refusal.value.message_dict[field][0]
    kept = LabSheet.objects.get(pk=sheet.pk)
    assert [getattr(kept, name) for name in changes if name != "versions"] == [
        value for name, value in changes.items() if name != "versions"
    ]


def test_a_table_fills_the_slots_its_first_line_names(pm: User, sheet: LabSheet) -> None:
    sheet = save_sheet(
        actor=pm,
        sheet=sheet,
        prompts=[{"message": "{{review}} for {{app}}?"}],
        rows="Review\tApp\tTarget\nGood\tAria\tyes\nBad\tNova\tno",
    )
    rows = plan_of_sheet(sheet).rows
    assert [(row.input, row.target) for row in rows] == [
        ({"review": "Good", "app": "Aria"}, "yes"),
        ({"review": "Bad", "app": "Nova"}, "no"),
    ]


def test_rows_are_repeated_to_see_how_they_vary(pm: User, sheet: LabSheet) -> None:
    sheet = answered(pm, save_sheet(actor=pm, sheet=sheet, repeats=3))
    cell = answers_of(sheet, pm).rows[0].cells[0]
    assert (len(cell.tries), cell.different) == (3, 1)


def test_more_rows_and_columns_cost_no_more_queries(
    pm: User, sheet: LabSheet, query_count: Callable[[int], AbstractContextManager[object]]
) -> None:
    small = save_sheet(
        actor=pm,
        sheet=copy_sheet(actor=pm, sheet=sheet),
        rows="yes 1",
        versions=[sheet.versions.all()[0]],
        prompts=sheet.prompts[:1],
    )
    for one in (small, sheet):
        found = answered(pm, one)
        with query_count(8):
            answers_of(found, pm)


def test_a_mark_stays_with_the_answer_when_it_is_scored_again(pm: User, sheet: LabSheet) -> None:
    sheet = answered(pm, sheet)
    answer = answers_of(sheet, pm).rows[0].cells[0].tries[0].response
    mark_answer(actor=pm, sheet=sheet, answer=answer, thumb=-1, note="Too short.")
    score_sheet(actor=pm, sheet=save_sheet(actor=pm, sheet=sheet, checks=[EXACT]))
    mark = answers_of(worked(sheet), pm).rows[0].cells[0].tries[0].mark
    assert mark is not None and (mark.thumb, mark.note) == (-1, "Too short.")
    again = answers_of(sheet, pm).rows[0].cells[0].tries[0].response
    mark_answer(actor=pm, sheet=sheet, answer=again, thumb=0)
    assert not LabMark.objects.exists()


def test_somebody_elses_sheet_is_read_and_copied_only(pm: User, sheet: LabSheet) -> None:
    other = make_user(Role.PM)
    for deed in (run_sheet, score_sheet, save_sheet):
        with pytest.raises(Refused, match="Copy it"):
            deed(actor=other, sheet=sheet)
    mine = copy_sheet(actor=other, sheet=sheet)
    assert (mine.owner, mine.rows, mine.versions.count()) == (other, sheet.rows, 2)


def test_it_is_run_once_while_answers_come_in(pm: User, sheet: LabSheet) -> None:
    run_sheet(actor=pm, sheet=sheet)
    with pytest.raises(Refused, match="still coming in"):
        run_sheet(actor=pm, sheet=sheet)
