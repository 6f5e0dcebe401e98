"""The samples of a task's own data set, as plain values; in a child process (`task_child.py`) and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from inspect_ai.model import messages_to_openai

from evaluations.providers.task_child import Refused

LONGEST = 64 << 20


async def cases_of(task: Any, most: int) -> dict[str, Any]:
    """The first `most` samples: id, input, choices, target, metadata, names of files; and how many there are. Raises Refused."""
    samples = list(task.dataset)
    found, size = [], 0
    for sample in samples[:most]:
        found.append(json.dumps(await _case(sample), default=str))
        size += len(found[-1])
        if size > LONGEST:
            raise Refused(f"its samples are larger than {LONGEST >> 20} MB; take fewer of them")
    return {"cases": found, "all": len(samples)}


async def _case(sample: Any) -> dict[str, Any]:
    asked = sample.input
    if not isinstance(asked, str):
        asked = json.loads(json.dumps(await messages_to_openai(asked), default=_plain))
    # Of files the names alone: what they hold is for a sandbox, and no model is shown it.
    files = {"files": sorted(sample.files)} if sample.files else {}
    return {
        "id": sample.id,
        "input": asked,
        "choices": list(sample.choices) if sample.choices else None,
        "target": sample.target,
        "metadata": {**(sample.metadata or {}), **files},
    }


def _plain(value: Any) -> Any:
    return value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else str(value)
