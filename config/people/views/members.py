from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.forms.members import MemberForm, StandingForm
from config.people.models import User
from config.people.queries.members import members
from config.people.requests import person
from config.people.services import users
from config.web import page_of


@require_safe
@requires("manage")
def member_list(request: HttpRequest) -> HttpResponse:
    return render(request, "people/member_list.html", {"page": page_of(request, members())})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("manage")
def member_create(request: HttpRequest) -> HttpResponse:
    form = MemberForm(request.POST or None)
    if form.is_valid():
        password = users.random_password()
        try:
            member = users.create_user(actor=person(request), password=password, **form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return _password_shown_once(request, member, password)
    return render(request, "people/member_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("manage")
def member_detail(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    form = StandingForm(request.POST or None, instance=member)
    if form.is_valid():
        try:
            users.change_role(user=member, actor=person(request), **form.cleaned_data)
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("people:member-detail", pk=pk)
    return render(request, "people/member_detail.html", {"member": member, "form": form})


@require_POST
@never_cache
@requires("manage")
def member_reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    password = users.reset_password(user=member, actor=person(request))
    return _password_shown_once(request, member, password)


@require_POST
@requires("manage")
def member_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, users.deactivate_user, "Signed out everywhere and deactivated.")


@require_POST
@requires("manage")
def member_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, users.reactivate_user, "May sign in again. Former tokens stay revoked.")


@require_POST
@requires("manage")
def member_erase(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, users.pseudonymise_user, "Name and e-mail are erased; the work stays.")


def _changed(request: HttpRequest, pk: int, change: Callable[..., User], done: str) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    try:
        change(user=member, actor=person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("people:member-detail", pk=pk)


def _password_shown_once(request: HttpRequest, member: User, password: str) -> HttpResponse:
    return render(request, "people/member_password.html", {"member": member, "password": password})
