"""Links between requirements, and what each rests on over all steps."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from capabilities.api.criteria import KEY, OfRequirement
from capabilities.api.owned import OwnedReference
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import versions_for
from capabilities.models import Link, Outcome, Requirement
from capabilities.queries.links import Branch, Tree, dependency_tree, links_of
from capabilities.queries.products import visible_products
from capabilities.queries.references import find_requirement
from capabilities.services.links import add_link, confirm_link, remove_link
from config.api.bodies import Body, checked
from config.people.requests import person

LINK = OpenApiParameter("link", int, OpenApiParameter.PATH)


class OtherSerializer(serializers.Serializer[Any]):
    """The requirement at the other end, where it stands now."""

    key = serializers.CharField(source="requirement.key")
    title = serializers.CharField(source="revision.title")
    lifecycle = serializers.ChoiceField(source="requirement.lifecycle", choices=Requirement.Lifecycle.choices)
    verdict = serializers.ChoiceField(source="outcome", choices=Outcome.choices)
    freshness = serializers.CharField()


class LinkSerializer(serializers.Serializer[Any]):
    """A link as the asked requirement sees it."""

    id = serializers.IntegerField(source="link.id")
    kind = serializers.ChoiceField(source="link.kind", choices=Link.Kind.choices)
    direction = serializers.SerializerMethodField(
        help_text="out: it points to the other; in: the other to it."
    )
    words = serializers.CharField()
    other = OtherSerializer()
    note = serializers.CharField(source="link.note")
    suspect = serializers.BooleanField(help_text="The text it points to changed since it was confirmed.")
    revision_seen = serializers.IntegerField(source="link.revision")
    revision_now = serializers.IntegerField(source="now_revision")
    created_by = serializers.CharField(source="link.created_by.username", default=None, allow_null=True)
    created_at = serializers.DateTimeField(source="link.created_at")
    confirmed_by = serializers.CharField(source="link.confirmed_by.username", default=None, allow_null=True)
    confirmed_at = serializers.DateTimeField(source="link.confirmed_at")

    def get_direction(self, row: Any) -> str:
        return "out" if row.outward else "in"


class LinksSerializer(serializers.Serializer[Any]):
    links = LinkSerializer(source="rows", many=True)
    hidden = serializers.IntegerField(help_text="How many it points to that you may not see.")


class LinkBody(Body):
    kind = serializers.ChoiceField(choices=Link.Kind.choices)
    target = OwnedReference(find_requirement, "requirement", help_text="Key, e.g. VA-3.")
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class StepSerializer(serializers.Serializer[Any]):
    """A requirement reached. depth: 0 for a direct link; again: named further up with all below it."""

    depth = serializers.IntegerField()
    words = serializers.CharField()
    requirement = OtherSerializer()
    suspect = serializers.BooleanField()
    again = serializers.BooleanField()


class DependenciesSerializer(serializers.Serializer[Any]):
    """Both directions, depth first."""

    rests_on = StepSerializer(many=True)
    rests_on_this = StepSerializer(many=True)
    hidden = serializers.IntegerField(help_text="Ways that end at what you may not see.")


class RequirementLinks(OfRequirement):
    """The links of a requirement, from both ends."""

    scopes = {"POST": "write"}
    actions = {"POST": "write_requirements"}

    @extend_schema(parameters=[KEY, VersionQuery], responses=LinksSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Refines, depends on, conflicts with, duplicates; each with where the other stands."""
        return self.listed(request)

    @extend_schema(parameters=[KEY], request=LinkBody, responses={201: LinksSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Point to another requirement; circles, doubles and links to itself are refused."""
        add_link(actor=person(request), source=self.requirement, **checked(LinkBody, request))
        return self.listed(request, status.HTTP_201_CREATED)

    def listed(self, request: Request, code: int = status.HTTP_200_OK) -> Response:
        versions = versions_for(request, self.requirement.product)
        found = links_of(self.requirement, person(request), versions)
        return Response(LinksSerializer(found).data, status=code)


class OneLink(RequirementLinks):
    """A link of this requirement."""

    scopes = {"DELETE": "write", "POST": "write"}
    actions = {"DELETE": "write_requirements", "POST": "write_requirements"}
    http_method_names = ["delete", "options"]

    def found(self, request: Request) -> Link:
        seen = Link.objects.filter(target__product__in=visible_products(person(request)))
        rows = seen.select_related("source__product", "target__product")
        return get_object_or_404(rows, pk=self.kwargs["link"], source=self.requirement)

    @extend_schema(parameters=[KEY, LINK], responses={204: None})
    def delete(self, request: Request, key: str, link: int) -> Response:
        """Take a link away."""
        remove_link(actor=person(request), link=self.found(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LinkConfirmation(OneLink):
    """A suspect link that still holds."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="requirements_links_confirm",
        parameters=[KEY, LINK],
        request=None,
        responses=LinksSerializer,
    )
    def post(self, request: Request, key: str, link: int = 0) -> Response:
        """Say that the link holds although the text it points to changed."""
        confirm_link(actor=person(request), link=self.found(request))
        return self.listed(request)


class Dependencies(OfRequirement):
    """What a requirement rests on, and what rests on it."""

    @extend_schema(parameters=[KEY, VersionQuery], responses=DependenciesSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Over all steps of “depends on” and “refines”, each requirement once with all below it."""
        versions = versions_for(request, self.requirement.product)
        trees = [
            dependency_tree(self.requirement, person(request), versions, outward=outward)
            for outward in (True, False)
        ]
        down, up = (list(_steps(tree.branches, 0)) for tree in trees)
        hidden = sum(_hidden(tree) for tree in trees)
        reply = {"rests_on": down, "rests_on_this": up, "hidden": hidden}
        return Response(DependenciesSerializer(reply).data)


def _steps(branches: Any, depth: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for branch in branches:
        found.append(
            {
                "depth": depth,
                "words": branch.words,
                "requirement": branch.state,
                "suspect": branch.suspect,
                "again": branch.again,
            }
        )
        found += _steps(branch.below, depth + 1)
    return found


def _hidden(tree: Tree) -> int:
    return tree.hidden + sum(_hidden_below(branch) for branch in tree.branches)


def _hidden_below(branch: Branch) -> int:
    return branch.hidden + sum(_hidden_below(one) for one in branch.below)
