"""A caller of the API: signs in by token and speaks JSON."""

import json
from typing import Any

from django.test import Client

from config.people.models import Token, User
from tests.factories.people import make_token, make_user

ALL_SCOPES = tuple(Token.Scope.values)
ROOT = "/api/v1"


class Caller:
    """`Caller("read", "push").post("/runs/", {…})`; the person is an administrator unless one is given."""

    def __init__(self, *scopes: str, user: User | None = None) -> None:
        self.user = user or make_user("admin", may_read_test=True, approver=True)
        _, secret = make_token(self.user, scopes or ("read",))
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client(raise_request_exception=True)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(ROOT + path, query, headers=self.headers | _named(headers))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            ROOT + path,
            b"" if body is None else json.dumps(body),
            "application/json",
            headers=self.headers | _named(headers),
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def upload(self, path: str, content: bytes, kind: str = "application/x-ndjson", **headers: str) -> Any:
        return self.client.post(ROOT + path, content, kind, headers=self.headers | _named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def lines_of(reply: Any) -> list[dict[str, Any]]:
    """The lines of an NDJSON reply."""
    assert reply.status_code == 200, reply.content
    return [json.loads(line) for line in b"".join(reply.streaming_content).splitlines()]


def error_of(reply: Any) -> tuple[int, str]:
    """Status and code of an error, whose body has the one shape."""
    body = json.loads(reply.content)
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"code", "message", "fields"}
    assert body["error"]["message"]
    return reply.status_code, body["error"]["code"]
