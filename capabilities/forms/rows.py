"""What can be changed of a requirement in its row of the list."""

from typing import Any

from django import forms

from capabilities.forms.requirements import split_tags
from capabilities.models import Capability, Objective, Product, Requirement, Revision
from capabilities.services.row_editing import row_token
from config.people.models import User


class RowForm(forms.Form):
    """Three queries for the choices."""

    title = forms.CharField(max_length=200)
    priority = forms.ChoiceField(choices=Requirement.Priority.choices)
    intent = forms.ChoiceField(choices=Requirement.Intent.choices)
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody yet")
    objective = forms.ModelChoiceField(Objective.objects.none(), required=False, empty_label="None yet")
    capability = forms.ModelChoiceField(Capability.objects.none(), required=False, empty_label="None yet")
    target = forms.CharField(max_length=80, required=False)
    tags = forms.CharField(required=False, help_text="Words separated by commas.")
    token = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, product: Product, key: str, focus: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": f"row-{key}-%s"} | kwargs))
        if focus in self.fields:
            self.fields[focus].widget.attrs["autofocus"] = True
        people = User.objects.filter(is_active=True).order_by("username")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["owner"].label_from_instance = lambda user: user.shown_name  # type: ignore[attr-defined]
        self.fields["objective"].queryset = product.objectives.all()  # type: ignore[attr-defined]
        self.fields["capability"].queryset = product.capabilities.all()  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_tags(self) -> list[str]:
        return split_tags(self.cleaned_data["tags"])


def row_values(requirement: Requirement, revision: Revision) -> dict[str, Any]:
    """What the form begins with."""
    return {
        "title": revision.title,
        "priority": requirement.priority,
        "intent": requirement.intent,
        "owner": requirement.owner_id,
        "objective": requirement.objective_id,
        "capability": requirement.capability_id,
        "target": requirement.target,
        "tags": ", ".join(requirement.tags),
        "token": row_token(requirement, revision),
    }
