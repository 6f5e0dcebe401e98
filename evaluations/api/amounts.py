"""Amounts of a budget as requests give them."""

from rest_framework import serializers


def cap_field(help_text: str = "In cap_unit.") -> serializers.DecimalField:
    """None, or no field at all, is no cap."""
    return serializers.DecimalField(
        max_digits=18, decimal_places=8, min_value=0, required=False, allow_null=True, help_text=help_text
    )
