from django import forms

from evaluations.models import Evaluation
from evaluations.queries.pins import pinnable


class PinForm(forms.Form):
    """Which evaluations ask with the prompt version from now on."""

    evaluations = forms.ModelMultipleChoiceField(
        Evaluation.objects.none(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one evaluation."},
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["evaluations"].queryset = pinnable()  # type: ignore[attr-defined]
