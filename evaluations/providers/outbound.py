"""The one place that opens a connection to somebody else's machine.

Everything that talks to a provider, a webhook or an import address is handed a client built here: http(s)
only, public addresses only (or what the operator allowed), the checked address is the one connected to, no
redirects, no ambient proxy, and an upper bound on bytes and seconds of every reply.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from evaluations.providers.addresses import Endpoint, is_allowed, is_public

Client = httpx2.AsyncClient
Response = httpx2.Response
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
BROKEN = (httpx2.HTTPError, httpx2.StreamError, OSError)
TIMED_OUT = (httpx2.TimeoutException, TimeoutError)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
CONNECT_TIMEOUT_S = 10.0


class OutboundError(Exception):
    """The connection was refused by us, or its reply was; trying again changes nothing."""


class AddressRefused(OutboundError):
    """The address is not public and the operator did not allow it."""


class ReplyTooLarge(OutboundError):
    """The reply went over the byte cap and was cut off."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Addresses of a host by the system's resolver, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Policy:
    """What a client may do.

    allowed: private endpoints the operator listed, (host, port). timeout_s: from the start of a request to
    the last byte of its reply. ca_bundle: path of certificates to trust instead of the system's. proxy: an
    egress proxy named by the operator; it then resolves names, and only literal addresses are judged here.
    """

    allowed: frozenset[Endpoint] = frozenset()
    timeout_s: float = 120.0
    max_reply_bytes: int = 8 * 1024 * 1024
    max_connections: int = 64
    ca_bundle: str = ""
    proxy: str = ""
    resolver: Resolver = system_resolver


def build_client(policy: Policy | None = None) -> Client:
    """A client for one event loop; close it with ``aclose()`` or use it as an async context manager."""
    policy = policy or Policy()
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.AsyncClient(
        transport=_GuardedTransport(policy),
        timeout=httpx2.Timeout(policy.timeout_s, connect=min(CONNECT_TIMEOUT_S, policy.timeout_s)),
        headers={"User-Agent": "Plumbline", "Accept-Encoding": "identity"},
        cookies=no_cookies,
        follow_redirects=False,
        trust_env=False,
    )


def why_refused(url: str, allowed: Iterable[Endpoint] = ()) -> str:
    """A sentence that says why no call would be made to this URL, or "" when one would. Resolves the name."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "This is not a valid address."
    if refusal := _refusal_of_form(parts.scheme, parts.hostname or "", bool(parts.username)):
        return refusal
    host = parts.hostname or ""
    if is_allowed(host, port, allowed):
        return ""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return f"The name {host} cannot be found."
    return _refusal_of_addresses(host, port, [str(entry[4][0]) for entry in found])


def _refusal_of_form(scheme: str, host: str, has_user: bool) -> str:
    if scheme not in ("http", "https"):
        return "Only http and https addresses can be called."
    if not host:
        return "The address has no host."
    if has_user:
        return "An address must not hold a user name or password."
    return ""


def _refusal_of_addresses(host: str, port: int, addresses: Sequence[str]) -> str:
    if addresses and all(is_public(address) for address in addresses):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return (
        f"{shown} is not a public address. An operator can allow it by adding {shown}:{port} "
        "to PLUMBLINE_PRIVATE_ENDPOINTS."
    )


def _judge(host: str, port: int, addresses: Sequence[str], allowed: frozenset[Endpoint]) -> None:
    refusal = "" if is_allowed(host, port, allowed) else _refusal_of_addresses(host, port, addresses)
    if refusal:
        raise AddressRefused(refusal)


class _PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves once, judges every address, and connects to an address that was judged.

    Host header and TLS server name still come from the URL, so a second, different DNS answer has no effect.
    """

    def __init__(self, policy: Policy, trusted: frozenset[Endpoint]) -> None:
        self._policy = policy
        self._allowed = policy.allowed | trusted
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await self._judged(host, port, timeout)
        for address in addresses[:-1]:
            try:
                return await self._sockets.connect_tcp(address, port, timeout, *args, **options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._sockets.connect_tcp(addresses[-1], port, timeout, *args, **options)

    async def _judged(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._policy.resolver(host, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"Looking up {host} took too long.") from None
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"The name {host} cannot be found.") from None
        if not addresses:
            raise httpcore2.ConnectError(f"The name {host} has no address.")
        _judge(host, port, addresses, self._allowed)
        return addresses

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused("Sockets on this machine cannot be called.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """The library's transport over a pool whose connections are pinned, with caps on what comes back."""

    def __init__(self, policy: Policy) -> None:
        context = _tls(policy.ca_bundle)
        super().__init__(verify=context, trust_env=False)
        self._policy = policy
        self._pool = _pool(policy, context)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if refusal := _refusal_of_form(url.scheme, url.host, bool(url.userinfo)):
            raise AddressRefused(refusal)
        if self._policy.proxy:
            _judge_literal(url.host, url.port or (443 if url.scheme == "https" else 80), self._policy)
        deadline = asyncio.get_running_loop().time() + self._policy.timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                response = await super().handle_async_request(request)
        except TimeoutError:
            raise httpx2.ReadTimeout("The reply took too long.", request=request) from None
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise OutboundError("The reply was compressed although that was not asked for.")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _CappedStream(response.stream, self._policy.max_reply_bytes, deadline)
        return response


class _CappedStream(httpx2.AsyncByteStream):
    """Passes a reply on until it has too many bytes or took too long."""

    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int, deadline: float) -> None:
        self._stream = stream
        self._left = max_bytes
        self._max = max_bytes
        self._deadline = deadline

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._stream.__aiter__()
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    part = await anext(parts)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx2.ReadTimeout("The reply took too long.") from None
            self._left -= len(part)
            if self._left < 0:
                raise ReplyTooLarge(f"The reply is larger than {self._max} bytes.")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def _tls(ca_bundle: str) -> ssl.SSLContext:
    if ca_bundle:
        return ssl.create_default_context(cafile=ca_bundle)
    return httpx2.create_ssl_context(trust_env=False)


def _pool(policy: Policy, context: ssl.SSLContext) -> httpcore2.AsyncConnectionPool:
    limits: dict[str, Any] = {
        "ssl_context": context,
        "max_connections": policy.max_connections,
        "max_keepalive_connections": policy.max_connections,
        "keepalive_expiry": 15.0,
    }
    if not policy.proxy:
        return httpcore2.AsyncConnectionPool(network_backend=_PinnedBackend(policy, frozenset()), **limits)
    proxy = httpx2.URL(policy.proxy)
    trusted = frozenset({(proxy.host, proxy.port or 3128)})
    return httpcore2.AsyncHTTPProxy(
        proxy_url=httpcore2.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port or 3128, target="/"),
        proxy_auth=(proxy.username, proxy.password) if proxy.userinfo else None,
        network_backend=_PinnedBackend(policy, trusted),
        **limits,
    )


def _judge_literal(host: str, port: int, policy: Policy) -> None:
    """Refuse an address written out in the URL, in any of the spellings a resolver takes for one."""
    try:
        found = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        found = []
    literals = [str(entry[4][0]) for entry in found]
    if literals:
        _judge(host, port, literals, policy.allowed)
