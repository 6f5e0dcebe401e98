"""What is run together, and within which budget."""

from collections.abc import Sequence
from typing import Any

from django import forms

from evaluations.canonical import sha256_of
from evaluations.forms.fields import until_settled_field
from evaluations.models import Cap, Evaluation, EvaluationVersion, ModelVersion, Round, Suite
from evaluations.queries.selection import newest_evaluation_versions, newest_versions_of


class VersionChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, version: ModelVersion) -> str:
        return f"{version.label}{' · latest, may change' if version.floating else ''}"


class RoundForm(forms.Form):
    """A suite, single evaluations or both, on the ticked versions. key: makes pressing Run twice start one round."""

    suite = forms.ModelChoiceField(
        Suite.objects.all(), required=False, to_field_name="slug", empty_label="No suite", label="Suite"
    )
    evaluations = forms.ModelMultipleChoiceField(
        Evaluation.objects.filter(versions__frozen_at__isnull=False)
        .exclude(slug__startswith="tries-")
        .distinct(),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label="Evaluations",
        help_text="The newest version of each is run.",
    )
    versions = VersionChoice(
        ModelVersion.objects.active().select_related("model__provider").order_by("model__name", "-pk"),
        widget=forms.CheckboxSelectMultiple,
        label="Model versions",
        error_messages={"required": "Tick at least one model version."},
    )
    cap = forms.DecimalField(
        min_value=0,
        max_digits=18,
        decimal_places=8,
        required=False,
        label="Budget",
        help_text="Never passed; left empty, there is none.",
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.MONEY, label="Counted in")
    priority = forms.TypedChoiceField(
        choices=Round.Priority.choices, coerce=int, initial=Round.Priority.NORMAL, label="Priority"
    )
    call_again = forms.BooleanField(
        required=False,
        label="Call everything again",
        help_text="Else an answer to the very same call of a version that cannot change is taken from an earlier run.",
    )
    until_settled = until_settled_field()
    name = forms.CharField(
        max_length=160, required=False, help_text="Left empty, it is named after what it runs."
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "evaluations" in cleaned and not (cleaned.get("suite") or cleaned["evaluations"]):
            self.add_error("evaluations", "Choose a suite or tick at least one evaluation.")
        return cleaned

    def evaluation_versions(self) -> list[EvaluationVersion]:
        """The newest frozen version of everything chosen, once each. For a cleaned form. Two queries."""
        suite = self.cleaned_data.get("suite")
        found = [*newest_evaluation_versions(suite)] if suite else []
        found += newest_versions_of(self.cleaned_data.get("evaluations") or [])
        return list({version.pk: version for version in found}.values())

    def model_versions(self) -> list[ModelVersion]:
        return list(self.cleaned_data.get("versions") or [])

    def budget(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        return {
            "cap": chosen.get("cap"),
            "cap_unit": chosen.get("cap_unit") or Cap.MONEY,
            "reuse": not chosen.get("call_again"),
            "until_settled": bool(chosen.get("until_settled")),
        }

    def title(self, evaluation_versions: Sequence[EvaluationVersion]) -> str:
        """The name given, or what is run."""
        if self.cleaned_data["name"]:
            return str(self.cleaned_data["name"])
        if suite := self.cleaned_data["suite"]:
            return str(suite)
        first, *others = evaluation_versions
        return f"{first.evaluation.name}{f' and {len(others)} more' if others else ''}"[:160]

    def digest(self) -> str:
        """Of everything posted but the key: the same key with another body is another round."""
        posted = {name: self.data.getlist(name) for name in self.fields if name != "key"}  # type: ignore[attr-defined]
        return sha256_of(posted)
