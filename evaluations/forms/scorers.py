"""A scorer's form, drawn from the JSON schema of its settings."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.forms.fields import JsonObjectField, NamedForm
from evaluations.models import Scorer
from evaluations.scorers import Scorer as Kind
from evaluations.scorers import all_scorers, get_scorer

PREFIX = "config_"
NOTHING: tuple[Any, ...] = (None, "", [])


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), **options)

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


def kinds() -> list[tuple[str, Kind]]:
    return list(all_scorers().items())


class ConfigFields(forms.Form):
    """The settings of one kind of scorer."""

    def __init__(self, *args: Any, kind: str, config: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = get_scorer(kind)
        self.schema = self.kind.config_schema.get("properties", {})
        needed = self.kind.config_schema.get("required", [])
        for name, described in self.schema.items():
            given = (config or {}).get(name, described.get("default"))
            example = self.kind.example_config.get(name)
            self.fields[PREFIX + name] = _field(name, described, given, example, name in needed)

    def config(self) -> dict[str, Any]:
        """Only what was set and is not the default."""
        found = {name: self.cleaned_data[PREFIX + name] for name in self.schema}
        return {
            name: value
            for name, value in found.items()
            if value not in NOTHING and value != self.schema[name].get("default")
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(name.startswith(PREFIX) for name in self.errors) and (
            problems := self.kind.validate(self.config())
        ):
            raise ValidationError(problems)
        return cleaned


class ScorerForm(ConfigFields, NamedForm):
    owner = Scorer


def _field(name: str, described: Mapping[str, Any], given: Any, example: Any, needed: bool) -> forms.Field:
    words: dict[str, Any] = {
        "label": described.get("title", name),
        "help_text": _help(described, example),
        "required": needed,
        "initial": given,
    }
    if "enum" in described:
        return forms.ChoiceField(**words, choices=[(value, value) for value in described["enum"]])
    kind = described.get("type")
    if kind == "boolean":
        return forms.BooleanField(**{**words, "required": False})
    if kind == "integer":
        return forms.IntegerField(**words, min_value=described.get("minimum"))
    if kind == "number" or (isinstance(kind, list) and "number" in kind):
        return forms.FloatField(
            **words, min_value=described.get("minimum"), max_value=described.get("maximum")
        )
    if kind == "array":
        return LinesField(**{**words, "initial": "\n".join(map(str, given or []))})
    if kind == "object":
        return JsonObjectField(
            rows=8, **{**words, "initial": json.dumps(given, ensure_ascii=False, indent=2) if given else ""}
        )
    if described.get("format") == "text":
        words["widget"] = forms.Textarea(attrs={"rows": 8})
    return forms.CharField(**words, max_length=described.get("maxLength"), strip=False)


def _help(described: Mapping[str, Any], example: Any) -> str:
    shown = "" if example is None or isinstance(example, bool) else f"e.g. {_plain(example)}"
    sentence = str(described.get("description", ""))
    if described.get("type") == "array":
        sentence = f"{sentence} One a line.".strip()
    return " ".join(part for part in (sentence, shown) if part)


def _plain(example: Any) -> str:
    if isinstance(example, list):
        return ", ".join(map(str, example))
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
