from collections.abc import Sequence
from typing import Any

from django import forms

from capabilities.models import Requirement
from evaluations.forms.fields import until_settled_field
from evaluations.models import Cap


class BaselineForm(forms.Form):
    """A new baseline over some of these approved requirements."""

    name = forms.CharField(max_length=160, help_text="What is held to it, e.g. Autumn release.")
    note = forms.CharField(required=False, widget=forms.Textarea({"rows": 2}))
    selected = forms.MultipleChoiceField(
        label="Requirements", error_messages={"required": "Choose at least one requirement."}
    )

    def __init__(self, *args: Any, requirements: Sequence[Requirement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_key = {requirement.key: requirement for requirement in requirements}
        self.fields["selected"].choices = [(key, key) for key in self.by_key]  # type: ignore[attr-defined]

    def chosen(self) -> list[Requirement]:
        return [self.by_key[key] for key in self.cleaned_data["selected"]]


class BaselineRunForm(forms.Form):
    """Within which budget what a baseline lacks is run."""

    cap = forms.DecimalField(
        min_value=0,
        max_digits=18,
        decimal_places=8,
        required=False,
        label="Budget",
        help_text="Never passed; left empty, there is none.",
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.MONEY, required=False, label="Counted in")

    until_settled = until_settled_field()

    def budget(self) -> dict[str, Any]:
        """For a valid form."""
        chosen = self.cleaned_data
        return {
            "cap": chosen["cap"],
            "cap_unit": chosen["cap_unit"] or Cap.MONEY,
            "until_settled": chosen["until_settled"],
        }
