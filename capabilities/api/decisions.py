"""A row of a decision table."""

from typing import Any

from rest_framework import serializers

from capabilities.models import Outcome, Requirement


class DecisionSerializer(serializers.Serializer[Any]):
    """A requirement as a row. same_conditions_as: rows with the same conditions that ask for something else."""

    key = serializers.CharField()
    title = serializers.CharField()
    capability = serializers.CharField(allow_null=True)
    while_part = serializers.CharField()
    when_part = serializers.CharField()
    where_part = serializers.CharField()
    if_part = serializers.CharField()
    shall = serializers.CharField()
    intent = serializers.ChoiceField(choices=Requirement.Intent.choices)
    lifecycle = serializers.ChoiceField(choices=Requirement.Lifecycle.choices)
    version = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(choices=Outcome.choices)
    same_conditions_as = serializers.ListField(child=serializers.CharField())
    conflicts_with = serializers.ListField(child=serializers.CharField())
