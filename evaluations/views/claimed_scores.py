"""What vendors claim: the list, a new one, and taking one back."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of, page_or_partial, safe_next
from evaluations.forms.claimed_scores import ClaimForm
from evaluations.models import ClaimedScore, Evaluation, Model
from evaluations.queries.claimed_scores import as_record, beside, claims_matching
from evaluations.queries.references import find_model_version
from evaluations.services.claimed_scores import enter_claim, withdraw_claim
from evaluations.views.deeds import act, attempt, status_of
from evaluations.views.exports import list_file, wants_file

LIST = "evaluations:claimed-score-list"
PAGE, TABLE = "evaluations/claimed_score_list.html", "evaluations/claimed_score_table.html"
FILTERS = ("model", "evaluation", "state", "q")
STATES = [("standing", "Standing"), ("withdrawn", "Withdrawn")]
COLUMNS = (
    "id", "version", "evaluation", "scorer", "benchmark", "metric", "claimed", "unit", "source", "claimed_on", "conditions",
    "claimed_n", "standard_error", "direction", "log",
    "measured_here", "low", "high", "n", "run", "claimed_less_measured", "entered_by", "created_at", "withdrawn_at",
    "withdrawn_reason",
)  # fmt: skip


@require_safe
@requires("read")
def claimed_score_list(request: HttpRequest) -> HttpResponse:
    """?model=, ?evaluation= (slugs), ?state=standing or withdrawn, ?q=; ?format=csv or json."""
    wanted = {name: request.GET.get(name, "") for name in FILTERS}
    rows = claims_matching(wanted)
    if wants_file(request):
        return list_file(request, "claimed-scores", rows, COLUMNS, _values)
    page = page_of(request, rows)
    context = {
        "page": page,
        "rows": beside(list(page.object_list)),
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "models": Model.objects.filter(versions__claimed_scores__isnull=False).distinct().order_by("name"),
        "evaluations": Evaluation.objects.filter(claimed_scores__isnull=False).distinct().order_by("name"),
        "states": STATES,
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, page_or_partial(request, PAGE, TABLE), context)


def _values(rows: Sequence[ClaimedScore]) -> list[list[Any]]:
    return [[record[name] for name in COLUMNS] for record in map(as_record, beside(rows))]


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def claimed_score_new(request: HttpRequest) -> HttpResponse:
    """?version=slug@name, ?measure=evaluation.scorer and ?next= fill it in."""
    version = find_model_version(request.GET.get("version", ""))
    initial = {"version": version.pk if version else None, "measure": request.GET.get("measure", "")}
    form = ClaimForm(request.POST or None, initial=initial)
    back = safe_next(request, LIST)
    if form.is_valid():
        given = form.cleaned_data["version"]
        if attempt(form, lambda: enter_claim(actor=person(request), version=given, **form.stated())):
            return redirect(back)
    context = {
        "form": form,
        "title": "Enter a vendor’s claim",
        "intro": "It is shown as claimed, with its source, beside what is measured here. No verdict, rank or gate counts it.",
        "submit": "Enter it",
        "crumbs": [(reverse(LIST), "Vendors’ claims")] + ([(back, "Back")] if back != reverse(LIST) else []),
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_POST
@requires("write_facts")
def claimed_score_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    claim = get_object_or_404(ClaimedScore, pk=pk)
    reason = request.POST.get("reason", "")
    act(
        request,
        "The claim is withdrawn; the list of claims keeps it with the reason.",
        lambda: withdraw_claim(actor=person(request), claim=claim, reason=reason),
    )
    return redirect(safe_next(request, LIST))


urlpatterns = [
    path("claimed-scores/", claimed_score_list, name="claimed-score-list"),
    path("claimed-scores/new/", claimed_score_new, name="claimed-score-new"),
    path("claimed-scores/<int:pk>/withdraw/", claimed_score_withdraw, name="claimed-score-withdraw"),
]
