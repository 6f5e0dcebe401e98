import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.forms.fields import JsonObjectField, NamedForm, parsed
from evaluations.models import Prompt, PromptVersion
from evaluations.prompting.slots import slot_problems

Messages = Sequence[Mapping[str, Any]]


class PromptFields(forms.Form):
    """The words of a version: a system and a user message, or any list of messages as JSON."""

    system = forms.CharField(
        required=False,
        strip=False,
        label="System message",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who the model is and what always holds.",
    )
    message = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What is asked. {{input}} stands for the case's input; fields of an object input are slots too.",
    )
    messages = forms.CharField(
        required=False,
        label="All messages, as JSON",
        widget=forms.Textarea(attrs={"class": "mono", "rows": 3, "spellcheck": "false"}),
        help_text='Only for longer conversations, instead of the two above: [{"role": "user", "content": "…"}, …].',
    )
    output_schema = JsonObjectField(
        rows=6,
        label="JSON schema of the answer",
        help_text="When the answer must be JSON of a certain shape.",
    )
    note = forms.CharField(max_length=300, required=False, help_text="What this version tries.")

    def clean_messages(self) -> Messages | None:
        text = self.cleaned_data["messages"]
        if not text:
            return None
        found = parsed(text)
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise ValidationError(
                'Write a list of messages, e.g. [{"role": "user", "content": "{{input}}"}].'
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed = [("system", cleaned.get("system", "")), ("user", cleaned.get("message", ""))]
        written = [{"role": role, "content": text} for role, text in typed if text.strip()]
        listed = cleaned.get("messages")
        if listed and written:
            self.add_error("messages", "Write either the two messages or the list, not both.")
        elif not listed and not (cleaned.get("message") or "").strip() and "messages" in cleaned:
            self.add_error("message", "Say what is asked; {{input}} stands for the case's input.")
        cleaned["messages"] = listed or written
        for problem in slot_problems(cleaned["messages"]):
            self.add_error("messages" if listed else "message", problem)
        return cleaned

    def version(self) -> dict[str, Any]:
        """What making a version takes."""
        return {name: self.cleaned_data[name] for name in ("messages", "output_schema", "note")}


class PromptForm(PromptFields, NamedForm):
    owner = Prompt
    field_order = ("name", "slug")


def words_of(version: PromptVersion) -> dict[str, Any]:
    """A version as the form's initial values."""
    roles = [message.get("role") for message in version.messages]
    texts = all(isinstance(message.get("content"), str) for message in version.messages)
    schema = json.dumps(version.output_schema, ensure_ascii=False, indent=2) if version.output_schema else ""
    if texts and roles in (["user"], ["system", "user"]):
        said = dict(zip(roles, (message["content"] for message in version.messages), strict=True))
        return {"system": said.get("system", ""), "message": said["user"], "output_schema": schema}
    listed = json.dumps(version.messages, ensure_ascii=False, indent=2)
    return {"messages": listed, "output_schema": schema}
