"""Who may do what: the only place where a role is compared.

A site role speaks for the whole site. Where a product gives its members another role, the caller passes it as
`role`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Literal, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_htmx.http import HttpResponseClientRedirect

from config.people.models import Role, Token, User

Action = Literal[
    "read", "read_test", "push", "run", "gate", "write_facts", "write_requirements", "approve", "manage"
]
View = ParamSpec("View")

RANK: dict[str, int] = {Role.VIEWER: 0, Role.RESEARCHER: 1, Role.PM: 2, Role.ADMIN: 3}
LEAST_ROLE: dict[Action, Role] = {
    "read": Role.VIEWER,
    "read_test": Role.VIEWER,
    "push": Role.RESEARCHER,
    "run": Role.RESEARCHER,
    "gate": Role.RESEARCHER,
    "write_facts": Role.RESEARCHER,
    "write_requirements": Role.PM,
    "approve": Role.PM,
    "manage": Role.ADMIN,
}
DEED: dict[Action, str] = {
    "read": "read this",
    "read_test": "read the content of test samples",
    "push": "push results",
    "run": "start evaluations",
    "gate": "record gate decisions",
    "write_facts": "change datasets, prompts, evaluations and models",
    "write_requirements": "write requirements",
    "approve": "approve requirements",
    "manage": "manage members and settings",
}
# What a scope of a token stands for. A scope never gives more than the role of the person behind the token.
SCOPE_ACTIONS: dict[str, Action] = {
    Token.Scope.READ: "read",
    Token.Scope.READ_TEST: "read_test",
    Token.Scope.PUSH: "push",
    Token.Scope.GATE: "gate",
    Token.Scope.WRITE: "write_facts",
    Token.Scope.ADMIN: "manage",
}


def site_role(user: User | AnonymousUser) -> Role | None:
    """The role for the whole site; None for somebody who is not signed in or was deactivated."""
    if not isinstance(user, User) or not user.is_active:
        return None
    return Role.ADMIN if user.is_superuser else Role(user.role)


def may(user: User | AnonymousUser, action: Action, role: str | None = None) -> bool:
    """Whether the person may do this. No query.

    role: the role a product's membership gives, instead of the site's. A site administrator stays one
    everywhere.
    """
    own = site_role(user)
    if own is None or not isinstance(user, User):
        return False
    effective = own if role is None or own == Role.ADMIN else Role(role)
    if action == "read_test":
        return user.may_read_test or effective == Role.ADMIN
    if action == "approve" and not user.approver:
        return False
    return RANK[effective] >= RANK[LEAST_ROLE[action]]


def sentence(action: Action) -> str:
    """What is needed to do this, for the person who was refused."""
    if action == "read_test":
        return f"To {DEED[action]} you need that permission. Ask an administrator."
    flag = " with the approver mark" if action == "approve" else ""
    least = LEAST_ROLE[action]
    above = "" if least == Role.ADMIN else " or higher"
    return f"To {DEED[action]} you need the role {least.label}{above}{flag}. Ask an administrator."


def demand(user: User | AnonymousUser, action: Action, role: str | None = None) -> None:
    """Raise PermissionDenied with the sentence, unless the person may."""
    if not may(user, action, role):
        raise PermissionDenied(sentence(action))


def scopes_of(user: User) -> list[Token.Scope]:
    """The scopes a token of this person may carry, which are also those of their browser."""
    return [scope for scope in Token.Scope if may(user, SCOPE_ACTIONS[scope])]


def to_login(request: HttpRequest) -> HttpResponse:
    """Sign in, then come back here; htmx is told to load the whole page."""
    if request.headers.get("HX-Request"):
        back = redirect_to_login(request.headers.get("HX-Current-URL", "/"))
        return HttpResponseClientRedirect(back.url)
    return redirect_to_login(request.get_full_path())


def requires(
    action: Action,
) -> Callable[
    [Callable[Concatenate[HttpRequest, View], HttpResponse]],
    Callable[Concatenate[HttpRequest, View], HttpResponse],
]:
    """Guard a page: sign in first, then the role; the refusal says which role is needed."""

    def guard(
        view: Callable[Concatenate[HttpRequest, View], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, View], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            demand(request.user, action)
            return view(request, *args, **kwargs)

        return guarded

    return guard
