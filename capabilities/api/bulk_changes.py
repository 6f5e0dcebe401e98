"""One change of many requirements: looked at, made, taken back."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.owned import OwnedReference, OwnedViewSet
from capabilities.api.requirement_bodies import LONGEST_TEXT, active_person
from capabilities.models import BulkChange, Product, Requirement
from capabilities.queries.bulk_preview import SHOWN
from capabilities.queries.bulk_rows import Change, Plan
from capabilities.queries.products import judged_versions
from capabilities.queries.references import find_product
from capabilities.queries.requirements import filter_from, matching
from capabilities.services.bulk import change_many, undo_change
from capabilities.services.bulk_plan import plan_change
from capabilities.services.standings import catch_up
from config.api.bodies import Body, Reference, checked
from config.people.requests import person
from evaluations.models import Kind

MOVES = ("in_review", "deferred", "rejected", "retired", "draft")
MOST_KEYS = 10_000


class BulkChangeSerializer(serializers.ModelSerializer[BulkChange]):
    product = serializers.CharField(source="product.key", read_only=True)
    actor = serializers.CharField(source="actor.username", read_only=True, allow_null=True)

    class Meta:
        model = BulkChange
        fields = ("id", "product", "actor", "fields", "count", "created_at", "undone_at")
        read_only_fields = fields


class PlannedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()
    refusal = serializers.CharField()


class BulkCountsSerializer(serializers.Serializer[Any]):
    """How many would change, cannot follow, say that already."""

    changed = serializers.IntegerField()
    refused = serializers.IntegerField()
    same = serializers.IntegerField()


class PlanSerializer(serializers.Serializer[Plan]):
    """token: send it with the change, so that it is refused when rows changed since. changed, refused: the first 200 of each."""

    token = serializers.CharField()
    counts = serializers.SerializerMethodField()
    changed = serializers.SerializerMethodField()
    refused = serializers.SerializerMethodField()

    @extend_schema_field(BulkCountsSerializer)
    def get_counts(self, plan: Plan) -> dict[str, int]:
        return {"changed": len(plan.changed), "refused": len(plan.refused), "same": plan.same}

    @extend_schema_field(PlannedSerializer(many=True))
    def get_changed(self, plan: Plan) -> Any:
        return PlannedSerializer(plan.changed[:SHOWN], many=True).data

    @extend_schema_field(PlannedSerializer(many=True))
    def get_refused(self, plan: Plan) -> Any:
        return PlannedSerializer(plan.refused[:SHOWN], many=True).data


def _tags() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=40), default=list, max_length=50)


class BulkBody(Body):
    """Which requirements: `keys`, or `query` with the parameters of the list. What to change: whatever is named."""

    product = OwnedReference(find_product, "product", help_text="Key.")
    keys = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, max_length=MOST_KEYS
    )
    query = serializers.CharField(max_length=4_000, required=False, allow_blank=True)
    priority = serializers.ChoiceField(choices=Requirement.Priority.choices, required=False)
    intent = serializers.ChoiceField(choices=Requirement.Intent.choices, required=False)
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    owner = Reference(active_person, "person", required=False, allow_null=True, help_text="User name.")
    objective = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**31 - 1, help_text="Id in this product."
    )
    capability = serializers.SlugField(required=False, allow_null=True, help_text="Slug in this product.")
    target = serializers.CharField(max_length=80, required=False, allow_blank=True)
    add_tags = _tags()
    remove_tags = _tags()
    move = serializers.ChoiceField(choices=MOVES, default="")
    reason = serializers.CharField(max_length=LONGEST_TEXT, default="", allow_blank=True)
    token = serializers.CharField(max_length=64, default="", help_text="Of the preview.")
    leave_out = serializers.BooleanField(default=False, help_text="Leave out the rows that cannot follow.")


class BulkChangeViewSet(OwnedViewSet[BulkChange]):
    """Changes of many requirements at once."""

    queryset = BulkChange.objects.select_related("product", "actor").defer("rows").order_by("-id")
    serializer_class = BulkChangeSerializer
    filter_backends: list[Any] = []
    lookup_value_converter = "int"
    scopes = dict.fromkeys(("create", "preview", "undo"), "write")
    actions = dict.fromkeys(("create", "preview", "undo"), "write_requirements")

    @extend_schema(request=BulkBody, responses={201: BulkChangeSerializer})
    def create(self, request: Request) -> Response:
        """All of it or nothing; 422 names the rows that cannot follow."""
        fields = checked(BulkBody, request)
        made = change_many(
            actor=person(request),
            product=fields["product"],
            rows=_rows(fields),
            change=_change(fields),
            token=fields["token"],
            leave_out=fields["leave_out"],
        )
        return Response(BulkChangeSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=BulkBody, responses=PlanSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What it would change, and which rows cannot follow and why. Nothing is written."""
        fields = checked(BulkBody, request)
        plan = plan_change(fields["product"], _rows(fields), _change(fields), leave_out=fields["leave_out"])
        return Response(PlanSerializer(plan).data)

    @extend_schema(request=None, responses=BulkChangeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Put back exactly what it changed; 422 when somebody changed a row since."""
        return Response(BulkChangeSerializer(undo_change(actor=person(request), change=self.row)).data)


def _rows(fields: dict[str, Any]) -> QuerySet[Requirement]:
    product: Product = fields["product"]
    if ("keys" in fields) == ("query" in fields):
        raise ValidationError(
            {"keys": ["Name the requirements by keys, or by the list's query; one of both."]}
        )
    if "query" in fields:
        query = QueryDict(fields["query"].lstrip("?"))
        catch_up(product)
        found = matching(product, judged_versions(product, query.get("version", "")), filter_from(query))
        return product.requirements.filter(pk__in=found.values("requirement"))
    numbers = {}
    for key in fields["keys"]:
        prefix, _, number = key.upper().rpartition("-")
        if prefix != product.key or not number.isdecimal() or len(number) > 9:
            raise ValidationError({"keys": [f"{product.key} has no requirement “{key}”."]})
        numbers[int(number)] = key
    rows = product.requirements.filter(number__in=numbers)
    if missing := set(numbers) - set(rows.values_list("number", flat=True)):
        raise ValidationError({"keys": [f"{product.key} has no requirement “{numbers[min(missing)]}”."]})
    return rows


def _change(fields: dict[str, Any]) -> Change:
    product: Product = fields["product"]
    plain = {name: fields[name] for name in ("priority", "intent", "kind", "target") if name in fields}
    if "owner" in fields:
        plain["owner"] = fields["owner"].pk if fields["owner"] else None
    for name, key, rows in (
        ("capability", "slug", product.capabilities),
        ("objective", "pk", product.objectives),
    ):
        if name not in fields:
            continue
        found = rows.filter(**{key: fields[name]}).first() if fields[name] is not None else None
        if found is None and fields[name] is not None:
            raise ValidationError({name: [f"{product.key} has no {name} “{fields[name]}”."]})
        plain[name] = found.pk if found else None
    return Change(plain, fields["add_tags"], fields["remove_tags"], fields["move"], fields["reason"])
