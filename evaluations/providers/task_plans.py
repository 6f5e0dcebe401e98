"""What a version's parameters say about a task: which, with what, and how much of it a sample may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.providers.types import ErrorKind, Most, ProviderError

KINDS = ("task", "solver", "agent")
TOKEN_CAPS = ("max_completion_tokens", "max_tokens")
OURS = frozenset({*KINDS, "arguments", "max_calls", "token_limit", "time_limit_s", "message_limit"})
# name: default, lowest, highest
NUMBERS = {
    "max_calls": (10, 1, 1_000),
    "token_limit": (50_000, 1, 50_000_000),
    "time_limit_s": (300, 1, 3_600),
    "message_limit": (0, 0, 10_000),
}


@dataclass(frozen=True)
class TaskPlan:
    """kind and name: what is run, by its name in the registry. model: the parameters that go with each call."""

    kind: str
    name: str
    arguments: Mapping[str, Any]
    model: Mapping[str, Any]
    max_calls: int
    token_limit: int
    time_limit_s: float
    message_limit: int | None

    @property
    def most(self) -> Most:
        return Most(self.max_calls, self.token_limit, self.time_limit_s)


def read_plan(parameters: Mapping[str, Any]) -> TaskPlan:
    """The plan in a version's parameters. Raises ProviderError with what to write instead."""
    if problem := plan_problem(parameters):
        raise ProviderError(ErrorKind.UNAUTHORIZED, problem, never_sent=True)
    [kind] = [kind for kind in KINDS if kind in parameters]
    numbers = {name: _number(parameters, name) for name in NUMBERS}
    return TaskPlan(
        kind=kind,
        name=parameters[kind],
        arguments=parameters.get("arguments") or {},
        model={name: value for name, value in parameters.items() if name not in OURS},
        max_calls=numbers["max_calls"],
        token_limit=numbers["token_limit"],
        time_limit_s=numbers["time_limit_s"],
        message_limit=numbers["message_limit"] or None,
    )


def plan_problem(parameters: Mapping[str, Any]) -> str:
    """A sentence that says what is wrong with a version's parameters; "" when they name a task."""
    named = [kind for kind in KINDS if kind in parameters]
    if len(named) != 1 or not isinstance(parameters[named[0]], str) or not parameters[named[0]].strip():
        return (
            'The parameters name what to run, e.g. {"task": "package/name"}: one task, solver or agent '
            "by its name in the registry of inspect."
        )
    if not isinstance(parameters.get("arguments") or {}, Mapping):
        return 'The parameter arguments is an object, e.g. {"attempts": 2}.'
    for name, (_, lowest, highest) in NUMBERS.items():
        value = parameters.get(name, lowest)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            return f"The parameter {name} is a whole number from {lowest} to {highest:,}."
    return ""


def most_of(parameters: Mapping[str, Any]) -> Most:
    """The most a sample may take; of parameters that name no task the least there is, as nothing will be called."""
    return Most(1, 1, 1) if plan_problem(parameters) else read_plan(parameters).most


def _number(parameters: Mapping[str, Any], name: str) -> int:
    return int(parameters.get(name, NUMBERS[name][0]))
