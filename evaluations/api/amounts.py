"""What requests say of how something is run: within which budget, and when it may stop."""

from rest_framework import serializers


def cap_field(help_text: str = "In cap_unit.") -> serializers.DecimalField:
    """None, or no field at all, is no cap."""
    return serializers.DecimalField(
        max_digits=18, decimal_places=8, min_value=0, required=False, allow_null=True, help_text=help_text
    )


def until_settled_field() -> serializers.BooleanField:
    """The same words wherever something is run."""
    return serializers.BooleanField(
        required=False,
        help_text="true: ask the cases by lot and stop as soon as every target that must hold and rests on them is met or not met.",
    )
