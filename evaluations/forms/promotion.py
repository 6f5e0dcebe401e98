"""Where a sample goes as a case."""

from django import forms

from evaluations.models import Dataset


class PromotionForm(forms.Form):
    dataset = forms.ModelChoiceField(
        Dataset.objects.filter(purpose=Dataset.Purpose.DEV).exclude(slug__startswith="tries-"),
        to_field_name="slug",
        empty_label="Choose a development dataset",
        help_text="It goes into its draft; a published version never changes.",
    )
    key = forms.CharField(max_length=120, help_text="Its name there, not taken yet.")
