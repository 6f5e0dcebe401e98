"""One question to the site: sent without following anybody elsewhere, answered by a decision or by a sentence."""

import email.message
import email.utils
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from plumbline_gate.arguments import TOKEN, URL, Wanted
from plumbline_gate.stops import Exit, Stop, Trouble

DECISIONS = {"pass": Exit.PASS, "fail": Exit.FAIL, "undecided": Exit.UNDECIDED, "pending": Exit.PENDING}
CRITERION = ("key", "must", "verdict", "freshness", "waived_until", "sentence", "regression")
Reader = Callable[[bytes], Mapping[str, Any]]
LARGEST = 50 * 2**20
LATER = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Reply:
    """after: seconds the site asked to wait before the next question, or None."""

    body: Mapping[str, Any]
    after: float | None

    @property
    def decision(self) -> str:
        return str(self.body["decision"])


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to wherever it leads."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def preview(wanted: Wanted) -> Reply:
    """The decision as it stands. Raises Stop, or Trouble where it may help to ask again."""
    query = urlencode({"baseline": wanted.baseline, "version": wanted.version})
    return _ask(wanted, f"/api/v1/gate/?{query}", None)


def require_scope(wanted: Wanted) -> None:
    """Raises Stop at once where the token could not record what is waited for."""
    scopes = _ask(wanted, "/api/v1/me/", None, _scopes).body["scopes"]
    if "gate" not in scopes:
        raise Stop(
            Exit.FORBIDDEN,
            "The token may not record decisions: it lacks the scope gate, or its person the role of a researcher. "
            "Make one that has it, or leave --record out.",
        )


def record(wanted: Wanted) -> Reply:
    """The decision, recorded; to ask twice records it once. Raises as `preview` does."""
    body = {"baseline": wanted.baseline, "version": wanted.version}
    return _ask(wanted, "/api/v1/gate/", json.dumps(body).encode())


def _ask(wanted: Wanted, path: str, body: bytes | None, read: Reader | None = None) -> Reply:
    headers = {"Authorization": f"Bearer {wanted.token}", "Accept": "application/json"}
    headers |= {"Content-Type": "application/json"} if body is not None else {}
    request = urllib.request.Request(wanted.url + path, data=body, headers=headers)
    host = urlsplit(wanted.url).netloc
    try:
        with _OPENER.open(request, timeout=wanted.timeout or None) as answer:
            return Reply((read or _decision)(_whole(answer, wanted.timeout)), _after(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, wanted) from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(error, host) from None


def _whole(answer: http.client.HTTPResponse, timeout: float) -> bytes:
    """The body, read within the time-out as a whole: a site that drips must not hold the job."""
    ends, pieces, size = time.monotonic() + timeout, [], 0
    while piece := answer.read1(2**16):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise Stop(
                Exit.UNREADABLE, "The answer is larger than any gate's; check that PLUMBLINE_URL is right."
            )
        if timeout and time.monotonic() > ends:
            raise TimeoutError
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)


def _decision(content: bytes) -> Mapping[str, Any]:
    """All that is told later is looked for here: an error of the command must never read as the gate's fail."""
    try:
        body = json.loads(content)
        for requirement in body["requirements"]:
            for criterion in requirement["criteria"]:
                _ = requirement["key"], *(criterion[name] for name in CRITERION)
        if body["decision"] in DECISIONS and isinstance(body["summary"], str):
            return dict(body)
    except (ValueError, TypeError, KeyError):
        pass
    raise _unreadable("gate's decision")


def _scopes(content: bytes) -> Mapping[str, Any]:
    try:
        return {"scopes": [str(scope) for scope in json.loads(content)["scopes"]]}
    except (ValueError, TypeError, KeyError):
        raise _unreadable("list of scopes") from None


def _unreadable(what: str) -> Stop:
    return Stop(
        Exit.UNREADABLE,
        f"The site answered with something that is no {what}; check that {URL} is the address of a Plumbline.",
    )


def _refusal(error: urllib.error.HTTPError, wanted: Wanted) -> Stop:
    code, host = error.code, urlsplit(wanted.url).netloc
    said = _said(error)
    if 300 <= code < 400:
        where = urlsplit(str(error.headers.get("Location", "")))
        to = f"{where.scheme}://{where.hostname}" if where.hostname else "another page"
        return Stop(
            Exit.UNREACHABLE,
            f"{host} sends on to {to}; the token stayed here. Set {URL} to the site's own address.",
        )
    if code in LATER:
        return Trouble(
            f"{host} cannot answer now ({code}); try again later. {said}".strip(), _after(error.headers)
        )
    return _sorted(code, said, host)


def _sorted(code: int, said: str, host: str) -> Stop:
    if code == 401:
        return Stop(
            Exit.TOKEN, f"{host} does not accept the token: {said or 'no reason given.'} Set {TOKEN} anew."
        )
    if code == 403:
        ask = "To record needs the scope gate and a role in the product; a preview needs read."
        return Stop(Exit.FORBIDDEN, f"The token may not do this: {said} {ask}")
    if code == 404 or (code == 400 and "There is no " in said):
        there = said or f"no Plumbline answers there; check {URL}."
        return Stop(Exit.NOT_FOUND, f"Not found at {host}: {there}")
    return Stop(Exit.REFUSED, f"{host} refuses this ({code}): {said or 'no reason given; see its log.'}")


def _said(error: urllib.error.HTTPError) -> str:
    """The site's own sentences; of a field's mistake its own rather than the general one."""
    try:
        told = json.loads(error.read(2**20))["error"]
        fields = [
            one for many in dict(told["fields"]).values() for one in (many if isinstance(many, list) else [])
        ]
        return " ".join(" ".join(map(str, fields or [told["message"]])).split())
    except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError):
        return ""


def _unreachable(error: Exception, host: str) -> Stop:
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Stop(
            Exit.UNREACHABLE,
            f"The certificate of {host} is not trusted: {cause.verify_message}. "
            "Set SSL_CERT_FILE to the certificates of your organisation.",
        )
    if isinstance(cause, TimeoutError):
        return Trouble(f"{host} took too long to answer; try again later, or allow more with --timeout.")
    why = str(cause) or type(cause).__name__
    return Trouble(f"{host} cannot be reached ({why}); check {URL}, the network, and that the site is up.")


def _after(headers: email.message.Message) -> float | None:
    """Seconds of Retry-After, which is a number or a date."""
    text = str(headers.get("Retry-After", "")).strip()
    if text.isdecimal():
        return float(text[:9])
    moment = email.utils.parsedate_tz(text) if text else None
    return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None
