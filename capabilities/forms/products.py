from collections.abc import Sequence
from typing import Any

from django import forms

from capabilities.models import Product
from config.people.models import Role, User
from evaluations.models import Model, ModelVersion, Side

ADVICE = "0: whoever wrote a requirement agrees it, and it says “self-agreed”."


class ModelChoices(forms.ModelMultipleChoiceField):
    """Models by their names, to tick."""

    widget = forms.CheckboxSelectMultiple


class VersionChoice(forms.ModelChoiceField):
    """One version by its label."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


def own_models() -> Any:
    return Model.objects.filter(side=Side.OWN).order_by("name")


class ProductForm(forms.Form):
    """A new product."""

    name = forms.CharField(max_length=120)
    key = forms.CharField(
        max_length=8, help_text="Stands before the number of each requirement, e.g. VA-12. It never changes."
    )
    description = forms.CharField(required=False, widget=forms.Textarea({"rows": 3}))
    approvals_required = forms.IntegerField(
        min_value=0, max_value=10, initial=0, label="Approvals a requirement needs", help_text=ADVICE
    )
    subject_models = ModelChoices(
        Model.objects.none(),
        required=False,
        label="Models it is about",
        help_text="None: every model of ours.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject_models"].queryset = own_models()  # type: ignore[attr-defined]

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip().upper()
        if Product.objects.filter(key=key).exists():
            raise forms.ValidationError("This key is taken. Choose another.")
        return key


class SettingsForm(forms.ModelForm):
    """A product's settings. Saved by the service, never by the form."""

    class Meta:
        model = Product
        fields = [
            "name",
            "description",
            "approvals_required",
            "evidence_max_age_days",
            "restricted",
            "subject_models",
        ]
        labels = {
            "approvals_required": "Approvals a requirement needs",
            "evidence_max_age_days": "Days until evidence on floating versions is out of date",
            "restricted": "Only members may see it",
            "subject_models": "Models it is about",
        }
        help_texts = {
            "approvals_required": ADVICE,
            "restricted": "Administrators see it all the same.",
            "subject_models": "None: every model of ours.",
        }
        widgets = {
            "description": forms.Textarea({"rows": 3}),
            "subject_models": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject_models"].queryset = own_models()  # type: ignore[attr-defined]


class VersionsForm(forms.Form):
    """Which of our versions is out, and which one is about to be."""

    candidate = VersionChoice(ModelVersion.objects.none(), required=False, empty_label="None")
    released = VersionChoice(ModelVersion.objects.none(), required=False, empty_label="None")

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = ModelVersion.objects.filter(model__side=Side.OWN).select_related("model")
        subjects = product.subject_models.values("pk")
        if product.subject_models.exists():
            versions = versions.filter(model__in=subjects)
        for field in ("candidate", "released"):
            self.fields[field].queryset = versions  # type: ignore[attr-defined]


class MembershipForm(forms.Form):
    """roles: those one may give, never above one's own."""

    user = forms.ModelChoiceField(User.objects.none(), label="Person")
    role = forms.ChoiceField()

    def __init__(self, *args: Any, roles: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
        self.fields["role"].choices = [choice for choice in Role.choices if choice[0] in roles]  # type: ignore[attr-defined]


class RivalSetForm(forms.Form):
    """The next numbered set; the ones before stay as they are."""

    models = ModelChoices(Model.objects.none(), label="Competitors")
    note = forms.CharField(max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["models"].queryset = Model.objects.filter(side=Side.COMPETITOR).order_by("name")  # type: ignore[attr-defined]
