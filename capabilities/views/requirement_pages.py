"""The page of one requirement, and what its buttons do."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from capabilities.forms.links import LinkForm
from capabilities.forms.requirements import AnswerForm, WaiverForm
from capabilities.middleware import current_versions
from capabilities.models import Requirement
from capabilities.queries.links import links_of
from capabilities.queries.products import role_in
from capabilities.queries.requirement_page import RequirementPage, requirement_page
from capabilities.queries.reviews import possible_reviewers
from capabilities.queries.watches import hears_of
from capabilities.services.requirements import MOVES
from capabilities.views.access import requirement_or_404
from capabilities.views.comments import comments_of
from capabilities.views.notices import read_about
from config.people.access import Action, may, requires
from config.people.models import User
from config.people.requests import person

ACTIONS: tuple[Action, ...] = ("write_requirements", "approve", "run")
ASIDE = {"deferred": "Defer", "rejected": "Reject", "retired": "Retire"}


@require_safe
@requires("read")
def requirement_detail(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    page = requirement_page(requirement, current_versions(request))
    user = person(request)
    role = role_in(user, requirement.product)
    # Facts belong to everybody: the role of the site decides.
    rights = {action: may(user, action, role) for action in ACTIONS} | {
        "write_facts": may(user, "write_facts")
    }
    read_about(request, requirement.key)
    context = {
        "page": page,
        "requirement": requirement,
        "state": page.state,
        "watching": hears_of(user, requirement),
        "comments": comments_of(request, requirement),
        "rights": rights,
        "reviewers": _askable(page, rights),
        "tomorrow": timezone.localdate() + timedelta(days=1),
        "links": links_of(requirement, user, current_versions(request)),
        "link_form": LinkForm(),
        "steps": _steps(page, user, rights),
        "aside_moves": [(move, ASIDE[move]) for move in ASIDE if move in MOVES[requirement.lifecycle]],
        "waiver_form": WaiverForm(
            requirement=requirement, criteria=[one.criterion.key for one in page.state.criteria]
        ),
        "answer_form": AnswerForm(
            initial={"commitment": requirement.commitment, "reason": requirement.commitment_reason}
        ),
    }
    return render(request, "capabilities/requirement_detail.html", context)


def _askable(page: RequirementPage, rights: dict[Action, bool]) -> list[User]:
    """Who may still be asked for a review; nobody but for those who may ask."""
    if page.open is None or page.review is None or not rights["write_requirements"]:
        return []
    asked = {one.request.reviewer_id for one in page.review.asked}
    possible = possible_reviewers(page.requirement.product, page.open.author)
    return [user for user in possible if user.pk not in asked]


def _steps(page: RequirementPage, user: User, rights: dict[Action, bool]) -> dict[str, bool]:
    """Which buttons of the lifecycle this person has."""
    requirement, opened = page.requirement, page.open
    life = Requirement.Lifecycle
    writes = rights["write_requirements"]
    draft = (
        opened is not None
        and opened.status == "draft"
        and requirement.lifecycle in {life.DRAFT, life.APPROVED}
    )
    in_review = opened is not None and opened.status == "in_review"
    enough = page.approvals >= requirement.product.approvals_required
    return {
        "edit": writes and not in_review and requirement.lifecycle in {life.DRAFT, life.APPROVED},
        "submit": writes and draft,
        "restore": writes and not in_review and requirement.lifecycle in {life.DRAFT, life.APPROVED},
        "discard": writes and opened is not None and opened.number > 1,
        "agree": writes and in_review and enough,
        "review": in_review and rights["approve"] and opened is not None and opened.author_id != user.pk,
        "send_back": writes and in_review,
        "reopen": writes
        and life.DRAFT in MOVES[requirement.lifecycle]
        and requirement.lifecycle != life.IN_REVIEW,
    }


urlpatterns = [
    path("requirements/<slug:key>/", requirement_detail, name="requirement-detail"),
]
