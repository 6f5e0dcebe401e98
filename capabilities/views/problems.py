"""Problems: the list, one with its worksheet and evidence, and what people do with it in one press."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.problems import DraftForm, RemarkForm
from capabilities.middleware import current_product, use_product
from capabilities.models import Assessment, Problem, Product
from capabilities.queries.problems import (
    DUE,
    NOT_ASSESSED,
    SORTS,
    as_rows,
    find_problem,
    problem_counts,
    problem_page,
    problem_rows,
)
from capabilities.queries.products import may_in
from capabilities.services.assessing import draft_requirements, parts_of
from capabilities.services.problems import decline, reopen_problem
from capabilities.services.remarks import remark
from capabilities.views.access import act_and_return, demand_in, words_in
from capabilities.views.exports import send
from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.requests import person
from config.web import page_of, page_or_partial

LIST, TABLE = "capabilities/problems/problem_list.html", "capabilities/problems/problem_table.html"
DETAIL = "capabilities/problems/problem_detail.html"
COLUMNS = (
    ("key", "Problem"),
    ("state", "State"),
    ("conclusion", "Conclusion"),
    ("assessed", "Assessed"),
)
FILE_COLUMNS = ("key", "title", "state", "conclusion")


def problem_or_404(request: HttpRequest, key: str) -> Problem:
    """The problem called `key` among the products one may see; the page stands in its product from now on."""
    found = find_problem(person(request), key)
    if found is None:
        raise Http404(f"There is no problem {key}.")
    use_product(request, found.product)
    return found


def may_write(request: HttpRequest, product: Product) -> bool:
    return may_in(person(request), "write_requirements", product)


@require_safe
@requires("read")
def problem_list(request: HttpRequest) -> HttpResponse:
    """?state=, ?conclusion= (also none, and due for another look), ?q=, ?sort=; ?format=csv or json."""
    product = current_product(request)
    if product is None:
        return render(request, LIST, {"product": None})
    wanted = {name: request.GET.get(name, "").strip()[:200] for name in ("state", "conclusion", "q", "sort")}
    found = problem_rows(product, wanted)
    if (kind := request.GET.get("format")) in {"csv", "json"}:
        return send(kind, product, "problems", _records(found), FILE_COLUMNS)
    states, conclusions = problem_counts(product)
    page = page_of(request, found)
    context = {
        "product": product,
        "page": page,
        "rows": as_rows(page.object_list),
        "wanted": wanted,
        "filtered": any(wanted[name] for name in ("state", "conclusion", "q")),
        "total": states.total(),
        "states": [(value, f"{label} ({states[value]})") for value, label in Problem.State.choices],
        "conclusions": [
            *[(value, f"{label} ({conclusions[value]})") for value, label in Assessment.Conclusion.choices],
            (NOT_ASSESSED, f"None yet ({conclusions[NOT_ASSESSED]})"),
            (DUE, f"Worth another look ({conclusions[DUE]})"),
        ],
        "headings": list(_headings(wanted)),
        "may_write": may_write(request, product),
    }
    return render(request, page_or_partial(request, LIST, TABLE), context)


def _records(found: Any) -> Iterator[dict[str, Any]]:
    for row in as_rows(found):
        problem = row.problem
        yield {
            "key": problem.key,
            "title": problem.title,
            "state": problem.state,
            "conclusion": row.conclusion or None,
            "assessed_at": row.assessed_at.isoformat() if row.assessed_at else None,
            "newer_version": row.newer.label if row.newer else None,
            "kind": problem.kind,
            "aim": problem.aim,
            "state_reason": problem.state_reason,
        }


def _headings(wanted: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The columns as the list is sorted by them now, and the address that sorts by each."""
    now = wanted["sort"] if wanted["sort"].removeprefix("-") in SORTS else "key"
    kept = {name: value for name, value in wanted.items() if value and name != "sort"}
    for name, label in COLUMNS:
        turned = f"-{name}" if now == name else name
        order = {name: "ascending", f"-{name}": "descending"}.get(now, "")
        yield {"label": label, "url": f"?{urlencode(kept | {'sort': turned})}", "order": order}


@require_safe
@requires("read")
def problem_detail(request: HttpRequest, key: str) -> HttpResponse:
    return _detail(request, problem_or_404(request, key))


