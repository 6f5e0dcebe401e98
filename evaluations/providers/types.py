"""What goes into a provider call, what comes out, and how it can go wrong."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from evaluations.providers.outbound import Client

Usage = Mapping[str, int]
"""Tokens by kind: ``input`` (the whole prompt), ``output``, ``cached`` (the part of input a cache held); ``calls`` where it was not one."""


class ErrorKind(StrEnum):
    """What a failed call means for the item and for the run."""

    RETRYABLE = "retryable"
    RATE_LIMITED = "rate_limited"
    PERMANENT = "permanent"
    UNAUTHORIZED = "unauthorized"
    GONE = "gone"


RETRIED = frozenset({ErrorKind.RETRYABLE, ErrorKind.RATE_LIMITED})


class ProviderError(Exception):
    """An infrastructure error: the call gave no result, so the item is missing, never a failure of the model.

    retry_after: seconds the provider asked us to wait. body_digest: names the reply's body apart from the ids
    and numbers in it, so the same failure is recognised when it comes again. never_sent: no connection came about,
    so nothing can have been billed. paid: what earlier calls of the same sample took, where its failed call took nothing.
    The message holds no secret.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        body_digest: str = "",
        never_sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.retry_after = retry_after
        self.body_digest = body_digest
        self.never_sent = never_sent
        self.paid: Reply | None = None

    @property
    def retried(self) -> bool:
        return self.kind in RETRIED

    @property
    def stops_run(self) -> bool:
        """True when no other item of the run can succeed either."""
        return self.kind in {ErrorKind.UNAUTHORIZED, ErrorKind.GONE}


@dataclass(frozen=True)
class ProviderSettings:
    """A provider as its adapter sees it. Limits of None mean no limit; times are seconds.

    secret_name: what its key is called; secret_dir: folder of key files, beside the environment.
    """

    slug: str
    adapter: str
    base_url: str = ""
    secret_name: str = ""
    max_concurrency: int = 4
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout_s: float = 120.0
    max_reply_bytes: int = 8 * 1024 * 1024
    secret_dir: str = ""


@dataclass(frozen=True)
class Attachment:
    """A picture, sound or video of a case. seconds: how long it plays, None where it does not say."""

    sha256: str
    media_type: str
    data: bytes = field(repr=False)
    seconds: float | None = None


@dataclass(frozen=True)
class Request:
    """One call for one case.

    messages: rendered ``{"role", "content"}`` dicts; content is text or a list of typed parts (text,
    image_url, input_audio, video_url; see evaluations.prompting.attachments). attachments: the same pictures and sounds as bytes, for
    local callables; their parts are in the messages already. case_input: the case's raw input, which rule sets and local callables read.
    stored_output: the output uploaded beforehand. stream: take the reply in pieces, to know the time to the
    first token.
    """

    messages: tuple[Mapping[str, Any], ...]
    api_id: str
    request_id: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    json_schema: Mapping[str, Any] | None = None
    case_input: Any = None
    case_metadata: Mapping[str, Any] = field(default_factory=dict)
    stored_output: str | None = None
    stream: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A result. error_class: "" or a model error, which scores 0: "refusal", "malformed" or "too_long".

    raw: the bytes as they came. finish_reason: the provider's word ("stop", "length", "content_filter" …).
    media: sound or a picture that is the answer, of the type media_type; it is kept instead of the text. transcript: the messages and
    tool calls that led to the answer, as a JSON list.
    """

    text: str
    raw: bytes
    finish_reason: str = "stop"
    usage: Usage = field(default_factory=dict)
    latency_ms: float = 0
    first_token_ms: int | None = None
    resolved_model: str = ""
    fingerprint: str = ""
    error_class: str = ""
    provider_request_id: str = ""
    media: bytes = b""
    media_type: str = ""
    transcript: bytes = b""


@dataclass(frozen=True)
class Produced:
    """What a local callable made, where a text alone does not say it.

    seconds: what the model itself computed for, without loading or waiting; None: as long as the call took.
    """

    text: str = ""
    media: bytes = b""
    media_type: str = ""
    seconds: float | None = None
    error_class: str = ""


class Adapter(Protocol):
    """One kind of provider. free: its calls cost nothing. needs_http: it must be given a client."""

    name: str
    free: bool
    needs_http: bool

    async def call(self, request: Request, settings: ProviderSettings, client: Client | None) -> Reply:
        """Raises ProviderError when there is no result."""

    async def test_connection(
        self, settings: ProviderSettings, client: Client | None, api_id: str = ""
    ) -> str:
        """A sentence that says what works. Raises ProviderError, whose message says what does not."""


class Turn(Protocol):
    """The right to make one call of several: waits until the provider's limits hold it, and takes it back at the end.

    It gives a function to be told what the call took. Raises ProviderError where the wait is too long.
    """

    def __call__(self, tokens: int) -> AbstractAsyncContextManager[Callable[[Usage], None]]:
        """tokens: what the call will probably use."""


@dataclass(frozen=True)
class Most:
    """The most one sample may take where it takes more than one call."""

    calls: int
    tokens: int
    seconds: float


@runtime_checkable
class AsksOften(Protocol):
    """An adapter whose samples take several calls, each in its turn."""

    def most(self, parameters: Mapping[str, Any]) -> Most:
        """What a sample never passes, by the version's parameters."""

    async def call_in_turns(
        self, request: Request, settings: ProviderSettings, client: Client | None, turn: Turn
    ) -> Reply:
        """As `call`."""


@runtime_checkable
class ListsModels(Protocol):
    """An adapter that can say which models the provider has."""

    async def list_models(self, settings: ProviderSettings, client: Client | None) -> list[str]:
        """Ids, by name. Raises ProviderError."""


_CHANGING = re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-zA-Z_-]*\d[0-9a-zA-Z_-]*")


def digest_of(body: bytes) -> str:
    """Name of an error body apart from what changes from call to call (request ids, times, counters)."""
    return hashlib.sha256(_CHANGING.sub(b"#", body[:65536])).hexdigest()[:16] if body else ""
