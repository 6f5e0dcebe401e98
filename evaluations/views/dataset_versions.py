"""The steps of a dataset version's life: draft, published, retired; and its cases as a file."""

from collections.abc import Iterable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.people.access import demand, requires
from config.people.requests import person
from evaluations.exporters import csv_rows, jsonl_rows
from evaluations.forms.datasets import RetireForm
from evaluations.models import Dataset
from evaluations.queries.datasets import archive_of, case_rows, flat_columns, flat_rows
from evaluations.services.datasets import open_draft, publish_version, retire_version
from evaluations.views.dataset_access import crumbs_of, may_see, note_reading, version_or_404, version_url
from evaluations.views.deeds import act, attempt, status_of


@require_POST
@requires("write_facts")
def version_draft(request: HttpRequest, slug: str) -> HttpResponse:
    dataset = get_object_or_404(Dataset, slug=slug)
    draft = open_draft(actor=person(request), dataset=dataset)
    messages.success(request, f"Version {draft.number} is open for changes.")
    return redirect(version_url(draft))


@require_POST
@requires("write_facts")
def version_publish(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = version_or_404(slug, number)
    words = f"Version {number} is published. It never changes from now on."
    reason = request.POST.get("overlap_reason", "").replace("\x00", "")[:1_000]
    published = act(
        request,
        words,
        lambda: publish_version(actor=person(request), version=version, overlap_reason=reason),
    )
    if not published and version.case_count and not version.frozen_at:
        return redirect("evaluations:dataset-check", slug, number)
    return redirect(version_url(version))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def version_retire(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    version = version_or_404(slug, number)
    form = RetireForm(request.POST or None)
    if form.is_valid():
        done = attempt(
            form, lambda: retire_version(actor=person(request), version=version, **form.cleaned_data)
        )
        if done:
            messages.success(request, f"Version {number} is retired; new evaluations cannot use it.")
            return redirect(version_url(version))
    context = {
        "form": form,
        "title": f"Retire {version.dataset.name} v{number}",
        "intro": "Results stay. New evaluations can no longer use it.",
        "crumbs": crumbs_of(version.dataset),
        "submit": "Retire it",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def version_download(request: HttpRequest, slug: str, number: int, ending: str) -> HttpResponse:
    version = version_or_404(slug, number)
    if not may_see(request, version.dataset):
        demand(request.user, "read_test")
    note_reading(request, version, version.case_count, via="download")
    body: Iterable[str | bytes]
    if ending == "zip":
        body, kind = archive_of(version), "application/zip"
    elif ending == "csv":
        body, kind = csv_rows(flat_rows(version), flat_columns(version)), "text/csv; charset=utf-8"
    else:
        body, kind = jsonl_rows(case_rows(version)), "application/x-ndjson"
    name = f"{slug}-v{number}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return cast(HttpResponse, StreamingHttpResponse(body, content_type=kind, headers=headers))


urlpatterns = [
    path("datasets/<slug:slug>/draft/", version_draft, name="dataset-draft"),
    path("datasets/<slug:slug>/v<int:number>/publish/", version_publish, name="dataset-publish"),
    path("datasets/<slug:slug>/v<int:number>/retire/", version_retire, name="dataset-retire"),
    path(
        "datasets/<slug:slug>/v<int:number>/cases.csv",
        version_download,
        {"ending": "csv"},
        name="dataset-csv",
    ),
    path(
        "datasets/<slug:slug>/v<int:number>/cases.jsonl",
        version_download,
        {"ending": "jsonl"},
        name="dataset-jsonl",
    ),
    path(
        "datasets/<slug:slug>/v<int:number>/cases.zip",
        version_download,
        {"ending": "zip"},
        name="dataset-zip",
    ),
]
