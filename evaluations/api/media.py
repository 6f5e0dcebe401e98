"""Pictures, sound and video: kept by their hash, given to whoever may read a dataset that uses them."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from config.api.lines import body_pieces
from config.errors import Gone, TooLarge
from config.people.access import sentence
from config.people.permissions import holds_scope
from config.people.requests import person
from config.serving import content_reply, starts
from evaluations.importers.media import ENDINGS, kind_of
from evaluations.models import Blob
from evaluations.queries.media import UsedMedia, erased_words, used_media
from evaluations.services.exposures import record_media_exposure
from evaluations.services.media import StoredMedia, store_media

FORM_OVERHEAD = 64 * 1024


class MediaSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField(help_text="What cases name it by, in `attachments`.")
    media_type = serializers.ChoiceField(choices=list(ENDINGS), help_text="As read from the bytes.")
    size = serializers.IntegerField(help_text="Bytes.")
    width = serializers.IntegerField(help_text="Pixels; 0 for sound and video.")
    height = serializers.IntegerField(help_text="Pixels; 0 for sound and video.")
    seconds = serializers.FloatField(allow_null=True, help_text="Null where the file does not say.")


class MediaBody(serializers.Serializer[Any]):
    file = serializers.FileField()


class MediaViewSet(ViewSet):
    """Pictures, sound and video that cases use."""

    parser_classes = (MultiPartParser,)
    lookup_field = "sha256"
    lookup_value_converter = "slug"
    scopes = {"create": "write"}

    @extend_schema(
        request={"multipart/form-data": MediaBody, "application/octet-stream": OpenApiTypes.BINARY}
        | dict.fromkeys(ENDINGS, OpenApiTypes.BINARY),
        responses={201: MediaSerializer},
    )
    def create(self, request: Request) -> Response:
        """Keep a picture, a sound or a video; the same bytes again answer the same.

        Raw, or as the field `file` of a form. What it is is read from the bytes, whatever content type is claimed. 413 when it is too
        large, 422 `bad_media` when it is none of the kinds or broken, 410 when the same content was erased.
        """
        stored = store_media(data=_sent(request))
        return Response(MediaSerializer(_shown(stored)).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in ENDINGS}
        | {(206, media_type): OpenApiTypes.BINARY for media_type in ENDINGS}
        | {304: None, 416: None}
    )
    def retrieve(self, request: Request, sha256: str) -> HttpResponse:
        """The content, or the stretch that `Range` asks for. Of test cases it needs `read_test`, and each reading is recorded."""
        found = used_media(sha256)
        if found is None or not found.datasets or not kind_of(found.blob.media_type):
            raise Http404
        if not found.open and not holds_scope(request, "read_test"):
            raise PermissionDenied(sentence("read_test"))
        if found.blob.purged_at:
            raise Gone(erased_words(found.blob))
        return _content(request, found)


def _sent(request: Request) -> bytes:
    cap = settings.MAX_MEDIA_BYTES
    if not (request.content_type or "").startswith("multipart/"):
        return b"".join(body_pieces(request, cap))
    if int(request.META.get("CONTENT_LENGTH") or 0) > cap + FORM_OVERHEAD:
        raise TooLarge(f"The form is larger than {cap >> 20} MB. Send one smaller file at a time.")
    file = request.FILES.get("file")
    if file is None:
        raise ValidationError({"file": ["Send the content as the field “file” of the form."]})
    content: bytes = file.read()
    return content


def _shown(stored: StoredMedia) -> dict[str, Any]:
    media = stored.media
    return {
        "sha256": stored.sha256,
        "media_type": media.media_type,
        "size": stored.size,
        "width": media.width,
        "height": media.height,
        "seconds": media.seconds,
    }


def _content(request: Request, found: UsedMedia) -> HttpResponse:
    blob = found.blob
    reply = content_reply(
        request._request,
        digest=blob.sha256,
        media_type=blob.media_type,
        size=blob.size,
        read=lambda: Blob.objects.get(pk=blob.pk).content,
    )
    if not found.open and starts(reply):
        record_media_exposure(user=person(request), datasets=found.datasets, via="api")
    return reply
