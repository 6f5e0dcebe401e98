from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.people.access import requires
from config.people.forms.members import AccountForm
from config.people.models import User
from config.people.requests import person


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def account(request: HttpRequest) -> HttpResponse:
    # A copy, since a form that is refused has already changed the person shown in the frame.
    own = User.objects.get(pk=person(request).pk)
    form = AccountForm(request.POST or None, instance=own)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("people:account")
    return render(request, "people/account.html", {"form": form})
