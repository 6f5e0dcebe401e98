"""A product's requirements as one document for git, and files of requirements brought in."""

from functools import cached_property
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import role_of
from capabilities.importers import (
    FORMATS,
    Limits,
    RequirementFile,
    is_field,
    read_document,
    read_requirements,
)
from capabilities.models import Product
from capabilities.queries.import_names import Wishes
from capabilities.queries.import_plan import plan_import
from capabilities.queries.references import find_product
from capabilities.queries.requirement_files import product_document
from capabilities.services.requirement_imports import import_requirements
from config.api.bodies import Body, checked
from config.people.requests import person

LIMITS = Limits(rows=500)
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Of the product, e.g. VA.")


class ExportSerializer(serializers.Serializer[Any]):
    format = serializers.CharField()
    schema = serializers.IntegerField()
    product = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.DictField())
    objectives = serializers.ListField(child=serializers.DictField())
    rival_sets = serializers.ListField(child=serializers.DictField())
    requirements = serializers.ListField(child=serializers.DictField())


class ImportBody(Body):
    """A file's text, or the document of an export."""

    format = serializers.ChoiceField(choices=list(FORMATS.items()), required=False, default="json")
    text = serializers.CharField(max_length=2_000_000, required=False, trim_whitespace=False)
    document = serializers.DictField(required=False, help_text="What the export answered, instead of a text.")
    columns = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text="What headings are read as, by heading; empty leaves one out.",
    )
    leave_out_unknown = serializers.BooleanField(required=False, default=False)
    only_good = serializers.BooleanField(
        required=False, default=False, help_text="Import the rows without mistakes and leave out the others."
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Say what would happen and store nothing."
    )
    scorers_not_measurable = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Criteria whose scorer is missing become “not measurable yet”.",
    )
    owners_nobody = serializers.BooleanField(required=False, default=False)
    other_product = serializers.BooleanField(
        required=False, default=False, help_text="Keep the numbers of another product's keys."
    )


class MistakeSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="In JSON the place in the list; 0 is the whole file.")
    reason = serializers.CharField()


class ImportedSerializer(serializers.Serializer[Any]):
    created = serializers.ListField(child=serializers.CharField(), help_text="Keys; titles in a dry run.")
    changed = serializers.ListField(child=serializers.CharField(), help_text="Keys.")
    unchanged = serializers.IntegerField()
    left_out = serializers.IntegerField()
    other_fingerprints = serializers.ListField(
        child=serializers.CharField(),
        help_text="Keys whose text here has another fingerprint than in the file.",
    )
    mistakes = MistakeSerializer(many=True)


class OfProduct(APIView):
    @cached_property
    def product(self) -> Product:
        if (found := find_product(person(self.request), self.kwargs["key"])) is None:
            raise Http404
        return found

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.product)


class ProductExport(OfProduct):
    """The requirements of a product for keeping in git."""

    @extend_schema(parameters=[KEY], responses=ExportSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The newest text of every requirement and what it hangs under, in a stable order; imported again, fingerprints are the same."""
        return Response(product_document(self.product))


class ProductImport(OfProduct):
    """Requirements from a file."""

    required_scope = "write"
    required_action = "write_requirements"

    @extend_schema(parameters=[KEY], request=ImportBody, responses=ImportedSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Everything or nothing: with mistakes 422 names each by line, unless only the good rows are asked for."""
        body = checked(ImportBody, request)
        file = _read(body)
        wishes = Wishes(**{name: body[name] for name in Wishes.__dataclass_fields__})
        if body["dry_run"]:
            return Response(ImportedSerializer(_planned(self.product, file, wishes)).data)
        done = import_requirements(
            actor=person(request), product=self.product, file=file, wishes=wishes, only_good=body["only_good"]
        )
        return Response(ImportedSerializer({**done.__dict__, "mistakes": []}).data)


def _read(body: dict[str, Any]) -> RequirementFile:
    if ("text" in body) == ("document" in body):
        raise ValidationError({"text": ["Send either the text of a file or the document of an export."]})
    if "document" in body:
        return read_document(body["document"], LIMITS)
    columns: dict[str, str | None] = dict(body.get("columns", {}))
    if wrong := [name for name in columns.values() if name is not None and not is_field(name)]:
        raise ValidationError({"columns": [f"“{wrong[0][:60]}” is no field."]})
    data = body["text"].encode("utf-8", "replace")
    found = read_requirements(data, body["format"], LIMITS, columns)
    if found.undecided and body["leave_out_unknown"]:
        columns |= dict.fromkeys(found.undecided, "")
        found = read_requirements(data, body["format"], LIMITS, columns)
    if found.undecided:
        names = ", ".join(f"“{name[:60]}”" for name in found.undecided[:12])
        raise ValidationError({"columns": [f"Say what these headings are, or leave them out: {names}."]})
    return found


def _planned(product: Product, file: RequirementFile, wishes: Wishes) -> dict[str, Any]:
    plan = plan_import(product, file, wishes)
    return {
        "created": [one.row.key or one.title for one in plan.good if one.requirement is None],
        "changed": [one.requirement.key for one in plan.good if one.requirement],
        "unchanged": plan.counts.get("unchanged", 0),
        "left_out": plan.counts.get("wrong", 0),
        "other_fingerprints": [],
        "mistakes": plan.mistakes,
    }
