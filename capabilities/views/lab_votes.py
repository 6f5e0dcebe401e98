"""Two columns of a lab sheet voted on without names."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from capabilities.views.lab import sheet_or_404
from config.people.access import demand, requires
from config.people.requests import person
from evaluations.models import LabSheet, LabVote
from evaluations.queries.lab import Column, Sheet, answers_of
from evaluations.queries.lab_votes import Pair, columns_named, next_pair, pairs_of, preference_of
from evaluations.services.lab_votes import take_back, vote

# What was pressed, as a choice between what stands on the left and on the right.
PRESSED = {"left": 1, "tie": 0, "right": -1}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires("read")
def lab_blind(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = sheet_or_404(request, pk)
    found = answers_of(sheet, person(request))
    columns = columns_named(found, request.GET.get("a", ""), request.GET.get("b", ""))
    if request.method == "POST":
        demand(request.user, "run")
        return _voted(request, sheet, found, columns)
    return render(request, "capabilities/lab_blind.html", _context(request, sheet, found, columns))


def _context(
    request: HttpRequest, sheet: LabSheet, found: Sheet, columns: tuple[Column, Column] | None
) -> dict[str, Any]:
    user = person(request)
    pairs = pairs_of(sheet, found, columns, user) if columns and not found.waiting else []
    voted = _voted_on(sheet, pairs, user.pk)
    current = next_pair(pairs, voted, _skipped(request))
    return {
        "sheet": sheet,
        "found": found,
        "columns": columns,
        "pair": current,
        "voted": len(voted),
        "total": len(pairs),
        "skip": urlencode(
            [*_query(request, columns), ("skip", ",".join(map(str, _skipped(request, current))))]
        ),
        # What others preferred would lead the eye of somebody who still votes.
        "preference": None if current else preference_of(sheet, pairs),
    }


def _voted_on(sheet: LabSheet, pairs: list[Pair], voter: int) -> set[tuple[int, int]]:
    known = {pair.ids for pair in pairs}
    rows = LabVote.objects.filter(sheet=sheet, voter=voter).values_list("first_id", "second_id")
    return {(first, second) for first, second in rows if (first, second) in known}


def _skipped(request: HttpRequest, current: Pair | None = None) -> list[int]:
    """Numbers of the rows skipped so far, with this one."""
    parts = request.GET.get("skip", "").split(",")[:20]
    numbers = [int(part) for part in parts if part.isdecimal() and len(part) < 4]
    return [*numbers, current.row.number] if current else numbers


def _query(request: HttpRequest, columns: tuple[Column, Column] | None) -> list[tuple[str, str]]:
    return [("a", columns[0].key), ("b", columns[1].key)] if columns else []


def _voted(
    request: HttpRequest, sheet: LabSheet, found: Sheet, columns: tuple[Column, Column] | None
) -> HttpResponse:
    user, pressed = person(request), request.POST.get("vote", "")
    if pressed == "undo":
        if not take_back(actor=user, sheet=sheet):
            messages.warning(request, "There is no vote of yours to take back.")
    elif columns is not None:
        pairs = pairs_of(sheet, found, columns, user)
        pair = next((one for one in pairs if str(one.row.number) == request.POST.get("row")), None)
        if pair is None or pressed not in PRESSED:
            raise Http404("There is no such pair.")
        choice = PRESSED[pressed] * (-1 if pair.swapped else 1)
        vote(actor=user, sheet=sheet, answers=pair.ids, choice=choice)
    query = [*_query(request, columns), ("skip", request.GET.get("skip", ""))]
    return redirect(f"{resolve_url('capabilities:lab-blind', sheet.pk)}?{urlencode(query)}")


urlpatterns = [path("lab/<int:pk>/blind/", lab_blind, name="lab-blind")]
