"""Forms of a requirement: a new one, its text, and the small ones beside it."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from capabilities.forms.examples import ExamplesField, Row
from capabilities.models import Capability, Criterion, Objective, Product, Requirement, Revision
from capabilities.packs import Measure, Pack
from capabilities.queries.suggested_checks import checks_for
from config.people.models import User
from evaluations.models import Scorer

TEXT = {"rows": 2}
PART_WORDS = {
    "while_part": ("While", "A state that holds, e.g. the car is moving"),
    "when_part": ("When", "Something that happens, e.g. a batch of reviews is submitted"),
    "where_part": ("Where", "A feature that is present, e.g. the customer has the voice package"),
    "if_part": ("If", "Something unwanted, e.g. no passage holds the answer"),
}


class PlaceForm(forms.Form):
    """Where a requirement belongs: what is not part of its text."""

    kind = forms.ChoiceField(choices=Requirement._meta.get_field("kind").choices, label="Kind of model")  # type: ignore[arg-type]
    intent = forms.ChoiceField(
        choices=Requirement.Intent.choices,
        help_text="Foundation: everybody has it. Parity: as good as rivals. Lead: better. Exclusive: only ours.",
    )
    priority = forms.ChoiceField(choices=Requirement.Priority.choices)
    capability = forms.ModelChoiceField(Capability.objects.none(), required=False, empty_label="None yet")
    objective = forms.ModelChoiceField(Objective.objects.none(), required=False, empty_label="None yet")

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["capability"].queryset = product.capabilities.all()  # type: ignore[attr-defined]
        self.fields["objective"].queryset = product.objectives.all()  # type: ignore[attr-defined]


class TextForm(forms.Form):
    """The statement: a title and “shall” are enough; the conditions are asked for on demand."""

    title = forms.CharField(
        max_length=200,
        widget=forms.TextInput({"autofocus": True}),
        help_text="What the model must be able to do, in one line.",
    )
    while_part = forms.CharField(required=False, widget=forms.Textarea(TEXT))
    when_part = forms.CharField(required=False, widget=forms.Textarea(TEXT))
    where_part = forms.CharField(required=False, widget=forms.Textarea(TEXT))
    if_part = forms.CharField(required=False, widget=forms.Textarea(TEXT))
    shall = forms.CharField(
        label="The model shall",
        widget=forms.Textarea({"rows": 3}),
        help_text="One ability that can be counted: “give each review a sentiment from 1 to 5”.",
    )
    rationale = forms.CharField(
        label="Why", required=False, widget=forms.Textarea(TEXT), help_text="Needed before it goes to review."
    )
    out_of_scope = forms.CharField(
        required=False,
        label="Not meant",
        widget=forms.Textarea(TEXT),
        help_text="What a reader might think belongs to it, and does not.",
    )
    examples = ExamplesField(required=False, label="Contrasting examples")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, example) in PART_WORDS.items():
            self.fields[name].label, self.fields[name].help_text = label, example

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    @property
    def conditions(self) -> list[forms.BoundField]:
        return [self[name] for name in PART_WORDS]

    @property
    def has_conditions(self) -> bool:
        """Whether the conditions stand open: one is filled or refused."""
        return any(field.value() or field.errors for field in self.conditions)

    @property
    def example_rows(self) -> list[Row]:
        return list(self["examples"].value() or [])

    @property
    def has_more(self) -> bool:
        """Whether what is not meant and the examples stand open."""
        return any(self[name].value() or self[name].errors for name in ("out_of_scope", "examples"))


class NewRequirementForm(TextForm, PlaceForm):
    """Everything a new draft may say; a title and “shall” are enough."""

    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")
    target = forms.CharField(
        max_length=80, required=False, label="Wanted for", help_text="A milestone, e.g. Spring release."
    )
    tags = forms.CharField(
        required=False,
        help_text="Words separated by commas.",
        widget=forms.TextInput({"list": "tags-in-use", "data-list-words": "", "autocomplete": "off"}),
    )

    field_order = ["title", "shall"]

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, product=product, **kwargs)
        self.fields["owner"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
        self.fields["owner"].label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        return split_tags(self.cleaned_data["tags"])


class EditRequirementForm(NewRequirementForm):
    """The text and the place, with what the editor started from: number and edit count of the revision, and its words."""

    change_kind = forms.ChoiceField(
        choices=[("", "Not said"), *Revision.ChangeKind.choices], required=False, label="Kind of change"
    )
    note = forms.CharField(required=False, label="What changed, and why", widget=forms.Textarea(TEXT))
    base_number = forms.IntegerField(widget=forms.HiddenInput)
    base_count = forms.IntegerField(widget=forms.HiddenInput)
    base = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_base(self) -> dict[str, Any]:
        """What the editor saw; nothing where that cannot be read."""
        try:
            seen = json.loads(self.cleaned_data["base"] or "{}")
        except ValueError:
            return {}
        return seen if isinstance(seen, dict) else {}


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=2_000, widget=forms.Textarea(TEXT))


class AnswerForm(forms.Form):
    """Research's answer."""

    commitment = forms.ChoiceField(choices=Requirement.Commitment.choices, label="Answer")
    reason = forms.CharField(
        required=False, max_length=2_000, widget=forms.Textarea(TEXT), help_text="Needed for infeasible."
    )


