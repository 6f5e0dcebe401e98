"""Suites: named lists of evaluations that run together."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.forms.evaluations import SuiteChangeForm, SuiteForm
from evaluations.models import Suite
from evaluations.queries.evaluations import evaluation_rows, evaluations_with_newest, suites_with_counts
from evaluations.services.evaluations import change_suite, create_suite
from evaluations.views.deeds import attempt, status_of

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@requires("read")
def suite_list(request: HttpRequest) -> HttpResponse:
    context = {
        "page": page_of(request, suites_with_counts()),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/suite_list.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def suite_new(request: HttpRequest) -> HttpResponse:
    form = SuiteForm(request.POST or None)
    if form.is_valid():
        suite = attempt(form, lambda: create_suite(actor=person(request), **form.cleaned_data))
        if suite:
            return redirect("evaluations:suite-detail", suite.slug)
    context = {
        "form": form,
        "title": "New suite",
        "crumbs": [(reverse("evaluations:suite-list"), "Suites")],
        "submit": "Make the suite",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def suite_detail(request: HttpRequest, slug: str) -> HttpResponse:
    suite = get_object_or_404(Suite, slug=slug)
    context = {
        "suite": suite,
        "rows": evaluation_rows(list(evaluations_with_newest().filter(suites=suite))),
        "schedules": suite.schedules.all(),
        "may_write": may(request.user, "write_facts"),
        "may_run": may(request.user, "run"),
    }
    return render(request, "evaluations/suite_detail.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def suite_edit(request: HttpRequest, slug: str) -> HttpResponse:
    suite = get_object_or_404(Suite, slug=slug)
    initial = {"name": suite.name, "description": suite.description, "evaluations": suite.evaluations.all()}
    form = SuiteChangeForm(request.POST or None, initial=initial)
    if form.is_valid():
        saved = attempt(form, lambda: change_suite(actor=person(request), suite=suite, **form.cleaned_data))
        if saved:
            return redirect("evaluations:suite-detail", slug)
    context = {
        "form": form,
        "title": f"Change {suite.name}",
        "crumbs": [
            (reverse("evaluations:suite-list"), "Suites"),
            (reverse("evaluations:suite-detail", args=[slug]), suite.name),
        ],
        "submit": "Save",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


urlpatterns = [
    path("suites/", suite_list, name="suite-list"),
    path("suites/new/", suite_new, name="suite-new"),
    path("suites/<slug:slug>/", suite_detail, name="suite-detail"),
    path("suites/<slug:slug>/edit/", suite_edit, name="suite-edit"),
]
