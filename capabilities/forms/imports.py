"""A file of requirements, and how somebody says its columns are to be read."""

from collections.abc import Mapping

from django import forms

from capabilities.importers import FORMATS, RequirementFile, is_field
from capabilities.importers.vocabulary import LABELS, NUMBERED, label_of

LEAVE_OUT, UNDECIDED = "-", ""


class ImportForm(forms.Form):
    file = forms.FileField(
        required=False, help_text="CSV, Markdown or JSON in UTF-8, up to 2 MB and 500 requirements."
    )
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=2_000_000,
        label="Or paste it",
        widget=forms.Textarea({"rows": 12, "spellcheck": "false", "class": "mono"}),
    )
    kind = forms.ChoiceField(
        required=False, label="Format", choices=[("", "As it looks"), *FORMATS.items()], initial=""
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("file") and not str(data.get("text", "")).strip():
            raise forms.ValidationError("Choose a file, or paste its text.")
        return data


class ColumnsForm(forms.Form):
    """A choice for each heading. What stays undecided keeps the file from being imported."""

    def __init__(self, found: RequirementFile) -> None:
        super().__init__(initial={})
        numbered = [name for name in found.columns.values() if name and NUMBERED.fullmatch(name)]
        choices = [
            (UNDECIDED, "Choose what it is"),
            (LEAVE_OUT, "Leave it out"),
            *LABELS.items(),
            *((name, label_of(name)) for name in numbered),
        ]
        for place, (heading, name) in enumerate(found.columns.items()):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                required=False,
                label=heading,
                choices=choices,
                initial=LEAVE_OUT if name == "" else name or UNDECIDED,
            )


def chosen_columns(post: Mapping[str, str], headings: list[str]) -> dict[str, str | None]:
    """By heading, what somebody said it is: "" left out, None undecided. `leave_out` decides the undecided ones."""
    chosen: dict[str, str | None] = {}
    for place, heading in enumerate(headings):
        said = post.get(f"column-{place}", UNDECIDED)
        named = said if said not in {UNDECIDED, LEAVE_OUT} and is_field(said) else None
        leave = said == LEAVE_OUT or (named is None and "leave_out" in post)
        chosen[heading] = "" if leave else named
    return chosen
