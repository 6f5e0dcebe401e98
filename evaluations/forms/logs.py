"""A log of another tool: its files, and what it is taken as."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.forms.fields import FilesInput
from evaluations.models import Dataset, Kind, ModelVersion, Side
from evaluations.queries.logs import Looked, dataset_named, known_version
from evaluations.services.log_imports import TakenAs, model_slug_of, version_name_of

MOST_FILES = 50


class LogFilesField(forms.Field):
    """One file or several; its value is a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=FilesInput({"multiple": True}), **options)

    def clean(self, value: Any) -> Any:
        files = super().clean(value)
        if len(files) > MOST_FILES:
            raise ValidationError(f"Choose at most {MOST_FILES} files, or one ZIP of them.")
        return files


class LogForm(forms.Form):
    log = LogFilesField(
        label="The log",
        error_messages={"required": "Choose the log, or the files it consists of."},
        help_text="inspect-ai: .eval or .json. lm-eval: the results .json, with the samples .jsonl where there are any. HELM: run_spec, "
        "scenario_state, per_instance_stats and stats of a run. Every Eval Ever: the .json, with its .jsonl. "
        "Choose several files together, or one ZIP of them.",
    )


class TakenAsForm(forms.Form):
    """Which model it speaks of, and what its cases become."""

    version = forms.ModelChoiceField(
        ModelVersion.objects.select_related("model").order_by("model__name", "-id"),
        required=False,
        label="Model version",
        empty_label="A new one, named below",
    )
    model = forms.SlugField(max_length=50, required=False, label="Short name of the model")
    version_name = forms.CharField(max_length=120, required=False, label="Name of the version")
    side = forms.ChoiceField(choices=Side, initial=Side.COMPETITOR, label="Whose it is, if it is new")
    kind = forms.ChoiceField(choices=Kind, initial=Kind.LLM, label="What it is, if it is new")
    dataset = forms.SlugField(
        max_length=50,
        required=False,
        label="Short name for cases and evaluation",
        help_text="Logs with the same cases under the same name can be compared.",
    )
    purpose = forms.ChoiceField(
        choices=Dataset.Purpose,
        initial=Dataset.Purpose.DEV,
        label="Cases are for, if they are new",
        help_text="Verdicts come from test cases only.",
    )
    overlap_reason = forms.CharField(
        max_length=1_000,
        required=False,
        label="Why it may share cases with a dataset of the other purpose",
        help_text="Only where that is so.",
    )

    def __init__(self, *args: Any, found: Sequence[Looked], **options: Any) -> None:
        first = found[0]
        with_rows = [one for one in found if one.makes_run]
        known = known_version(first.task.model)
        options["initial"] = {
            "version": known.pk if known else None,
            "model": model_slug_of(first.task),
            "version_name": version_name_of(first),
            "dataset": with_rows[0].dataset if len(with_rows) == 1 else "",
        }
        super().__init__(*args, **options)
        if len(with_rows) != 1:
            del self.fields["dataset"]
        if not with_rows or (len(with_rows) == 1 and dataset_named(with_rows[0].dataset)):
            self.fields["purpose"].help_text = "The dataset is there already and keeps its purpose."
        if not with_rows:
            del self.fields["purpose"], self.fields["overlap_reason"]

    def clean_version_name(self) -> str:
        name = str(self.cleaned_data["version_name"])
        if "@" in name:
            raise ValidationError("The name of a version holds no @.")
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("version") and not given.get("model") and "model" not in self.errors:
            self.add_error("model", "Choose a version, or say which model it is.")
        return given

    def taken_as(self) -> TakenAs:
        """What the import takes."""
        return TakenAs(**{name: value for name, value in self.cleaned_data.items() if name in self.fields})