class WaiverForm(forms.Form):
    """A miss somebody accepts for a while."""

    criterion = forms.ChoiceField()
    reason = forms.CharField(max_length=2_000, widget=forms.Textarea(TEXT))
    expires_on = forms.DateField(label="Until", widget=forms.DateInput({"type": "date"}))

    def __init__(
        self, *args: Any, requirement: Requirement, criteria: list[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **({"auto_id": "waiver_%s"} | kwargs))
        keys = (
            criteria
            if criteria is not None
            else list(
                Criterion.objects.filter(revision__requirement=requirement)
                .order_by("key")
                .values_list("key", flat=True)
                .distinct()
            )
        )
        self.fields["criterion"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]
        self.fields["expires_on"].widget.attrs["min"] = timezone.localdate().isoformat()


def split_tags(text: str) -> list[str]:
    """Words between commas, once each, in their order."""
    return list(dict.fromkeys(word.strip()[:40] for word in text.split(",") if word.strip()))


class SuggestionsForm(forms.Form):
    """The criteria a template suggests: which are wanted, and by which check of the site each is measured."""

    def __init__(self, *args: Any, measures: Sequence[Measure], **kwargs: Any) -> None:
        super().__init__(*args, **({"prefix": "criterion"} | kwargs))
        self.measures = measures
        for number, (measure, checks) in enumerate(zip(measures, checks_for(measures), strict=True)):
            self.fields[f"wanted_{number}"] = forms.BooleanField(
                required=False, initial=True, label=f"{measure.words}{'' if measure.must else ' (should)'}"
            )
            self.fields[f"check_{number}"] = forms.ChoiceField(
                required=False,
                label="Measured by",
                choices=[
                    ("", "No check yet"),
                    *((str(one.scorer_id), f"{one.scorer.name} ({one.kind})") for one in checks),
                ],
            )

    @property
    def rows(self) -> list[tuple[Measure, forms.BoundField, forms.BoundField]]:
        return [
            (measure, self[f"wanted_{number}"], self[f"check_{number}"])
            for number, measure in enumerate(self.measures)
        ]

    @property
    def chosen(self) -> list[tuple[Measure, Scorer | None]]:
        """What is wanted of the suggestions, with its check. One query."""
        data = self.cleaned_data
        scorers = Scorer.objects.in_bulk(
            {int(value) for name, value in data.items() if name.startswith("check") and value}
        )
        return [
            (measure, scorers.get(int(data[f"check_{number}"] or 0)))
            for number, measure in enumerate(self.measures)
            if data.get(f"wanted_{number}")
        ]


class PackForm(forms.Form):
    """Which templates of a pack become drafts, and under which capability."""

    templates = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one of its templates."},
    )
    capability = forms.ModelChoiceField(
        Capability.objects.none(), required=False, empty_label="A new one", label="Under the capability"
    )
    new_capability = forms.CharField(required=False, max_length=120, label="Name of the new capability")

    def __init__(self, *args: Any, product: Product, pack: Pack, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["templates"].choices = [(one.slug, one.title) for one in pack.templates]  # type: ignore[attr-defined]
        self.fields["capability"].queryset = product.capabilities.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("capability"):
            data["new_capability"] = ""
        elif not data.get("new_capability", "").strip():
            self.add_error("new_capability", "Name it, or choose a capability there is.")
        return data
