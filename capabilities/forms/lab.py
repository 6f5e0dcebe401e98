"""A sheet of the prompt lab as fields. Nothing is needed to save it; what is missing is said before it runs."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from capabilities.forms.checks import check_choices, config_errors, config_from, setting_fields
from capabilities.forms.pasted import text_of
from capabilities.models import Product
from capabilities.queries.measure import callable_versions, published_datasets
from evaluations.importers import is_table
from evaluations.models import Cap, Dataset, LabSheet
from evaluations.services.lab_plan import (
    LETTERS,
    MOST_MODELS,
    MOST_REPEATS,
    MOST_ROWS,
    rows_problems,
    slots_of,
)

MOST_TEXT = 200_000
PARTS = ("system", "message", "schema")
ROWS = "Great app, love it!\tpositive\nCrashes every day\tnegative"
NO_TEST = "Choose a development dataset. Test datasets are not tried out, or nothing could be proven with them any more."
# What a number or a choice that cannot be read must not overwrite.
KEPT = ("repeats", "max_tokens", "cap", "cap_unit", "rows_from", "name")


def _area(rows: int, **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attributes})


def _part(part: str) -> forms.CharField:
    if part == "schema":
        return forms.CharField(
            required=False,
            strip=False,
            max_length=50_000,
            label="JSON the answer must match",
            help_text="A JSON schema. Every answer is held to it, those of the other prompts too.",
            widget=_area(4, spellcheck="false", placeholder='{"type": "object", …}', **{"class": "mono"}),
        )
    if part == "system":
        return forms.CharField(
            required=False, strip=False, max_length=50_000, label="System message", widget=_area(2)
        )
    return forms.CharField(
        required=False,
        strip=False,
        max_length=50_000,
        label="Message",
        widget=_area(4, placeholder="Is this review positive or negative? Answer in one word.\n\n{{input}}"),
    )


class LabForm(forms.Form):
    """sheet: whose words it holds; products: those its spending may be counted to."""

    use_required_attribute = False

    name = forms.CharField(max_length=100, required=False, label="Name")
    product = forms.ChoiceField(
        required=False,
        label="Product",
        help_text="Its spending is counted to it, and its members see the sheet.",
    )
    rows_from = forms.ChoiceField(
        choices=LabSheet.From.choices,
        widget=forms.RadioSelect,
        required=False,
        label="Where the rows come from",
    )
    rows = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST_TEXT,
        label="Rows",
        help_text="One a line, up to 20: the input, a tab, what is right. A table whose first line names your slots works too, and JSONL.",
        widget=_area(7, spellcheck="false", placeholder=ROWS),
    )
    rows_file = forms.FileField(
        required=False,
        label="Or the rows of a file",
        help_text="Text, CSV or JSONL. They take the place of the rows above when all of them can be read.",
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,.tsv,.jsonl,.ndjson,text/plain,text/csv"}),
    )
    dataset = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        label="Development dataset",
        error_messages={"invalid_choice": NO_TEST},
        help_text="Its first 20 cases. Test datasets are not offered.",
    )
    may_leave = forms.BooleanField(required=False, label="These rows may leave to competitors' APIs")
    models = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Models"
    )
    repeats = forms.IntegerField(
        min_value=1,
        max_value=MOST_REPEATS,
        required=False,
        label="Tries per row",
        help_text="More show how it varies.",
    )
    max_tokens = forms.IntegerField(
        min_value=1, max_value=16_000, required=False, label="Longest answer", help_text="In tokens."
    )
    cap = forms.DecimalField(
        min_value=Decimal("0.000001"), max_digits=18, decimal_places=8, required=False, label="Spend at most"
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, required=False, label="Counted in")
    kind = forms.ChoiceField(
        choices=check_choices, widget=forms.RadioSelect, required=False, label="What would make this wrong?"
    )

    def __init__(self, data: Any, files: Any = None, *, sheet: LabSheet, products: Sequence[Product]) -> None:
        super().__init__(data, files, initial=initial_of(sheet))
        self.sheet = sheet
        self.fields.update(setting_fields())
        for name in [*setting_fields(), "kind"]:
            # They stand below the form they belong to.
            self.fields[name].widget.attrs["form"] = "sheet"
        for letter in LETTERS.lower():
            self.fields.update({f"{letter}_{part}": _part(part) for part in PARTS})
        ticked = {version.pk for version in sheet.versions.all()}
        posted = data.getlist("models") if data is not None and hasattr(data, "getlist") else []
        named = ticked | {int(value) for value in posted if value.isdecimal() and len(value) < 19}
        self.versions = {version.pk: version for version in callable_versions(named)}
        self.datasets = {
            one.pk: one for one in published_datasets() if one.dataset.purpose == Dataset.Purpose.DEV
        }
        self._offer(products)

    def _offer(self, products: Sequence[Product]) -> None:
        offered: dict[str, list[tuple[Any, str]]] = {
            "models": [(pk, version.label) for pk, version in self.versions.items()],
            "dataset": [("", "Choose…")]
            + [
                (pk, f"{one.dataset.name} · {one} · {one.case_count} cases")
                for pk, one in self.datasets.items()
            ],
            "product": [("", "None")] + [(one.key, one.name) for one in products],
        }
        for field, choices in offered.items():
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A file's rows take the place of those typed when every line can be used; else both stay as they are."""
        if (upload := self.cleaned_data.get("rows_file")) is None:
            return self.cleaned_data
        try:
            text = text_of(upload)
        except ValidationError as problem:
            self.add_error("rows_file", problem)
            return self.cleaned_data
        if told := self._file_problems(upload.name or "", text):
            self.add_error("rows_file", ValidationError(told))
        else:
            self.cleaned_data |= {"rows": text, "rows_from": LabSheet.From.TYPED}
        return self.cleaned_data

    def _file_problems(self, name: str, text: str) -> list[str]:
        if len(text) > MOST_TEXT:
            return [f"This file holds more than {MOST_TEXT:,} characters; the lab takes {MOST_ROWS} rows."]
        if name.lower().endswith((".csv", ".tsv")) and not is_table(text, slots_of(self.prompts())):
            return [
                "Line 1: The first line names neither the column “input” nor every slot of the prompts. "
                "Name the columns there, such as input,target."
            ]
        return rows_problems(text, self.prompts())

    def clean_models(self) -> list[int]:
        chosen: list[int] = self.cleaned_data["models"]
        if len(chosen) > MOST_MODELS:
            raise ValidationError(f"Tick at most {MOST_MODELS} models; {len(chosen)} are ticked.")
        return chosen

    def prompts(self) -> list[dict[str, str]]:
        """The four prompts as they were typed; a part that cannot be kept stays as it was."""
        known = [*self.sheet.prompts, {}, {}, {}, {}]
        return [
            {part: self.cleaned_data.get(f"{letter}_{part}", known[place].get(part, "")) for part in PARTS}
            for place, letter in enumerate(LETTERS.lower())
        ]

    def words(self) -> dict[str, Any]:
        """Everything that could be read, as `save_sheet` takes it. The form must have been cleaned."""
        given = self.cleaned_data
        found: dict[str, Any] = {"prompts": self.prompts()}
        found |= {name: given[name] for name in KEPT if given.get(name) not in (None, "")}
        found |= {name: given[name] for name in ("rows", "may_leave", "product") if name in given}
        if "dataset" in given:
            found["dataset_version"] = self.datasets.get(given["dataset"])
        if "models" in given:
            found["versions"] = [self.versions[pk] for pk in given["models"]]
        return found

    def new_check(self) -> dict[str, Any] | None:
        """The check to add; None, with the reason at its field, where there is none."""
        kind = self.cleaned_data.get("kind")
        if not kind:
            self.add_error("kind", "Choose what would make an answer wrong.")
            return None
        if any(name.startswith(f"{kind}__") for name in self.errors):
            return None
        config = config_from(kind, self.cleaned_data)
        for field, sentences in (told := config_errors(kind, config)).items():
            self.add_error(field, ValidationError(sentences))
        return None if told else {"kind": kind, "config": config}


def initial_of(sheet: LabSheet) -> dict[str, Any]:
    """A sheet as the form's values."""
    return {
        "name": sheet.name,
        "product": sheet.product,
        "rows_from": sheet.rows_from,
        "rows": sheet.rows,
        "dataset": sheet.dataset_version_id,
        "may_leave": sheet.may_leave,
        "models": [version.pk for version in sheet.versions.all()],
        "repeats": sheet.repeats,
        "max_tokens": sheet.max_tokens,
        "cap": f"{sheet.cap.normalize():f}",
        "cap_unit": sheet.cap_unit,
        **dict(_parts(sheet.prompts)),
    }


def _parts(prompts: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for letter, prompt in zip(LETTERS.lower(), prompts, strict=False):
        for part in PARTS:
            yield f"{letter}_{part}", prompt.get(part, "")
