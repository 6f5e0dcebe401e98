"""The site's addresses, and a few pages that use one behaviour each."""

from itertools import count

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from config.styleguide import styleguide
from config.urls import urlpatterns as site

ASKED = count(1)
LIVE = """{% extends "base.html" %}{% block title %}Live{% endblock %}{% block heading %}Live{% endblock %}
{% block content %}<section id="work" data-live="1" hx-get="/live/part/" hx-trigger="live" hx-swap="outerHTML">0 of 2</section>
<form method="get" data-autosubmit><label>Kind <select name="kind"><option value="">any</option><option>asr</option></select></label>
<label>Word <input name="q"></label></form><p id="query">{{ request.GET.urlencode }}</p>{% endblock %}"""


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(LIVE).render({}, request))


def live_part(request: HttpRequest) -> HttpResponse:
    if next(ASKED) % 2:
        text = '<section id="work" data-live="1" hx-get="/live/part/" hx-trigger="live" hx-swap="outerHTML">1 of 2</section>'
        return HttpResponse(text)
    return HttpResponse('<section id="work">2 of 2</section>')


urlpatterns = [
    path("live/", live),
    path("live/part/", live_part),
    *(
        []
        if any(getattr(entry, "name", "") == "styleguide" for entry in site)
        else [path("styleguide/", styleguide)]
    ),
    *site,
]
