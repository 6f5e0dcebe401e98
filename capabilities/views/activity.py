"""What happened in the product, newest first."""

from datetime import datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.views.decorators.http import require_safe

from capabilities.middleware import current_product
from capabilities.queries.activity import Wanted, activity, actors
from capabilities.queries.activity_words import GROUPS, NOUNS
from config.people.access import requires
from config.people.requests import person
from config.web import page_or_partial

WHOLE, PART = "capabilities/activity.html", "capabilities/activity_feed.html"


def wanted_in(request: HttpRequest) -> Wanted:
    """What the filters ask for; nonsense asks for nothing."""
    actor, noun, group = (request.GET.get(name, "") for name in ("actor", "noun", "group"))
    return Wanted(
        actor=int(actor) if actor.isascii() and actor.isdigit() and len(actor) < 19 else None,
        noun=noun if noun in NOUNS else "",
        group=group if group in GROUPS else "",
        since=_day(request.GET.get("since", "")),
    )


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return make_aware(datetime.combine(day, time.min)) if day and day.year > 1 else None


@require_safe
@requires("read")
def activity_list(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, WHOLE, {"product": None})
    wanted, before = wanted_in(request), request.GET.get("before", "")
    context = {
        "product": product,
        "feed": activity(product, person(request), wanted, before=before),
        "first": not before,
        "filtered": wanted != Wanted() or bool(before),
        "actor": wanted.actor,
        "noun": wanted.noun,
        "group": wanted.group,
        "since": request.GET.get("since", "") if wanted.since else "",
        "people": actors(product),
        "nouns": NOUNS.items(),
        "groups": [(value, label) for value, (label, _) in GROUPS.items()],
    }
    return render(request, page_or_partial(request, WHOLE, PART), context)


urlpatterns = [path("activity/", activity_list, name="activity")]
