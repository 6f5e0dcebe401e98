"""Rule sets written as a table: rows of conditions and what follows, tried on a case, saved as a version, taken out and in as JSON."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from config.people.access import requires
from config.people.requests import person
from evaluations.forms.rule_sets import (
    MOST_ROWS,
    Press,
    RuleSetForm,
    SaveForm,
    after_press,
    operator_choices,
    posted_table,
)
from evaluations.models import Kind, Model, ModelVersion, Provider
from evaluations.providers import rules
from evaluations.providers.rule_checks import Finding, findings
from evaluations.providers.rule_tables import Read, Table, TableRow, read, table_of
from evaluations.services.models import create_model, register_version
from evaluations.views.deeds import attempt, status_of

PAGE = "evaluations/rule_set.html"
LARGEST = 1_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def rule_set_new(request: HttpRequest) -> HttpResponse:
    """A model of kind rules, whose table is written next."""
    form = RuleSetForm(request.POST or None)
    provider = Provider.objects.filter(adapter="rules", enabled=True).order_by("pk").first()
    if provider is None:
        messages.error(
            request, "No provider runs rule sets yet. Ask an administrator for one of the kind rules."
        )
        return redirect("evaluations:provider-list")
    if form.is_valid():
        facts = {"kind": Kind.RULES, "provider": provider, **form.cleaned_data}
        made = attempt(form, lambda: create_model(actor=person(request), **facts))
        if made:
            return redirect("evaluations:rule-set", made.slug)
    context = {
        "form": form,
        "title": "New rule set",
        "intro": "Conditions and what follows, read from the top; the first row that holds answers.",
        "crumbs": [("/models/?kind=rules", "Rule sets")],
        "submit": "Write its rows",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def rule_set(request: HttpRequest, slug: str) -> HttpResponse:
    """?version= is what the table starts from, the newest without it. Only the button `save` stores anything."""
    model = get_object_or_404(Model.objects.select_related("provider"), slug=slug, provider__adapter="rules")
    if request.method != "POST":
        return _page(request, model, _started(model, request.GET.get("version", "")))
    press = Press.of(request.POST.get("press", "save"))
    if press.verb == "import":
        return _imported(request, model)
    table = after_press(posted_table(request.POST), press)
    if press.verb == "save":
        return _save(request, model, table)
    return _page(request, model, table, press=press)


def _started(model: Model, name: str) -> Table:
    versions = model.versions.order_by("-pk")
    version = versions.filter(name=name).first() or versions.first()
    found = version.parameters.get("rule_set") if version else None
    if found is None or rules.validate(found):
        return Table([TableRow()], "")
    return table_of(found)


def _save(request: HttpRequest, model: Model, table: Table) -> HttpResponse:
    form, found = SaveForm(request.POST, model=model), read(table)
    if form.is_valid() and found.ok:
        identity: dict[str, Any] = {"parameters": {"rule_set": found.rule_set}}
        if parent := model.versions.order_by("-pk").first():
            identity["parent"] = parent
        name = form.cleaned_data["name"]
        made = attempt(
            form,
            lambda: register_version(actor=person(request), model=model, name=name, identity=identity),
        )
        if made:
            messages.success(request, f"{made[0].label} is registered. Run it on the cases next.")
            return redirect("evaluations:model-detail", model.slug)
    return _page(request, model, table, form=form, saving=True)


def _imported(request: HttpRequest, model: Model) -> HttpResponse:
    """The table of the JSON that was pasted or sent as a file; a mistake leaves the table as it was."""
    file = request.FILES.get("file")
    text = request.POST.get("json", "")
    problems = []
    if file is not None and (file.size or 0) > LARGEST:
        problems = ["The file is larger than 1 MB."]
    elif file is not None:
        text = file.read().decode("utf-8", errors="replace")
    if not problems:
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            problems = ["This is no JSON. Export a rule set to see what it looks like."]
        else:
            problems = rules.validate(given)
            if not problems and len(given["rows"]) > MOST_ROWS:
                problems = [f"The table holds {MOST_ROWS} rows. Register longer ones over the API."]
    if problems:
        return _page(request, model, posted_table(request.POST), refused=problems, pasted=text)
    messages.success(request, "Read. Look at it, give the version a name and save.")
    return _page(request, model, table_of(given))


def _page(request: HttpRequest, model: Model, table: Table, **more: Any) -> HttpResponse:
    found = read(table)
    asked = request.method == "POST" and more.get("press", Press("")).verb in {"check", "try"}
    shown = asked or more.get("saving", False)
    odd: dict[int, list[Finding]] = defaultdict(list)
    if found.ok:
        for one in findings(found.rule_set):
            odd[one.row].append(one)
    problems = {number: said for number, said in found.problems.items() if shown}
    form = more.get("form") or SaveForm(model=model, initial={"name": _next_name(model)})
    tried = _tried(request, found) if asked and more["press"].verb == "try" else None
    context = {
        "model": model,
        "table": table,
        "rows": [
            (number, row, problems.get(number, []), odd.get(number + 1, []))
            for number, row in enumerate(table.rows)
        ],
        "whole": problems.get(0, []),
        "problems": sorted((number, said) for number, said in problems.items() if number),
        "serious": sum(one.serious for listed in odd.values() for one in listed),
        "checked": shown and found.ok,
        "operators": operator_choices(),
        "form": form,
        "json": json.dumps(found.rule_set, ensure_ascii=False, indent=1) if found.ok else "",
        "tried": tried,
        "trial": request.POST.get("trial", ""),
        "refused": more.get("refused", []),
        "pasted": more.get("pasted", ""),
        "versions": list(model.versions.order_by("-pk")[:20]),
        "focus": _focus(more.get("press")),
    }
    wrong = bool(form.errors or problems or context["refused"])
    return render(request, PAGE, context, status=422 if wrong else 200)


def _focus(press: Press | None) -> int:
    """The row that a moved, added or copied one is now, so that the keyboard goes on there; -1 without one."""
    if press is None:
        return -1
    return press.row + {"up": -1, "down": 1, "copy": 1, "more": 0, "less": 0}.get(press.verb, -(10**6))


def _next_name(model: Model) -> str:
    """The next whole number after the versions there are."""
    names = model.versions.values_list("name", flat=True)
    numbers = [int(name) for name in names if name.isascii() and name.isdecimal() and len(name) < 9]
    return str(max(numbers, default=0) + 1)


def _tried(request: HttpRequest, found: Read) -> Mapping[str, Any]:
    """What the table answers to the typed case, and which row gave it."""
    text = request.POST.get("trial", "")
    if not found.ok:
        return {"problem": "Mend the rows first."}
    try:
        case = json.loads(text)
    except (ValueError, RecursionError):
        case = text
    output, row = rules.decide(found.rule_set, case)
    answer = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    return {"answer": answer, "row": row, "fields": sorted(rules.fields_of(case))}


@require_safe
@requires("read")
def rule_set_json(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The rule set of a version as a file, as it runs."""
    version = get_object_or_404(
        ModelVersion.objects.select_related("model"), model__slug=slug, pk=pk, parameters__has_key="rule_set"
    )
    body = json.dumps(version.parameters["rule_set"], ensure_ascii=False, indent=2)
    name = f"{version.model.slug}-{version.pk}-rules.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


urlpatterns = [
    path("rule-sets/new/", rule_set_new, name="rule-set-new"),
    path("models/<slug:slug>/rules/", rule_set, name="rule-set"),
    path("models/<slug:slug>/versions/<int:pk>/rules.json", rule_set_json, name="rule-set-json"),
]
