"""Cases from a file or pasted lines: looked at first, and nothing is imported until somebody says so."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import zstandard
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from evaluations.exporters import jsonl_rows
from evaluations.forms.datasets import ImportForm
from evaluations.importers import CaseFile, CaseRow, Limits, read_cases, read_pasted
from evaluations.models import Dataset
from evaluations.queries.datasets import keys_taken
from evaluations.services.case_files import keep_files, read_archive
from evaluations.services.datasets import add_cases, open_draft
from evaluations.services.media import with_kept_attachments
from evaluations.views.dataset_access import crumbs_of, version_url
from evaluations.views.deeds import attempt, status_of

LIMITS = Limits(file_bytes=20 << 20, rows=50_000)
MOST_CARRIED = 6 << 20
A_DAY = 24 * 60 * 60
SHOWN_ROWS, SHOWN_PROBLEMS = 20, 100


@dataclass(frozen=True)
class Upload:
    """What was sent. name: of the file; empty for pasted lines."""

    name: str
    data: bytes

    @property
    def is_zip(self) -> bool:
        return self.name.lower().endswith(".zip")

    def read(self) -> CaseFile:
        if not self.name:
            return read_pasted(self.data.decode("utf-8", "surrogatepass"))
        return with_kept_attachments(read_cases(BytesIO(self.data), self.name, LIMITS))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def dataset_import(request: HttpRequest, slug: str) -> HttpResponse:
    dataset = get_object_or_404(Dataset, slug=slug)
    if "carried" in request.POST:
        return take_in(request, dataset)
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = _upload(form)
        if upload.is_zip and len(upload.data) <= settings.MAX_PUSH_BYTES:
            return _preview_archive(request, dataset, upload)
        if len(upload.data) <= LIMITS.file_bytes:
            return preview(request, dataset, upload)
        most = (settings.MAX_PUSH_BYTES if upload.is_zip else LIMITS.file_bytes) >> 20
        form.add_error(
            "file", f"The file is larger than {most} MB; send its cases in parts, or over the API."
        )
    return _ask(request, dataset, form)


def _ask(request: HttpRequest, dataset: Dataset, form: forms.Form) -> HttpResponse:
    context = {
        "form": form,
        "title": "Add cases",
        "intro": "You see what was read, line by line, before anything is imported.",
        "crumbs": crumbs_of(dataset),
        "submit": "Look at them first",
        "upload": True,
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


def _upload(form: ImportForm) -> Upload:
    file = form.cleaned_data["file"]
    if file:
        return Upload(file.name or "cases", file.read(settings.MAX_PUSH_BYTES + 1))
    return Upload("", form.cleaned_data["text"].encode("utf-8", "surrogatepass"))


def _preview_archive(request: HttpRequest, dataset: Dataset, upload: Upload) -> HttpResponse:
    """The files are kept at once, since no page can carry them: until a case uses them nobody sees them."""
    archive = read_archive(upload.data)
    try:
        keep_files(archive.files)
    except Refused as refusal:
        return preview(request, dataset, upload, refusal.message, CaseFile((), archive.found.problems, True))
    lines = "".join(jsonl_rows(as_record(row) for row in archive.found.rows))
    return preview(request, dataset, Upload(f"{upload.name}.jsonl", lines.encode()), found=archive.found)


def as_record(row: CaseRow) -> dict[str, Any]:
    """A row as the importer of JSONL reads it."""
    names = ("key", "input", "target", "slices", "cluster", "metadata", "attachments")
    return {name: getattr(row, name) for name in names}


def preview(
    request: HttpRequest, dataset: Dataset, upload: Upload, problem: str = "", found: CaseFile | None = None
) -> HttpResponse:
    """found: what was read of it, where that is known already."""
    found = found or upload.read()
    new, taken = _sorted_out(dataset, found)
    carried = _packed(request, dataset, upload)
    context: dict[str, Any] = {
        "dataset": dataset,
        "crumbs": crumbs_of(dataset),
        "found": found,
        "rows": new[:SHOWN_ROWS],
        "new": len(new),
        "taken": taken[:SHOWN_PROBLEMS],
        "taken_count": len(taken),
        "problems": found.problems[:SHOWN_PROBLEMS],
        "left_out": sum(1 for one in found.problems if not one.row_kept),
        "carried": carried,
        "too_large": len(carried) > MOST_CARRIED,
        "problem": problem,
        "upload_name": upload.name,
        "again": request.path,
    }
    return render(request, "evaluations/case_preview.html", context, status=422 if problem else 200)


def _sorted_out(dataset: Dataset, found: CaseFile) -> tuple[list[CaseRow], list[str]]:
    """Rows whose key is new, and the keys that are there already."""
    draft = dataset.versions.filter(frozen_at=None).first()
    base = draft or dataset.versions.order_by("-number").first()
    taken = keys_taken(base, [row.key for row in found.rows]) if base else set()
    return [row for row in found.rows if row.key not in taken], sorted(taken)


def take_in(request: HttpRequest, dataset: Dataset) -> HttpResponse:
    form = forms.Form({})
    form.is_valid()
    upload = _unpacked(request, dataset)
    if upload is None:
        messages.error(request, "What was looked at is no longer here. Send the file or the lines again.")
        return redirect("evaluations:dataset-import", dataset.slug)
    new, _ = _sorted_out(dataset, upload.read())
    draft = open_draft(actor=person(request), dataset=dataset) if new else None
    if draft and attempt(form, lambda: add_cases(actor=person(request), version=draft, cases=new)):
        messages.success(request, f"{len(new):,} cases are in the draft, version {draft.number}.")
        return redirect(version_url(draft))
    refused = " ".join(map(str, form.non_field_errors())) or "No line is a new case, so nothing was imported."
    return preview(request, dataset, upload, refused)


def _signer(request: HttpRequest, dataset: Dataset) -> TimestampSigner:
    return TimestampSigner(salt=f"cases {dataset.pk} {person(request).pk}")


def _packed(request: HttpRequest, dataset: Dataset, upload: Upload) -> str:
    """The upload as signed text that travels with the page, so that nothing is kept anywhere until it is confirmed."""
    name = b64encode(upload.name.encode()).decode()
    body = b64encode(zstandard.compress(upload.data)).decode()
    return _signer(request, dataset).sign(f"{name}.{body}")


def _unpacked(request: HttpRequest, dataset: Dataset) -> Upload | None:
    try:
        text = _signer(request, dataset).unsign(request.POST["carried"], max_age=A_DAY)
    except BadSignature:
        return None
    name, body = text.split(".", 1)
    return Upload(b64decode(name).decode(), zstandard.decompress(b64decode(body)))


urlpatterns = [path("datasets/<slug:slug>/import/", dataset_import, name="dataset-import")]
