"""What a person was told of: the list behind the bell, what they watch, and how they hear of it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capabilities.forms.notices import NoticeSettingsForm
from capabilities.middleware import refresh_unread, visible_keys
from capabilities.queries.watches import find_watchable, watched_by
from capabilities.services.letters import person_of, try_again
from config.people.access import requires
from config.people.models import Letter, Watch
from config.people.queries.notices import grouped, notices_of, settings_of
from config.people.requests import person
from config.people.services.notices import mark_read, save_settings, stop_mail
from config.people.services.watches import set_watch
from config.web import page_of, safe_next


@require_safe
@requires("read")
def notice_list(request: HttpRequest) -> HttpResponse:
    notices = notices_of(person(request), visible_keys(request))
    unread = notices.filter(read_at=None)
    only_unread = request.GET.get("show") == "unread"
    page = page_of(request, unread if only_unread else notices)
    context = {
        "page": page,
        "groups": grouped(page.object_list),
        "only_unread": only_unread,
        "unread": unread.count(),
    }
    return render(request, "people/notice_list.html", context)


def read_about(request: HttpRequest, label: str) -> None:
    """Who opens a thing has read what they were told of it. One query when anything is unread, else none beside the bell's."""
    if request.unread:  # type: ignore[attr-defined]
        mark_read(notices_of(person(request), visible_keys(request)).filter(label=label))
        refresh_unread(request)


@require_safe
@requires("read")
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """On to what it speaks of; everything told of that counts as read."""
    notices = notices_of(person(request), visible_keys(request))
    notice = get_object_or_404(notices, pk=pk)
    mark_read(notices.filter(label=notice.label, product=notice.product))
    return redirect(notice.url)


@require_POST
@requires("read")
def notices_read(request: HttpRequest) -> HttpResponse:
    """All of them, or those of one group by the notices' ids."""
    notices = notices_of(person(request), visible_keys(request))
    chosen = [pk for pk in request.POST.getlist("notice") if pk.isdecimal() and len(pk) < 19]
    mark_read(notices.filter(pk__in=chosen) if chosen else notices)
    return redirect(safe_next(request, "capabilities:notice-list"))


@require_safe
@requires("read")
def watch_list(request: HttpRequest) -> HttpResponse:
    return render(request, "people/watch_list.html", {"watched": watched_by(person(request))})


@require_POST
@requires("read")
def watch_set(request: HttpRequest) -> HttpResponse:
    """Watch something, or stop."""
    noun, number = request.POST.get("noun", ""), request.POST.get("id", "")
    wanted = noun in Watch.Noun.values and number.isdecimal() and len(number) < 19
    found = find_watchable(person(request), noun, int(number)) if wanted else None
    if found is None:
        raise Http404("There is nothing to watch.")
    stop = request.POST.get("way") == "stop"
    set_watch(person=person(request), noun=noun, object_id=found[0], product=found[1], stopped=stop)
    messages.success(request, "You will hear no more of it." if stop else "You will hear of it.")
    return redirect(safe_next(request, "capabilities:watch-list"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("read")
def notice_settings(request: HttpRequest) -> HttpResponse:
    own = settings_of([person(request).pk])[person(request).pk]
    form = NoticeSettingsForm(request.POST or None, own=own)
    if form.is_valid():
        save_settings(form.chosen())
        messages.success(request, "Saved.")
        return redirect("capabilities:notice-settings")
    context = {"form": form, "mail_configured": settings.MAIL_CONFIGURED}
    return render(request, "people/notice_settings.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """No more mail, without signing in: asked on GET, done on POST, as mail programs send it with one press."""
    who = person_of(token)
    if who is None:
        raise Http404("This link does not hold any more.")
    if request.method == "POST":
        stop_mail(who)
    return render(request, "people/unsubscribe.html", {"done": request.method == "POST"})


@require_safe
@requires("manage")
def letter_list(request: HttpRequest) -> HttpResponse:
    letters = Letter.objects.select_related("person")
    show = request.GET.get("show", "")
    if show == "failed":
        letters = letters.exclude(given_up_at=None)
    elif show == "waiting":
        letters = letters.filter(sent_at=None, given_up_at=None)
    context = {
        "page": page_of(request, letters),
        "show": show,
        "mail_configured": settings.MAIL_CONFIGURED,
        "failed": Letter.objects.exclude(given_up_at=None).count(),
        "waiting": Letter.objects.filter(sent_at=None, given_up_at=None).count(),
    }
    return render(request, "people/letter_list.html", context)


@require_POST
@requires("manage")
def letter_retry(request: HttpRequest, pk: int) -> HttpResponse:
    try_again(get_object_or_404(Letter, pk=pk))
    messages.success(request, "It is tried again within a minute.")
    return redirect("capabilities:letter-list")


urlpatterns = [
    path("notices/", notice_list, name="notice-list"),
    path("notices/<int:pk>/open/", notice_open, name="notice-open"),
    path("notices/read/", notices_read, name="notice-read"),
    path("account/watching/", watch_list, name="watch-list"),
    path("account/watching/set/", watch_set, name="watch-set"),
    path("account/notices/", notice_settings, name="notice-settings"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("mail/", letter_list, name="letter-list"),
    path("mail/<int:pk>/retry/", letter_retry, name="letter-retry"),
]
