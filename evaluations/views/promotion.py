"""From a sample to a case."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from config.people.access import requires
from config.people.requests import person
from evaluations.forms.promotion import PromotionForm
from evaluations.queries.runs import runs_with_related
from evaluations.services.promotion import promote_sample
from evaluations.views.deeds import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def run_promote(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(runs_with_related(), pk=pk)
    case = request.GET.get("case", "")
    form = PromotionForm(request.POST or None, initial={"key": case})
    if form.is_valid():
        made = attempt(
            form, lambda: promote_sample(actor=person(request), run=run, case_key=case, **form.cleaned_data)
        )
        if made:
            messages.success(request, f"“{made.key}” is in the draft of {made.version.dataset.name}.")
            return redirect("evaluations:dataset-detail", made.version.dataset.slug)
    samples = f"{reverse('evaluations:run-samples', args=[pk])}?case={case}"
    context = {
        "form": form,
        "title": f"Make “{case}” a case",
        "intro": "Input, target and metadata are copied, with the run they come from.",
        "crumbs": [(reverse("evaluations:run-detail", args=[pk]), f"Run {pk}"), (samples, "Samples")],
        "submit": "Add to the draft",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


urlpatterns = [path("runs/<int:pk>/promote/", run_promote, name="run-promote")]
