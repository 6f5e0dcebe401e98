"""A baseline beside another one, beside what is agreed now, or beside what was agreed on a day."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.models import Revision
from capabilities.queries.baseline_compare import KINDS, compare, comparison_record, other_side, side_of
from capabilities.views.access import baseline_or_404
from capabilities.views.compare_files import comparison_csv, comparison_markdown
from config.people.access import requires
from config.web import page_of

PAGE_ROWS = 100


@require_safe
@requires("read")
def baseline_compare(request: HttpRequest, key: str) -> HttpResponse:
    """?with=R3, now or 2026-11-01; ?show=added,changed; ?change=loosened; ?format=markdown, csv or json."""
    baseline = baseline_or_404(request, key)
    asked = request.GET.get("with", "now")
    other = other_side(baseline, asked)
    if other is None:
        raise Http404(f"There is nothing called “{asked[:40]}” to compare {baseline.key} with.")
    found = compare(side_of(baseline), other)
    kinds, change = _words(request, "show"), request.GET.get("change", "")
    rows = found.shown(kinds, change)
    wanted = request.GET.get("format", "")
    if wanted in {"markdown", "csv", "json"}:
        name = f"{found.a.name}-{found.b.name}.{'md' if wanted == 'markdown' else wanted}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if wanted == "json":
            return JsonResponse(comparison_record(found, rows), headers=headers)
        if wanted == "csv":
            return HttpResponse(comparison_csv(rows), content_type="text/csv; charset=utf-8", headers=headers)
        return HttpResponse(comparison_markdown(found, rows), content_type="text/markdown; charset=utf-8")
    context = {
        "baseline": baseline,
        "comparison": found,
        "page": page_of(request, rows, PAGE_ROWS),
        "others": baseline.product.baselines.exclude(pk=baseline.pk),
        "with": asked or "now",
        "day": asked if asked[:1].isdigit() else "",
        "today": timezone.now().date(),
        "kinds": [(kind, label, found.counts[kind], kind in kinds) for kind, label in KINDS.items()],
        "changes": [
            (kind, Revision.ChangeKind(kind).label, count)
            for kind, count in sorted(found.change_kinds.items())
        ],
        "change": change,
        "is_past": other.at < timezone.now() and asked[:1].isdigit(),
        "markdown": comparison_markdown(found, rows),
    }
    return render(request, "capabilities/baseline_compare.html", context)


def _words(request: HttpRequest, name: str) -> list[str]:
    return [word for word in request.GET.get(name, "").split(",") if word in KINDS]


urlpatterns = [path("baselines/<slug:key>/compare/", baseline_compare, name="baseline-compare")]
