from django import forms
from django.http import QueryDict

from capabilities.models import Link


class LinkForm(forms.Form):
    """What a requirement points to: a key, or words that find one. Its ids keep clear of the other forms of the page."""

    kind = forms.ChoiceField(choices=Link.Kind, label="This requirement", initial=Link.Kind.DEPENDS_ON)
    target = forms.CharField(
        max_length=200,
        label="Which one",
        widget=forms.TextInput(attrs={"list": "link-suggestions", "autocomplete": "off"}),
        help_text="A key such as VA-3, or words of it.",
    )
    note = forms.CharField(max_length=300, required=False, label="Why")

    def __init__(self, data: QueryDict | None = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="link_%s")
