"""The profile of a version of a model: strengths, limits, what nobody measured, and what became of it since earlier versions."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from capabilities.api.briefs import NAME, SLUG
from capabilities.queries.products import find_version
from capabilities.services.version_profiles import MOST_EARLIER, version_profile
from config.api.bodies import asked
from config.people.requests import person
from evaluations.models import ModelVersion


class ProfileQuery(serializers.Serializer[Any]):
    against = serializers.CharField(
        required=False,
        default="",
        max_length=1_000,
        help_text=f"Names of other versions of the model, separated by commas, at most {MOST_EARLIER}; without it none.",
    )


class ProfileSerializer(serializers.Serializer[Any]):
    profile = serializers.DictField(
        help_text="Met, not met, open and unmeasured criteria, leads and trails beyond doubt, worst slices, reliability, trends; "
        "`claimed`: what the vendor claims, not measured here."
    )


class ModelProfile(APIView):
    """What a version is good at, where it falls short and what nobody measured."""

    @extend_schema(parameters=[SLUG, NAME, ProfileQuery], responses=ProfileSerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """Of ours by their verdicts, of a rival or a rule set by the same criteria; with trends since the versions named."""
        version = find_version(f"{slug}@{name}")
        if version is None:
            raise Http404
        earlier = _earlier(version, asked(ProfileQuery, request)["against"])
        return Response(
            ProfileSerializer({"profile": version_profile(person(request), version, earlier)}).data
        )


def _earlier(version: ModelVersion, text: str) -> list[ModelVersion]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) > MOST_EARLIER:
        raise ValidationError({"against": [f"At most {MOST_EARLIER} versions stand side by side with one."]})
    found = {one.name: one for one in version.model.versions.filter(name__in=names).select_related("model")}
    if unknown := [name for name in names if name not in found or name == version.name]:
        raise ValidationError({"against": [f"“{unknown[0][:80]}” is no other version of this model."]})
    return [found[name] for name in names]
