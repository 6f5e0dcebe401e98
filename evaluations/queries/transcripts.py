"""The steps that led to an answer: who said what, and which tools were called with what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from evaluations.models import Blob, Response

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


def with_transcripts(responses: QuerySet[Response]) -> QuerySet[Response]:
    """Responses that know as `told` the blob with their transcript; a reused answer has that of the call it is of."""
    return responses.annotate(told=Coalesce("transcript__content_id", "reused_from__transcript__content_id"))


def steps_by_blob(ids: Iterable[int]) -> dict[int, Steps]:
    """Steps by the id of the blob that holds them. One query, none for none."""
    return {pk: _steps(blob) for pk, blob in _blobs(ids).items()}


def messages_by_blob(ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Messages as they were kept; none of what was erased. One query, none for none."""
    return {pk: _messages(blob) for pk, blob in _blobs(ids).items()}


def _blobs(ids: Iterable[int]) -> dict[int, Blob]:
    wanted = set(ids)
    return Blob.objects.in_bulk(wanted) if wanted else {}


def _messages(blob: Blob) -> list[dict[str, Any]]:
    return [message for message in blob.json() or [] if isinstance(message, dict)]


def _steps(blob: Blob) -> Steps:
    if blob.purged_at is not None:
        return Steps((), erased=True)
    messages = _messages(blob)
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
