from __future__ import annotations

import asyncio
import gzip
import ssl
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from evaluations.providers.addresses import is_public, parse_allowed
from evaluations.providers.outbound import (
    AddressRefused,
    OutboundError,
    Policy,
    ReplyTooLarge,
    build_client,
    why_refused,
)
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.providers.servers import CanaryServer, canary

LOCAL_FORMS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.255.255.254:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://017700000001:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::1]:{port}/",
    "http://[2600::5efe:127.0.0.1]:{port}/",
]
OTHER_PRIVATE = [
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fd00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
]
BAD_FORMS = [
    "http://0177.0.0.1:{port}/",
    "http://localhost.:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "http://",
    "http:///127.0.0.1:{port}/",
    "http://user:word@127.0.0.1:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://[::1:{port}/",
]


async def fetch(url: str, policy: Policy | None = None) -> httpx2.Response:
    async with build_client(policy or Policy(timeout_s=3)) as client:
        return await client.get(url)


def local(server: CanaryServer | BillingServer, **settings: object) -> Policy:
    return Policy(allowed=frozenset({("127.0.0.1", server.port)}), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", LOCAL_FORMS)
def test_no_spelling_of_this_machine_is_called(form: str) -> None:
    with canary() as server:
        with pytest.raises(AddressRefused):
            asyncio.run(fetch(form.format(port=server.port)))
        assert server.hits == []


@pytest.mark.parametrize("url", OTHER_PRIVATE)
def test_private_and_special_addresses_are_refused_before_connecting(url: str) -> None:
    with pytest.raises(AddressRefused, match="not a public address"):
        asyncio.run(fetch(url))
    assert "not a public address" in why_refused(url)


@pytest.mark.parametrize("form", BAD_FORMS)
def test_other_schemes_and_odd_forms_reach_nothing(form: str) -> None:
    with canary() as server:
        url = form.format(port=server.port)
        with pytest.raises((AddressRefused, httpx2.HTTPError, httpx2.InvalidURL)):
            asyncio.run(fetch(url))
        assert server.hits == []
        assert why_refused(url) != ""


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)
    assert why_refused(f"https://{'[' + address + ']' if ':' in address else address}/v1") == ""


def test_a_second_dns_answer_has_no_effect() -> None:
    answers: list[Sequence[str]] = [["203.0.114.1"], ["127.0.0.1"]]
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    with canary() as server:
        url = f"http://rebinding.example:{server.port}/"
        policy = Policy(timeout_s=0.5, resolver=rebinding)
        with pytest.raises(httpx2.HTTPError):
            asyncio.run(fetch(url, policy))
        assert asked == ["rebinding.example"]
        with pytest.raises(AddressRefused):
            asyncio.run(fetch(url, policy))
        assert server.hits == []


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["1.1.1.1", "127.0.0.1"]

    with pytest.raises(AddressRefused):
        asyncio.run(fetch("http://both.example/", Policy(resolver=both)))


def test_redirects_are_not_followed() -> None:
    with canary() as target, canary() as server:
        server.reply = (302, {"Location": f"http://127.0.0.1:{target.port}/"}, b"")
        response = asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server)))
        assert (response.status_code, len(server.hits), target.hits) == (302, 1, [])


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with canary() as proxy, canary() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server)))
        assert (len(server.hits), proxy.hits) == (1, [])


def test_an_operators_proxy_is_used_and_literal_private_addresses_still_refused() -> None:
    with canary() as proxy:
        policy = Policy(proxy=f"http://127.0.0.1:{proxy.port}", timeout_s=3)
        asyncio.run(fetch("http://models.example/v1", policy))
        assert proxy.hits[0][0] == "http://models.example/v1"
        for host in ("169.254.169.254", "2130706433", "[::1]"):
            with pytest.raises(AddressRefused):
                asyncio.run(fetch(f"http://{host}/", policy))
        assert len(proxy.hits) == 1


def test_a_private_endpoint_is_called_only_at_the_allowed_port() -> None:
    with canary() as server, canary() as other:
        assert asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server))).text == "canary"
        with pytest.raises(AddressRefused):
            asyncio.run(fetch(f"http://127.0.0.1:{other.port}/", local(server)))
        assert other.hits == []


