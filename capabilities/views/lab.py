"""The prompt lab: sheets, and the one page on which prompts, rows, models and checks are written and tried."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.checks import check_kinds
from capabilities.forms.lab import LabForm
from capabilities.middleware import current_product, current_versions
from capabilities.queries.lab import example_versions, keepable, sheet_or_none
from capabilities.queries.lab_rows import shown_rows
from capabilities.queries.products import visible_products
from capabilities.services.lab_example import create_example
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import demand, may, requires
from config.people.requests import person
from config.web import page_of, page_or_partial, wants_partial
from evaluations.models import LabSheet, Side
from evaluations.queries.lab import answers_of, sheets_for
from evaluations.queries.lab_differences import columns_told, differences_of
from evaluations.services.lab import (
    copy_sheet,
    create_sheet,
    delete_sheet,
    preview_sheet,
    run_sheet,
    save_sheet,
    score_sheet,
    stop_sheet,
)
from evaluations.services.lab_plan import LETTERS, name_of_check
from evaluations.services.rounds import RoundPreview

PAGE = "capabilities/lab_sheet.html"
COUNT = "capabilities/lab_count.html"
ANSWERS = "capabilities/lab_answers.html"
ROWS = "capabilities/lab_rows.html"
CHECKS = "capabilities/lab_checks.html"
SIDES = ((Side.OWN, "Ours"), (Side.COMPETITOR, "Competitors"), (Side.SIMPLE, "Simple alternatives"))


@dataclass
class Counted:
    """What running would take, or why it cannot be said yet. saved: this is the answer to a save."""

    preview: RoundPreview | None = None
    problems: list[str] = field(default_factory=list)
    saved: bool = False


@require_safe
@requires("read")
def lab_list(request: HttpRequest) -> HttpResponse:
    page = page_of(request, sheets_for(person(request), _keys(request)))
    return render(
        request, "capabilities/lab_list.html", {"page": page, "may_run": may(person(request), "run")}
    )


@require_POST
@requires("run")
def lab_new(request: HttpRequest) -> HttpResponse:
    """An empty sheet, or the worked example."""
    demand(request.user, "write_facts")
    user, product = person(request), current_product(request)
    key = product.key if product else ""
    if request.POST.get("example"):
        sheet = create_example(actor=user, versions=example_versions(), product=key)
    else:
        judged = current_versions(request).main
        sheet = create_sheet(
            actor=user,
            name=f"Sheet of {timezone.localdate():%-d %B}",
            product=key,
            prompts=[{"system": "", "message": "", "schema": ""}],
            versions=[judged] if judged else [],
        )
    return redirect("capabilities:lab-sheet", sheet.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def lab_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = sheet_or_404(request, pk)
    form = LabForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        sheet=sheet,
        products=list(visible_products(request.user).order_by("key")),
    )
    if request.method != "POST":
        return _page(request, sheet, form, Counted())
    demand(request.user, "run")
    demand(request.user, "write_facts")
    return _posted(request, sheet, form)


def sheet_or_404(request: HttpRequest, pk: int) -> LabSheet:
    found = sheet_or_none(person(request), pk)
    if found is None:
        raise Http404(f"There is no sheet {pk}.")
    return found


def _keys(request: HttpRequest) -> list[str]:
    return list(visible_products(request.user).values_list("key", flat=True))


def _posted(request: HttpRequest, sheet: LabSheet, form: LabForm) -> HttpResponse:
    """Everything that could be read is kept first, whatever was pressed."""
    do, user = request.POST.get("do", "save"), person(request)
    if do == "copy":
        return redirect("capabilities:lab-sheet", copy_sheet(actor=user, sheet=sheet).pk)
    form.is_valid()
    try:
        sheet = save_sheet(actor=user, sheet=sheet, **form.words())
        if do in ("autosave", "count") or form.errors:
            return _page(request, sheet, form, _count(request, sheet, form))
        _do(request, do, sheet, form)
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
    if form.errors:
        return _page(request, sheet, form, Counted())
    if do == "delete":
        return redirect("capabilities:lab-list")
    place = "" if do == "save" else "#checks" if do.startswith("drop-check") else "#answers"
    return redirect(f"{resolve_url('capabilities:lab-sheet', sheet.pk)}{place}")


def _do(request: HttpRequest, do: str, sheet: LabSheet, form: LabForm) -> None:
    """What the pressed button means. Raises what the services raise."""
    name, _, place = do.partition("_")
    deed = DEEDS.get(name)
    if deed is not None:
        deed(request, sheet, form, place)


def _saved(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    messages.success(request, "The rows of the file stand here now." if request.FILES else "Saved.")


def _run(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    started = run_sheet(actor=person(request), sheet=sheet)
    for problem in started.summary.get("problems", []):
        messages.warning(request, problem)


def _stop(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    stop_sheet(actor=person(request), sheet=sheet)
    messages.success(request, "Stopped. Answers that are there stay.")


def _add_check(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    check = form.new_check()
    if check is not None:
        _change_checks(request, sheet, [*(one for one in sheet.checks if one != check), check])


def _drop_check(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    _change_checks(
        request, sheet, [check for number, check in enumerate(sheet.checks) if str(number) != place]
    )


def _score(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    score_sheet(actor=person(request), sheet=sheet)


def _delete(request: HttpRequest, sheet: LabSheet, form: LabForm, place: str) -> None:
    delete_sheet(actor=person(request), sheet=sheet)
    messages.success(request, f"“{sheet.name}” is gone; its runs are still in the list of runs.")


DEEDS = {
    "save": _saved,
    "run": _run,
    "stop": _stop,
    "add-check": _add_check,
    "drop-check": _drop_check,
    "score": _score,
    "delete": _delete,
}


def _change_checks(request: HttpRequest, sheet: LabSheet, checks: list[Any]) -> None:
    """Answers that are there are scored by the new list at once; nobody is called."""
    user = person(request)
    sheet = save_sheet(actor=user, sheet=sheet, checks=checks)
    if sheet.runs.finished().exists():
        score_sheet(actor=user, sheet=sheet)
        messages.success(request, "The answers are being scored; nobody was called.")


def _count(request: HttpRequest, sheet: LabSheet, form: LabForm) -> Counted:
    counted = Counted(saved=True, problems=[str(told) for rows in form.errors.values() for told in rows])
    if counted.problems:
        return counted
    try:
        counted.preview = preview_sheet(actor=person(request), sheet=sheet)
    except Refused as refusal:
        counted.problems = [refusal.message]
    except ValidationError as refusal:
        counted.problems = list(refusal.messages)
    return counted


def _page(request: HttpRequest, sheet: LabSheet, form: LabForm, counted: Counted) -> HttpResponse:
    context = {"sheet": sheet, "form": form, "counted": counted, "mine": sheet.owner_id == person(request).pk}
    if wants_partial(request) and request.method == "POST":
        return render(request, COUNT, context)
    if wants_partial(request) and _adds_check(request, form):
        return render(request, CHECKS, context | _whole(request, sheet, form))
    status = 422 if form.errors else 200
    return render(request, PAGE, context | _whole(request, sheet, form), status=status)


def _whole(request: HttpRequest, sheet: LabSheet, form: LabForm) -> dict[str, Any]:
    return {
        "kinds": check_kinds(form) if _adds_check(request, form) else None,
        "sides": _sides(form),
        "prompts": _prompt_fields(form),
        "checks": [name_of_check(check["kind"], check["config"]) for check in sheet.checks],
        "may_run": may(person(request), "run"),
        "keepable": keepable(person(request), sheet),
        **answers_context(request, sheet),
    }


def _adds_check(request: HttpRequest, form: LabForm) -> bool:
    """The kinds of check are many: they come when somebody wants to add one, or comes back with one that is not right yet."""
    return request.GET.get("add") == "check" or bool(form["kind"].value())


def answers_context(request: HttpRequest, sheet: LabSheet) -> dict[str, Any]:
    """What lab_answers.html shows."""
    found = answers_of(sheet, person(request), request.GET.get("base", ""), request.GET.get("check", ""))
    return {
        "sheet": sheet,
        "found": found,
        "shown": shown_rows(found, _first_row(request)),
        "told": columns_told(differences_of(found)),
        "may_mark": may(person(request), "run"),
    }


def _first_row(request: HttpRequest) -> int:
    number = request.GET.get("from", "")
    return int(number) if number.isdecimal() and len(number) < 4 else 1


@require_safe
@never_cache
@requires("read")
def lab_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers alone, while they come in; a page of its own without script."""
    sheet = sheet_or_404(request, pk)
    whole = "capabilities/lab_answered.html"
    part = ROWS if request.GET.get("part") == "rows" else ANSWERS
    return render(request, page_or_partial(request, whole, part), answers_context(request, sheet))


def _prompt_fields(form: LabForm) -> list[dict[str, Any]]:
    found = []
    for letter in LETTERS:
        fields = {part: form[f"{letter.lower()}_{part}"] for part in ("system", "message", "schema")}
        written = any(one.value() or one.errors for one in fields.values())
        found.append({"letter": letter, "open": written or letter in "AB", **fields})
    return found


def _sides(form: LabForm) -> list[tuple[str, list[object]]]:
    """The versions to tick by side; each row is the tick box and its version."""
    boxes = {int(str(box.data["value"])): box for box in form["models"]}
    return [
        (label, [(boxes[pk], version) for pk, version in form.versions.items() if version.model.side == side])
        for side, label in SIDES
    ]


urlpatterns = [
    path("lab/", lab_list, name="lab-list"),
    path("lab/new/", lab_new, name="lab-new"),
    path("lab/<int:pk>/", lab_sheet, name="lab-sheet"),
    path("lab/<int:pk>/answers/", lab_answers, name="lab-answers"),
]
