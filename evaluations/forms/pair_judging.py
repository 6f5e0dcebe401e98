"""Which judge compares two runs, by what, and within which budget."""

from django import forms

from evaluations.forms.rounds import RoundForm
from evaluations.models import Cap, ModelVersion
from evaluations.scorers.opinions import MAX_RUBRIC


class JudgeChoice(forms.ModelChoiceField):
    def label_from_instance(self, version: ModelVersion) -> str:
        return version.label


class PairJudgingForm(forms.Form):
    judge = JudgeChoice(
        ModelVersion.objects.active()
        .filter(model__provider__enabled=True)
        .select_related("model__provider")
        .order_by("model__name", "-pk"),
        label="Judge",
        empty_label="Choose a model version",
        help_text="Best one that is none of these.",
    )
    question = forms.CharField(
        max_length=MAX_RUBRIC,
        widget=forms.Textarea(attrs={"rows": 4}),
        label="What is a better answer?",
        help_text="In words a person would need too. Another question is another opinion.",
    )
    cap = forms.DecimalField(
        min_value=0,
        max_digits=18,
        decimal_places=8,
        required=False,
        label="Budget",
        help_text=RoundForm.base_fields["cap"].help_text,
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.MONEY, label="Counted in")
