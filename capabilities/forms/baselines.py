from collections.abc import Sequence
from typing import Any

from django import forms

from capabilities.models import Requirement


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
