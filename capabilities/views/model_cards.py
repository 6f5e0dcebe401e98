"""The card of a model's version, to read, print and take along."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.exporters.card_markdown import card_markdown
from capabilities.queries.model_cards import model_card, sorted_out
from capabilities.queries.products import find_version
from capabilities.views.briefs import markdown_file
from config.people.access import requires
from config.people.requests import person


@require_safe
@requires("read")
def card(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    version = find_version(f"{slug}@{name}")
    if version is None:
        raise Http404(f"There is no version {slug}@{name}.")
    found = model_card(person(request), version)
    file = f"{slug}-{name}-card".replace("/", "-").replace('"', "")
    if request.GET.get("format") == "markdown":
        return markdown_file(file, card_markdown(found))
    if request.GET.get("format") == "json":
        headers = {"Content-Disposition": f'attachment; filename="{file}.json"'}
        return JsonResponse(found, headers=headers)
    context = {
        "card": found,
        "groups": sorted_out(found),
        "model": version.model,
        "markdown": card_markdown(found),
    }
    return render(request, "capabilities/model_card.html", context)


urlpatterns = [path("models/<slug:slug>/versions/<path:name>/card/", card, name="model-card")]
