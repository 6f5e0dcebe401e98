from collections.abc import Sequence
from typing import Any

from django import forms

from capabilities.models import SignOff
from capabilities.queries.releases import MeasuredSlice

SIGNED = [choice for choice in SignOff.Decision.choices if choice[0] != SignOff.Decision.WITHDRAWN]


class SignOffForm(forms.Form):
    """A go, a conditional go or a no go. What belongs together is the service's to say."""

    decision = forms.ChoiceField(choices=SIGNED, widget=forms.RadioSelect)
    conditions = forms.MultipleChoiceField(
        required=False,
        label="Go, except on",
        widget=forms.CheckboxSelectMultiple,
        help_text="For a conditional go: the measured slices it does not speak for.",
    )
    note = forms.CharField(
        required=False,
        max_length=4_000,
        label="Note",
        widget=forms.Textarea({"rows": 3}),
        help_text="Needed for a go when the gate does not say go.",
    )

    def __init__(self, *args: Any, slices: Sequence[MeasuredSlice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.value, f"{one.value}: {one.in_words}") for one in slices]
        self.fields["conditions"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["conditions"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.setdefault("conditions", [])
        return cleaned


class ShareForm(forms.Form):
    """How long a shared link opens, and what of the page it fixes."""

    expires_on = forms.DateField(
        label="Opens until", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
