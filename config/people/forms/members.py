from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from config.people.models import Role, User


def help_of(name: str) -> str:
    return next(str(field.help_text) for field in User._meta.fields if field.name == name)


class MemberForm(forms.Form):
    """A new person. The first password is made here and shown once to whoever creates them."""

    username = forms.CharField(
        max_length=150,
        label="User name",
        validators=[UnicodeUsernameValidator()],
        help_text="Used to sign in.",
    )
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(required=False, label="E-mail")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)
    approver = forms.BooleanField(required=False, help_text=help_of("approver"))
    may_read_test = forms.BooleanField(
        required=False, label="Reads test samples", help_text=help_of("may_read_test")
    )


class StandingForm(forms.ModelForm):
    """What a person may do. Saved by the service `change_role`, never by the form."""

    class Meta:
        model = User
        fields = ["role", "approver", "may_read_test"]
        labels = {"may_read_test": "Reads test samples"}


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]
        labels = {"email": "E-mail"}
