"""Measure this: one page that makes everything a measurement needs and starts it."""

from dataclasses import dataclass, field
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.forms.checks import check_kinds
from capabilities.forms.measure import NEW, THERE, MeasureForm
from capabilities.middleware import current_product, current_versions
from capabilities.models import Criterion, Product
from capabilities.queries.measure import (
    Answer,
    answers,
    criteria_measured_alike,
    criterion_of,
    media_tried,
)
from capabilities.queries.products import role_in
from capabilities.services.measure import (
    Measured,
    MeasurementPreview,
    measure_this,
    preview_measurement,
)
from capabilities.services.trying import MOST_MODELS, Trial, try_one
from capabilities.views.access import demand_in, requirement_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, may, requires
from config.people.navigation import first_url
from config.people.requests import person
from config.web import page_or_partial, wants_partial
from evaluations.canonical import sha256_of
from evaluations.models import Dataset, DatasetVersion, Side

PAGE = "capabilities/measure.html"
PREVIEW = "capabilities/measure_preview.html"
TRIES = "capabilities/measure_tries.html"
SIDES = ((Side.OWN, "Ours"), (Side.COMPETITOR, "Competitors"), (Side.SIMPLE, "Simple alternatives"))
# What a press of a button adds to the form; it does not change what is measured.
NOT_MEANT = {"csrfmiddlewaretoken", "do", "tries", "try_case", "token"}


@dataclass
class Findings:
    """What the page shows beside the form."""

    preview: MeasurementPreview | None = None
    trials: list[Trial] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def measure(request: HttpRequest) -> HttpResponse:
    criterion = _criterion(request)
    product = current_product(request)
    _demand(request, product, linking=criterion is not None)
    form = _form(request, product, criterion)
    if request.method != "POST":
        return _page(request, form, Findings())
    findings = Findings(answers=answers(person(request), _numbers(request.POST.get("tries", ""))))
    do = request.POST.get("do", "preview")
    if not form.is_valid():
        return _page(request, form, findings)
    if form.plan().wish and product is not None:
        demand_in(request, "write_requirements", product)
    if do == "run" and (measured := _run(request, form)):
        return _leave(request, measured)
    if do == "preview":
        _preview(request, form, findings)
    if do == "try":
        _try(request, form, findings)
    return _page(request, form, findings)


@require_safe
@never_cache
@requires("read")
def measure_tries(request: HttpRequest) -> HttpResponse:
    found = answers(person(request), _numbers(request.GET.get("runs", "")))
    context = {
        "findings": Findings(answers=found),
        "runs": request.GET.get("runs", ""),
        "waiting": _waiting(found),
        "tried_media": media_tried(found),
    }
    return render(request, page_or_partial(request, "capabilities/measure_tried.html", TRIES), context)


def _criterion(request: HttpRequest) -> Criterion | None:
    """The criterion of ?criterion=VA-12/AC-1; 404 where there is none one may see."""
    asked = request.GET.get("criterion", "")
    if not asked:
        return None
    key, _, criterion_key = asked.partition("/")
    found = criterion_of(requirement_or_404(request, key), criterion_key)
    if found is None:
        raise Http404(f"There is no criterion {asked}.")
    return found


def _demand(request: HttpRequest, product: Product | None, *, linking: bool) -> None:
    """Facts and runs are the whole site's, by site role; what a requirement says is its product's."""
    demand(request.user, "run")
    demand(request.user, "write_facts")
    if linking and product is not None:
        demand_in(request, "write_requirements", product)


def _form(request: HttpRequest, product: Product | None, criterion: Criterion | None) -> MeasureForm:
    user = person(request)
    may_agree = (
        product is not None
        and product.approvals_required == 0
        and may(user, "approve", role_in(user, product))
    )
    return MeasureForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        initial=_initial(request, criterion),
        product=product,
        criterion=criterion,
        alike=criteria_measured_alike(criterion) if criterion else (),
        may_agree=may_agree,
    )


