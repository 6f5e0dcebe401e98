"""Briefs of requirements and cards of models, as their pages tell them."""

from functools import cached_property
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.owned import role_of
from capabilities.api.requirement_bodies import VersionQuery
from capabilities.api.requirements import detail_of, versions_for
from capabilities.exporters.brief_markdown import brief_markdown
from capabilities.exporters.card_markdown import card_markdown
from capabilities.models import Requirement
from capabilities.queries.briefs import briefs_of, failing_samples, with_samples
from capabilities.queries.model_cards import model_card
from capabilities.queries.products import find_version
from capabilities.queries.states import requirement_states
from config.people.permissions import holds_scope
from config.people.requests import person
from evaluations.services.exposures import record_exposure

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Of the requirement, e.g. VA-12.")
SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="Of the model.")
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="Of the version.")


class BriefSerializer(serializers.Serializer[Any]):
    brief = serializers.DictField(help_text="What it asks, each criterion with its verdict and what fails.")
    markdown = serializers.CharField()


class CardSerializer(serializers.Serializer[Any]):
    card = serializers.DictField(
        help_text="What it is, verdicts, evaluations, reliability, what was not measured."
    )
    markdown = serializers.CharField()


class RequirementBrief(APIView):
    """A requirement to hand on."""

    @cached_property
    def requirement(self) -> Requirement:
        return detail_of(self.request, self.kwargs["key"])

    def role_for(self, request: Request) -> str | None:
        return role_of(request, self.requirement.product)

    @extend_schema(parameters=[KEY, VersionQuery], responses=BriefSerializer)
    def get(self, request: Request, key: str) -> Response:
        """What it asks, whether it holds and what fails. Content of test samples needs `read_test`; each such reading is recorded."""
        versions = versions_for(request, self.requirement.product)
        [state] = requirement_states([self.requirement], versions)
        samples = failing_samples(state, may_read_test=holds_scope(request, "read_test"))
        for one in samples.values():
            if one.content:
                record_exposure(
                    user=person(request),
                    dataset_version=one.run.evaluation_version.dataset_version,
                    run=one.run,
                    samples=len(one.rows),
                    via="api",
                )
        [brief] = briefs_of([state])
        brief = with_samples(brief, samples)
        return Response(BriefSerializer({"brief": brief, "markdown": brief_markdown(brief)}).data)


class ModelCard(APIView):
    """The card of a model's version."""

    @extend_schema(parameters=[SLUG, NAME], responses=CardSerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """What it is and what it was shown to do, with verdicts of the products one may see."""
        version = find_version(f"{slug}@{name}")
        if version is None:
            raise Http404
        card = model_card(person(request), version)
        return Response(CardSerializer({"card": card, "markdown": card_markdown(card)}).data)
