"""When what is run, on which versions, and within which budget."""

from collections.abc import Iterable
from typing import Any

from django import forms

from evaluations.forms.fields import until_settled_field
from evaluations.models import Cap, Kind, Model, ModelVersion, Round, Schedule, Side, Suite

LISTS = ("kinds", "sides", "stages", "models")
SWITCHES = ("floating_only", "stale_only")
MONEY = ("cap", "run_cap")
STAGES = [choice for choice in ModelVersion.Stage.choices if choice[0] != ModelVersion.Stage.RETIRED]


def _ticks(choices: Any, label: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices, required=False, widget=forms.CheckboxSelectMultiple, label=label
    )


class ScheduleForm(forms.Form):
    """A schedule; of the selector's lists, none ticked does not restrict."""

    name = forms.CharField(max_length=120)
    suite = forms.ModelChoiceField(Suite.objects.all(), to_field_name="slug", empty_label="Choose a suite")
    cron = forms.CharField(
        max_length=80,
        required=False,
        label="When",
        initial="0 7 * * 1-5",
        help_text="Minute hour day month weekday. 0 7 * * 1-5 is 7:00 on working days; 30 2 * * * is every night at 2:30. "
        "Left empty, it runs for new versions only.",
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )
    zone = forms.CharField(
        max_length=60,
        label="Time zone",
        initial="UTC",
        help_text="A name like Europe/Berlin.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    on_new_version = forms.BooleanField(
        required=False,
        label="Also when a version is registered",
        help_text="A version that is let in below runs at once, within the budget each time. "
        "Money needs a price; calls and tokens do not.",
    )
    sides = _ticks(Side.choices, "Whose models")
    kinds = _ticks(Kind.choices, "Kinds of model")
    stages = _ticks(STAGES, "Stages")
    models = forms.ModelMultipleChoiceField(
        Model.objects.all(),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label="Models",
    )
    floating_only = forms.BooleanField(
        required=False,
        label="Only versions that may change under us",
        help_text="Aliases such as “latest”.",
    )
    stale_only = forms.BooleanField(
        required=False,
        label="Of versions that may change, only those without results from the last 30 days",
        help_text="Else they run every time, since they may have changed since.",
    )
    cap = forms.DecimalField(
        min_value=0,
        max_digits=18,
        decimal_places=8,
        required=False,
        label="Budget each time",
        help_text="Never passed; left empty, there is none.",
    )
    run_cap = forms.DecimalField(
        min_value=0, max_digits=18, decimal_places=8, required=False, label="Of it, each run"
    )
    month_cap = forms.DecimalField(
        min_value=0, max_digits=18, decimal_places=8, required=False, label="Budget a month"
    )
    cap_unit = forms.ChoiceField(choices=Cap.choices, initial=Cap.MONEY, label="Counted in")
    charged_to = forms.ChoiceField(required=False, label="Counted to the product")
    priority = forms.TypedChoiceField(
        choices=Round.Priority.choices, coerce=int, initial=Round.Priority.NORMAL, label="Priority"
    )
    misfire = forms.ChoiceField(choices=Schedule.Misfire.choices, label="When it was missed")
    overlap = forms.ChoiceField(choices=Schedule.Overlap.choices, label="When the last round still runs")
    rerun_frozen = forms.BooleanField(
        required=False,
        label="Also run versions that cannot change and have results already",
        help_text="They are called, to see whether they still answer the same.",
    )
    call_again = forms.BooleanField(
        required=False,
        label="Call everything again",
        help_text="Else an answer to the very same call of a version that cannot change is taken from an earlier run.",
    )
    until_settled = until_settled_field()
    enabled = forms.BooleanField(required=False, initial=True, label="Switched on")

    def __init__(self, *arguments: Any, products: Iterable[Any] = (), **options: Any) -> None:
        """products: with key and name, those one may see."""
        super().__init__(*arguments, **options)
        choices = [("", "No product"), *((product.key, product.name) for product in products)]
        self.fields["charged_to"].choices = choices  # type: ignore[attr-defined]

    def selector(self) -> dict[str, Any]:
        """As the schedule keeps it. For a cleaned form, also one with errors."""
        chosen = self.cleaned_data
        lists = {name: list(chosen.get(name) or []) for name in LISTS}
        lists["models"] = [model.slug for model in lists["models"]]
        found: dict[str, Any] = {name: values for name, values in lists.items() if values}
        return found | {name: True for name in SWITCHES if chosen.get(name)}

    def facts(self) -> dict[str, Any]:
        """What `save_schedule` takes. For a valid form."""
        apart = {*LISTS, *SWITCHES}
        plain = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        return {**plain, "selector": self.selector()}

    def unsaved(self) -> Schedule:
        """What the form says so far, for a preview. For a cleaned form, also one with errors."""
        chosen = self.cleaned_data
        return Schedule(
            suite=chosen.get("suite"),
            selector=self.selector(),
            cron=chosen.get("cron") or "",
            zone=chosen.get("zone") or "UTC",
            on_new_version=bool(chosen.get("on_new_version")),
            cap=chosen.get("cap"),
            run_cap=chosen.get("run_cap"),
            cap_unit=chosen.get("cap_unit") or Cap.MONEY,
            rerun_frozen=bool(chosen.get("rerun_frozen")),
            call_again=bool(chosen.get("call_again")),
            until_settled=bool(chosen.get("until_settled")),
        )


def initial_of(schedule: Schedule) -> dict[str, Any]:
    """The form of a schedule as it stands."""
    names = (
        "name",
        "cron",
        "zone",
        "on_new_version",
        "cap",
        "run_cap",
        "cap_unit",
        "charged_to",
        "priority",
        "misfire",
        "overlap",
        "rerun_frozen",
        "call_again",
        "until_settled",
        "enabled",
    )
    plain = {name: getattr(schedule, name) for name in names}
    lists = {name: schedule.selector.get(name, []) for name in LISTS}
    switches = {name: bool(schedule.selector.get(name)) for name in SWITCHES}
    amounts = {name: getattr(schedule, name) for name in MONEY}
    month = schedule.budgets.filter(unit=schedule.cap_unit).first()
    amounts["month_cap"] = month.cap if month else None
    written = {name: f"{amount.normalize():f}" for name, amount in amounts.items() if amount is not None}
    return {**plain, **written, **lists, **switches, "suite": schedule.suite.slug}
