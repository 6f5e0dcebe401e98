"""What a round changed, to read and to take along."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_safe

from capabilities.exporters.round_markdown import round_markdown
from capabilities.queries.round_summaries import as_record, cost_words, move_words, round_summary
from capabilities.views.briefs import markdown_file
from config.people.access import requires
from config.people.requests import person
from evaluations.models import Round


@require_safe
@requires("read")
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    found = round_summary(person(request), get_object_or_404(Round.objects.select_related("suite"), pk=pk))
    text = round_markdown(as_record(found))
    if request.GET.get("format") == "markdown":
        return markdown_file(f"round-{pk}-summary", text)
    context = {
        "round": found.facts.round,
        "summary": found,
        "moves": [(move, move_words(move)) for move in found.facts.moves],
        "cost": cost_words(found.facts),
        "markdown": text,
    }
    return render(request, "capabilities/round_summary.html", context)


urlpatterns = [path("rounds/<int:pk>/summary/", summary, name="round-summary")]
