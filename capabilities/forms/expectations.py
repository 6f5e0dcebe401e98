"""What is expected of a version: a range as people type it. Rates are typed in percent and kept as fractions."""

from typing import Any

from django import forms

from capabilities.services.expectations import LONGEST_NOTE
from config.words import FRACTIONS
from evaluations.forms.fields import PERCENT_LOOKS_LIKE_FRACTION, Amount

SURE = [("0.5", "50 %"), ("0.8", "80 %"), ("0.9", "90 %"), ("0.95", "95 %")]
WHICH = [("this", "This version"), ("next", "The next version")]


class ExpectationForm(forms.Form):
    low = Amount(label="At least")
    high = Amount(label="At most")
    confidence = forms.ChoiceField(choices=SURE, initial="0.8", label="How sure")
    of = forms.ChoiceField(choices=WHICH, label="Of which version")
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, label="Why")

    def __init__(self, *args: Any, unit: str, compared: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.compared = unit, compared

    def clean_confidence(self) -> float:
        return float(self.cleaned_data["confidence"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("low", "high"):
            if data.get(name) is None:
                if name not in self.errors:
                    self.add_error(name, "Enter a number, e.g. 85.")
                continue
            data[name] = self._kept(name, *data[name])
        return data

    def _kept(self, name: str, number: float, signed: bool) -> float:
        if self.unit not in FRACTIONS:
            return number
        if 0 < number < 1 and not signed and not self.compared:
            self.add_error(name, PERCENT_LOOKS_LIKE_FRACTION.format(f"{number:g}", number * 100))
        return round(number / 100, 10)
