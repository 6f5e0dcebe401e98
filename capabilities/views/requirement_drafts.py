"""A new requirement: from nothing, from a link or from a template, with its sentence and what is unclear shown as it grows."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from capabilities.forms.examples import ExamplesWidget, after_press
from capabilities.forms.requirements import NewRequirementForm, SuggestionsForm, TextForm
from capabilities.lint import Finding, statement_findings, two_abilities
from capabilities.models import Product, Requirement, Revision
from capabilities.packs import ABILITIES, KINDS, TEMPLATES, Template
from capabilities.queries.requirement_page import statement_parts
from capabilities.queries.tags import tags_in_use
from capabilities.services.drafting import draft_once
from capabilities.services.revisions import STATEMENT, current_revision
from capabilities.services.splitting import title_of
from capabilities.services.starting import add_suggested, words_of
from capabilities.views.access import demand_in, product_or_404
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person

ASKED = ("title", "shall", "kind", "intent", "priority", "objective", "rationale")
# Buttons that change the form and save nothing.
LOOKS = ("start", "example", "repair")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def requirement_new(request: HttpRequest) -> HttpResponse:
    product = product_or_404(request)
    demand_in(request, "write_requirements", product)
    template = _template(request)
    looks = any(name in request.POST for name in LOOKS)
    if request.method == "POST" and not looks:
        form = NewRequirementForm(request.POST, product=product)
        suggested = SuggestionsForm(request.POST, measures=template.measures if template else ())
        if form.is_valid() and suggested.is_valid():
            made = _make(request, product, form, suggested)
            if made is not None:
                return redirect("capabilities:requirement-detail", made.key)
    else:
        typed = pressed(request.POST) if looks else _asked(request, product)
        form = NewRequirementForm(product=product, initial=_filled(typed, template, request))
        again = looks and "start" not in request.POST
        suggested = SuggestionsForm(
            request.POST if again else None, measures=template.measures if template else ()
        )
    focus_after(form, request.POST)
    context = {
        "form": form,
        "suggested": suggested,
        "template": template,
        "product": product,
        "packs": (*ABILITIES, *KINDS),
        "preview": preview_of(form),
        "tags": tags_in_use(product),
        "example_pressed": request.POST.get("example") == "add",
    }
    status = 422 if form.errors or (suggested.errors and not looks) else 200
    return render(request, "capabilities/requirement_new.html", context, status=status)


def _template(request: HttpRequest) -> Template | None:
    """The template just chosen, else the one the form was started from, else the one of the link."""
    if "start" in request.POST:
        return TEMPLATES.get(request.POST.get("chosen_template", ""))
    return TEMPLATES.get(request.POST.get("template") or request.GET.get("template", ""))


def _make(
    request: HttpRequest, product: Product, form: NewRequirementForm, suggested: SuggestionsForm
) -> Requirement | None:
    """The draft with the criteria that are wanted, two drafts where splitting was pressed; None when refused, said in the form."""
    given = _given(form, request)
    halves = two_abilities(given["shall"]) if "split" in request.POST else None
    try:
        with transaction.atomic():
            first = given | ({"shall": halves[0]} if halves else {})
            made, is_new = draft_once(actor=person(request), product=product, **first)
            if is_new:
                add_suggested(
                    actor=person(request), revision=current_revision(made), suggestions=suggested.chosen
                )
            if halves:
                rest = given | {"title": title_of(halves[1]), "shall": halves[1], "examples": []}
                second, _ = draft_once(actor=person(request), product=product, **rest)
    except (Refused, ValidationError) as refusal:
        add_refusal(form, refusal)
        return None
    if halves:
        messages.success(request, f"{made.key} and {second.key} are drafts, one ability each.")
    elif is_new:
        next_step = "Read its criteria" if suggested.chosen else "Add a criterion"
        messages.success(request, f"{made.key} is a draft. {next_step}, then submit it for review.")
    return made


def _given(form: NewRequirementForm, request: HttpRequest) -> dict[str, Any]:
    """What was typed; where nothing was said of an owner it is whoever writes it."""
    given = dict(form.cleaned_data)
    return given if "owner" in request.POST else given | {"owner": person(request)}


def _asked(request: HttpRequest, product: Product) -> dict[str, Any]:
    """What the link to a new requirement fills in: ?template=, ?kind=, ?intent=, ?capability=slug, ?objective=id, ?title=, ?shall=."""
    asked: dict[str, Any] = {name: request.GET[name] for name in ASKED if request.GET.get(name)}
    asked["owner"] = person(request).pk
    capability = product.capabilities.filter(slug=request.GET.get("capability", "")).first()
    return asked | ({"capability": capability.pk} if capability else {})


def _filled(typed: dict[str, Any], template: Template | None, request: HttpRequest) -> dict[str, Any]:
    """A template fills what is still empty; when it was just chosen also the facts beside the text."""
    if template is None or ("start" not in request.POST and request.method == "POST"):
        return typed
    words = words_of(template)
    words["tags"] = ", ".join(words["tags"])
    chosen = {name: words[name] for name in ("kind", "intent", "priority")}
    kept = {name: value for name, value in typed.items() if value}
    return {**words, **kept, **(chosen if "start" in request.POST else {})}


def pressed(posted: QueryDict) -> dict[str, Any]:
    """What is typed after a button that saves nothing: an example more or less, or a mend of the wording."""
    typed: dict[str, Any] = {
        name: posted[name] for name in posted if name not in {"csrfmiddlewaretoken", "examples"}
    }
    rows = ExamplesWidget().value_from_datadict(posted, None, "examples")
    typed["examples"] = after_press(rows, posted.get("example", ""))
    return typed | mended(typed, posted.get("repair", ""))


def mended(words: dict[str, Any], code: str) -> dict[str, str]:
    """What the mend of this finding writes into the form; nothing where there is no such finding any more."""
    shall = str(words.get("shall", ""))
    for finding in statement_findings(shall, _conditions(words)):
        if finding.code == code and finding.repairs:
            return {name: text for name, text in finding.repairs[0].changes.items() if name in STATEMENT}
    return {}


def focus_after(form: TextForm, posted: QueryDict) -> None:
    """After a button that saves nothing the writing goes on where it was."""
    if "repair" in posted or "example" in posted:
        form.fields["title"].widget.attrs.pop("autofocus", None)
    if "repair" in posted:
        form.fields["shall"].widget.attrs["autofocus"] = True


def preview_of(form: TextForm) -> dict[str, Any]:
    """The composed statement and what is unclear about it, of what was typed so far."""
    words = {name: str(form[name].value() or "").strip() for name in ("title", *STATEMENT)}
    revision = Revision(**words)
    findings: list[Finding] = []
    if revision.shall:
        findings = statement_findings(revision.shall, _conditions(words))
    return {"revision": revision, "parts": statement_parts(revision), "findings": findings}


def _conditions(words: dict[str, Any]) -> str:
    return " ".join(str(words.get(name) or "") for name in STATEMENT if name != "shall").strip()


@require_safe
@requires("read")
def requirement_preview(request: HttpRequest) -> HttpResponse:
    """The statement as it reads so far; asked for while somebody types."""
    form = NewRequirementForm(request.GET, product=product_or_404(request))
    return render(request, "capabilities/statement_preview.html", {"preview": preview_of(form)})


urlpatterns = [
    path("requirements/new/", requirement_new, name="requirement-new"),
    path("requirements/new/preview/", requirement_preview, name="requirement-preview"),
]
