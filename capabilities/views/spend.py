"""Spending by provider, version, product or schedule, month by month, and the budgets that bound it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.budgets import BudgetForm
from capabilities.middleware import visible_keys
from capabilities.models import Product
from capabilities.queries.products import visible_products
from config import words
from config.people.access import may, requires
from config.people.requests import person
from config.web import page_or_partial
from evaluations.charts import Column, columns
from evaluations.exporters import csv_rows
from evaluations.models import Budget
from evaluations.queries.spend import WAYS, By, Spend, SpendRow, budget_states, spend, this_month
from evaluations.services.budgets import remove_budget, save_budget

SPANS = (3, 6, 12)
HEADINGS: dict[By, str] = {
    "provider": "Provider",
    "version": "Model version",
    "product": "Product",
    "schedule": "Schedule",
}
FILE_COLUMNS = ("by", "name", "month", "currency", "settled", "most", "tokens", "calls", "unpriced_calls")


@require_safe
@requires("read")
def spend_page(request: HttpRequest) -> HttpResponse:
    by, span = _asked(request)
    found = spend(by, this_month(), span, visible=visible_keys(request))
    if request.GET.get("format") in ("csv", "json"):
        return _file(request.GET["format"], by, found)
    if by == "product":
        _name_products(found, request)
    context = {
        "by": by,
        "span": span,
        "spans": SPANS,
        "ways": HEADINGS.items(),
        "heading": HEADINGS[by],
        "found": found,
        "charts": [_chart(found, row) for row in found.totals if row.currency],
        "budgets": budget_states(_visible_budgets(request)),
        "zone": settings.SPEND_ZONE.key,
        "may_manage": may(request.user, "manage"),
    }
    return render(
        request, page_or_partial(request, "capabilities/spend.html", "capabilities/spend_body.html"), context
    )


def _asked(request: HttpRequest) -> tuple[By, int]:
    by = next((way for way in WAYS if way == request.GET.get("by")), WAYS[0])
    span = next((span for span in SPANS if str(span) == request.GET.get("months")), SPANS[1])
    return by, span


def _name_products(found: Spend, request: HttpRequest) -> None:
    names = dict(visible_products(person(request)).values_list("key", "name"))
    for row in found.rows:
        row.name = names.get(row.key, row.name)


def _chart(found: Spend, total: SpendRow) -> dict[str, Any]:
    name = f"Spending a month in {total.currency}"
    bars = [
        Column(
            date_format(month, "M y"),
            float(spent.settled),
            float(spent.most),
            words.money(spent.settled, total.currency),
        )
        for month, spent in zip(found.months, total.months, strict=True)
    ]
    short = [replace(bar, name=bar.name[:3]) for bar in bars]
    return {
        "caption": f"{name}: settled, and above it what calls on their way and lost ones may add",
        "svg": columns.draw(bars, name),
        "narrow": columns.draw(short, name, 340.0),
    }


def _file(kind: str, by: By, found: Spend) -> HttpResponse:
    records = list(_records(by, found))
    headers = {"Content-Disposition": f'attachment; filename="spend-by-{by}.{kind}"'}
    if kind == "json":
        return JsonResponse({"zone": settings.SPEND_ZONE.key, "spend": records}, headers=headers)
    body = csv_rows(records, FILE_COLUMNS)
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def _records(by: By, found: Spend) -> Iterator[dict[str, Any]]:
    for row in found.rows:
        for month, spent in zip(found.months, row.months, strict=True):
            if spent.calls or spent.most:
                yield {
                    "by": by,
                    "name": row.key if by == "product" and row.key else row.name,
                    "month": f"{month:%Y-%m}",
                    "currency": row.currency,
                    "settled": spent.settled,
                    "most": spent.most,
                    "tokens": spent.tokens,
                    "calls": spent.calls,
                    "unpriced_calls": spent.unpriced,
                }


def _visible_budgets(request: HttpRequest) -> QuerySet[Budget]:
    return Budget.objects.filter(Q(product="") | Q(product__in=visible_keys(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("manage")
def budget_new(request: HttpRequest) -> HttpResponse:
    """A new budget, or another amount of one there is."""
    options: dict[str, Any] = {"products": Product.objects.all()}
    form = (
        BudgetForm(request.POST, **options)
        if request.method == "POST"
        else BudgetForm(initial=request.GET.dict(), **options)
    )
    if form.is_bound and form.is_valid():
        try:
            saved = save_budget(actor=person(request), **form.facts())
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"{saved}. Calls are held to it from now on.")
            return redirect("capabilities:spend")
    status = 422 if form.is_bound else 200
    return render(request, "capabilities/budget_form.html", {"form": form}, status=status)


@require_POST
@requires("manage")
def budget_remove(request: HttpRequest, pk: int) -> HttpResponse:
    budget = get_object_or_404(Budget.objects.select_related("provider", "schedule"), pk=pk)
    remove_budget(actor=person(request), budget=budget)
    messages.success(request, f"{budget} no longer holds.")
    return redirect("capabilities:spend")


urlpatterns = [
    path("spend/", spend_page, name="spend"),
    path("budgets/new/", budget_new, name="budget-new"),
    path("budgets/<int:pk>/remove/", budget_remove, name="budget-remove"),
]
