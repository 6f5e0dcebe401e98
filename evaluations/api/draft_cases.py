"""Single cases of a dataset's draft: put in or written anew, moved, taken out."""

import json
from io import BytesIO
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.bodies import Body, checked
from config.errors import Refused
from config.people.requests import person
from evaluations.importers import CaseRow, read_cases
from evaluations.models import Dataset, DatasetVersion, DatasetVersionCase
from evaluations.queries.datasets import place_of
from evaluations.services.datasets import remove_case
from evaluations.services.draft_cases import move_case, put_case

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="The case's key.")
MOST = 2**31 - 1


class PutCaseBody(Body):
    """A case as docs/files.md describes a line of JSONL, without its key."""

    input = serializers.JSONField()
    target = serializers.JSONField(required=False, allow_null=True)
    slices = serializers.DictField(required=False)
    cluster = serializers.CharField(required=False, allow_blank=True)
    metadata = serializers.DictField(required=False)
    attachments = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="SHA-256 of media that are kept here."
    )
    place = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        required=False,
        help_text="From 1; without it a new case goes to the end and another stays where it is.",
    )


class MoveCaseBody(Body):
    place = serializers.IntegerField(min_value=1, max_value=MOST, help_text="From 1.")


class DraftCaseSerializer(serializers.Serializer[Any]):
    """Where a case of the draft stands. Its content is read at `cases/`."""

    key = serializers.CharField()
    hash = serializers.CharField()
    version = serializers.IntegerField(help_text="Number of the draft.")
    place = serializers.IntegerField(help_text="From 1.")


class DraftCase(APIView):
    """A case of the draft, by its key. A published version never changes: open a draft first."""

    scopes = {"PUT": "write", "PATCH": "write", "DELETE": "write"}

    @extend_schema(
        parameters=[KEY],
        request=PutCaseBody,
        responses={200: DraftCaseSerializer, 201: DraftCaseSerializer},
    )
    def put(self, request: Request, slug: str, key: str) -> Response:
        """Put a case in (201), or write the one of this key anew (200); published versions keep theirs."""
        draft = _draft_of(slug)
        body = checked(PutCaseBody, request)
        place = body.pop("place", None)
        entry, new = put_case(actor=person(request), version=draft, row=_row(key, body), place=place)
        code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Response(_shown(draft, entry, place_of(entry)), status=code)

    @extend_schema(parameters=[KEY], request=MoveCaseBody, responses=DraftCaseSerializer)
    def patch(self, request: Request, slug: str, key: str) -> Response:
        """Move it; the others keep their order."""
        draft = _draft_of(slug)
        place = move_case(
            actor=person(request), version=draft, key=key, place=checked(MoveCaseBody, request)["place"]
        )
        entry = draft.entries.select_related("case").get(key=key)
        return Response(_shown(draft, entry, place))

    @extend_schema(parameters=[KEY], responses={204: None})
    def delete(self, request: Request, slug: str, key: str) -> Response:
        """Take it out of the draft; published versions keep it."""
        remove_case(actor=person(request), version=_draft_of(slug), key=key)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _draft_of(slug: str) -> DatasetVersion:
    dataset = get_object_or_404(Dataset, slug=slug)
    draft = dataset.versions.filter(frozen_at=None).first()
    if draft is None:
        raise Refused(
            f"Every version of {slug} is published and cannot change. Open a draft with POST /datasets/{slug}/draft/.",
            code="no_draft",
        )
    return draft


def _row(key: str, body: dict[str, Any]) -> CaseRow:
    """Read as a line of JSONL is. Raises Refused with the reason."""
    line = json.dumps({**body, "key": key}, ensure_ascii=False).encode()
    found = read_cases(BytesIO(line), "case.jsonl")
    if not found.rows:
        raise Refused(found.problems[0].reason, code="bad_case")
    return found.rows[0]


def _shown(draft: DatasetVersion, entry: DatasetVersionCase, place: int) -> Any:
    shown = {"key": entry.key, "hash": entry.case.hash, "version": draft.number, "place": place}
    return DraftCaseSerializer(shown).data
