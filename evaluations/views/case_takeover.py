"""A task's own cases taken over: read where the task is installed, looked at, and added when somebody says so."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from config.people.access import requires
from evaluations.exporters import jsonl_rows
from evaluations.forms.datasets import TakeoverForm
from evaluations.models import Dataset
from evaluations.services.task_takeover import cases_of_task
from evaluations.views.case_import import Upload, as_record, preview, take_in
from evaluations.views.dataset_access import crumbs_of
from evaluations.views.deeds import attempt, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def dataset_takeover(request: HttpRequest, slug: str) -> HttpResponse:
    dataset = get_object_or_404(Dataset, slug=slug)
    if "carried" in request.POST:
        return take_in(request, dataset)
    form = TakeoverForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        found = attempt(
            form,
            lambda: cases_of_task(name=given["task"], arguments=given["arguments"] or {}, most=given["most"]),
        )
        if found:
            lines = "".join(jsonl_rows(as_record(row) for row in found.rows)).encode()
            return preview(request, dataset, Upload(f"{given['task']}.jsonl", lines), found=found)
    return _ask(request, dataset, form)


def _ask(request: HttpRequest, dataset: Dataset, form: forms.Form) -> HttpResponse:
    context = {
        "form": form,
        "title": "Take over a task’s cases",
        "intro": "The data set of a task of inspect-ai that is installed here. You see what was read before anything is added.",
        "crumbs": crumbs_of(dataset),
        "submit": "Look at them first",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


urlpatterns = [path("datasets/<slug:slug>/task/", dataset_takeover, name="dataset-takeover")]
