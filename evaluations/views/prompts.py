"""Prompts: the list, a new one, and its versions with what changed between two."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.people.access import may, requires
from config.people.requests import person
from config.web import page_of
from evaluations.forms.prompts import PromptFields, PromptForm, words_of
from evaluations.models import Prompt
from evaluations.queries.prompts import difference, prompts_with_versions, slots_of, uses_of
from evaluations.services.prompts import create_prompt_version
from evaluations.views.deeds import attempt, status_of

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@requires("read")
def prompt_list(request: HttpRequest) -> HttpResponse:
    page = page_of(request, prompts_with_versions())
    context = {"page": page, "may_write": may(request.user, "write_facts")}
    return render(request, "evaluations/prompt_list.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def prompt_new(request: HttpRequest) -> HttpResponse:
    form = PromptForm(request.POST or None, initial={"message": "{{input}}"})
    if form.is_valid():
        names = {"slug": form.cleaned_data["slug"], "name": form.cleaned_data["name"]}
        version = attempt(
            form, lambda: create_prompt_version(actor=person(request), **names, **form.version())
        )
        if version:
            return redirect("evaluations:prompt-detail", version.prompt.slug)
    context = {
        "form": form,
        "title": "New prompt",
        "crumbs": [(reverse("evaluations:prompt-list"), "Prompts")],
        "submit": "Make the prompt",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


@require_safe
@requires("read")
def prompt_detail(request: HttpRequest, slug: str) -> HttpResponse:
    prompt = get_object_or_404(Prompt, slug=slug)
    versions = list(prompt.versions.select_related("prompt").order_by("-number"))
    by_number = {str(version.number): version for version in versions}
    chosen = by_number.get(request.GET.get("version", ""), versions[0] if versions else None)
    against = by_number.get(request.GET.get("against", ""))
    context = {
        "prompt": prompt,
        "versions": versions,
        "chosen": chosen,
        "against": against,
        "changes": difference(against, chosen) if against and chosen else [],
        "slots": slots_of(chosen) if chosen else [],
        "uses": uses_of(prompt),
        "may_write": may(request.user, "write_facts"),
    }
    return render(request, "evaluations/prompt_detail.html", context)


@require_http_methods(FORM_METHODS)
@requires("write_facts")
def prompt_version_new(request: HttpRequest, slug: str) -> HttpResponse:
    prompt = get_object_or_404(Prompt, slug=slug)
    newest = prompt.versions.order_by("-number").first()
    form = PromptFields(request.POST or None, initial=words_of(newest) if newest else {})
    if form.is_valid():
        made = attempt(
            form, lambda: create_prompt_version(actor=person(request), slug=slug, **form.version())
        )
        if made and newest and made.pk == newest.pk:
            messages.info(request, f"Nothing differs from version {made.number}, so no new one was made.")
        if made:
            return redirect("evaluations:prompt-detail", slug)
    context = {
        "form": form,
        "title": f"New version of {prompt.name}",
        "intro": "Earlier versions stay as they are; evaluations keep asking with theirs.",
        "crumbs": [
            (reverse("evaluations:prompt-list"), "Prompts"),
            (reverse("evaluations:prompt-detail", args=[slug]), prompt.name),
        ],
        "submit": "Make the version",
    }
    return render(request, "evaluations/form_page.html", context, status=status_of(form))


urlpatterns = [
    path("prompts/", prompt_list, name="prompt-list"),
    path("prompts/new/", prompt_new, name="prompt-new"),
    path("prompts/<slug:slug>/", prompt_detail, name="prompt-detail"),
    path("prompts/<slug:slug>/versions/new/", prompt_version_new, name="prompt-version-new"),
]
