from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from config.people.access import scopes_of
from config.people.models import Token, User

NEVER = "never"
LIFETIMES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"), (NEVER, "Never")]


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Where it will be used, e.g. training cluster.")
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, initial=[Token.Scope.READ])
    expires_in = forms.ChoiceField(choices=LIFETIMES, initial="90", label="Expires in")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        if isinstance(scopes, forms.MultipleChoiceField):
            scopes.choices = [(scope.value, scope.label) for scope in scopes_of(user)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        days = cleaned.pop("expires_in", NEVER)
        cleaned["expires_at"] = timezone.now() + timedelta(days=int(days)) if days != NEVER else None
        return cleaned
