"""What a sheet of the prompt lab says, read: prompts, rows, models and checks, or sentences about what is not right yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from evaluations.importers import CaseRow, RowProblem, read_rows
from evaluations.models import Case, Dataset, LabSheet, ModelVersion
from evaluations.prompting import prompt_problems, slots, values_of
from evaluations.scorers import UnknownScorer, get_scorer
from evaluations.scorers.safe_schema import schema_problems

LETTERS = "ABCD"
MOST_ROWS = 20
MOST_MODELS = 4
MOST_COLUMNS = 8
MOST_REPEATS = 10
TOLD = 5
ANSWERED = {"kind": "length", "config": {"count": "characters", "at_least": 1}}


@dataclass(frozen=True)
class LabPrompt:
    """letter: A to D, by its place on the page. messages: empty sends the row as it is."""

    letter: str
    messages: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None


@dataclass(frozen=True)
class LabPlan:
    """A sheet that can be run. may_leave: may a competitor's API see the rows?"""

    prompts: Sequence[LabPrompt]
    rows: Sequence[CaseRow]
    may_leave: bool
    versions: Sequence[ModelVersion]

    @property
    def columns(self) -> int:
        return len(self.prompts) * len(self.versions)


def plan_of_sheet(sheet: LabSheet) -> LabPlan:
    """What the sheet asks for. Raises ValidationError with a sentence for each field that is not right yet. Up to three queries."""
    problems: dict[str, list[str]] = {}
    prompts = _prompts(sheet, problems)
    rows = _rows(sheet, prompts, problems)
    versions = list(
        sheet.versions.select_related("model__provider", "own_prompt").order_by("model__slug", "id")
    )
    if not 1 <= len(versions) <= MOST_MODELS:
        problems["models"] = [f"Tick one to {MOST_MODELS} models; {len(versions)} are ticked."]
    elif len(prompts) * len(versions) > MOST_COLUMNS:
        problems["models"] = [
            f"{len(prompts)} prompts on {len(versions)} models are {len(prompts) * len(versions)} columns; "
            f"at most {MOST_COLUMNS} fit. Tick fewer models or empty a prompt."
        ]
    if problems:
        raise ValidationError(problems)
    return LabPlan(prompts, rows, _may_leave(sheet), versions)


def rows_problems(text: str, prompts: Sequence[Mapping[str, str]]) -> list[str]:
    """Why these rows cannot be tried with these prompts (as a sheet holds them), line by line; empty when they can."""
    sheet = LabSheet(rows=text, rows_from=LabSheet.From.TYPED, prompts=list(prompts))
    problems: dict[str, list[str]] = {}
    _rows(sheet, _prompts(sheet, {}), problems)
    return problems.get("rows", [])


def checks_of(sheet: LabSheet) -> list[dict[str, Any]]:
    """The sheet's checks with the one its JSON schema makes; where there is none, only whether an answer came."""
    schema = next((one.schema for one in _prompts(sheet, {}) if one.schema), None)
    made = [{"kind": "json_schema", "config": {"schema": schema}}] if schema else []
    found = made + [check for check in sheet.checks if check not in made]
    return found or [ANSWERED]


def check_problems(kind: str, config: Mapping[str, Any]) -> list[str]:
    """Why a check cannot be used, as sentences."""
    if kind == "external":
        return ["Scores of this kind are pushed; the lab cannot make them."]
    try:
        return list(get_scorer(kind).validate(config))
    except UnknownScorer as problem:
        return [str(problem)]


def name_of_check(kind: str, config: Mapping[str, Any]) -> str:
    """A check in a few words, such as “Includes: refund”."""
    if kind == ANSWERED["kind"] and config == ANSWERED["config"]:
        return "An answer came"
    told = [
        ", ".join(map(str, value)) if isinstance(value, list) else f"{name.replace('_', ' ')} {value}"
        for name, value in config.items()
        if not isinstance(value, dict)
    ]
    title = get_scorer(kind).title
    return (f"{title}: {'; '.join(told)}" if told else title)[:120]


