"""The most a month may take of something."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from capabilities.models import Product
from evaluations.models import Budget, Cap, Provider, Schedule


class BudgetForm(forms.Form):
    """One budget; the same thing and unit again changes its amount."""

    scope = forms.ChoiceField(choices=Budget.Scope.choices, label="Of what")
    provider = forms.ModelChoiceField(
        Provider.objects.all(), required=False, to_field_name="slug", empty_label="Choose a provider"
    )
    schedule = forms.ModelChoiceField(Schedule.objects.all(), required=False, empty_label="Choose a schedule")
    product = forms.ModelChoiceField(
        Product.objects.none(), required=False, to_field_name="key", empty_label="Choose a product"
    )
    cap = forms.DecimalField(min_value=0, max_digits=18, decimal_places=8, label="A month")
    unit = forms.ChoiceField(choices=Cap.choices, label="Counted in")
    currency = forms.RegexField(
        r"^[A-Z]{3}$", initial="USD", max_length=3, error_messages={"invalid": "Three letters, e.g. USD."}
    )

    def __init__(self, *arguments: Any, products: QuerySet[Product], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["product"].queryset = products  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """What `save_budget` takes: of provider, schedule and product only the one that is meant. For a valid form."""
        given = dict(self.cleaned_data)
        scope = given["scope"]
        product = given.pop("product")
        for name in ("provider", "schedule"):
            given[name] = given[name] if scope == name else None
        return {**given, "product": product.key if product and scope == "product" else ""}
