from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from capabilities.models import Requirement, Review, Revision
from capabilities.services import requirements as life
from capabilities.services.reviews import review, withdraw_review
from capabilities.services.revisions import current_revision
from capabilities.views.access import act_and_return, demand_in, requirement_or_404, words_in
from config.people.access import requires
from config.people.models import User
from config.people.requests import person

DONE = {
    Review.Decision.APPROVE: "Your approval is noted.",
    Review.Decision.CHANGES: "Your wish for changes is noted.",
    Review.Decision.DECLINE: "Your refusal is noted.",
}


@require_POST
@requires("read")
def review_create(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "approve", requirement.product)
    url = reverse("capabilities:requirement-detail", args=[requirement.key])
    revision = current_revision(requirement)
    decision = request.POST.get("decision", "")
    if decision not in DONE:
        messages.error(request, "Choose to approve, to ask for changes or to decline.")
        return redirect(url)
    if request.POST.get("fingerprint", "") != revision.fingerprint:
        messages.error(request, "The text changed while you were reading. Read it again, then answer.")
        return redirect(url)
    return act_and_return(
        request,
        url,
        DONE[Review.Decision(decision)],
        lambda: _answer(person(request), requirement, revision, decision, words_in(request, "comment")),
    )


@transaction.atomic
def _answer(actor: User, requirement: Requirement, revision: Revision, decision: str, comment: str) -> None:
    """The answer; the approval that was still missing agrees the text."""
    review(actor=actor, revision=revision, decision=decision, comment=comment)
    approved = decision == Review.Decision.APPROVE
    if approved and life.standing_approvals(revision) >= requirement.product.approvals_required:
        life.approve(actor=actor, requirement=requirement)


@require_POST
@requires("read")
def review_withdraw(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    answer = get_object_or_404(
        Review.objects.select_related("revision__requirement__product"),
        pk=pk,
        revision__requirement=requirement,
        withdrawn_at=None,
    )
    return act_and_return(
        request,
        reverse("capabilities:requirement-detail", args=[requirement.key]),
        "Your review is withdrawn.",
        lambda: withdraw_review(actor=person(request), answer=answer, reason=words_in(request, "reason")),
    )


urlpatterns = [
    path("requirements/<slug:key>/review/", review_create, name="review"),
    path("requirements/<slug:key>/reviews/<int:pk>/withdraw/", review_withdraw, name="review-withdraw"),
]
