from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.forms import add_refusal
from config.people.access import requires
from config.people.forms.tokens import TokenForm
from config.people.queries.tokens import tokens_of
from config.people.requests import person
from config.people.services.tokens import issue_token, revoke_token


@require_safe
@requires("read")
def token_list(request: HttpRequest) -> HttpResponse:
    return render(request, "people/token_list.html", {"tokens": tokens_of(person(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def token_create(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None, user=person(request))
    if form.is_valid():
        try:
            token, secret = issue_token(user=person(request), **form.cleaned_data)
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            return render(request, "people/token_created.html", {"token": token, "secret": secret})
    return render(request, "people/token_form.html", {"form": form})


@require_POST
@requires("read")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(tokens_of(person(request)), pk=pk)
    revoke_token(token=token, actor=person(request))
    messages.success(request, f"The token {token.name} is revoked; it is refused from now on.")
    return redirect("people:token-list")
