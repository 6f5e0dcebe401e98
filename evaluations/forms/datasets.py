import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.canonical import JsonRefused, parse_json
from evaluations.forms.fields import FilesField, JsonObjectField, NamedForm
from evaluations.importers import CaseRow
from evaluations.importers.cases import MAX_CLUSTER, MAX_KEY, BadRow, checked_key, made_key
from evaluations.importers.media import ACCEPTED
from evaluations.models import Case, Dataset


class DatasetFacts(forms.Form):
    """What may be said otherwise later."""

    purpose = forms.ChoiceField(
        choices=[
            ("dev", "Development: for trying things out; everybody reads the cases; never a verdict"),
            ("test", "Test: verdicts come from these; every reading of a case is counted"),
        ],
        widget=forms.RadioSelect,
        initial="test",
    )
    may_leave = forms.BooleanField(
        required=False,
        label="May be sent to competitors",
        help_text="Without this, runs on a competitor's API are refused.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    origin = forms.CharField(max_length=300, required=False, help_text="Where the cases come from.")
    licence = forms.CharField(max_length=80, required=False)


class DatasetForm(NamedForm, DatasetFacts):
    owner = Dataset
    field_order = ("name", "slug")
    canary = forms.CharField(
        max_length=80, required=False, help_text="A string that betrays the cases in training data."
    )


class DatasetChangeForm(DatasetFacts):
    """The facts of one there is. stays: why its purpose cannot change, empty while it can."""

    field_order = ("name",)
    name = forms.CharField(max_length=120)

    def __init__(self, *args: Any, stays: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields[
            "may_leave"
        ].help_text = (
            "Counts for runs started from now on. Without this, runs on a competitor's API are refused."
        )
        if stays:
            self.fields["purpose"].disabled = True
            self.fields["purpose"].help_text = stays


class ImportForm(forms.Form):
    """A file or pasted lines; where both are given the file counts."""

    file = forms.FileField(
        required=False,
        help_text="CSV with the columns key, input, target, cluster, attachments, slice.…, meta.…; JSONL or Parquet with the same as "
        "fields; or a ZIP of such a CSV or JSONL and the pictures and sounds that its attachments name.",
    )
    text = forms.CharField(
        required=False,
        label="Or paste",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono"}),
        help_text="One case a line: the input, a tab, the expected answer. Cells copied from a spreadsheet do.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "file" in cleaned and not cleaned["file"] and not (cleaned.get("text") or "").strip():
            raise ValidationError("Choose a file or paste some lines.")
        return cleaned


class TakeoverForm(forms.Form):
    """Which task, made with what, and how many of its samples."""

    task = forms.CharField(
        max_length=200, help_text="By its name in inspect’s registry, e.g. inspect_evals/arc_easy."
    )
    arguments = JsonObjectField(rows=2, help_text='What it is made with, e.g. {"split": "test"}.')
    most = forms.IntegerField(
        min_value=1, max_value=50_000, initial=50_000, label="At most", help_text="Samples, from the first."
    )


class RetireForm(forms.Form):
    reason = forms.CharField(max_length=1_000, widget=forms.Textarea(attrs={"rows": 2}), label="Why")


class CaseForm(forms.Form):
    """A case's content and place; its key stays."""

    input = forms.CharField(
        strip=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Text; a JSON object or list is read as one.",
    )
    attach = FilesField(label="Attach", help_text=f"{ACCEPTED}. They come after those that stand here.")
    target = forms.CharField(
        required=False, strip=False, max_length=1_000_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    slices = JsonObjectField(rows=2, help_text='e.g. {"lang": "de"}.')
    cluster = forms.CharField(
        max_length=MAX_CLUSTER, required=False, help_text="Cases from one source are counted together."
    )
    metadata = JsonObjectField(rows=2)
    place = forms.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="1 is the first; empty: it stays here."
    )

    def clean_input(self) -> Any:
        return _value(self.cleaned_data["input"])

    def clean_target(self) -> Any:
        text = self.cleaned_data["target"]
        return _value(text) if text.strip() else None

    def clean_slices(self) -> dict[str, str]:
        slices = self.cleaned_data["slices"] or {}
        if not all(isinstance(value, str | int | float) for value in slices.values()):
            raise ValidationError("The value of a slice is a word or a number.")
        return {name: str(value) for name, value in slices.items()}

    def row(self, key: str, attachments: Sequence[str]) -> CaseRow:
        data = self.cleaned_data
        return CaseRow(
            line=0,
            key=key,
            input=data["input"],
            target=data["target"],
            slices=data["slices"],
            cluster=data["cluster"].strip(),
            metadata=data["metadata"] or {},
            attachments=tuple(attachments),
        )


class NewCaseForm(CaseForm):
    """A case that is not there yet."""

    field_order = ("key", "input", "attach", "target", "slices", "cluster", "metadata", "place")
    key = forms.CharField(
        max_length=MAX_KEY,
        required=False,
        help_text="Empty: one is made of its input, target and attachments.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["place"].help_text = "1 is the first; empty is the end."

    def clean_key(self) -> str:
        try:
            return checked_key(self.cleaned_data["key"])
        except BadRow as problem:
            raise ValidationError(str(problem)) from None

    def new_row(self, attachments: Sequence[str]) -> CaseRow:
        data = self.cleaned_data
        key = data["key"] or made_key(data["input"], data["target"], attachments)
        return self.row(key, attachments)


def words_of(case: Case) -> dict[str, Any]:
    """A case as the form's initial values. Needs its content loaded."""
    return {
        "input": _text(case.input),
        "target": _text(case.target),
        "slices": _text(case.slices or None),
        "cluster": case.cluster,
        "metadata": _text(case.metadata or None),
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _value(text: str) -> Any:
    """As the importer reads a cell: a JSON object or list is one, everything else is text."""
    if not text.strip().startswith(("{", "[")):
        return text
    try:
        return parse_json(text)
    except JsonRefused as problem:
        raise ValidationError(str(problem)) from problem
    except ValueError:
        return text
