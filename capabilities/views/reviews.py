"""Reviews: asked for by name, answered on the text that was read, taken back."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from capabilities.errors import TextChanged
from capabilities.models import Requirement, Review, ReviewRequest
from capabilities.queries.reviews import between, possible_reviewers, text_of, text_seen
from capabilities.services.reviews import (
    answer_review,
    request_reviews,
    take_back_request,
    withdraw_review,
)
from capabilities.services.revisions import current_revision
from capabilities.views.access import act_and_return, demand_in, requirement_or_404, words_in
from config.errors import Refused
from config.people.access import requires
from config.people.requests import person

DONE = {
    Review.Decision.APPROVE: "Your approval is noted.",
    Review.Decision.CHANGES: "Your wish for changes is noted; the text is a draft again.",
    Review.Decision.DECLINE: "Your refusal is noted.",
}
CHANGED = "capabilities/review_changed.html"


def _page(requirement: Requirement) -> str:
    return reverse("capabilities:requirement-detail", args=[requirement.key])


@require_POST
@requires("read")
def review_create(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "approve", requirement.product)
    decision = request.POST.get("decision", "")
    if decision not in DONE:
        messages.error(request, "Choose to approve, to ask for changes or to decline.")
        return redirect(_page(requirement))
    try:
        answer_review(
            actor=person(request),
            requirement=requirement,
            decision=decision,
            comment=words_in(request, "comment"),
            fingerprint=words_in(request, "fingerprint", 64),
        )
    except TextChanged as changed:
        return _show_change(request, requirement, changed)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, DONE[Review.Decision(decision)])
    return redirect(_page(requirement))


def _show_change(request: HttpRequest, requirement: Requirement, changed: TextChanged) -> HttpResponse:
    """What was read, against what is there now, with the answer that was being written."""
    then, now = (_words(changed.fields[name]) for name in ("then", "now"))
    context = {
        "requirement": requirement,
        "rows": between(then, now) if then else [],
        "fingerprint": changed.fields["fingerprint"],
        "comment": words_in(request, "comment"),
        "message": changed.message,
    }
    return render(request, CHANGED, context, status=409)


def _words(value: object) -> Mapping[str, str]:
    return value if isinstance(value, dict) else {}


@require_safe
@requires("read")
def review_detail(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What changed since somebody answered."""
    requirement = requirement_or_404(request, key)
    rows = Review.objects.select_related("revision__requirement__product", "reviewer")
    answer = get_object_or_404(rows, pk=pk, revision__requirement=requirement)
    then = text_seen(answer.revision, answer.fingerprint)
    context = {
        "requirement": requirement,
        "answer": answer,
        "rows": between(then, text_of(current_revision(requirement))) if then else [],
    }
    return render(request, CHANGED, context)


@require_POST
@requires("read")
def review_request(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    revision = current_revision(requirement)
    chosen = set(request.POST.getlist("reviewer"))
    people = [
        user for user in possible_reviewers(requirement.product, revision.author) if str(user.pk) in chosen
    ]
    if not people:
        messages.error(request, "Choose whom to ask.")
        return redirect(_page(requirement))
    names = ", ".join(user.shown_name for user in people)
    return act_and_return(
        request,
        _page(requirement),
        f"{names} asked for review.",
        lambda: request_reviews(actor=person(request), requirement=requirement, reviewers=people),
    )


@require_POST
@requires("read")
def review_request_remove(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "write_requirements", requirement.product)
    rows = ReviewRequest.objects.select_related("revision__requirement__product", "reviewer")
    asked = get_object_or_404(rows, pk=pk, revision__requirement=requirement)
    return act_and_return(
        request,
        _page(requirement),
        f"{asked.reviewer.shown_name} is no longer asked.",
        lambda: take_back_request(actor=person(request), request=asked),
    )


@require_POST
@requires("read")
def review_withdraw(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    rows = Review.objects.select_related("revision__requirement__product")
    answer = get_object_or_404(rows, pk=pk, revision__requirement=requirement, withdrawn_at=None)
    return act_and_return(
        request,
        _page(requirement),
        "Your review is withdrawn.",
        lambda: withdraw_review(actor=person(request), answer=answer, reason=words_in(request, "reason")),
    )


PLACE = "requirements/<slug:key>/"
urlpatterns = [
    path(f"{PLACE}review/", review_create, name="review"),
    path(f"{PLACE}review-requests/", review_request, name="review-request"),
    path(f"{PLACE}review-requests/<int:pk>/remove/", review_request_remove, name="review-request-remove"),
    path(f"{PLACE}reviews/<int:pk>/", review_detail, name="review-detail"),
    path(f"{PLACE}reviews/<int:pk>/withdraw/", review_withdraw, name="review-withdraw"),
]
