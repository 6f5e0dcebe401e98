"""Rule sets: a decision table is a model too, and the simple alternative every other model must beat.

A rule set is data, kept in the version's parameters under "rule_set":

    {"rows": [{"when": {"speed": {"gt": 120}, "weather": {"in": ["rain", "snow"]}}, "then": "slow down"}],
     "default": "none"}

The first row whose conditions all hold gives the answer; none holding gives the default. A text input is the
field "text"; fields of an object input are named with dots ("car.speed"); case metadata is under "metadata".
`then` is the output: text as it is, anything else as JSON.

Conditions: a plain value (equals), or an object of operators which must all hold: equals, not_equals, in, lt,
le, gt, ge (numbers), contains (part of a text, or member of a list), any_of (whole words, any case), matches
(RE2 pattern), exists (true or false). `and`, `or` (lists of conditions objects) and `not` combine them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evaluations.providers.rule_conditions import condition_errors, holds
from evaluations.providers.types import ErrorKind, ProviderError, ProviderSettings, Reply, Request

if TYPE_CHECKING:
    from evaluations.providers.outbound import Client

MAX_ROWS = 1000


def validate(rule_set: Any) -> list[str]:
    """Sentences that say what is wrong with a rule set; empty when it can run."""
    if not isinstance(rule_set, Mapping) or not isinstance(rule_set.get("rows"), list):
        return ['A rule set is an object with a list "rows".']
    problems = []
    if "default" not in rule_set:
        problems.append('A rule set needs a "default": the answer when no row applies.')
    if unknown := sorted(set(rule_set) - {"rows", "default", "name", "description"}):
        problems.append(f"Unknown in a rule set: {', '.join(unknown)}.")
    if len(rule_set["rows"]) > MAX_ROWS:
        problems.append(f"A rule set has at most {MAX_ROWS} rows.")
    for number, row in enumerate(rule_set["rows"], 1):
        problems += [f"Row {number}: {problem}" for problem in _row_errors(row)]
    return problems


def _row_errors(row: Any) -> list[str]:
    if not isinstance(row, Mapping):
        return ["a row is an object with when and then."]
    problems = [f'"{name}" is missing.' for name in ("when", "then") if name not in row]
    if unknown := sorted(set(row) - {"when", "then", "note"}):
        problems.append(f"unknown: {', '.join(unknown)}.")
    return problems + (condition_errors(row["when"]) if "when" in row else [])


def fields_of(case_input: Any, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What conditions can name: the object's own fields, or "text" for any other input."""
    fields = dict(case_input) if isinstance(case_input, Mapping) else {"text": case_input}
    return {**fields, "metadata": dict(metadata or {})}


def decide(
    rule_set: Mapping[str, Any], case_input: Any, metadata: Mapping[str, Any] | None = None
) -> tuple[Any, int | None]:
    """The output and the number (from 1) of the row that gave it; None when it is the default."""
    fields = fields_of(case_input, metadata)
    for number, row in enumerate(rule_set["rows"], 1):
        if holds(row["when"], fields):
            return row["then"], number
    return rule_set.get("default"), None


class Rules:
    """Answers by the rule set in the version's parameters. Deterministic, free, on this machine."""

    name = "rules"
    free = True
    needs_http = False

    def __init__(self) -> None:
        self._valid: Mapping[str, Any] | None = None

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None = None) -> Reply:
        rule_set = self._checked(request.parameters.get("rule_set"))
        started = time.perf_counter()
        output, row = decide(rule_set, input_of(request), request.case_metadata)
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        return Reply(
            text=text,
            raw=json.dumps({"output": output, "row": row}, ensure_ascii=False).encode(),
            latency_ms=round((time.perf_counter() - started) * 1000),
            resolved_model=request.api_id,
        )

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None = None, api_id: str = ""
    ) -> str:
        return "Rule sets run on this machine; nothing is called."

    def _checked(self, rule_set: Any) -> Mapping[str, Any]:
        """The rule set if it can run. A run passes the same object for every case, so it is checked once."""
        if rule_set is self._valid and self._valid is not None:
            return self._valid
        if problems := validate(rule_set):
            raise ProviderError(ErrorKind.PERMANENT, f"The rule set cannot run. {problems[0]}")
        self._valid = rule_set
        return self._valid


def input_of(request: Request) -> Any:
    """The case's raw input, or the text of the last message where the case brings none."""
    if request.case_input is not None:
        return request.case_input
    return str(request.messages[-1].get("content") or "") if request.messages else ""
