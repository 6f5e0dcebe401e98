"""What is written about a discovery, and how its tries, measures and package are chosen."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from capabilities.models import Capability, Discovery
from capabilities.queries.discovery_measures import CONTINUOUS, checks_by_name, ready_kinds
from capabilities.queries.discovery_rates import LEAST_TRIES
from capabilities.queries.measure import callable_versions
from evaluations.importers import CaseRow, read_text
from evaluations.models import Cap, ModelVersion

PERSON = "person"
MOST_INPUTS = 50


def _area(rows: int, placeholder: str = "") -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})


class DiscoveryForm(forms.Form):
    title = forms.CharField(
        max_length=200,
        label="What can it do?",
        widget=forms.TextInput(attrs={"placeholder": "Answers in the customer's own dialect"}),
    )
    statement = forms.CharField(
        required=False,
        max_length=4_000,
        widget=_area(4),
        label="What counts as having done it?",
        help_text="In plain words, so that somebody else can tell for a new answer.",
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=4_000, label="Why?", widget=_area(2))


class BudgetForm(forms.Form):
    """What calling may take."""

    cap = forms.DecimalField(
        min_value=Decimal("0.000001"),
        max_digits=18,
        decimal_places=6,
        required=False,
        label="Spend at most",
        help_text="Empty: no limit of its own.",
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.CALLS, label="Counted in")


class _Calling(BudgetForm):
    """Models to call within a budget."""

    models = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        label="Model versions",
        error_messages={"required": "Tick at least one model."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {one.pk: one for one in callable_versions(self.initial.get("models", ()))}
        choices = [(pk, one.label) for pk, one in self.versions.items()]
        self.fields["models"].choices = choices  # type: ignore[attr-defined]

    def chosen_models(self) -> list[ModelVersion]:
        return [self.versions[pk] for pk in self.cleaned_data["models"]]

    def _read(self, field: str) -> tuple[CaseRow, ...]:
        text = self.cleaned_data.get(field) or ""
        if not text.strip():
            return ()
        found = read_text(text)
        if found.problems:
            self.add_error(
                field,
                ValidationError([f"Line {one.line}: {one.reason}" for one in found.problems[:5]]),
            )
        return found.rows


class TriesForm(_Calling):
    """test: it was spotted in a test case, which is not tried itself."""

    with_found = forms.BooleanField(required=False, initial=True, label="Try the input it was spotted in")
    rows = forms.CharField(
        required=False,
        strip=False,
        widget=_area(5, "Another input like it\tand what is right, where a check needs it"),
        label="Inputs like it",
        help_text="One a line; rows of a spreadsheet, CSV and JSONL work too. Several inputs say more than many tries of one.",
    )
    tries = forms.IntegerField(
        min_value=1,
        max_value=100,
        initial=LEAST_TRIES,
        label="Tries of each input",
        help_text=f"At least {LEAST_TRIES} tries of each version in all.",
    )
    judge = forms.ChoiceField(
        label="Who says whether a try succeeded?",
        initial=PERSON,
        help_text="A check, or a person by a thumb for each answer.",
    )
    target = forms.FloatField(
        min_value=1,
        max_value=99,
        initial=50,
        label="It happens again when at least this share succeeds (%)",
        help_text="Said before the tries, so that it is not fitted to them.",
    )
    field_order = ("with_found", "rows", "tries", "judge", "target", "models", "cap", "cap_unit")

    def __init__(self, *args: Any, test: bool = False, found: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.checks = checks_by_name("binary")
        ready = [pair for pair in ready_kinds("binary").items() if pair[0] not in self.checks]
        choices = [(PERSON, "A person, answer by answer")]
        choices += [(slug, f"{one.scorer.name} ({one})") for slug, one in self.checks.items()] + ready
        self.fields["judge"].choices = choices  # type: ignore[attr-defined]
        if test or not found:
            del self.fields["with_found"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.inputs = self._read("rows")
        if len(self.inputs) > MOST_INPUTS:
            self.add_error("rows", f"At most {MOST_INPUTS} inputs: a dataset is the place for more.")
        return self.cleaned_data


class MeasuresForm(forms.Form):
    measures = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Continuous measures",
        help_text="Taken on the answers that are there; nobody is called.",
        error_messages={"required": "Tick at least one."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.checks = checks_by_name(*CONTINUOUS)
        ready = [pair for pair in ready_kinds(*CONTINUOUS).items() if pair[0] not in self.checks]
        choices = [(slug, f"{one.scorer.name} ({one})") for slug, one in self.checks.items()] + ready
        self.fields["measures"].choices = choices  # type: ignore[attr-defined]


class PackageForm(_Calling):
    capability: "forms.ModelChoiceField[Capability]" = forms.ModelChoiceField(
        queryset=Capability.objects.none(),
        required=False,
        empty_label="None, or a new one",
        label="Capability",
    )
    capability_name = forms.CharField(max_length=120, required=False, label="Or a new capability")
    title = forms.CharField(max_length=200, label="Title of the requirement")
    shall = forms.CharField(max_length=4_000, widget=_area(2), label="The model shall …")
    rationale = forms.CharField(max_length=4_000, widget=_area(2), label="Why it matters")
    threshold = forms.FloatField(
        min_value=1,
        max_value=100,
        initial=80,
        label="Target (%)",
        help_text="Share of cases that shall be right.",
    )
    check = forms.ChoiceField(label="What counts as right?")
    cases = forms.CharField(
        strip=False,
        widget=_area(8, "A new input\tand what is right"),
        label="New cases",
        help_text="Test cases that were not used to find it; one a line, the input, a tab, what is right.",
    )
    may_leave = forms.BooleanField(required=False, label="These may leave to competitors' APIs")
    field_order = (
        "capability",
        "capability_name",
        "title",
        "shall",
        "rationale",
        "threshold",
        "check",
        "cases",
        "may_leave",
        "models",
        "cap",
        "cap_unit",
    )

    def __init__(self, *args: Any, discovery: Discovery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        abilities = discovery.product.capabilities.order_by("name")
        self.fields["capability"].queryset = abilities  # type: ignore[attr-defined]
        self.checks = checks_by_name("binary")
        ready = [pair for pair in ready_kinds("binary").items() if pair[0] not in self.checks]
        named = [(slug, f"{one.scorer.name} ({one})") for slug, one in self.checks.items()]
        self.fields["check"].choices = [*named, *ready]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.new_cases = self._read("cases")
        return self.cleaned_data
