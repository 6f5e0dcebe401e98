"""What can be changed on many requirements at once; a field left empty leaves what is there."""

from typing import Any

from django import forms

from capabilities.forms.requirements import split_tags
from capabilities.models import Product, Requirement
from capabilities.queries.bulk_rows import Change
from capabilities.queries.requirements import NONE
from capabilities.services.bulk_plan import ASIDE
from config.people.models import User
from evaluations.models import Kind

STAY = ("", "Leave as it is")
MOVES = [
    STAY,
    ("in_review", "Put up for review"),
    ("deferred", "Defer"),
    ("rejected", "Reject"),
    ("retired", "Retire"),
    ("draft", "Back to draft"),
]
CHOSEN = ("priority", "intent", "kind")
POINTING = ("owner", "objective", "capability")


class BulkForm(forms.Form):
    """Two queries for the choices, one for owners."""

    priority = forms.ChoiceField(choices=[STAY, *Requirement.Priority.choices], required=False)
    intent = forms.ChoiceField(choices=[STAY, *Requirement.Intent.choices], required=False)
    kind = forms.ChoiceField(choices=[STAY, *Kind.choices], required=False, label="Kind of model")
    owner = forms.ChoiceField(required=False)
    objective = forms.ChoiceField(required=False)
    capability = forms.ChoiceField(required=False)
    target = forms.CharField(max_length=80, required=False, help_text="“-” takes it away.")
    add_tags = forms.CharField(required=False, help_text="Words separated by commas.")
    remove_tags = forms.CharField(required=False, help_text="Words separated by commas.")
    move = forms.ChoiceField(choices=MOVES, required=False, label="Lifecycle")
    reason = forms.CharField(max_length=2_000, required=False, help_text="Needed to defer, reject or retire.")

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))
        people = User.objects.filter(is_active=True).order_by("username")
        self._offer("owner", [(user.pk, user.shown_name) for user in people])
        self._offer("objective", [(row.pk, row.title) for row in product.objectives.all()])
        self._offer("capability", [(row.pk, row.name) for row in product.capabilities.all()])

    def _offer(self, name: str, rows: list[tuple[int, str]]) -> None:
        choices = [(str(pk), label) for pk, label in rows]
        self.fields[name].choices = [STAY, (NONE, "None"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("move") in ASIDE and not found.get("reason", "").strip():
            self.add_error("reason", "Say why they are put aside.")
        return found

    @property
    def change(self) -> Change:
        """What the valid form asks for."""
        given = self.cleaned_data
        fields: dict[str, Any] = {name: given[name] for name in CHOSEN if given[name]}
        for name in POINTING:
            if given[name]:
                fields[name] = None if given[name] == NONE else int(given[name])
        if given["target"]:
            fields["target"] = "" if given["target"] == "-" else given["target"]
        return Change(
            fields,
            split_tags(given["add_tags"]),
            split_tags(given["remove_tags"]),
            given["move"],
            given["reason"],
        )
