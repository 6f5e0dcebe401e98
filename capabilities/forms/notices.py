from typing import Any
from zoneinfo import available_timezones

from django import forms

from config.people.models import Notice, NoticeSettings
from config.people.services.notices import USUAL


class NoticeSettingsForm(forms.Form):
    """What a person hears by mail, and when. Saved by the service."""

    auto_watch = forms.BooleanField(
        required=False,
        label="Tell me of requirements that I own, wrote, reviewed or commented on",
    )
    mail = forms.BooleanField(required=False, label="Send me mail")
    digest_hour = forms.TypedChoiceField(
        choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, label="Daily mail at"
    )
    zone = forms.ChoiceField(label="Time zone", choices=())

    def __init__(self, *args: Any, own: NoticeSettings, **kwargs: Any) -> None:
        self.own = own
        initial = {
            "auto_watch": own.auto_watch,
            "mail": own.mail,
            "digest_hour": own.digest_hour,
            "zone": own.zone,
        }
        modes = {f"kind_{kind}": own.by_kind.get(kind, USUAL[kind]) for kind in Notice.Kind.values}
        super().__init__(*args, **(kwargs | {"initial": initial | modes}))
        self.fields["zone"].choices = [(zone, zone) for zone in sorted(available_timezones())]  # type: ignore[attr-defined]
        for kind, label in Notice.Kind.choices:
            self.fields[f"kind_{kind}"] = forms.ChoiceField(choices=Notice.Mail.choices, label=label)

    @property
    def general(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("kind_")]

    @property
    def kinds(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("kind_")]

    def chosen(self) -> NoticeSettings:
        """The settings as they would be saved."""
        given = self.cleaned_data
        for name in ("auto_watch", "mail", "digest_hour", "zone"):
            setattr(self.own, name, given[name])
        modes = {kind: given[f"kind_{kind}"] for kind in Notice.Kind.values}
        self.own.by_kind = {kind: mode for kind, mode in modes.items() if mode != USUAL[kind]}
        return self.own
