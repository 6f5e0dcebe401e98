"""Expectations: ranges recorded before a result, beside what was found. Written once, never changed."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import OwnedReference, role_of
from capabilities.models import Criterion, Requirement
from capabilities.queries.calibration import Calibration, by_person, calibration
from capabilities.queries.expectation_records import as_record
from capabilities.queries.expectations import STANDINGS, expectations_of, expectations_shown, readings
from capabilities.queries.products import find_version
from capabilities.queries.references import find_product, find_requirement
from capabilities.services.expectations import LONGEST_NOTE, record_expectation
from config.api.bodies import Body, Reference, asked, checked
from config.people.requests import person
from evaluations.queries.references import find_model
from evaluations.statistics import Honesty


class ExpectationQuery(serializers.Serializer[Any]):
    product = OwnedReference(find_product, "product", help_text="Key.")
    state = serializers.ChoiceField(choices=list(STANDINGS), required=False)
    author = serializers.CharField(required=False, max_length=150, help_text="Name of the account.")
    version = Reference(find_version, "version", required=False, help_text="slug@name or an id.")


class ExpectationSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField()
    criterion = serializers.CharField()
    words = serializers.CharField()
    version = serializers.CharField(allow_null=True, help_text="None while the next version is not there.")
    next_of = serializers.CharField(allow_null=True, help_text="The model, where the next version was meant.")
    author = serializers.CharField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    confidence = serializers.FloatField()
    note = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=list(STANDINGS))
    found = serializers.FloatField(allow_null=True)
    found_low = serializers.FloatField(allow_null=True)
    found_high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    difference = serializers.BooleanField(help_text="Whether the numbers are ours − theirs.")
    n = serializers.IntegerField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    reaches = serializers.BooleanField(
        help_text="Found outside, but its plausible range reaches what was expected."
    )
    sentence = serializers.CharField()


class CalibrationSerializer(serializers.Serializer[Any]):
    author = serializers.CharField(allow_null=True, help_text="None for everybody together.")
    held = serializers.IntegerField()
    settled = serializers.IntegerField()
    results = serializers.IntegerField(help_text="How many results the settled ones speak of.")
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    stated = serializers.FloatField(allow_null=True, help_text="How sure they were, on average.")
    grade = serializers.ChoiceField(choices=[str(one) for one in Honesty])
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="By state.")
    sentence = serializers.CharField()


class ExpectationsSerializer(serializers.Serializer[Any]):
    overall = CalibrationSerializer()
    people = CalibrationSerializer(many=True)
    expectations = ExpectationSerializer(many=True)


class ExpectationBody(Body):
    requirement = OwnedReference(find_requirement, "requirement", help_text="Key, e.g. VA-12.")
    criterion = serializers.CharField(max_length=10, help_text="Key, e.g. AC-1, of the agreed revision.")
    version = Reference(find_version, "version", required=False, help_text="slug@name or an id.")
    next_of = Reference(
        find_model, "model", required=False, help_text="Slug: of its next version, in place of a version."
    )
    low = serializers.FloatField(help_text="In the criterion's unit; a rate is a fraction.")
    high = serializers.FloatField()
    confidence = serializers.FloatField(
        default=0.8, min_value=0.5, max_value=0.999, help_text="How sure you are that the range holds."
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("version" in attrs) == ("next_of" in attrs):
            raise ValidationError({"version": ["Name either a version, or with next_of a model."]})
        return attrs


class Expectations(APIView):
    """What people expected of versions before they were measured."""

    scopes = {"POST": "write"}
    actions = {"POST": "read"}

    def role_for(self, request: Request) -> str | None:
        if request.method != "POST":
            return None
        key = request.data.get("requirement") if isinstance(request.data, dict) else None
        requirement = find_requirement(person(request), key) if isinstance(key, str) else None
        return role_of(request, requirement.product if requirement else None)

    @extend_schema(parameters=[ExpectationQuery], responses=ExpectationsSerializer)
    def get(self, request: Request) -> Response:
        """All of a product, the newest first, each beside what was found; and how often ranges held."""
        query = asked(ExpectationQuery, request)
        every = expectations_of(query["product"])
        version = query.get("version")
        rows = [
            one
            for one in every
            if query.get("state") in {None, one.standing}
            and query.get("author") in {None, one.expectation.author.username}
            and (version is None or (one.version is not None and one.version.pk == version.pk))
        ]
        body = {
            "overall": _told(calibration(every)),
            "people": [_told(one) for one in by_person(every)],
            "expectations": [as_record(one) for one in rows],
        }
        return Response(ExpectationsSerializer(body).data)

    @extend_schema(request=ExpectationBody, responses={201: ExpectationSerializer})
    def post(self, request: Request) -> Response:
        """Say what you expect of a version before its first result, 422 after it. It cannot be changed."""
        given = checked(ExpectationBody, request)
        made = record_expectation(
            actor=person(request),
            criterion=_agreed(given["requirement"], given["criterion"]),
            of=given.get("version") or given["next_of"],
            low=given["low"],
            high=given["high"],
            confidence=given["confidence"],
            note=given["note"],
        )
        reading = readings(expectations_shown().filter(pk=made.pk))[0]
        return Response(ExpectationSerializer(as_record(reading)).data, status.HTTP_201_CREATED)


def _agreed(requirement: Requirement, key: str) -> Criterion:
    found = (
        Criterion.objects.filter(revision__requirement=requirement, revision__status="approved", key=key)
        .select_related("revision__requirement__product")
        .first()
    )
    if found is None:
        raise Http404(f"{requirement.key} has no agreed criterion {key}.")
    return found


def _told(one: Calibration) -> dict[str, Any]:
    held = one.held
    return {
        "author": one.person.username if one.person else None,
        "held": held.held,
        "settled": held.n,
        "results": held.results,
        "share": held.share,
        "low": held.interval.low if held.interval else None,
        "high": held.interval.high if held.interval else None,
        "stated": one.stated,
        "grade": str(one.grade),
        "counts": dict(one.counts),
        "sentence": one.sentence,
    }
