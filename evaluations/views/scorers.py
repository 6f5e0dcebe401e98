"""Scorers: what turns an answer into a number, in plain words."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.forms.scorers import ConfigFields, ScorerForm, kinds
from evaluations.models import Scorer
from evaluations.queries.scorers import described, scorers_with_versions, settings_of, uses_of
from evaluations.scorers import all_scorers, get_scorer
from evaluations.services.scorers import create_scorer_version
from evaluations.views.deeds import attempt, status_of


@require_safe
@requires("read")
def scorer_list(request: HttpRequest) -> HttpResponse:
    page = page_of(request, scorers_with_versions())
    context = {
        "page": page,
        "rows": [(scorer, *described(scorer.kind or "")) for scorer in page.object_list],
        "kinds": kinds(),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/scorer_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def scorer_new(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    if kind not in all_scorers():
        return render(request, "evaluations/scorer_kinds.html", {"kinds": kinds()})
    form = ScorerForm(request.POST or None, kind=kind)
    if form.is_valid():
        names = {"slug": form.cleaned_data["slug"], "name": form.cleaned_data["name"]}
        version = attempt(
            form,
            lambda: create_scorer_version(actor=person(request), **names, kind=kind, config=form.config()),
        )
        if version:
            return redirect("evaluations:scorer-detail", version.scorer.slug)
    context = {
        "form": form,
        "title": f"New scorer: {get_scorer(kind).title}",
        "intro": get_scorer(kind).description,
        "crumbs": [
            (reverse("evaluations:scorer-list"), "Scorers"),
            (reverse("evaluations:scorer-new"), "Kinds"),
        ],
        "submit": "Make the scorer",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def scorer_detail(request: HttpRequest, slug: str) -> HttpResponse:
    scorer = get_object_or_404(Scorer, slug=slug)
    versions = list(scorer.versions.order_by("-number"))
    title, sentence = described(versions[0].kind) if versions else ("", "")
    context = {
        "scorer": scorer,
        "kind_title": title,
        "sentence": sentence,
        "rows": [(version, settings_of(version)) for version in versions],
        "uses": uses_of(scorer),
        "may_write": may(request.user, "write_facts") and versions and versions[0].kind in all_scorers(),
    }
    return render(request, "evaluations/scorer_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("write_facts")
def scorer_version_new(request: HttpRequest, slug: str) -> HttpResponse:
    scorer = get_object_or_404(Scorer, slug=slug)
    newest = scorer.versions.order_by("-number").first()
    if newest is None or newest.kind not in all_scorers():
        raise Http404("This kind of scorer is not installed here.")
    form = ConfigFields(request.POST or None, kind=newest.kind, config=newest.config)
    if form.is_valid():
        made = attempt(
            form,
            lambda: create_scorer_version(
                actor=person(request), slug=slug, kind=newest.kind, config=form.config()
            ),
        )
        if made:
            same = made.pk == newest.pk
            words = (
                "Nothing differs, so no new version was made." if same else f"Version {made.number} is there."
            )
            messages.info(request, words)
            return redirect("evaluations:scorer-detail", slug)
    context = {
        "form": form,
        "title": f"New version of {scorer.name}",
        "intro": "Evaluations keep scoring with the version they name.",
        "crumbs": [
            (reverse("evaluations:scorer-list"), "Scorers"),
            (reverse("evaluations:scorer-detail", args=[slug]), scorer.name),
        ],
        "submit": "Make the version",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


urlpatterns = [
    path("scorers/", scorer_list, name="scorer-list"),
    path("scorers/new/", scorer_new, name="scorer-new"),
    path("scorers/<slug:slug>/", scorer_detail, name="scorer-detail"),
    path("scorers/<slug:slug>/versions/new/", scorer_version_new, name="scorer-version-new"),
]
