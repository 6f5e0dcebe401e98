"""The settings of every kind of check as form fields, drawn from the scorers' own schemas."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.scorers import Scorer, all_scorers, get_scorer

# Scores made elsewhere have nothing to work out here.
PUSHED = "external"
NO_ANSWER: tuple[Any, ...] = ("", None, [])


@dataclass(frozen=True)
class CheckKind:
    """A kind to choose: what it does in words, and its settings as fields of the form."""

    slug: str
    title: str
    description: str
    fields: list[forms.BoundField]


def check_choices() -> list[tuple[str, str]]:
    return [(slug, scorer.title) for slug, scorer in all_scorers().items() if slug != PUSHED]


def setting_name(kind: str, setting: str) -> str:
    """The form field of a kind's setting."""
    return f"{kind}__{setting}"


def setting_fields() -> dict[str, forms.Field]:
    """A field for each setting of each kind, by its name in the form."""
    return {
        setting_name(slug, name): _field(name, schema, get_scorer(slug))
        for slug, _ in check_choices()
        for name, schema in _properties(slug).items()
    }


def check_kinds(form: forms.Form) -> list[CheckKind]:
    return [
        CheckKind(
            slug,
            title,
            get_scorer(slug).description,
            [form[setting_name(slug, name)] for name in _properties(slug)],
        )
        for slug, title in check_choices()
    ]


def config_from(kind: str, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of one kind as its scorer takes them; what is empty or as by default is left out."""
    config = {}
    for name, schema in _properties(kind).items():
        value = cleaned.get(setting_name(kind, name))
        if value not in NO_ANSWER and value != schema.get("default"):
            config[name] = value
    return {name: value for name, value in config.items() if value is not False or _told(kind, name)}


def config_errors(kind: str, config: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the settings, by form field; what names no setting belongs to the kind."""
    errors: dict[str, list[str]] = {}
    for sentence in get_scorer(kind).validate(config):
        named = next((name for name in _properties(kind) if f"“{name}”" in sentence), "")
        title = _properties(kind)[named].get("title", named) if named else ""
        field = setting_name(kind, named) if named else "kind"
        errors.setdefault(field, []).append(sentence.replace(f"“{named}”", f"“{title}”"))
    return errors


def _told(kind: str, name: str) -> bool:
    return _properties(kind)[name].get("default") is True


def _properties(kind: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = get_scorer(kind).config_schema.get("properties", {})
    return found


def _field(name: str, schema: Mapping[str, Any], scorer: Scorer) -> forms.Field:
    words: dict[str, Any] = {
        "label": schema.get("title", name.replace("_", " ").capitalize()),
        "help_text": schema.get("description", ""),
        "required": False,
        "initial": schema.get("default"),
    }
    if "enum" in schema:
        return forms.ChoiceField(choices=[(value, value) for value in schema["enum"]], **words)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "boolean":
        return forms.BooleanField(**words)
    if kind == "integer":
        return forms.IntegerField(**words)
    if kind == "number":
        return forms.FloatField(**words)
    return _written(kind, scorer.example_config.get(name), words)


def _written(kind: str, example: Any, words: dict[str, Any]) -> forms.Field:
    if kind == "array":
        shown = "\n".join(map(str, example or ()))
        return LinesField(widget=forms.Textarea(attrs={"rows": 3, "placeholder": shown}), **words)
    if kind == "object":
        shown = json.dumps(example, indent=2) if example else "{}"
        area = forms.Textarea(attrs={"rows": 6, "class": "mono", "placeholder": shown, "spellcheck": "false"})
        return JsonTextField(widget=area, **words)
    hint = {"placeholder": f"e.g. {example}"} if example else {}
    return forms.CharField(widget=forms.TextInput(attrs=hint), **words)


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]


class JsonTextField(forms.CharField):
    """A JSON object, kept as it was typed where it cannot be read."""

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError as problem:
            raise ValidationError(f"This is not JSON: {problem}.") from None
        if not isinstance(found, dict):
            raise ValidationError("Write a JSON object: it starts with { and ends with }.")
        return found
