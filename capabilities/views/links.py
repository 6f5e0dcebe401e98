"""Links of a requirement: added by a key or by words, confirmed, removed, and followed over all steps."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from capabilities.forms.links import LinkForm
from capabilities.middleware import current_versions
from capabilities.models import Link, Requirement
from capabilities.queries.link_suggestions import suggestions
from capabilities.queries.links import dependency_tree, links_of
from capabilities.queries.products import may_in, visible_products
from capabilities.queries.references import find_requirement
from capabilities.services.links import add_link, confirm_link, remove_link
from capabilities.views.access import act, act_and_return, demand_in, requirement_or_404
from config.people.access import requires
from config.people.requests import person

PAGE = "capabilities/requirement_links.html"
WORDS = ("kind", "target", "note")


@require_safe
@requires("read")
def links(request: HttpRequest, key: str) -> HttpResponse:
    """The links, what it rests on and what rests on it; ?target= offers the requirements that were meant."""
    requirement = requirement_or_404(request, key)
    user, versions = person(request), current_versions(request)
    asked = {name: request.GET[name] for name in WORDS if request.GET.get(name)}
    context = {
        "requirement": requirement,
        "links": links_of(requirement, user, versions),
        "form": LinkForm(initial=asked),
        "candidates": suggestions(requirement, user, asked.get("target", "")),
        "asked": asked,
        "rests_on": dependency_tree(requirement, user, versions, outward=True),
        "rests_on_this": dependency_tree(requirement, user, versions, outward=False),
        "may_write": may_in(user, "write_requirements", requirement.product),
    }
    return render(request, PAGE, context)


@require_safe
@requires("read")
def link_suggestions(request: HttpRequest, key: str) -> HttpResponse:
    """The list under the field, while one types."""
    requirement = requirement_or_404(request, key)
    found = suggestions(requirement, person(request), request.GET.get("target", ""))
    return render(request, "capabilities/link_suggestions.html", {"candidates": found})


@require_POST
@requires("read")
def link_add(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    page = reverse("capabilities:requirement-links", args=[requirement.key])
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Name the other requirement and how the two hang together.")
        return redirect(page)
    fields = form.cleaned_data
    target = _meant(request, requirement, fields["target"])
    again = f"{page}?{urlencode({name: fields[name] for name in WORDS if fields[name]})}"
    if target is None:
        messages.error(request, f"Which requirement do you mean by “{fields['target'][:60]}”?")
        return redirect(again)
    made = act(
        request,
        f"{requirement.key} is linked to {target.key}.",
        lambda: add_link(
            actor=person(request),
            source=requirement,
            target=target,
            kind=fields["kind"],
            note=fields["note"],
        ),
    )
    return redirect(page if made else again)


def _meant(request: HttpRequest, requirement: Requirement, text: str) -> Requirement | None:
    """The requirement of this key, else the only one that the words find."""
    user = person(request)
    if found := find_requirement(user, text.strip().partition(" ")[0]):
        return found
    candidates = suggestions(requirement, user, text, limit=2)
    return candidates[0].requirement if len(candidates) == 1 else None


def _link(request: HttpRequest, requirement: Requirement, pk: int) -> Link:
    """A link of this requirement to one that the person may see too."""
    rows = Link.objects.filter(target__product__in=visible_products(person(request)))
    return get_object_or_404(
        rows.select_related("source__product", "target__product"), pk=pk, source=requirement
    )


@require_POST
@requires("read")
def link_confirm(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    return _changed(request, key, pk, "The link to {target} is confirmed.", confirm_link)


@require_POST
@requires("read")
def link_remove(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    return _changed(request, key, pk, "{source} is no longer linked to {target}.", remove_link)


def _changed(
    request: HttpRequest, key: str, pk: int, done: str, deed: Callable[..., Link | None]
) -> HttpResponse:
    """Do something to a link and go back to the list. deed: takes the actor and the link."""
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    link = _link(request, requirement, pk)
    return act_and_return(
        request,
        reverse("capabilities:requirement-links", args=[requirement.key]),
        done.format(source=requirement.key, target=link.target.key),
        lambda: deed(actor=person(request), link=link),
    )


PLACE = "requirements/<slug:key>/links/"
urlpatterns = [
    path(PLACE, links, name="requirement-links"),
    path(f"{PLACE}suggest/", link_suggestions, name="link-suggest"),
    path(f"{PLACE}add/", link_add, name="link-add"),
    path(f"{PLACE}<int:pk>/confirm/", link_confirm, name="link-confirm"),
    path(f"{PLACE}<int:pk>/remove/", link_remove, name="link-remove"),
]
