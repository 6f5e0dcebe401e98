"""The one page that makes dataset, prompt, check, evaluation and round. What is not chosen from the list is new."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from capabilities.forms.checks import JsonTextField, check_choices, config_errors, config_from, setting_fields
from capabilities.forms.pasted import CaseReport, report, text_of
from capabilities.models import Criterion, Product
from capabilities.queries.measure import (
    callable_versions,
    newest_checks,
    newest_prompts,
    published_datasets,
)
from capabilities.services.measure import Measurement, NewCases, NewCheck, NewPrompt, Wish
from evaluations.forms.fields import until_settled_field
from evaluations.importers import read_text
from evaluations.models import Cap, Dataset, ModelVersion, ScorerVersion
from evaluations.prompting import prompt_problems
from evaluations.scorers import Unit, measure_of

NEW, THERE, AS_IS = "new", "there", "as_is"
# Needed as soon as their way is chosen, which only the whole form can tell.
NEEDED = ("cases", "dataset", "message", "prompt", "kind", "scorer")
RATE_UNITS = {"", "rate"}


def _area(rows: int, placeholder: str = "", **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder, **attributes})


class MeasureForm(forms.Form):
    """product: where a new requirement goes; criterion: what is measured, when the page was opened from one."""

    use_required_attribute = False

    name = forms.CharField(
        max_length=100,
        required=False,
        label="Name",
        help_text="Dataset, prompt and check are found by it later.",
    )
    cases_from = forms.ChoiceField(
        choices=[(NEW, "New cases"), (THERE, "Cases that are there")], widget=forms.RadioSelect, initial=NEW
    )
    cases = forms.CharField(
        required=False,
        strip=False,
        widget=_area(8, "Great app, love it!\tpositive\nCrashes every day\tnegative", spellcheck="false"),
        help_text="One a line: the input, a tab, what is right. Rows of a spreadsheet, CSV with a line of headings and JSONL work too.",
    )
    upload = forms.FileField(required=False, label="Or a file", help_text="CSV or JSONL, up to 2 MB.")
    purpose = forms.ChoiceField(
        choices=[
            (Dataset.Purpose.TEST, "Test: verdicts come from these cases"),
            (Dataset.Purpose.DEV, "Development: for trying, they never decide"),
        ],
        widget=forms.RadioSelect,
        initial=Dataset.Purpose.TEST,
        label="What are they for?",
    )
    may_leave = forms.BooleanField(required=False, label="These may leave to competitors' APIs")
    dataset = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Dataset")
    prompt_from = forms.ChoiceField(
        choices=[(AS_IS, "The input as it is"), (NEW, "New prompt"), (THERE, "A prompt that is there")],
        widget=forms.RadioSelect,
        initial=AS_IS,
    )
    system = forms.CharField(required=False, widget=_area(2), label="System message")
    message = forms.CharField(
        required=False,
        widget=_area(5, "Is this review positive or negative? Answer in one word.\n\n{{input}}"),
        label="Message",
        help_text="{{input}} is where the case goes; a case with named fields offers {{each}} of them.",
    )
    output_schema = JsonTextField(
        required=False,
        widget=_area(5, '{"type": "object", …}', spellcheck="false", **{"class": "mono"}),
        label="JSON the answer must match",
        help_text="A JSON schema, sent along where the provider can hold a model to it.",
    )
    prompt = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Prompt")
    check_from = forms.ChoiceField(
        choices=[(NEW, "New check"), (THERE, "A check that is there")], widget=forms.RadioSelect, initial=NEW
    )
    kind = forms.ChoiceField(
        choices=check_choices,
        widget=forms.RadioSelect,
        initial="exact",
        required=False,
        label="What counts as right?",
    )
    scorer = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Check")
    models = forms.TypedMultipleChoiceField(
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        label="Models",
        error_messages={"required": "Tick at least one model."},
    )
    repeats = forms.IntegerField(
        min_value=1,
        max_value=100,
        initial=1,
        label="Tries per case",
        help_text="More than one shows how steady a model is.",
    )
    cap = forms.DecimalField(
        min_value=Decimal("0.000001"), max_digits=18, decimal_places=6, required=False, label="Spend at most"
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.MONEY, label="Counted in")
    until_settled = until_settled_field()
    also = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Is evidence for these too"
    )
    title = forms.CharField(
        max_length=200, required=False, label="Title", help_text="Empty: measure without a requirement."
    )
    shall = forms.CharField(
        required=False, widget=_area(2, "name the sentiment of an app review"), label="The model shall …"
    )
    rationale = forms.CharField(required=False, widget=_area(2), label="Why it matters")
    threshold = forms.FloatField(required=False, label="Target")
    lead = forms.BooleanField(required=False, label="Also: beat every competitor of the product's rival set")
    agree = forms.BooleanField(
        required=False,
        label="Agree it now, before there are results",
        help_text="Verdicts are given on agreed requirements only. It is shown as self-agreed.",
    )
    try_case = forms.IntegerField(min_value=1, initial=1, required=False, label="Case number")
    token = forms.CharField(widget=forms.HiddenInput, max_length=60, required=False)
    tries = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    data: QueryDict
    report: CaseReport | None = None

    def __init__(
        self,
        *args: Any,
        product: Product | None = None,
        criterion: Criterion | None = None,
        alike: Sequence[Criterion] = (),
        may_agree: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.product, self.criterion, self.alike = product, criterion, list(alike)
        self.fields.update(setting_fields())
        named = [product.candidate_version_id or 0, product.released_version_id or 0] if product else []
        named += [*self.initial.get("models", ()), *self._posted()]
        self.versions = {version.pk: version for version in callable_versions(named)}
        self.datasets = {version.pk: version for version in published_datasets()}
        self.prompts = {version.pk: version for version in newest_prompts()}
        self.checks = {
            version.pk: version for version in newest_checks(criterion.scorer_id if criterion else None)
        }
        self._offer()
        if not may_agree:
            del self.fields["agree"]
        if criterion is not None:
            for field in ("title", "shall", "rationale", "threshold", "lead", "agree"):
                self.fields.pop(field, None)
        if not self.is_bound:
            self._mark_needed()

    def full_clean(self) -> None:
        super().full_clean()
        self._mark_needed()

    def _mark_needed(self) -> None:
        """From now on the page no longer calls these fields optional."""
        for field in NEEDED:
            self.fields[field].required = True

    def _posted(self) -> list[int]:
        values = self.data.getlist("models") if hasattr(self.data, "getlist") else []
        return [int(value) for value in values if value.isdecimal() and len(value) < 19]

    def _offer(self) -> None:
        none = [("", "Choose…")]
        offered: dict[str, list[tuple[Any, str]]] = {
            "models": [(pk, version.label) for pk, version in self.versions.items()],
            "also": [(one.pk, one.key) for one in self.alike],
            "dataset": none
            + [
                (
                    pk,
                    f"{one.dataset.name} · {one} · {one.case_count} {one.dataset.get_purpose_display().lower()} cases",
                )
                for pk, one in self.datasets.items()
            ],
            "prompt": none + [(pk, f"{one.prompt.name} · {one}") for pk, one in self.prompts.items()],
            "scorer": none + [(pk, f"{one.scorer.name} · {one}") for pk, one in self.checks.items()],
        }
        for field, choices in offered.items():
            self.fields[field].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self._clean_check()
        self._clean_cases()
        self._clean_prompt()
        if self.criterion is None:
            self._clean_wish()
        if not self.cleaned_data.get("name"):
            self.cleaned_data["name"] = self.default_name()
        return self.cleaned_data

    def default_name(self) -> str:
        if self.criterion is not None:
            return f"{self.criterion.revision.requirement.key} {self.criterion.key}"
        return self.cleaned_data.get("title") or "Measurement"

    def _clean_cases(self) -> None:
        given = self.cleaned_data
        if given.get("cases_from") == THERE:
            if not given.get("dataset") and "dataset" not in self.errors:
                self.add_error("dataset", "Choose the cases to measure with.")
            return
        if upload := given.get("upload"):
            try:
                self.replace_cases(text_of(upload))
            except ValidationError as problem:
                self.add_error("upload", problem)
                return
        text = given.get("cases") or ""
        if not text.strip():
            self.add_error("cases", "Paste at least one case, or choose cases that are there.")
            return
        self.report = self._report(text)
        if not self.report.rows:
            self.add_error("cases", "No line holds a case; the report below says why.")

    def replace_cases(self, text: str) -> None:
        """Put a file's text where pasted cases go, so that the page keeps it."""
        self.cleaned_data["cases"] = text
        kept = self.data.copy()
        kept["cases"] = text
        self.data = kept

    def _report(self, text: str) -> CaseReport:
        check = self.check() if not self.check_faults() else None
        if isinstance(check, NewCheck | ScorerVersion):
            return report(read_text(text), check.kind, check.config)
        return report(read_text(text))

    def _clean_prompt(self) -> None:
        given = self.cleaned_data
        if given.get("prompt_from") == THERE and not given.get("prompt") and "prompt" not in self.errors:
            self.add_error("prompt", "Choose the prompt.")
        if given.get("prompt_from") != NEW:
            return
        if not given.get("message"):
            self.add_error("message", "Write what the model is asked, with {{input}} where the case goes.")
        elif problems := prompt_problems(self.messages()):
            self.add_error("message", ValidationError(problems))

    def _clean_check(self) -> None:
        given = self.cleaned_data
        if given.get("check_from") == THERE:
            if not given.get("scorer") and "scorer" not in self.errors:
                self.add_error("scorer", "Choose the check.")
            return
        kind = given.get("kind")
        if not kind:
            if "kind" not in self.errors:
                self.add_error("kind", "Choose what counts as right.")
            return
        unread = [name for name in self.errors if name.startswith(f"{kind}__")]
        for field, sentences in ({} if unread else config_errors(kind, config_from(kind, given))).items():
            self.add_error(field, ValidationError(sentences))

    def check_faults(self) -> list[str]:
        kind = self.cleaned_data.get("kind") or "kind"
        return [
            name
            for name in self.errors
            if name in {"kind", "scorer", "check_from"} or name.startswith(f"{kind}__")
        ]

    def _clean_wish(self) -> None:
        given = self.cleaned_data
        if not given.get("title"):
            for field in ("shall", "threshold"):
                if given.get(field) not in ("", None):
                    self.add_error("title", "Give the requirement a title, or leave its other fields empty.")
                    return
            return
        if self.product is None:
            self.add_error("title", "Make a product first: a requirement belongs to one.")
        for field, sentence in (
            ("shall", "Say what the model shall do."),
            ("threshold", "Give the target it is held to."),
        ):
            if given.get(field) in ("", None) and field not in self.errors:
                self.add_error(field, sentence)

    def messages(self) -> list[dict[str, str]]:
        given = self.cleaned_data
        system = [{"role": "system", "content": given["system"]}] if given.get("system") else []
        return [*system, {"role": "user", "content": given.get("message", "")}]

    def check(self) -> NewCheck | ScorerVersion:
        given = self.cleaned_data
        if given.get("check_from") == THERE:
            return self.checks[given["scorer"]]
        return NewCheck(given["kind"], config_from(given["kind"], given))

    def chosen_models(self) -> list[ModelVersion]:
        return [self.versions[pk] for pk in self.cleaned_data["models"]]

    def plan(self, key: str = "") -> Measurement:
        """What the services take. The form must be valid."""
        given = self.cleaned_data
        also = [one for one in self.alike if one.pk in given["also"]]
        return Measurement(
            name=given["name"],
            cases=self._plan_cases(),
            prompt=self._plan_prompt(),
            check=self.check(),
            model_versions=self.chosen_models(),
            repeats=given["repeats"],
            cap=given["cap"],
            cap_unit=given["cap_unit"],
            until_settled=given["until_settled"],
            product=self.product,
            criteria=[self.criterion, *also] if self.criterion else (),
            wish=self._plan_wish(),
            key=key,
        )

    def _plan_cases(self) -> Any:
        given = self.cleaned_data
        if given["cases_from"] == THERE:
            return self.datasets[given["dataset"]]
        rows = self.report.rows if self.report else ()
        return NewCases(rows, given["purpose"], given["may_leave"])

    def _plan_prompt(self) -> Any:
        given = self.cleaned_data
        if given["prompt_from"] == AS_IS:
            return None
        if given["prompt_from"] == THERE:
            return self.prompts[given["prompt"]]
        return NewPrompt(self.messages(), given.get("output_schema"))

    def _plan_wish(self) -> Wish | None:
        given = self.cleaned_data
        if self.criterion is not None or not given.get("title"):
            return None
        return Wish(
            title=given["title"],
            shall=given["shall"],
            rationale=given["rationale"],
            threshold=given["threshold"] / 100 if self.target_is_a_rate() else given["threshold"],
            lead=given["lead"],
            agree=bool(given.get("agree")),
        )

    def target_is_a_rate(self) -> bool:
        """Whether the target is typed as a percentage."""
        check = self.check()
        unit = check.unit if isinstance(check, ScorerVersion) else measure_of(check.kind, check.config).unit
        return unit in RATE_UNITS or unit == Unit.RATE
