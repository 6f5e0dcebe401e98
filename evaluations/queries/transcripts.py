"""The steps that led to an answer: who said what, and which tools were called with what."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.models import Blob

MAX_STEPS = 200


@dataclass(frozen=True)
class ToolCall:
    """arguments: as they were written, JSON or not."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Step:
    """One message. role: system, user, assistant or tool. tool: for a tool's answer the name of the tool, where it is known."""

    role: str
    text: str
    calls: Sequence[ToolCall] = ()
    tool: str = ""


@dataclass(frozen=True)
class Steps:
    """left_out: messages beyond the first 200. erased: the content was erased."""

    steps: Sequence[Step]
    left_out: int = 0
    erased: bool = False

    @property
    def calls(self) -> int:
        return sum(len(step.calls) for step in self.steps)


def steps_by_blob(ids: Iterable[int]) -> dict[int, Steps]:
    """Steps by the id of the blob that holds them. One query, none for none."""
    wanted = set(ids)
    return {pk: _steps(blob) for pk, blob in Blob.objects.in_bulk(wanted).items()} if wanted else {}


def _steps(blob: Blob) -> Steps:
    if blob.purged_at is not None:
        return Steps((), erased=True)
    messages = [message for message in json.loads(blob.content) if isinstance(message, dict)]
    names = {
        str(call.get("id")): _function(call)[0]
        for message in messages
        for call in message.get("tool_calls") or []
    }
    steps = [_step(message, names) for message in messages[:MAX_STEPS]]
    return Steps(steps, max(0, len(messages) - MAX_STEPS))


def _step(message: dict[str, Any], names: dict[str, str]) -> Step:
    return Step(
        role=str(message.get("role") or ""),
        text=_text(message.get("content")),
        calls=[ToolCall(*_function(call)) for call in message.get("tool_calls") or []],
        tool=names.get(str(message.get("tool_call_id")), ""),
    )


def _function(call: dict[str, Any]) -> tuple[str, str]:
    function = call.get("function") or {}
    return str(function.get("name") or ""), str(function.get("arguments") or "")


def _text(content: Any) -> str:
    """A text as it is; of typed parts the texts, and of any other part its type."""
    if not isinstance(content, list):
        return "" if content is None else str(content)
    return "\n".join(
        str(part.get("text") or f"({part.get('type')})") for part in content if isinstance(part, dict)
    )
