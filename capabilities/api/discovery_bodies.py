"""What the work on a discovery takes in over the API, and what it shows: tries, measures, the package, retries."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from capabilities.api.lab import RowPart
from capabilities.api.owned import OwnedReference
from capabilities.models import Capability, Product
from capabilities.queries.discovery_rates import FIRST_TARGET, LEAST_TRIES
from capabilities.queries.products import find_version
from capabilities.queries.references import find_product
from config.api.bodies import Body, Reference
from evaluations.api.amounts import cap_field
from evaluations.importers import CaseRow, read_text
from evaluations.models import Cap, Response
from evaluations.queries.references import find_scorer_version

MOST_VERSIONS = 20
MOST_TRIED = 50
MOST_CASES = 2_000


def find_try(text: str) -> Response | None:
    """One query."""
    return Response.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else None


def rows_from(field: str, given: Sequence[Mapping[str, Any]]) -> tuple[CaseRow, ...]:
    """Rows of a body as cases. Raises ValidationError with what cannot be used."""
    if not given:
        return ()
    found = read_text("\n".join(json.dumps(dict(row), ensure_ascii=False) for row in given))
    if found.problems:
        raise ValidationError({field: [f"Row {one.line}: {one.reason}" for one in found.problems[:5]]})
    return found.rows


def capability_of(product: Product, slug: str) -> Capability | None:
    """One query. Raises ValidationError where the product has none of this name."""
    if not slug:
        return None
    if (found := product.capabilities.filter(slug=slug).first()) is None:
        raise ValidationError({"capability": [f"{product.key} has no capability “{slug}”."]})
    return found


class CallingBody(Body):
    """Which versions are called, and within which budget."""

    versions = serializers.ListField(
        child=Reference(find_version, "version"),
        min_length=1,
        max_length=MOST_VERSIONS,
        help_text="slug@name or an id each.",
    )
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False, default=Cap.MONEY)


class TriesBody(CallingBody):
    tries = serializers.IntegerField(
        min_value=1,
        max_value=100,
        default=LEAST_TRIES,
        help_text=f"Of each input; at least {LEAST_TRIES} of each version in all.",
    )
    rows = serializers.ListField(
        child=RowPart(), max_length=MOST_TRIED, required=False, default=list, help_text="Inputs like it."
    )
    with_found = serializers.BooleanField(
        required=False, default=True, help_text="Also the input it was spotted in; never a test case."
    )
    judge = Reference(
        find_scorer_version,
        "check",
        required=False,
        allow_null=True,
        default=None,
        help_text="slug or slug@number of the check that says whether a try succeeded; null: a person does.",
    )
    target = serializers.FloatField(
        default=FIRST_TARGET, min_value=0.01, max_value=0.99, help_text="Share that shall succeed."
    )


class JudgeBody(Body):
    response = Reference(find_try, "answer", help_text="Id of an answer of the newest tries.")
    good = serializers.BooleanField(help_text="Did it do what the discovery says?")


class MeasuresBody(Body):
    measures = serializers.ListField(
        child=Reference(find_scorer_version, "check"),
        min_length=1,
        max_length=20,
        help_text="slug or slug@number each; at least one of them continuous.",
    )


class DiscoveryMoveBody(Body):
    to = serializers.ChoiceField(choices=["reproduced", "characterised"])


class PackageBody(CallingBody):
    title = serializers.CharField(max_length=200)
    shall = serializers.CharField(max_length=4_000, help_text="What the model shall do.")
    rationale = serializers.CharField(max_length=4_000)
    threshold = serializers.FloatField(
        min_value=0.01, max_value=1, help_text="Share of cases that shall be right."
    )
    check = Reference(find_scorer_version, "check", help_text="slug or slug@number.")
    cases = serializers.ListField(
        child=RowPart(),
        min_length=1,
        max_length=MOST_CASES,
        help_text="Test cases that were not used to find it.",
    )
    capability = serializers.CharField(
        max_length=50, required=False, allow_blank=True, default="", help_text="Slug of one that is there."
    )
    capability_name = serializers.CharField(
        max_length=120, required=False, allow_blank=True, default="", help_text="Of a new one."
    )
    may_leave = serializers.BooleanField(
        required=False, default=False, help_text="May these go to competitors' APIs?"
    )


class RetryBody(Body):
    product = OwnedReference(find_product, "product", help_text="Key, e.g. VA.")
    version = Reference(find_version, "version", help_text="slug@name or an id of the new one.")
    cap = cap_field()
    cap_unit = serializers.ChoiceField(choices=Cap.choices, required=False, default=Cap.MONEY)


class RetriedSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField(help_text="Id of the round that makes the tries again.")


class RateSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(source="version.label")
    run = serializers.IntegerField(source="run.pk")
    good = serializers.IntegerField()
    judged = serializers.IntegerField(help_text="Tries with a word on them.")
    tries = serializers.IntegerField(source="run.total")
    point = serializers.FloatField(source="result.point", allow_null=True, default=None)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    moving = serializers.BooleanField(help_text="Tries are still being made.")
    proven = serializers.BooleanField(help_text="It reached the share wanted, even at the pessimistic end.")
    sentence = serializers.CharField()


class DiscoveryMeasureSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    run = serializers.IntegerField()
    scorer = serializers.CharField()
    continuous = serializers.BooleanField()
    unit = serializers.CharField()
    slice = serializers.CharField(source="part", help_text="Empty: all inputs.")
    n = serializers.IntegerField()
    point = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