def _initial(request: HttpRequest, criterion: Criterion | None) -> dict[str, object]:
    """A first filling: what already measures the criterion, and the version being judged."""
    versions = current_versions(request)
    kind = criterion.revision.requirement.kind if criterion else ""
    judged = versions.for_kind(kind) if kind else versions.main
    filling: dict[str, object] = {
        "token": uuid4().hex,
        "models": [judged.pk] if judged else [],
        "agree": True,
    }
    if criterion is None:
        return filling
    filling["name"] = f"{criterion.revision.requirement.key} {criterion.key}"
    filling["also"] = [one.pk for one in criteria_measured_alike(criterion)]
    if criterion.scorer_id:
        newest = criterion.scorer.versions.order_by("-number").first() if criterion.scorer else None
        filling |= {"check_from": THERE if newest else NEW, "scorer": newest.pk if newest else None}
    link = criterion.verifications.select_related("evaluation_version").order_by("-id").first()
    if link:
        version = link.evaluation_version
        filling |= {"cases_from": THERE, "dataset": version.dataset_version_id, "repeats": version.repeats}
        if version.prompt_version_id:
            filling |= {"prompt_from": THERE, "prompt": version.prompt_version_id}
    return filling


def _run(request: HttpRequest, form: MeasureForm) -> Measured | None:
    try:
        return measure_this(actor=person(request), plan=form.plan(_key(form)))
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return None


def _key(form: MeasureForm) -> str:
    """The same page sent twice is one measurement; the same page changed is another."""
    said = {name: values for name, values in sorted(form.data.lists()) if name not in NOT_MEANT}
    return f"measure-{form.data.get('token', '')[:40]}-{sha256_of(said)[:32]}"


def _leave(request: HttpRequest, measured: Measured) -> HttpResponse:
    runs = measured.round.runs.count()
    messages.success(
        request,
        f"“{measured.round.name}” is being measured: {runs} {'run' if runs == 1 else 'runs'} started.",
    )
    for problem in measured.round.summary.get("problems", []):
        messages.warning(request, problem)
    if measured.requirement is not None:
        return HttpResponseRedirect(
            first_url(("capabilities:requirement-detail",), measured.requirement.key) or "/"
        )
    return HttpResponseRedirect(
        first_url(("evaluations:round-detail",), measured.round.pk) or resolve_url("capabilities:measure")
    )


def _preview(request: HttpRequest, form: MeasureForm, findings: Findings) -> None:
    try:
        findings.preview = preview_measurement(actor=person(request), plan=form.plan())
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)


def _try(request: HttpRequest, form: MeasureForm, findings: Findings) -> None:
    plan, user = form.plan(), person(request)
    secret = isinstance(plan.cases, DatasetVersion) and plan.cases.dataset.purpose == Dataset.Purpose.TEST
    if secret and not may(user, "read_test"):
        form.add_error(
            "dataset",
            "These are test cases you may not read. Try with a pasted case or a development dataset.",
        )
        return
    try:
        findings.trials = try_one(actor=user, plan=plan, number=form.cleaned_data["try_case"] or 1)
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return
    findings.answers = answers(user, [trial.run.pk for trial in findings.trials if trial.run])


def _page(request: HttpRequest, form: MeasureForm, findings: Findings) -> HttpResponse:
    partial = {"try": TRIES, "look": TRIES}.get(request.POST.get("do", ""), PREVIEW)
    runs = ",".join(str(answer.run.pk) for answer in findings.answers)
    part = wants_partial(request)
    context = {
        "form": form,
        "criterion": form.criterion,
        "product": form.product,
        "kinds": [] if part else check_kinds(form),
        "sides": [] if part else _sides(form),
        "findings": findings,
        "most_models": MOST_MODELS,
        "runs": runs,
        "waiting": _waiting(findings.answers),
        "tried_media": media_tried(findings.answers),
    }
    # htmx swaps only what comes back as a success.
    status = 422 if form.errors and not part else 200
    return render(request, partial if part else PAGE, context, status=status)


def _sides(form: MeasureForm) -> list[tuple[str, list[object]]]:
    """The versions to tick by side; each row is the tick box and its version."""
    boxes = {int(str(box.data["value"])): box for box in form["models"]}
    groups: list[tuple[str, list[object]]] = []
    for side, label in SIDES:
        rows: list[object] = [
            (boxes[pk], version) for pk, version in form.versions.items() if version.model.side == side
        ]
        groups.append((label, rows))
    return groups


def _waiting(found: list[Answer]) -> bool:
    return any(answer.waiting for answer in found)


def _numbers(text: str) -> list[int]:
    parts = text.split(",")[:MOST_MODELS]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19]


urlpatterns = [
    path("measure/", measure, name="measure"),
    path("measure/tries/", measure_tries, name="measure-tries"),
]
