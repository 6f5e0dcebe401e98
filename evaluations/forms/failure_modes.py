"""A word of the vocabulary of failures."""

from django import forms

NAME = forms.CharField(max_length=80, help_text="As short as a chip: “invented a date”.")
DESCRIPTION = forms.CharField(
    required=False,
    widget=forms.Textarea(attrs={"rows": 3}),
    help_text="What belongs here and what does not, so that two people label alike.",
)


class FailureModeChangeForm(forms.Form):
    name = NAME
    description = DESCRIPTION


class FailureModeForm(forms.Form):
    """slug: how addresses and the API name it; it stays when the name changes."""

    name = NAME
    slug = forms.SlugField(max_length=50, help_text="Stable short name, e.g. invented-date.")
    description = DESCRIPTION
