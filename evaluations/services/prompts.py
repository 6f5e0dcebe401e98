"""Prompts: every change is a new immutable version."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.models import Prompt, PromptVersion
from evaluations.scorers.safe_schema import schema_problems

ROLES = frozenset({"system", "developer", "user", "assistant"})


@transaction.atomic
def create_prompt_version(
    *,
    actor: User | None,
    slug: str,
    messages: Sequence[Mapping[str, Any]],
    output_schema: Mapping[str, Any] | None = None,
    name: str = "",
    note: str = "",
) -> PromptVersion:
    """The next version of a prompt (made when the slug is new); the newest one again when nothing differs.

    Raises ValidationError with the field at fault.
    """
    _check(messages, output_schema)
    prompt, created = Prompt.objects.get_or_create(slug=slug, defaults={"name": name or slug})
    if created:
        prompt.full_clean()
    Prompt.objects.select_for_update().get(pk=prompt.pk)
    fingerprint = sha256_of({"messages": list(messages), "schema": output_schema})
    newest = prompt.versions.order_by("-number").first()
    if newest and newest.fingerprint == fingerprint:
        return newest
    version = PromptVersion.objects.create(
        prompt=prompt,
        number=(newest.number if newest else 0) + 1,
        messages=list(messages),
        output_schema=output_schema,
        note=note,
        fingerprint=fingerprint,
    )
    record(actor=actor, verb="prompt.version_created", noun="prompt", object_id=prompt.pk, label=str(version))
    return version


def _check(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None) -> None:
    if not messages:
        raise ValidationError({"messages": "A prompt needs at least one message."})
    for message in messages:
        if message.get("role") not in ROLES:
            raise ValidationError({"messages": f"A message's role is one of {', '.join(sorted(ROLES))}."})
        if not isinstance(message.get("content"), str | list):
            raise ValidationError({"messages": "A message's content is text or a list of parts."})
    if schema is not None and (problems := schema_problems(schema)):
        raise ValidationError({"output_schema": problems})
