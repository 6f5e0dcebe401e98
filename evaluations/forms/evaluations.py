from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.canonical import canonical_json
from evaluations.forms.fields import JsonObjectField, NamedForm
from evaluations.models import DatasetVersion, Evaluation, EvaluationVersion, PromptVersion, Suite
from evaluations.queries.scorers import newest_scorer_versions

GENERATION = ("temperature", "max_output_tokens", "seed")


class DatasetVersionField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        purpose = "development: no verdicts" if obj.dataset.purpose == "dev" else "test"
        return f"{obj.dataset.name} v{obj.number} · {obj.case_count:,} cases · {purpose}"


class PromptVersionField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.prompt.name} v{obj.number}"


class ScorersField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.scorer.name} v{obj.number}"


class EvaluationFields(forms.Form):
    """Everything that must be the same for two runs to be compared."""

    dataset_version = DatasetVersionField(
        DatasetVersion.objects.filter(frozen_at__isnull=False, retired_at=None)
        .select_related("dataset")
        .order_by("dataset__name", "-number"),
        label="Cases",
        empty_label="Choose a published dataset version",
    )
    prompt_version = PromptVersionField(
        PromptVersion.objects.select_related("prompt").order_by("prompt__name", "-number"),
        required=False,
        label="Prompt",
        empty_label="None: the input as it is",
    )
    prompt_policy = forms.ChoiceField(
        choices=EvaluationVersion.PromptPolicy.choices,
        initial="fixed",
        label="Who is asked how",
        help_text="With its own prompt each model is compared at its best; otherwise all are asked alike.",
    )
    scorer_versions = ScorersField(
        newest_scorer_versions(), widget=forms.CheckboxSelectMultiple, label="Scorers"
    )
    repeats = forms.IntegerField(
        min_value=1,
        max_value=100,
        initial=1,
        help_text="How often each case is asked; more shows how steady it is.",
    )
    temperature = forms.FloatField(required=False, min_value=0, max_value=2)
    max_output_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=10**7, label="Most tokens of an answer"
    )
    seed = forms.IntegerField(required=False, min_value=0, max_value=2**53)
    parameters = JsonObjectField(rows=2, label="Other parameters", help_text='JSON, e.g. {"top_p": 0.9}.')

    def clean_scorer_versions(self) -> Any:
        chosen = self.cleaned_data["scorer_versions"]
        if len({version.scorer_id for version in chosen}) < len(chosen):
            raise ValidationError("Each scorer can stand in an evaluation once.")
        return chosen

    def version(self) -> dict[str, Any]:
        """What making a version takes."""
        data = self.cleaned_data
        parameters = dict(data["parameters"] or {})
        parameters |= {name: data[name] for name in GENERATION if data[name] is not None}
        names = ("dataset_version", "prompt_version", "prompt_policy", "repeats")
        made = {name: data[name] for name in names}
        return {**made, "parameters": parameters, "scorer_versions": list(data["scorer_versions"])}


class EvaluationForm(EvaluationFields, NamedForm):
    owner = Evaluation
    field_order = ("name", "slug")


class SuiteFields(forms.Form):
    evaluations = forms.ModelMultipleChoiceField(
        Evaluation.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        help_text="They run together; each in its newest version.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))


class SuiteForm(SuiteFields, NamedForm):
    owner = Suite
    field_order = ("name", "slug")


class SuiteChangeForm(SuiteFields):
    name = forms.CharField(max_length=120)
    field_order = ("name",)


def settings_of(version: EvaluationVersion) -> dict[str, Any]:
    """A version as the form's initial values; scorers that have a newer version take it."""
    other = {name: value for name, value in version.parameters.items() if name not in GENERATION}
    slugs = [scorer.scorer_id for scorer in version.scorers.all()]
    newest = [scorer.pk for scorer in newest_scorer_versions() if scorer.scorer_id in slugs]
    return {
        "dataset_version": version.dataset_version_id,
        "prompt_version": version.prompt_version_id,
        "prompt_policy": version.prompt_policy,
        "scorer_versions": newest,
        "repeats": version.repeats,
        **{name: version.parameters.get(name) for name in GENERATION},
        "parameters": _json(other),
    }


def _json(value: dict[str, Any]) -> str:
    return canonical_json(value) if value else ""
