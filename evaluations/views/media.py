"""A stored picture, sound or video, for whoever may read a dataset that uses it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from config.pages import problem
from config.people.access import demand, requires
from config.people.requests import person
from config.serving import content_reply, starts
from evaluations.importers.media import kind_of
from evaluations.models import Blob
from evaluations.queries.media import erased_words, used_media
from evaluations.services.exposures import record_media_exposure
from evaluations.views.case_attachments import attached_by


@require_safe
@requires("read")
def media(request: HttpRequest, sha256: str) -> HttpResponse:
    found = used_media(sha256)
    if found is None or not kind_of(found.blob.media_type):
        raise Http404
    # Content of a case that is still being written is there for whoever attached it, and for nobody else.
    if not found.datasets and not attached_by(request, sha256):
        raise Http404
    if found.datasets and not found.open:
        demand(request.user, "read_test")
    blob = found.blob
    if blob.purged_at:
        return problem(request, 410, "This content was erased", erased_words(blob), "erased")
    reply = content_reply(
        request,
        digest=sha256,
        media_type=blob.media_type,
        size=blob.size,
        read=lambda: Blob.objects.get(pk=blob.pk).content,
    )
    if found.datasets and not found.open and request.method == "GET" and starts(reply):
        record_media_exposure(user=person(request), datasets=found.datasets, via="media")
    return reply


urlpatterns = [path("media/<slug:sha256>", media, name="media")]
