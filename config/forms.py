"""What forms of every app share."""

from django import forms
from django.core.exceptions import ValidationError

from config.errors import Refused


def add_refusal(form: forms.BaseForm, refusal: Refused | ValidationError) -> None:
    """Show what a service refused beside the fields it names, or above the form when it names none of them."""
    if isinstance(refusal, Refused):
        named = {name: str(message) for name, message in refusal.fields.items() if name in form.fields}
        for name, message in named.items():
            form.add_error(name, message)
        if not named:
            form.add_error(None, refusal.message)
        return
    by_field = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
    for name, messages in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(messages))
