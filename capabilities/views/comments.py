"""What people say about a requirement: written, answered, resolved and withdrawn on its page; questions that wait on one of their own."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from capabilities.middleware import current_product, use_product
from capabilities.models import Comment, Requirement
from capabilities.queries.comments import questions, said_of, talk_about, visible_comments
from capabilities.queries.mentions import people_like
from capabilities.services import comments
from capabilities.views.access import act, product_or_404, requirement_or_404, words_in
from config.people.access import requires, site_role
from config.people.models import Role
from config.people.requests import person
from config.web import page_of

ASKED = {
    "": "anybody",
    "me": "me",
    "research": "research",
    "pm": "the product manager",
    "people": "named people",
}
STATES = {"open": "Open", "answered": "Answered", "all": "All"}


def comments_of(request: HttpRequest, requirement: Requirement) -> dict[str, object]:
    """What the section of a requirement's page needs. Six queries, and none more for more comments."""
    kind, state = request.GET.get("said", ""), request.GET.get("talk", "")
    kind = kind if kind in Comment.Kind.values else ""
    talk = talk_about(requirement, kind=kind, state=state, whole="comments" in request.GET)
    return {
        "talk": talk,
        "said": kind,
        "talk_state": state if state in {"open", "resolved"} else "",
        "kinds": [(value, label, talk.counts.get(value, 0)) for value, label in Comment.Kind.choices],
        "asked_choices": Comment.Asked.choices,
        "may_withdraw_all": site_role(person(request)) == Role.ADMIN,
    }


def comment_or_404(request: HttpRequest, pk: int) -> Comment:
    """The comment, when the person may see its product; the page stands in that from now on."""
    rows = visible_comments(person(request)).select_related("requirement__product", "author")
    found = get_object_or_404(rows, pk=pk)
    use_product(request, found.requirement.product)
    return found


def address_of(said: Comment) -> str:
    """Where it stands on its requirement's page, however many came after it."""
    page = reverse("capabilities:requirement-detail", args=[said.requirement.key])
    return f"{page}?comments=all#comment-{said.pk}"


@require_safe
@requires("read")
def comment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return redirect(address_of(comment_or_404(request, pk)))


@require_POST
@requires("read")
def comment_new(request: HttpRequest, key: str) -> HttpResponse:
    requirement = requirement_or_404(request, key)
    kind, asked = request.POST.get("kind", "comment"), request.POST.get("asked", "")
    asked = asked if asked in Comment.Asked.values and kind == Comment.Kind.QUESTION else ""
    number = request.POST.get("revision", "")
    revision = (
        requirement.revisions.filter(number=int(number)) if number.isdecimal() and len(number) < 9 else None
    )
    made: list[Comment] = []

    def deed() -> None:
        made.append(
            comments.comment(
                actor=person(request),
                requirement=requirement,
                text=words_in(request, "text", comments.LONGEST),
                kind=kind if kind in Comment.Kind.values else "comment",
                asked=asked,
                revision=revision.first() if revision is not None else None,
                criterion_key=words_in(request, "criterion", 10),
            )
        )

    act(request, "Said.", deed)
    back = reverse("capabilities:requirement-detail", args=[requirement.key])
    return redirect(f"{back}#comment-{made[0].pk}" if made else f"{back}#comments")


@require_POST
@requires("read")
def comment_reply(request: HttpRequest, pk: int) -> HttpResponse:
    parent = comment_or_404(request, pk)
    text, answers = words_in(request, "text", comments.LONGEST), "answers" in request.POST
    return _done(
        request,
        parent,
        "Answered." if answers else "Replied.",
        lambda: comments.reply(actor=person(request), parent=parent, text=text, answers=answers),
    )


@require_POST
@requires("read")
def comment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    said = comment_or_404(request, pk)
    text = words_in(request, "text", comments.LONGEST)
    return _done(
        request, said, "Saved.", lambda: comments.edit_comment(actor=person(request), said=said, text=text)
    )


@require_POST
@requires("read")
def comment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    said = comment_or_404(request, pk)
    return _done(
        request, said, "Withdrawn.", lambda: comments.withdraw_comment(actor=person(request), said=said)
    )


@require_POST
@requires("read")
def comment_answer(request: HttpRequest, pk: int) -> HttpResponse:
    said = comment_or_404(request, pk)
    return _done(
        request, said, "That is the answer.", lambda: comments.mark_answer(actor=person(request), said=said)
    )


@require_POST
@requires("read")
def comment_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    said = comment_or_404(request, pk)
    closing = words_in(request, "closing")
    return _done(
        request,
        said,
        "Resolved.",
        lambda: comments.resolve_comment(actor=person(request), said=said, closing=closing),
    )


@require_POST
@requires("read")
def comment_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    said = comment_or_404(request, pk)
    return _done(
        request, said, "Open again.", lambda: comments.reopen_comment(actor=person(request), said=said)
    )


def _done(request: HttpRequest, said: Comment, done: str, deed: Callable[[], object]) -> HttpResponse:
    act(request, done, deed)
    return redirect(address_of(said))


@require_safe
@requires("read")
def mentionable(request: HttpRequest) -> HttpResponse:
    """Who may be named in a product, for completing a name while it is typed."""
    product = product_or_404(request)
    if request.GET.get("product", product.key) != product.key:
        raise Http404("There is no such product.")
    people = people_like(request.GET.get("q", "")[:150], product)
    return JsonResponse({"results": [{"username": one.username, "name": one.shown_name} for one in people]})


@require_safe
@requires("read")
def question_list(request: HttpRequest) -> HttpResponse:
    product = current_product(request)
    if product is None:
        return render(request, "capabilities/question_list.html", {"product": None})
    state = request.GET.get("state", "open")
    asked = request.GET.get("asked", "")
    rows = questions(
        product,
        person(request),
        asked=asked if asked in ASKED else "",
        state=state if state in STATES else "open",
        by_me="mine" in request.GET,
    )
    page = page_of(request, rows)
    context = {
        "product": product,
        "page": page,
        "rows": said_of(page.object_list),
        "asked": asked,
        "state": state,
        "mine": "mine" in request.GET,
        "asked_choices": ASKED.items(),
        "states": STATES.items(),
    }
    return render(request, "capabilities/question_list.html", context)


urlpatterns = [
    path("requirements/<slug:key>/comments/new/", comment_new, name="comment-new"),
    path("comments/<int:pk>/", comment_detail, name="comment-detail"),
    path("comments/<int:pk>/reply/", comment_reply, name="comment-reply"),
    path("comments/<int:pk>/edit/", comment_edit, name="comment-edit"),
    path("comments/<int:pk>/withdraw/", comment_withdraw, name="comment-withdraw"),
    path("comments/<int:pk>/answer/", comment_answer, name="comment-answer"),
    path("comments/<int:pk>/resolve/", comment_resolve, name="comment-resolve"),
    path("comments/<int:pk>/reopen/", comment_reopen, name="comment-reopen"),
    path("people.json", mentionable, name="mentionable"),
    path("questions/", question_list, name="question-list"),
]
