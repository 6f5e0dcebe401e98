from typing import Any

from django import forms
from django.utils.text import slugify

from capabilities.models import Capability, Objective, Product
from evaluations.models import Kind


class CapabilityForm(forms.Form):
    """An ability of the tree. capability: the one being changed, which cannot hang under itself or what is under it."""

    name = forms.CharField(max_length=120, help_text="What a user would call it, e.g. Review analysis.")
    parent = forms.ModelChoiceField(
        Capability.objects.none(), required=False, empty_label="At the top", label="Hangs under"
    )
    description = forms.CharField(required=False, widget=forms.Textarea({"rows": 3}))
    kinds = forms.MultipleChoiceField(
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Kinds of model",
        help_text="Which kinds it is asked of; none ticked: any.",
    )
    position = forms.IntegerField(
        min_value=0,
        max_value=10_000,
        initial=0,
        required=False,
        label="Place",
        help_text="Smaller stands first.",
    )

    def __init__(
        self, *args: Any, product: Product, capability: Capability | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        others = product.capabilities.order_by("name")
        self.fields["parent"].queryset = others.exclude(pk=capability.pk) if capability else others  # type: ignore[attr-defined]

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0

    def free_slug(self) -> str:
        """The name as a slug that the product does not have yet."""
        stem = slugify(self.cleaned_data["name"])[:40].strip("-") or "capability"
        taken = set(self.product.capabilities.values_list("slug", flat=True))
        slugs = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
        return next(slug for slug in slugs if slug not in taken)


class ObjectiveForm(forms.ModelForm):
    """Where the product goes. objective: the one being changed. Saved by the service, never by the form."""

    class Meta:
        model = Objective
        fields = ["title", "horizon", "narrative", "position"]
        widgets = {"narrative": forms.Textarea({"rows": 3})}
        labels = {"narrative": "What it means for users", "position": "Place"}
        help_texts = {"position": "Smaller stands first among those of its time."}

    def __init__(
        self, *args: Any, product: Product, objective: Objective | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.product, self.objective = product, objective
        self.fields["position"].required = False

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        others = self.product.objectives.all()
        if self.objective:
            others = others.exclude(pk=self.objective.pk)
        if others.filter(title=title).exists():
            raise forms.ValidationError("There is an objective of this name. Choose another.")
        return title

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0
