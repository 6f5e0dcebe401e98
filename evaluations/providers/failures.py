"""What a provider's failure means: which status and which error body is worth another try."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from evaluations.providers.types import ErrorKind, ProviderError, digest_of

MESSAGE_LENGTH = 300
BY_STATUS = {
    401: ErrorKind.UNAUTHORIZED,
    402: ErrorKind.UNAUTHORIZED,
    404: ErrorKind.GONE,
    408: ErrorKind.RETRYABLE,
    409: ErrorKind.RETRYABLE,
    410: ErrorKind.GONE,
    425: ErrorKind.RETRYABLE,
    429: ErrorKind.RATE_LIMITED,
}
BY_WORD = {
    "insufficient_quota": ErrorKind.UNAUTHORIZED,
    "billing_hard_limit_reached": ErrorKind.UNAUTHORIZED,
    "invalid_api_key": ErrorKind.UNAUTHORIZED,
    "authentication_error": ErrorKind.UNAUTHORIZED,
    "model_not_found": ErrorKind.GONE,
    "deployment_not_found": ErrorKind.GONE,
    "content_filter": ErrorKind.PERMANENT,
    "content_policy_violation": ErrorKind.PERMANENT,
    "context_length_exceeded": ErrorKind.PERMANENT,
    "invalid_request_error": ErrorKind.PERMANENT,
    "permission_error": ErrorKind.PERMANENT,
    "rate_limit_exceeded": ErrorKind.RATE_LIMITED,
    "rate_limit_error": ErrorKind.RATE_LIMITED,
    "billing_error": ErrorKind.UNAUTHORIZED,
    "not_found_error": ErrorKind.GONE,
    "overloaded_error": ErrorKind.RETRYABLE,
    "API_KEY_INVALID": ErrorKind.UNAUTHORIZED,
    "UNAUTHENTICATED": ErrorKind.UNAUTHORIZED,
    "PERMISSION_DENIED": ErrorKind.UNAUTHORIZED,
    "FAILED_PRECONDITION": ErrorKind.UNAUTHORIZED,
    "NOT_FOUND": ErrorKind.GONE,
    "RESOURCE_EXHAUSTED": ErrorKind.RATE_LIMITED,
}
# Said with status 400 and no word of its own, though no other call will go better.
ACCOUNT_IS_EMPTY = "credit balance is too low"
SAYS = {
    ErrorKind.UNAUTHORIZED: "The provider does not accept our key or account",
    ErrorKind.GONE: "The provider does not know this model or address",
    ErrorKind.RATE_LIMITED: "The provider asks us to slow down",
    ErrorKind.RETRYABLE: "The provider failed",
    ErrorKind.PERMANENT: "The provider refuses this call",
}
_KEY_LIKE = re.compile(r"(?i)\bbearer\s+\S+|\b[a-z]{2,6}[-_][A-Za-z0-9_*.-]{8,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def status_error(status: int, headers: Mapping[str, str], body: bytes, secret: str = "") -> ProviderError:
    """The error that a reply with a status of 300 or more stands for."""
    error = error_of(parse_json(body)) or {}
    kind = kind_of(status, error)
    return ProviderError(
        kind,
        f"{SAYS[kind]} ({status}){_quoted(error, secret)}.",
        status=status,
        retry_after=_first_said(retry_after(headers), _retry_delay(error)),
        body_digest=digest_of(body),
    )


def body_error(error: Mapping[str, Any], body: bytes, secret: str = "") -> ProviderError:
    """The error that a reply with status 200 and an error inside stands for; unknown ones are tried again."""
    code = str(error.get("code", ""))
    kind = kind_of(int(code) if re.fullmatch(r"[1-5]\d\d", code) else 500, error)
    return ProviderError(
        kind,
        f"{SAYS[kind]} (status 200 with an error){_quoted(error, secret)}.",
        status=200,
        body_digest=digest_of(body),
    )


def kind_of(status: int, error: Mapping[str, Any]) -> ErrorKind:
    """Words in the error body say more than the status: a spent quota comes as 429 and never heals."""
    if ACCOUNT_IS_EMPTY in str(error.get("message")):
        return ErrorKind.UNAUTHORIZED
    for word in (*_reasons(error), error.get("code"), error.get("type"), error.get("status")):
        kind = BY_WORD.get(str(word))
        if kind is not None and not (kind is ErrorKind.PERMANENT and status in BY_STATUS):
            return kind
    if status >= 500:
        return ErrorKind.RETRYABLE
    return BY_STATUS.get(status, ErrorKind.PERMANENT)


def _reasons(error: Mapping[str, Any]) -> list[Any]:
    """Reasons in the details of an error, the way Google's services give them (google.rpc.ErrorInfo)."""
    return [detail.get("reason") for detail in _details(error)]


def _retry_delay(error: Mapping[str, Any]) -> float | None:
    """Seconds to wait as google.rpc.RetryInfo says it ("34s"); Google sends no header for it."""
    said = [_number(str(detail.get("retryDelay") or "").removesuffix("s")) for detail in _details(error)]
    return _first_said(*said)


def _details(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = error.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _first_said(*numbers: float | None) -> float | None:
    return next((number for number in numbers if number is not None), None)


def error_of(payload: Any) -> dict[str, Any] | None:
    """The error inside a reply, whatever its shape; None when there is none."""
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    error = payload.get("error") if isinstance(payload, dict) else None
    if not error:
        return None
    return error if isinstance(error, dict) else {"message": str(error)}


def parse_json(body: bytes) -> Any:
    """The JSON value, or None when the body is not whole JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `retry-after` (seconds or a date); None when not said."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    said = headers.get("retry-after")
    if said is None or (seconds := _number(said)) is not None:
        return None if said is None else seconds
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text.strip()) else None


def clean(text: str, secret: str = "") -> str:
    """A provider's words, made safe to show and store: no key, no control characters, not long."""
    shown = text.replace(secret, "[key]") if secret else text
    return _KEY_LIKE.sub("[key]", _CONTROL.sub(" ", shown))[:MESSAGE_LENGTH].strip()


def _quoted(error: Mapping[str, Any], secret: str) -> str:
    words = clean(str(error.get("message") or ""), secret).rstrip(".")
    return f": {words}" if words else ""
