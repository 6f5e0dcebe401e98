"""Requirements from a file or pasted text: looked at first, and nothing is stored until somebody says so."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any

import zstandard
from django.contrib import messages
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.exporters.templates import TEMPLATES
from capabilities.forms.imports import ColumnsForm, ImportForm, chosen_columns
from capabilities.importers import Limits, RequirementFile, format_of, read_requirements
from capabilities.models import Product
from capabilities.queries.import_names import Wishes
from capabilities.queries.import_plan import ImportPlan, plan_import
from capabilities.services.requirement_imports import Imported, import_requirements
from capabilities.views.access import demand_in, product_or_404
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person
from config.words import counted

LIMITS = Limits(rows=500)
A_DAY = 24 * 60 * 60
SHOWN_ROWS, SHOWN_MISTAKES = 100, 200
KEPT = "What was looked at is no longer here. Send the file or the text again."


@dataclass(frozen=True)
class Upload:
    """What was sent and how it is read. name: of the file, empty for pasted text."""

    name: str
    kind: str
    data: bytes
    columns: dict[str, str | None] | None = None

    def read(self) -> RequirementFile:
        return read_requirements(self.data, self.kind, LIMITS, self.columns)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def requirement_import(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    if "carried" in request.POST:
        return _carried(request, product)
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return _preview(request, product, _upload(form))
    context = {"form": form, "product": product}
    return render(
        request, "capabilities/requirement_import.html", context, status=422 if form.is_bound else 200
    )


def _upload(form: ImportForm) -> Upload:
    file = form.cleaned_data["file"]
    name = str(file.name or "file")[:200] if file else ""
    data = file.read(LIMITS.file_bytes + 1) if file else form.cleaned_data["text"].encode("utf-8", "replace")
    return Upload(name, form.cleaned_data["kind"] or format_of(name, data), data)


def _carried(request: HttpRequest, product: Product) -> HttpResponse:
    """Look again with other columns, or import."""
    upload = _unpacked(request, product)
    if upload is None:
        messages.error(request, KEPT)
        return redirect("capabilities:requirement-import")
    if upload.kind != "json":
        columns = chosen_columns(request.POST, list(upload.read().columns))
        upload = replace(upload, columns=columns)
    deed = request.POST.get("deed", "look")
    if deed not in {"import", "good"}:
        return _preview(request, product, upload)
    try:
        done = import_requirements(
            actor=person(request),
            product=product,
            file=upload.read(),
            wishes=_wishes(request),
            only_good=deed == "good",
            seen=request.POST.get("seen", ""),
        )
    except Refused as refusal:
        told = [f"Line {one.line}: {one.reason}" for one in getattr(refusal, "mistakes", [])[:3]]
        return _preview(request, product, upload, " ".join([refusal.message, *told]))
    messages.success(request, _told(done))
    return redirect("capabilities:requirement-list")


def _told(done: Imported) -> str:
    parts = [
        f"{counted(len(done.created), 'requirements')} made",
        f"{len(done.changed)} changed",
        f"{done.unchanged} already as they are",
    ]
    if done.left_out:
        parts.append(f"{done.left_out} left out")
    return ", ".join(parts) + "."


def _wishes(request: HttpRequest) -> Wishes:
    return Wishes(**{name: name in request.POST for name in Wishes.__dataclass_fields__})


def _preview(request: HttpRequest, product: Product, upload: Upload, problem: str = "") -> HttpResponse:
    found = upload.read()
    wishes = _wishes(request)
    plan = plan_import(product, found, wishes)
    context: dict[str, Any] = {
        "product": product,
        "upload": upload,
        "found": found,
        "plan": plan,
        "rows": plan.rows[:SHOWN_ROWS],
        "more": max(0, len(plan.rows) - SHOWN_ROWS),
        "mistakes": plan.mistakes[:SHOWN_MISTAKES],
        "more_mistakes": max(0, len(plan.mistakes) - SHOWN_MISTAKES),
        "columns": ColumnsForm(found) if found.columns and upload.kind == "csv" else None,
        "unknown": found.undecided,
        "ready": _ready(plan, found),
        "wishes": wishes,
        "carried": _packed(request, product, upload),
        "problem": problem,
        "place": "Place" if upload.kind == "json" else "Line",
    }
    return render(
        request, "capabilities/requirement_import_preview.html", context, status=422 if problem else 200
    )


def _ready(plan: ImportPlan, found: RequirementFile) -> str:
    """all: everything can be imported; good: only some rows; empty: nothing."""
    if found.undecided or not plan.good:
        return ""
    return "good" if plan.mistakes else "all"


def _signer(request: HttpRequest, product: Product) -> TimestampSigner:
    return TimestampSigner(salt=f"requirements {product.pk} {person(request).pk}")


def _packed(request: HttpRequest, product: Product, upload: Upload) -> str:
    """The upload as signed text that travels with the page, so that nothing is kept anywhere until it is confirmed."""
    head = b64encode(json.dumps([upload.name, upload.kind]).encode()).decode()
    body = b64encode(zstandard.compress(upload.data)).decode()
    return _signer(request, product).sign(f"{head}.{body}")


def _unpacked(request: HttpRequest, product: Product) -> Upload | None:
    try:
        text = _signer(request, product).unsign(request.POST["carried"], max_age=A_DAY)
    except BadSignature:
        return None
    head, body = text.split(".", 1)
    name, kind = json.loads(b64decode(head))
    return Upload(name, kind, zstandard.decompress(b64decode(body)))


@require_safe
@requires("read")
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """A small file of each format to begin with."""
    name, content_type, text = TEMPLATES[kind]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{content_type}; charset=utf-8", headers=headers)


urlpatterns = [
    path("requirements/import/", requirement_import, name="requirement-import"),
    path("requirements/import/template.csv", import_template, {"kind": "csv"}, name="requirement-import-csv"),
    path(
        "requirements/import/template.md",
        import_template,
        {"kind": "markdown"},
        name="requirement-import-markdown",
    ),
]
