"""The cases of a task of inspect-ai: its own data set, read in a child process that has no network and makes no call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.providers.inspect_tasks import MISSING, data_folder, installed
from evaluations.providers.task_children import TaskChildren, TaskFailed

CHILD = "evaluations.providers.inspect_child"
LIMIT_S = 120.0


@dataclass(frozen=True)
class TaskCases:
    """cases: objects with id, input, choices, target, metadata. all: how many the task has."""

    cases: tuple[dict[str, Any], ...]
    all: int


def task_cases(
    name: str, arguments: Mapping[str, Any], most: int, children: TaskChildren | None = None
) -> TaskCases:
    """The first `most` samples of a task, by its name in inspect's registry. Raises TaskFailed with what stands in the way."""
    if children is None:
        if not installed():
            raise TaskFailed(MISSING)
        children = TaskChildren(CHILD, extra=data_folder)
    facts = {"kind": "task", "name": name, "arguments": dict(arguments), "most": most}
    made = asyncio.run(children.run(facts, _nobody, LIMIT_S))
    return TaskCases(tuple(json.loads(case) for case in made["cases"]), int(made["all"]))


async def _nobody(_call: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"stop": "refused", "words": "cases are read without a call"}