def test_host_header_keeps_the_name_although_the_address_is_pinned() -> None:
    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with canary() as server:
        policy = Policy(allowed=frozenset({("models.test", server.port)}), resolver=here)
        asyncio.run(fetch(f"http://models.test:{server.port}/", policy))
        assert server.hits[0][1]["Host"] == f"models.test:{server.port}"


def test_cookies_are_not_kept() -> None:
    async def twice(url: str, policy: Policy) -> None:
        async with build_client(policy) as client:
            await client.get(url)
            await client.get(url)

    with canary() as server:
        server.reply = (200, {"Set-Cookie": "a=b"}, b"")
        asyncio.run(twice(f"http://127.0.0.1:{server.port}/", local(server)))
        assert "Cookie" not in server.hits[1][1]


def test_tls_checks_the_name_and_the_operators_certificates(tmp_path: Path) -> None:
    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    certificate = _certificate(tmp_path, "models.test")
    names: list[str] = []
    with CanaryServer() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, tmp_path / "key.pem")
        context.sni_callback = lambda _socket, name, _context: names.append(str(name))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        allowed = frozenset({("models.test", server.port), ("other.test", server.port)})
        trusting = Policy(allowed=allowed, resolver=here, ca_bundle=str(certificate), timeout_s=3)
        assert asyncio.run(fetch(f"https://models.test:{server.port}/", trusting)).text == "canary"
        with pytest.raises(httpx2.ConnectError, match="(?i)certificate"):
            asyncio.run(fetch(f"https://other.test:{server.port}/", trusting))
        with pytest.raises(httpx2.ConnectError, match="(?i)certificate"):
            distrusting = Policy(allowed=allowed, resolver=here, timeout_s=3)
            asyncio.run(fetch(f"https://models.test:{server.port}/", distrusting))
        assert names == ["models.test", "other.test", "models.test"]
        server.shutdown()


def _certificate(folder: Path, name: str) -> Path:
    arguments = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={name}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", *arguments, "-addext", f"subjectAltName=DNS:{name}", *files]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed, so no certificate can be made")
    return folder / "cert.pem"


def test_a_reply_over_the_byte_cap_is_cut_off() -> None:
    with canary() as server:
        server.reply = (200, {}, b"x" * 100_000)
        with pytest.raises(ReplyTooLarge):
            asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server, max_reply_bytes=99_999)))
        whole = asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server, max_reply_bytes=100_000)))
        assert len(whole.content) == 100_000


def test_a_compressed_reply_is_refused_so_that_it_cannot_blow_up() -> None:
    with canary() as server:
        server.reply = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 10_000_000))
        with pytest.raises(OutboundError, match="compressed"):
            asyncio.run(fetch(f"http://127.0.0.1:{server.port}/", local(server)))


def test_a_reply_that_drips_is_ended_by_the_clock(billing: BillingServer) -> None:
    async def ask() -> None:
        async with build_client(local(billing, timeout_s=0.6)) as client:
            payload = {"model": "fault-drip", "messages": [{"role": "user", "content": "hi"}]}
            await client.post(f"{billing.base_url}/chat/completions", json=payload)

    with pytest.raises(httpx2.ReadTimeout):
        asyncio.run(asyncio.wait_for(ask(), 3))


def test_what_the_refusal_says_can_be_pasted_into_the_allowlist() -> None:
    said = why_refused("http://[::1]:8000/v1")
    entry = said.split("adding ")[1].split(" to ")[0]
    assert why_refused("http://[::1]:8000/v1", parse_allowed(entry)) == ""


def test_allowed_endpoints_are_read_from_one_line() -> None:
    assert parse_allowed("127.0.0.1:8000, [::1]:9,LLM.internal:80") == frozenset(
        {("127.0.0.1", 8000), ("::1", 9), ("llm.internal", 80)}
    )


@pytest.mark.parametrize("entry", ["127.0.0.1", "host:", ":80", "host:0", "host:99999", "host:x"])
def test_an_allowed_endpoint_needs_host_and_port(entry: str) -> None:
    with pytest.raises(ValueError, match="is not host:port"):
        parse_allowed(entry)


def test_a_name_that_does_not_exist_is_said_so() -> None:
    assert why_refused("https://no-such-host.invalid/") == "The name no-such-host.invalid cannot be found."
