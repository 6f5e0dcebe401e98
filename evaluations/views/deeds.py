"""What pages of facts do with what a service answers: say it is done, or show what was refused."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from config.errors import Refused
from config.forms import add_refusal

Made = TypeVar("Made")


def attempt(form: forms.BaseForm, deed: Callable[[], Made]) -> Made | None:
    """What the deed made; None where it was refused, and the form then says why."""
    try:
        return deed()
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return None


def act(request: HttpRequest, done: str, deed: Callable[[], object]) -> bool:
    """Do it and say so, or say what was refused. Answers whether it was done."""
    try:
        deed()
    except Refused as refusal:
        messages.error(request, refusal.message)
        return False
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    messages.success(request, done)
    return True


def status_of(form: forms.BaseForm) -> int:
    """422 for a form that was sent and refused."""
    return 422 if form.is_bound and form.errors else 200
