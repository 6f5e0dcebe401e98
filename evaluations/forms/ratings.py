from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evaluations.importers.ratings import LIMITS
from evaluations.models import ScorerVersion


class RatingsForm(forms.Form):
    """A file of ratings and the scorer by whose scale they are meant."""

    scorer = forms.ChoiceField(label="Rated by the scale of")
    file = forms.FileField(
        help_text="CSV with the columns rater, case, repeat, score, note. Raters need no account: a name or a pseudonym does. "
        "Rows without a score are passed over.",
    )

    def __init__(self, *args: Any, scorers: Sequence[ScorerVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scorers = {str(one.pk): one for one in scorers}
        field = self.fields["scorer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(pk, f"{one.scorer.name} ({one})") for pk, one in self.scorers.items()]

    def clean_scorer(self) -> ScorerVersion:
        return self.scorers[self.cleaned_data["scorer"]]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file_bytes:
            raise ValidationError(f"The file is larger than {LIMITS.file_bytes >> 20} MB; send it in parts.")
        return file