def _prompts(sheet: LabSheet, problems: dict[str, list[str]]) -> list[LabPrompt]:
    found = []
    for letter, written in zip(LETTERS, sheet.prompts, strict=False):
        system, message = written.get("system", ""), written.get("message", "")
        schema, wrong = _schema(written.get("schema", ""))
        if wrong:
            problems[f"{letter.lower()}_schema"] = [wrong]
        if not message.strip():
            if system.strip() or schema:
                problems[f"{letter.lower()}_message"] = [
                    "Write the message, with {{input}} where the row goes."
                ]
            continue
        messages = [{"role": "system", "content": system}] if system.strip() else []
        messages.append({"role": "user", "content": message})
        if told := prompt_problems(messages):
            problems[f"{letter.lower()}_message"] = list(told)
        found.append(LabPrompt(letter, messages, schema))
    return found or [LabPrompt("A", [], None)]


def _schema(text: str) -> tuple[dict[str, Any] | None, str]:
    if not text.strip():
        return None, ""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return None, f"The schema is not JSON: {problem}."
    if not isinstance(schema, dict):
        return None, "Write the schema as a JSON object: it starts with { and ends with }."
    told = schema_problems(schema)
    return schema, " ".join(told)


def _rows(sheet: LabSheet, prompts: Sequence[LabPrompt], problems: dict[str, list[str]]) -> Sequence[CaseRow]:
    wanted = slots([list(prompt.messages) for prompt in prompts])
    if sheet.rows_from == LabSheet.From.DATASET:
        rows, told = _chosen(sheet)
    else:
        file = read_rows(sheet.rows, wanted)
        rows = file.rows
        told = _by_line([one for one in file.problems if not one.row_kept])
        if not sheet.rows.strip():
            told = ["Write at least one row, or choose a development dataset."]
        if len(rows) > MOST_ROWS:
            told = [
                f"There are {len(rows)} rows; the lab takes {MOST_ROWS}. Measure larger sets as an evaluation."
            ]
    field = "dataset" if sheet.rows_from == LabSheet.From.DATASET else "rows"
    if told:
        problems[field] = told
    elif lacking := _lacking(rows, wanted):
        problems[field] = [lacking]
    return rows


def slots_of(prompts: Sequence[Mapping[str, str]]) -> Sequence[str]:
    """The slots of prompts as a sheet holds them."""
    return slots([list(one.messages) for one in _prompts(LabSheet(prompts=list(prompts)), {})])


def _by_line(problems: Sequence[RowProblem]) -> list[str]:
    told = [f"Line {one.line}: {one.reason}" if one.line else one.reason for one in problems[:TOLD]]
    more = len(problems) - TOLD
    return [*told, f"And {more} more lines."] if more > 0 else told


def _lacking(rows: Sequence[CaseRow], wanted: Sequence[str]) -> str:
    for row in rows:
        there = values_of(row.input)
        if missing := [name for name in wanted if name not in there]:
            return (
                f"A prompt asks for “{missing[0]}”, which row {row.line} does not have; it has {', '.join(there) or 'nothing'}. "
                "Name the columns in the first line, or change the slot."
            )
    return ""


def _chosen(sheet: LabSheet) -> tuple[Sequence[CaseRow], list[str]]:
    """The first rows of the chosen dataset version. Test cases are never tried out."""
    version = sheet.dataset_version
    if version is None or version.frozen_at is None:
        return [], ["Choose a published development dataset."]
    if version.dataset.purpose == Dataset.Purpose.TEST:
        return [], [
            f"{version.dataset.name} is a test dataset: what is tried on it could no longer be proven with it. "
            "Choose a development dataset."
        ]
    if version.retired_at:
        return [], [f"{version} was retired: {version.retired_reason}"]
    entries = version.entries.select_related("case__content").order_by("position")[:MOST_ROWS]
    return [row_of(entry.case, place) for place, entry in enumerate(entries, start=1)], []


def row_of(case: Case, place: int) -> CaseRow:
    """A stored case as a row. Needs its content loaded."""
    return CaseRow(
        line=place,
        key=case.key,
        input=case.input,
        target=case.target,
        slices=case.slices,
        cluster=case.cluster,
        metadata=case.metadata,
        attachments=tuple(case.attachments),
    )


def _may_leave(sheet: LabSheet) -> bool:
    if sheet.rows_from == LabSheet.From.DATASET and sheet.dataset_version:
        return sheet.dataset_version.dataset.may_leave
    return sheet.may_leave