def _detail(
    request: HttpRequest,
    problem: Problem,
    forms: list[DraftForm] | None = None,
    remark_form: RemarkForm | None = None,
) -> HttpResponse:
    page = problem_page(problem)
    write = may_write(request, problem.product)
    newest = page.now.assessment if page.now else None
    if forms is None and write and newest:
        drafted = {link.part for link in page.links if link.assessment_id == newest.pk}
        forms = [_draft_form(problem, newest, part) for part in parts_of(newest) if part not in drafted]
    context = {
        "page": page,
        "problem": problem,
        "may_write": write,
        "may_assess": write and problem.state in {Problem.State.OPEN, Problem.State.ASSESSED},
        "may_draft": problem.state in {Problem.State.ASSESSED, Problem.State.ADOPTED},
        "drafts": forms or [],
        "remark_form": remark_form or RemarkForm(),
    }
    refused = any(form.errors for form in [*(forms or []), *([remark_form] if remark_form else [])])
    return render(request, DETAIL, context, status=422 if refused else 200)


def _draft_form(problem: Problem, assessment: Assessment, part: str, data: Any = None) -> DraftForm:
    hybrid = assessment.conclusion == Assessment.Conclusion.HYBRID
    text = {"ai": assessment.ai_part, "rules": assessment.rules_part}[part] if hybrid else ""
    side = {"ai": "what AI does", "rules": "what rules do"}[part]
    title = f"{problem.title[:180]}: {side}" if hybrid else problem.title
    return DraftForm(data, part=part, initial={"title": title, "shall": text})


@require_POST
@requires("read")
def problem_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Requirements that follow from the newest conclusion; `wanted` of each part says which."""
    problem = problem_or_404(request, key)
    demand_in(request, "write_requirements", problem.product)
    newest = problem.assessments.first()
    asked = [part for part in (parts_of(newest) if newest else []) if f"{part}-part" in request.POST]
    if newest is None or not asked:
        messages.error(request, f"Assess {problem.key} first: requirements follow from a conclusion.")
        return redirect("capabilities:problem-detail", problem.key)
    forms = [_draft_form(problem, newest, part, request.POST) for part in asked]
    # Every form says what is wrong with it, not only the first.
    valid = [form.is_valid() for form in forms]
    if not all(valid):
        return _detail(request, problem, forms)
    drafts = [form.draft() for form in forms if form.cleaned_data["wanted"]]
    try:
        made = draft_requirements(actor=person(request), problem=problem, drafts=drafts)
    except (Refused, ValidationError) as refusal:
        add_refusal(forms[0], refusal)
        return _detail(request, problem, forms)
    names = " and ".join(one.key for one in made)
    messages.success(request, f"Drafted {names}. Add a criterion next.")
    if len(made) == 1:
        return redirect("capabilities:requirement-detail", made[0].key)
    return redirect("capabilities:problem-detail", problem.key)


@require_POST
@requires("read")
def problem_decline(request: HttpRequest, key: str) -> HttpResponse:
    problem = problem_or_404(request, key)
    demand_in(request, "write_requirements", problem.product)
    return act_and_return(
        request,
        reverse("capabilities:problem-detail", args=[problem.key]),
        f"{problem.key} is declined. Its reason is kept and found by the search.",
        lambda: decline(actor=person(request), problem=problem, reason=words_in(request, "reason")),
    )


@require_POST
@requires("read")
def problem_reopen(request: HttpRequest, key: str) -> HttpResponse:
    problem = problem_or_404(request, key)
    demand_in(request, "write_requirements", problem.product)
    return act_and_return(
        request,
        reverse("capabilities:problem-detail", args=[problem.key]),
        f"{problem.key} is open again.",
        lambda: reopen_problem(actor=person(request), problem=problem, reason=words_in(request, "reason")),
    )


@require_http_methods(["POST"])
@requires("read")
def problem_remark(request: HttpRequest, key: str) -> HttpResponse:
    """Whoever may read the product may say something, and with a day be reminded of it."""
    problem = problem_or_404(request, key)
    form = RemarkForm(request.POST)
    if form.is_valid():
        try:
            remark(actor=person(request), about=problem, **form.cleaned_data)
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "Said.")
            return redirect("capabilities:problem-detail", problem.key)
    return _detail(request, problem, remark_form=form)


urlpatterns = [
    path("problems/", problem_list, name="problem-list"),
    path("problems/<slug:key>/", problem_detail, name="problem-detail"),
    path("problems/<slug:key>/drafts/", problem_draft, name="problem-draft"),
    path("problems/<slug:key>/decline/", problem_decline, name="problem-decline"),
    path("problems/<slug:key>/reopen/", problem_reopen, name="problem-reopen"),
    path("problems/<slug:key>/remarks/", problem_remark, name="problem-remark"),
]
