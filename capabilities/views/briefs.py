"""A requirement to hand on: one page, print or Markdown; and everything a list shows as one Markdown."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.exporters.brief_markdown import brief_markdown, briefs_markdown
from capabilities.middleware import current_versions
from capabilities.queries.briefs import briefs, briefs_of, failing_samples, with_samples
from capabilities.queries.requirements import filter_from, requirement_list
from capabilities.queries.states import requirement_states
from capabilities.services.standings import catch_up
from capabilities.views.access import product_or_404, requirement_or_404
from capabilities.views.past_list import refused_past
from config.people.access import may, requires
from evaluations.views.content import note_exposure

MOST = 200


@require_safe
@requires("read")
def requirement_brief(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    [state] = requirement_states([requirement], current_versions(request))
    samples = failing_samples(state, may_read_test=may(request.user, "read_test"))
    for one in samples.values():
        note_exposure(request, one.run, len(one.rows), content=one.content)
    [brief] = briefs_of([state])
    brief = with_samples(brief, samples)
    if request.GET.get("format") == "markdown":
        return markdown_file(f"{requirement.key.lower()}-brief", brief_markdown(brief))
    context = {"brief": brief, "requirement": requirement, "markdown": brief_markdown(brief)}
    return render(request, "capabilities/requirement_brief.html", context)


@require_safe
@requires("read")
def requirement_briefs(request: HttpRequest) -> HttpResponse:
    """What the list shows, without samples; at most 200."""
    if refusal := refused_past(request):
        return refusal
    product = product_or_404(request)
    versions = current_versions(request)
    catch_up(product)
    states = requirement_list(product, versions, filter_from(request.GET))
    shown = [state.requirement for state in states[:MOST]]
    cut = f" (the first {MOST} of {len(states)})" if len(states) > MOST else ""
    text = briefs_markdown(f"{product.name}: requirements{cut}", briefs(shown, versions))
    return markdown_file(f"{product.key.lower()}-briefs", text)


def markdown_file(name: str, text: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.md"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


urlpatterns = [
    path("requirements/briefs/", requirement_briefs, name="requirement-briefs"),
    path("requirements/<slug:key>/brief/", requirement_brief, name="requirement-brief"),
]
