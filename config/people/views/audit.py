from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.people.access import requires
from config.people.queries.audit import audit_trail, audited_nouns, people_in_trail

LONGEST_ID = 18


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None


@require_safe
@requires("manage")
def audit_list(request: HttpRequest) -> HttpResponse:
    noun, actor = request.GET.get("noun", ""), _id(request.GET.get("actor", ""))
    context = {
        "trail": audit_trail(noun=noun, actor=actor, before=_id(request.GET.get("before", ""))),
        "nouns": audited_nouns(),
        "people": people_in_trail(),
        "noun": noun,
        "actor": actor,
    }
    return render(request, "people/audit_list.html", context)
