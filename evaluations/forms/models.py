from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from evaluations.forms.fields import DayField, JsonObjectField, NamedForm
from evaluations.models import Kind, Model, ModelVersion, Price, PromptVersion, Provider, Side
from evaluations.providers import rules

RULES_EXAMPLE = '{"rows": [{"when": {"text": {"any_of": ["great", "love"]}}, "then": "5"}], "default": "3"}'


class ModelForm(NamedForm):
    owner = Model
    kind = forms.ChoiceField(choices=Kind.choices)
    side = forms.ChoiceField(
        choices=Side.choices,
        help_text="Ours, a competitor's, or the simple alternative every model must beat.",
    )
    provider = forms.ModelChoiceField(
        Provider.objects.all(),
        required=False,
        empty_label="None: its results are pushed",
        help_text="Where its versions are called.",
    )
    vendor = forms.CharField(max_length=120, required=False)
    terms = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What its terms allow, e.g. publishing benchmark results.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))


class VersionForm(forms.Form):
    """A version of a model. `identity` and `facts` are what registering takes."""

    name = forms.CharField(
        max_length=120, label="Version", help_text="e.g. 2026-11 or step-40000. It never changes; no @ in it."
    )
    api_id = forms.CharField(
        max_length=300,
        required=False,
        label="API id",
        help_text="What the provider calls it, the address of an artifact, or the name of a callable.",
    )
    parameters = JsonObjectField(help_text='JSON that goes with every call, e.g. {"temperature": 0}.')
    rule_set = JsonObjectField(rows=8, help_text=f"JSON, e.g. {RULES_EXAMPLE}")
    floating = forms.BooleanField(
        required=False, label="Floating", help_text="An alias such as “latest” that may change under us."
    )
    own_prompt = forms.ModelChoiceField(
        PromptVersion.objects.select_related("prompt"),
        required=False,
        label="Own prompt",
        empty_label="None",
        help_text="Used where an evaluation lets every version bring its own.",
    )
    parent = forms.ModelChoiceField(
        ModelVersion.objects.none(),
        required=False,
        empty_label="None",
        help_text="The version it was made from; trends are measured against it.",
    )
    training_run = forms.CharField(max_length=120, required=False, label="Training run")
    step = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1, label="Training step")
    released_on = DayField(label="Released on")
    shutdown_on = DayField(label="Shutdown date", help_text="The day the provider switches it off.")

    def __init__(self, *args: Any, model: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model
        parent = self.fields["parent"]
        if isinstance(parent, forms.ModelChoiceField):
            parent.queryset = model.versions.select_related("model")
        self.is_rules = bool(model.provider and model.provider.adapter == "rules")
        self.fields["rule_set"].required = True
        del self.fields["parameters" if self.is_rules else "rule_set"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "@" in name:
            raise ValidationError("A version's name has no @; it is written after one: model@name.")
        if self.model.versions.filter(name=name).exists():
            raise ValidationError(f"{self.model.slug}@{name} is registered; choose another name.")
        return name

    def clean_rule_set(self) -> Any:
        rule_set = self.cleaned_data["rule_set"]
        if problems := rules.validate(rule_set):
            raise ValidationError(problems)
        return rule_set

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        released, shutdown = cleaned.get("released_on"), cleaned.get("shutdown_on")
        if released and shutdown and shutdown < released:
            self.add_error("shutdown_on", "It cannot be switched off before it was released.")
        return cleaned

    def identity(self) -> dict[str, Any]:
        names = ("api_id", "floating", "own_prompt", "parent", "training_run", "step")
        found = {name: self.cleaned_data[name] for name in names}
        rule_set = self.cleaned_data.get("rule_set")
        return {
            **found,
            "parameters": {"rule_set": rule_set} if self.is_rules else self.cleaned_data["parameters"] or {},
        }

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("released_on", "shutdown_on")}


class StageForm(forms.Form):
    stage = forms.ChoiceField(choices=ModelVersion.Stage.choices)


class PriceForm(forms.Form):
    unit = forms.ChoiceField(choices=Price.Unit.choices)
    amount = forms.DecimalField(min_value=0, max_digits=14, decimal_places=6)
    currency = forms.RegexField(
        r"^[A-Z]{3}$", initial="USD", error_messages={"invalid": "Three capitals, e.g. USD."}
    )
    from_date = DayField(label="From", required=True, initial=lambda: timezone.now().date())
