"""What a caller of the REST API may do: the scope of the token and the role of the person, both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from config.people.access import SCOPE_ACTIONS, Action, may, sentence
from config.people.models import Token

if TYPE_CHECKING:
    from rest_framework.views import APIView


def _declared(view: APIView, method: str, table: str, single: str) -> Any:
    """What a view declares for this call.

    By the name of the view set's action, else by HTTP method, else for the whole view.
    """
    declared: Mapping[str, Any] = getattr(view, table, {})
    name = getattr(view, "action", None) or ""
    if name in declared:
        return declared[name]
    return declared.get("GET" if method == "HEAD" else method, getattr(view, single, None))


def scope_needed(view: APIView, method: str) -> str | None:
    """The scope a token needs here; None when an unsafe method declares nothing, which refuses it."""
    declared: str | None = _declared(view, method, "scopes", "required_scope")
    return declared or (Token.Scope.READ if method in SAFE_METHODS else None)


def action_needed(view: APIView, method: str, scope: str) -> Action:
    """What the person's role must allow here: as declared, else what the scope stands for."""
    declared: Action | None = _declared(view, method, "actions", "required_action")
    return declared or SCOPE_ACTIONS[scope]


class ScopePermission(BasePermission):
    """The default permission of every API view.

    A view declares `scopes`, e.g. `{"GET": "read", "POST": "write", "approve": "write"}` (HTTP methods or
    names of a view set's actions) or one `required_scope`. Reading needs `read` when nothing is declared;
    writing without a declaration is refused. `actions` (or `required_action`) name what the role must allow
    where the scope alone is too coarse, e.g. `{"POST": "write_requirements"}`. A view with
    `role_for(request)` gives the role of a product's membership. Somebody signed in by browser has the scopes
    of their role.
    """

    message = "You may not do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = request.method or "GET"
        if not request.user.is_authenticated:
            return False
        scope = scope_needed(view, method)
        if scope is None:
            self.message = "This cannot be done over the API."
            return False
        if isinstance(request.auth, Token) and scope not in request.auth.scopes:
            self.message = f"This token lacks the scope “{scope}”. Issue one that has it."
            return False
        action = action_needed(view, method, scope)
        role_for = getattr(view, "role_for", None)
        self.message = sentence(action)
        return may(request.user, action, role_for(request) if role_for else None)


def holds_scope(request: Request, scope: str) -> bool:
    """Whether this caller holds one more scope, e.g.

    `read_test` for the content of test samples: by token and by role.
    """
    if isinstance(request.auth, Token) and scope not in request.auth.scopes:
        return False
    return may(request.user, SCOPE_ACTIONS[scope])
