"""One shape for everything that goes wrong: `{"error": {"code", "message", "fields"}}`."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import exceptions as django_errors
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from psycopg import errors as database_errors
from rest_framework import exceptions as api_errors
from rest_framework.response import Response

from config.errors import Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What an error says to the caller."""

    status: int
    code: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def body(code: str, message: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "fields": dict(fields or {})}}


def error_reply(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler; None for what is our own fault, which becomes a logged 500."""
    answer = _answer(error)
    if answer is None:
        return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    wait = getattr(error, "wait", None)
    if wait or answer.status == 503:
        headers["Retry-After"] = str(int(wait or 5))
    return Response(body(answer.code, answer.message, answer.fields), status=answer.status, headers=headers)


def _answer(error: Exception) -> Answer | None:
    if isinstance(error, Refused):
        return Answer(error.status, error.code, error.message, error.fields)
    if isinstance(error, api_errors.ValidationError):
        return _invalid(error.detail)
    if isinstance(error, api_errors.APIException):
        return Answer(error.status_code, _code_of(error), str(error.detail))
    return _answer_to_django(error) or _answer_to_database(error)


def _code_of(error: api_errors.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _invalid(detail: Any) -> Answer:
    """A 400 that names the fields; messages about no field in particular become the message itself."""
    if not isinstance(detail, dict):
        return Answer(400, "invalid", _joined(detail))
    fields = dict(detail)
    general = fields.pop("non_field_errors", None) or fields.pop("__all__", None)
    if general:
        return Answer(400, "invalid", _joined(general), fields)
    return Answer(
        400, "invalid", f"These fields cannot be used as given: {', '.join(map(str, fields))}.", fields
    )


def _joined(messages: Any) -> str:
    return " ".join(map(str, messages)) if isinstance(messages, list | tuple) else str(messages)


def _answer_to_django(error: Exception) -> Answer | None:
    if isinstance(error, Http404 | django_errors.ObjectDoesNotExist):
        return Answer(404, "not_found", "There is nothing here, or you may not see it.")
    if isinstance(error, django_errors.PermissionDenied):
        return Answer(403, "permission_denied", str(error) or "You may not do this.")
    if isinstance(error, django_errors.ValidationError):
        return _invalid(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, django_errors.RequestDataTooBig):
        return Answer(413, "too_large", "The body is too large. Send less at once.")
    if isinstance(error, django_errors.SuspiciousOperation):
        return Answer(400, "bad_request", "This request cannot be read.")
    return None


def _answer_to_database(error: Exception) -> Answer | None:
    """What only the database noticed.

    A race that a check before could not see, or a rule without an earlier check.
    """
    cause = error.__cause__
    if isinstance(error, ProtectedError):
        return Answer(409, "in_use", "Something else rests on this, so it cannot be removed.")
    if isinstance(error, DataError):
        return Answer(400, "invalid", "A value cannot be stored: it is too large, too long or contains NUL.")
    if isinstance(error, IntegrityError):
        log.warning("The database refused a change that no earlier check had refused", exc_info=error)
        if isinstance(cause, database_errors.CheckViolation):
            return Answer(
                422, "refused", cause.diag.message_primary or "A rule of the database refused this."
            )
        return Answer(
            409, "conflict", "This contradicts what is stored, perhaps only just now. Read it again."
        )
    if isinstance(error, OperationalError) and isinstance(cause, database_errors.QueryCanceled):
        return Answer(503, "too_slow", "This took too long. Ask for less, or try again in a moment.")
    return None
