"""Buttons that move a requirement through its life. Each is one service; what is refused is said on the page."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from capabilities.forms.requirements import AnswerForm
from capabilities.models import Requirement
from capabilities.queries.reviews import possible_reviewers
from capabilities.services import requirements as life
from capabilities.services.reviews import request_reviews
from capabilities.services.revisions import current_revision, discard_revision
from capabilities.views.access import act_and_return, demand_in, requirement_or_404, words_in
from config.errors import Refused
from config.people.access import requires
from config.people.models import User
from config.people.requests import person

ASIDE = {Requirement.Lifecycle.DEFERRED, Requirement.Lifecycle.REJECTED, Requirement.Lifecycle.RETIRED}
PAGE = "capabilities:requirement-detail"
Deed = Callable[[HttpRequest, User, Requirement], object]


def _step(done: str, deed: Deed) -> Callable[..., HttpResponse]:
    """A button of somebody who may write requirements: find it, do it, say so, go back."""

    @require_POST
    @requires("read")
    def view(request: HttpRequest, /, key: str) -> HttpResponse:
        requirement = requirement_or_404(request, key)
        demand_in(request, "write_requirements", requirement.product)
        page = redirect(PAGE, requirement.key)
        return act_and_return(
            request,
            page.url,
            done.format(requirement.key),
            lambda: deed(request, person(request), requirement),
        )

    return view


@transaction.atomic
def _submit(request: HttpRequest, actor: User, requirement: Requirement) -> object:
    """Put up, and whoever is ticked is asked by name."""
    submitted = life.submit_for_review(actor=actor, requirement=requirement)
    chosen = set(request.POST.getlist("reviewer"))
    author = current_revision(submitted).author
    people = [
        user for user in possible_reviewers(submitted.product, author) if chosen and str(user.pk) in chosen
    ]
    return request_reviews(actor=actor, requirement=submitted, reviewers=people)


def _approve(_request: HttpRequest, actor: User, requirement: Requirement) -> object:
    return life.approve(actor=actor, requirement=requirement)


def _send_back(request: HttpRequest, actor: User, requirement: Requirement) -> object:
    return life.send_back(actor=actor, requirement=requirement, reason=words_in(request, "reason"))


def _put_aside(request: HttpRequest, actor: User, requirement: Requirement) -> object:
    lifecycle = request.POST.get("lifecycle", "")
    if lifecycle not in ASIDE:
        raise Refused("Choose to defer, to reject or to retire.", code="lifecycle")
    return life.put_aside(
        actor=actor, requirement=requirement, lifecycle=lifecycle, reason=words_in(request, "reason")
    )


def _reopen(_request: HttpRequest, actor: User, requirement: Requirement) -> object:
    return life.reopen(actor=actor, requirement=requirement)


def _discard(_request: HttpRequest, actor: User, requirement: Requirement) -> object:
    return discard_revision(actor=actor, requirement=requirement)


@require_POST
@requires("read")
def answer(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    demand_in(request, "run", requirement.product)
    form = AnswerForm(request.POST)
    page = redirect(PAGE, requirement.key)
    if not form.is_valid():
        messages.error(request, "Choose one of the answers.")
        return page
    return act_and_return(
        request,
        page.url,
        f"Research has answered {requirement.key}.",
        lambda: life.answer_commitment(actor=person(request), requirement=requirement, **form.cleaned_data),
    )


urlpatterns = [
    path(
        "requirements/<slug:key>/submit/",
        _step("{} is in review.", _submit),
        name="requirement-submit",
    ),
    path("requirements/<slug:key>/approve/", _step("{} is agreed.", _approve), name="requirement-approve"),
    path(
        "requirements/<slug:key>/send-back/",
        _step("{} is a draft again.", _send_back),
        name="requirement-send-back",
    ),
    path(
        "requirements/<slug:key>/put-aside/",
        _step("{} is put aside.", _put_aside),
        name="requirement-put-aside",
    ),
    path(
        "requirements/<slug:key>/reopen/", _step("{} is a draft again.", _reopen), name="requirement-reopen"
    ),
    path(
        "requirements/<slug:key>/discard/",
        _step("The open revision of {} is discarded.", _discard),
        name="revision-discard",
    ),
    path("requirements/<slug:key>/answer/", answer, name="requirement-answer"),
]
