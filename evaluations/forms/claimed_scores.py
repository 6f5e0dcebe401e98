"""A vendor's claim as people type it. Rates are typed in percent and kept as fractions."""

from typing import Any

from django import forms

from config.words import FRACTIONS
from evaluations.forms.fields import PERCENT_LOOKS_LIKE_FRACTION, Amount, DayField
from evaluations.models import EvaluationScorer, ModelVersion, ScorerVersion

UNITS = [("rate", "percent"), ("number", "a plain number"), ("ms", "milliseconds"), ("seconds", "seconds")]
ELSEWHERE = "A benchmark nobody runs here: named below"


class ClaimForm(forms.Form):
    version = forms.ModelChoiceField(
        ModelVersion.objects.select_related("model").order_by("model__name", "-id"),
        label="Model version",
        empty_label="Choose a version",
    )
    measure = forms.ChoiceField(label="Measured by", required=False)
    benchmark = forms.CharField(
        max_length=120, required=False, label="Benchmark", help_text="What the vendor calls it."
    )
    metric = forms.CharField(
        max_length=80,
        required=False,
        label="What is counted",
        help_text="e.g. accuracy, five examples given.",
    )
    value = Amount(label="Claimed score", help_text="In percent for rates: 92.4.", wanted=True)
    unit = forms.ChoiceField(
        choices=UNITS, required=False, label="Unit", help_text="Only for a benchmark nobody runs here."
    )
    source = forms.CharField(
        max_length=1_000, help_text="Where the vendor says so: an address or a citation."
    )
    claimed_on = DayField(label="Claimed on", required=True)
    conditions = forms.CharField(
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What differs from how it is measured here: prompt, examples given, tries, harness.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measures = _measures()
        names = [(key, row.words) for key, row in self.measures.items()]
        self.fields["measure"].choices = [("", ELSEWHERE), *names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("value") is not None:
            number, signed = given["value"]
            given["value"] = self._kept(number, signed=signed)
        return given

    def _kept(self, number: float, *, signed: bool) -> float:
        chosen = self.measures.get(self.cleaned_data.get("measure", ""))
        unit = chosen.unit if chosen else self.cleaned_data.get("unit") or "rate"
        if unit not in FRACTIONS:
            return number
        if 0 < number < 1 and not signed:
            self.add_error("value", PERCENT_LOOKS_LIKE_FRACTION.format(f"{number:g}", number * 100))
        return round(number / 100, 10)

    def stated(self) -> dict[str, Any]:
        """What entering takes."""
        given = self.cleaned_data
        chosen = self.measures.get(given["measure"])
        names = ("benchmark", "metric", "value", "source", "claimed_on", "conditions")
        return {name: given[name] for name in names} | {
            "evaluation": chosen.row.evaluation_version.evaluation if chosen else None,
            "scorer": chosen.row.scorer_version.scorer if chosen else None,
            "unit": given["unit"] or "rate",
        }


class _Measure:
    """An evaluation by one of its checks."""

    def __init__(self, row: EvaluationScorer) -> None:
        self.row = row
        scorer: ScorerVersion = row.scorer_version
        self.unit = scorer.unit
        self.words = f"{row.evaluation_version.evaluation.name} · {scorer.scorer.name or scorer.scorer.slug}"


def _measures() -> dict[str, _Measure]:
    """By `evaluation.scorer`, as the newest frozen version of each evaluation checks it. One query."""
    rows = (
        EvaluationScorer.objects.filter(evaluation_version__frozen_at__isnull=False)
        .select_related("evaluation_version__evaluation", "scorer_version__scorer")
        .order_by("evaluation_version__evaluation__name", "slug", "-evaluation_version__number")
        .distinct("evaluation_version__evaluation__name", "slug")
    )
    return {f"{row.evaluation_version.evaluation.slug}.{row.slug}": _Measure(row) for row in rows}
