"""Requirements as files that can be edited and imported again: what the list shows, or the whole product for git."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.exporters.requirements_csv import requirements_csv
from capabilities.exporters.requirements_json import document_text
from capabilities.exporters.requirements_markdown import requirements_markdown
from capabilities.middleware import current_versions
from capabilities.queries.requirement_files import product_document, written_requirements
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.services.standings import catch_up
from capabilities.views.access import product_or_404
from capabilities.views.past_list import refused_past
from config.people.access import requires

ENDINGS = {
    "csv": ("csv", "text/csv"),
    "markdown": ("md", "text/markdown"),
    "json": ("json", "application/json"),
}


@require_safe
@requires("read")
def requirement_export(request: HttpRequest) -> HttpResponse:
    """?format=csv and markdown follow the filters of the list; json is the whole product."""
    if refusal := refused_past(request):
        return refusal
    product = product_or_404(request)
    kind = request.GET.get("format", "csv")
    if kind not in ENDINGS:
        raise Http404("format= is csv, markdown or json.")
    ending, content_type = ENDINGS[kind]
    headers = {"Content-Disposition": f'attachment; filename="{product.key.lower()}-requirements.{ending}"'}
    content_type = f"{content_type}; charset=utf-8"
    if kind == "json":
        return HttpResponse(
            document_text(product_document(product)), content_type=content_type, headers=headers
        )
    catch_up(product)
    states = requirement_list(product, current_versions(request), filter_from(request.GET))
    rows = written_requirements([state.requirement for state in states])
    lines = (
        requirements_csv(rows)
        if kind == "csv"
        else requirements_markdown(f"Requirements of {product.name}", rows)
    )
    return cast(HttpResponse, StreamingHttpResponse(lines, content_type=content_type, headers=headers))


urlpatterns = [path("requirements/export/", requirement_export, name="requirement-export")]
