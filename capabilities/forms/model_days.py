from collections.abc import Sequence
from typing import Any

from django import forms

from capabilities.forms.baselines import BaselineRunForm
from capabilities.queries.things_to_try import Thing


class DayForm(BaselineRunForm):
    """What of it is run, and within which budget."""

    things = forms.MultipleChoiceField(
        label="What to run",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one line to run."},
    )

    def __init__(self, *args: Any, things: Sequence[Thing], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_key = {thing.key: thing for thing in things if thing.evaluations}
        self.fields["things"].choices = [(key, thing.name) for key, thing in self.by_key.items()]  # type: ignore[attr-defined]
        self.fields["things"].initial = list(self.by_key)

    def ticked(self) -> list[str]:
        """Keys of the lines that are ticked, also in a form with errors or not sent yet."""
        return list(self["things"].value() or [])

    def chosen(self) -> list[Thing]:
        """Those that exist of what is ticked, also in a form with errors or not sent yet."""
        return [self.by_key[key] for key in self.ticked() if key in self.by_key]
