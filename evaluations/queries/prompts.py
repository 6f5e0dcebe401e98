"""Prompts as their pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

from evaluations.canonical import Change, canonical_json, word_diff
from evaluations.models import EvaluationVersion, Prompt, PromptVersion
from evaluations.prompting import slots


@dataclass(frozen=True)
class MessageDiff:
    """One message of two versions, word by word."""

    role: str
    pieces: Sequence[Change]


def prompts_with_versions() -> QuerySet[Prompt]:
    """Prompts with their newest number, the day of it, and in how many evaluations they stand. One query."""
    return Prompt.objects.annotate(
        newest=Max("versions__number"),
        changed_at=Max("versions__created_at"),
        used=Count("versions__evaluation_versions__evaluation", distinct=True),
    ).order_by("name", "slug")


def slots_of(version: PromptVersion) -> Sequence[str]:
    """The names a case must bring."""
    return slots(version.messages)


def uses_of(prompt: Prompt, most: int = 50) -> QuerySet[EvaluationVersion]:
    """Evaluation versions that ask with it, newest first. One query."""
    rows = EvaluationVersion.objects.filter(prompt_version__prompt=prompt)
    return rows.select_related("evaluation", "prompt_version__prompt").order_by("-id")[:most]


def difference(before: PromptVersion, after: PromptVersion) -> list[MessageDiff]:
    """What changed, message by message; the schema of the answer as one more."""
    count = max(len(before.messages), len(after.messages))
    found = []
    for place in range(count):
        old, new = _message(before, place), _message(after, place)
        role = " → ".join(dict.fromkeys(name for name in (old[0], new[0]) if name))
        found.append(MessageDiff(role, word_diff(old[1], new[1])))
    if before.output_schema or after.output_schema:
        found.append(MessageDiff("schema of the answer", word_diff(_schema(before), _schema(after))))
    return found


def _message(version: PromptVersion, place: int) -> tuple[str, str]:
    if place >= len(version.messages):
        return "", ""
    message = version.messages[place]
    content = message.get("content", "")
    return str(message.get("role", "")), content if isinstance(content, str) else canonical_json(content)


def _schema(version: PromptVersion) -> str:
    return canonical_json(version.output_schema) if version.output_schema else ""
