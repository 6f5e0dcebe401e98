"""The criterion editor: plain choices in, the fields of a criterion out. Rates are typed in percent and kept as fractions."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from capabilities.models import Criterion, Product, RivalSet
from capabilities.queries.criterion_words import newest_scorers, unit_of_criterion
from config.words import FRACTIONS
from evaluations.forms.fields import PERCENT_LOOKS_LIKE_FRACTION, Amount
from evaluations.models import EvaluationVersion, Scorer, ScorerVersion

RELATIONS = {
    "better": "be better",
    "lead": "lead by at least …",
    "not_worse": "be no more than … worse",
    "equal": "be practically equal, within …",
}
CONFIDENCES = [("0.9", "90 %"), ("0.95", "95 %"), ("0.99", "99 %")]
STATISTICS = [
    ("mean", "Average over the cases, or the check's one figure over all (e.g. macro-F1)"),
    ("ratio", "Ratio of two counts (e.g. word error rate)"),
    ("share", "Share of cases within a limit"),
    ("cost", "Mean cost"),
    ("pass_all", "Every try must pass, on named cases"),
]


class CriterionForm(forms.Form):
    measurable = forms.ChoiceField(
        choices=[("yes", "It can be measured"), ("no", "It cannot be measured yet")],
        widget=forms.RadioSelect,
        initial="yes",
        label="Can it be measured?",
    )
    not_measurable_reason = forms.CharField(
        required=False, label="Why not yet", max_length=2_000, widget=forms.Textarea({"rows": 2})
    )
    scorer = forms.ModelChoiceField(
        Scorer.objects.all(), required=False, label="What is checked", empty_label="Choose a check"
    )
    statistic = forms.ChoiceField(choices=STATISTICS, label="What counts", initial="mean")
    against = forms.ChoiceField(choices=Criterion.Against.choices, label="Held against", initial="threshold")
    threshold = Amount(label="Target", help_text="In percent for rates: 90.")
    limit = Amount(label="Limit", help_text="Within what each case counts, in the check's unit, e.g. 200.")
    relation = forms.ChoiceField(choices=list(RELATIONS.items()), label="Ours must", initial="better")
    margin = Amount(label="By how much", help_text="Percentage points for rates: 3.")
    quantifier = forms.ChoiceField(
        choices=Criterion.Quantifier.choices, label="Which rivals", initial="every"
    )
    rival_set = forms.ModelChoiceField(RivalSet.objects.none(), required=False, empty_label="The newest")
    tolerance = Amount(
        label="Tolerance",
        help_text="How much worse than our earlier version is still no regression; points for rates.",
    )
    slice = forms.CharField(
        required=False,
        max_length=201,
        label="Only on a slice",
        help_text="Name = value, e.g. lang = de.",
        widget=forms.TextInput({"list": "slices-there", "autocomplete": "off"}),
    )
    case_keys = forms.CharField(
        required=False,
        label="Named cases",
        widget=forms.Textarea({"rows": 3}),
        help_text="One key a line; empty means every case.",
    )
    tries = forms.IntegerField(min_value=1, max_value=100, initial=1, label="Tries per case", required=False)
    confidence = forms.ChoiceField(choices=CONFIDENCES, label="How sure", initial="0.95")
    min_n = forms.IntegerField(
        min_value=0, max_value=10_000_000, initial=0, required=False, label="At least this many cases"
    )
    min_repeats = forms.IntegerField(
        min_value=1, max_value=100, initial=1, required=False, label="At least this many tries each"
    )
    reach = forms.ChoiceField(choices=Criterion.Reach.choices, label="Speaks of", initial="general")
    must = forms.ChoiceField(
        choices=[("must", "Must: blocks a release"), ("should", "Should: is shown, never blocks")],
        label="Weight",
    )
    evaluation = forms.ModelChoiceField(
        EvaluationVersion.objects.none(),
        required=False,
        label="Measured by",
        empty_label="Decide later",
        help_text="An evaluation that has the check.",
    )
    cases = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000_000,
        label="Cases you plan",
        help_text="Only to see what they can decide.",
    )
    expected = Amount(label="What you expect", help_text="In percent; only to see how many cases it takes.")
    case_search = forms.CharField(
        required=False,
        max_length=200,
        label="Find cases",
        help_text="Part of a key; found cases stand beside, to be added.",
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, product: Product, evaluations: QuerySet[EvaluationVersion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer_confidence(self.data.get("confidence") or self.initial.get("confidence"))
        self.fields["rival_set"].queryset = product.rival_sets.filter(frozen_at__isnull=False)  # type: ignore[attr-defined]
        self.fields["evaluation"].queryset = evaluations  # type: ignore[attr-defined]
        self.fields["evaluation"].label_from_instance = evaluation_label  # type: ignore[attr-defined]

    def _offer_confidence(self, value: Any) -> None:
        """A confidence set elsewhere stays a choice, so that opening and saving changes nothing."""
        known = {choice for choice, _ in CONFIDENCES}
        try:
            usable = 0.5 < float(value or 0) < 1
        except ValueError:
            usable = False
        if usable and str(value) not in known:
            choices = [*CONFIDENCES, (str(value), f"{float(value) * 100:g} %")]
            self.fields["confidence"].choices = sorted(choices)  # type: ignore[attr-defined]

    def clean_measurable(self) -> bool:
        return bool(self.cleaned_data["measurable"] == "yes")

    def clean_slice(self) -> tuple[str, str]:
        text = self.cleaned_data["slice"].strip()
        name, equals, value = (part.strip() for part in text.partition("="))
        if text and not (name and equals and value):
            raise forms.ValidationError("A slice is a name and a value, e.g. lang = de.")
        return name, value

    def clean_case_keys(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["case_keys"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("measurable") is False:
            if not data.get("not_measurable_reason", "").strip():
                self.add_error("not_measurable_reason", "Say why it cannot be measured yet.")
            return data
        if not data.get("scorer"):
            self.add_error("scorer", "Choose what is checked, or say that it cannot be measured yet.")
        self._rates(data)
        if (
            data.get("relation") in {"lead", "not_worse", "equal"}
            and self._compared(data)
            and not data.get("margin")
        ):
            self.add_error("margin", "Say by how much.")
        return data

    def _compared(self, data: dict[str, Any]) -> bool:
        return data.get("against") != "threshold" and data.get("statistic") != "pass_all"

    def _rates(self, data: dict[str, Any]) -> None:
        rate = self.unit in FRACTIONS
        for name in ("threshold", "margin", "tolerance", "expected"):
            value = data.get(name)
            if value is None:
                continue
            number, signed = value
            if rate and name in {"threshold", "expected"} and 0 < number < 1 and not signed:
                self.add_error(name, PERCENT_LOOKS_LIKE_FRACTION.format(f"{number:g}", number * 100))
            data[name] = round(number / 100, 10) if rate else number
        if data.get("limit") is not None:
            data["limit"] = data["limit"][0]

    @property
    def scorer_version(self) -> ScorerVersion | None:
        """The newest version of the chosen check. One query, once."""
        if not hasattr(self, "_scorer_version"):
            scorer = self.cleaned_data.get("scorer")
            self._scorer_version = newest_scorers([scorer.pk]).get(scorer.pk) if scorer else None
        return self._scorer_version

    @property
    def unit(self) -> str:
        statistic = self.cleaned_data.get("statistic", "mean")
        return unit_of_criterion(Criterion(statistic=statistic), self.scorer_version)

    def criterion_fields(self) -> dict[str, Any]:
        """What `save_criterion` takes, of what could be read so far."""
        data = self.cleaned_data
        if data.get("measurable") is False:
            return {"not_measurable_reason": data.get("not_measurable_reason", "").strip()}
        compared = self._compared(data)
        margin = abs(data.get("margin") or 0.0) if compared else 0.0
        relation = data.get("relation", "better")
        slice_name, slice_value = data.get("slice") or ("", "")
        return {
            "not_measurable_reason": "",
            "scorer": data.get("scorer"),
            "statistic": data.get("statistic", "mean"),
            "against": data.get("against", "threshold") if compared else "threshold",
            "threshold": None if compared or data.get("statistic") == "pass_all" else data.get("threshold"),
            "limit": data.get("limit") if data.get("statistic") == "share" else None,
            "margin": {"better": 0.0, "not_worse": -margin}.get(relation, margin),
            "equivalence": compared and relation == "equal",
            "tolerance": abs(data.get("tolerance") or 0.0),
            "quantifier": data.get("quantifier", "every"),
            "rival_set": data.get("rival_set") if compared and data.get("against") == "competitors" else None,
            "slice_name": slice_name,
            "slice_value": slice_value,
            "confidence": float(data.get("confidence") or 0.95),
            "min_n": data.get("min_n") or 0,
            "min_repeats": data.get("min_repeats") or 1,
            "reach": "these" if data.get("statistic") == "pass_all" else data.get("reach", "general"),
            "must": data.get("must") != "should",
            "case_keys": data.get("case_keys") or [],
            "tries": data.get("tries") or 1,
        }


def evaluation_label(version: EvaluationVersion) -> str:
    return f"{version} ({version.dataset_version.case_count} cases of {version.dataset_version.dataset.name})"


def initial_of(criterion: Criterion, version: ScorerVersion | None) -> dict[str, Any]:
    """The form as it was filled in when this criterion was saved."""
    rate = unit_of_criterion(criterion, version) in FRACTIONS
    relation = "better"
    if criterion.equivalence:
        relation = "equal"
    elif criterion.margin:
        relation = "lead" if criterion.margin > 0 else "not_worse"
    slice_text = f"{criterion.slice_name} = {criterion.slice_value}" if criterion.slice_name else ""
    return {
        "measurable": "yes" if criterion.measurable else "no",
        "not_measurable_reason": criterion.not_measurable_reason,
        "scorer": criterion.scorer_id,
        "statistic": criterion.statistic,
        "against": criterion.against,
        "threshold": typed(criterion.threshold, rate=rate),
        "limit": typed(criterion.limit, rate=False),
        "relation": relation,
        "margin": typed(abs(criterion.margin) or None, rate=rate),
        "quantifier": criterion.quantifier,
        "rival_set": criterion.rival_set_id,
        "tolerance": typed(criterion.tolerance or None, rate=rate),
        "slice": slice_text,
        "case_keys": "\n".join(criterion.case_keys),
        "tries": criterion.tries,
        "confidence": f"{criterion.confidence:g}",
        "min_n": criterion.min_n,
        "min_repeats": criterion.min_repeats,
        "reach": criterion.reach,
        "must": "must" if criterion.must else "should",
        "seen": criterion.fingerprint,
    }


def typed(value: float | None, *, rate: bool) -> str:
    """A number as somebody would type it; below one percent with the sign, so that it is read back as meant."""
    if value is None:
        return ""
    shown = f"{value * 100:.10g}" if rate else f"{value:.10g}"
    return f"{shown} %" if rate and 0 < value * 100 < 1 else shown
