"""Whatever a site or a network does, the command ends with one plain sentence and never shows the token."""

import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.gate_command.calling import DECIDED, SECRET, Called, Said, Site, call, site

ROOT = Path(__file__).resolve().parents[2]
PENDING = {**DECIDED, "decision": "pending"}


def ask(told: Site, *arguments: str) -> Called:
    called = call("R2", "aria@step-2000", *arguments, PLUMBLINE_URL=told.url, PLUMBLINE_TOKEN=SECRET)
    assert SECRET not in called.out + called.err
    return called


def refused(status: int, message: str, **fields: list[str]) -> Said:
    return Said(status, {"error": {"code": "x", "message": message, "fields": fields}})


def cut_off(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b'HTTP/1.0 200 OK\r\nContent-Length: 500\r\n\r\n{"decision": "pa')


def drip(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 500\r\n\r\n")
    for _ in range(200):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def hang(request: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


@pytest.fixture
def tls_site(tmp_path: Path) -> Iterator[str]:
    """A site whose certificate it signed itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so there is no certificate to distrust")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with site(Said(), secured=context) as told:
        yield told.url.replace("http://127.0.0.1", "https://localhost")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_site_that_comes_back_is_asked_again(status: int) -> None:
    with site(Said(status, b"<html>busy</html>"), Said()) as told:
        called = ask(told)
    assert (called.code, len(told.asked)) == (0, 2)
    assert f"cannot answer now ({status}); try again later. Asking again in" in called.err


def test_a_site_that_stays_away_is_told_after_the_patience() -> None:
    with site(Said(503, b"")) as told:
        called = ask(told, "--patience=3")
    assert called.code == 5 and len(told.asked) > 1
    assert called.err.splitlines()[-1].endswith("cannot answer now (503); try again later.")


def test_a_site_that_wants_longer_than_the_patience_is_not_asked_again() -> None:
    with site(Said(503, b"", {"Retry-After": "3600"})) as told:
        called = ask(told)
    assert (called.code, len(told.asked)) == (5, 1)


@pytest.mark.parametrize(
    "after", ["1", pytest.param(formatdate(time.time() - 60, usegmt=True), id="a minute ago"), "soon"]
)
def test_retry_after_is_a_number_a_date_or_passed_over(after: str) -> None:
    with site(Said(429, b"", {"Retry-After": after}), Said()) as told:
        assert ask(told).code == 0
    assert len(told.asked) == 2


@pytest.mark.parametrize("act", [hang, drip])
def test_an_answer_that_takes_too_long_is_given_up(act: Any) -> None:
    with site(Said(act=act)) as told:
        called = ask(told, "--timeout=0.3", "--patience=0")
    assert called.code == 5
    assert "took too long to answer" in called.err


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    with site(Said(act=cut_off), Said()) as told:
        assert ask(told).code == 0
    assert len(told.asked) == 2


def test_nobody_there() -> None:
    with site(Said()) as told:
        pass
    called = ask(told, "--patience=0")
    assert called.code == 5
    assert "cannot be reached" in called.err
    assert "check PLUMBLINE_URL" in called.err


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"<html>Sign in</html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"decision": "maybe", "summary": "", "requirements": []}',
        b'{"decision": "pass", "summary": ""}',
        b'{"decision": "pass", "summary": "", "requirements": [{"key": "VA-1", "criteria": [{"key": "AC-1"}]}]}',
    ],
)
def test_what_is_no_decision_is_never_a_pass(body: bytes) -> None:
    with site(Said(200, body)) as told:
        called = ask(told, "--undecided=allow")
    assert (called.code, called.out) == (6, "")
    assert "no gate's decision" in called.err


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_does_not_follow_a_redirect(status: int) -> None:
    with (
        site(Said()) as elsewhere,
        site(Said(status, b"", {"Location": elsewhere.url + "/api/v1/gate/"})) as told,
    ):
        called = ask(told)
    assert (called.code, elsewhere.asked) == (5, [])
    assert "sends on to http://127.0.0.1; the token stayed here" in called.err


def test_a_certificate_nobody_vouches_for_is_not_believed(tls_site: str) -> None:
    called = call("R2", "a@b", PLUMBLINE_URL=tls_site, PLUMBLINE_TOKEN=SECRET)
    assert called.code == 5
    assert "is not trusted" in called.err
    assert "SSL_CERT_FILE" in called.err


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (refused(401, "This token is unknown, revoked or expired."), 7, "Set PLUMBLINE_TOKEN anew."),
        (refused(403, "You may not do this."), 8, "needs the scope gate"),
        (Said(404, b"not here"), 9, "check PLUMBLINE_URL"),
        (
            refused(
                400,
                "Fields.",
                baseline=["There is no baseline “R2”, or you may not see it. Perhaps you meant R1."],
            ),
            9,
            "Perhaps you meant R1.",
        ),
        (refused(422, "Closed."), 10, "refuses this (422): Closed."),
        (Said(405, b"{"), 10, "refuses this (405)"),
        (refused(401, f"Token {SECRET} is unknown.\n##[add-path]x\x1b[31m"), 7, "Token … is unknown."),
    ],
)
def test_every_refusal_is_one_sentence_and_a_code_of_its_own(answer: Said, code: int, words: str) -> None:
    with site(answer) as told:
        called = ask(told)
    assert (called.code, called.out, called.err.count("\n")) == (code, "", 1)
    assert words in called.err
    assert "##[" not in called.err
    assert "\x1b" not in called.err


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {}, "required: baseline, version"),
        (("R2", "a@b", "--undecided=maybe"), {}, "invalid choice"),
        (("R2", "a@b", "--wait=soon"), {}, "number of seconds"),
        (("R2", "a@b", "--wait=nan"), {}, "number of seconds"),
        (("R2", "a@b", "--wait=-1"), {}, "number of seconds"),
        (("R2", "a@b", "--nothing"), {}, "--nothing"),
        (("R2", "a@b"), {"PLUMBLINE_URL": ""}, "Set PLUMBLINE_URL"),
        (("R2", "a@b"), {"PLUMBLINE_URL": "plumbline.example.com"}, "no address of a site"),
        (("R2", "a@b"), {"PLUMBLINE_URL": "https://me:pass@plumbline.example.com"}, "without a user"),
        (("R2", "a@b"), {"PLUMBLINE_URL": "https://plumbline.example.com:port"}, "no address of a site"),
        (("R2", "a@b"), {"PLUMBLINE_URL": "file:///etc/passwd"}, "no address of a site"),
        (("R2", "a@b"), {"PLUMBLINE_URL": "http://plumbline.example.com"}, "use https://"),
        (("R2", "a@b"), {"PLUMBLINE_TOKEN": " "}, "Set PLUMBLINE_TOKEN"),
        (("R2", "a@b"), {"PLUMBLINE_TOKEN": f"{SECRET}\nHost: x"}, "copy it again"),
    ],
)
def test_a_wrong_call_is_never_taken_for_a_decision(
    arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    around = {"PLUMBLINE_URL": "https://plumbline.example.com", "PLUMBLINE_TOKEN": SECRET} | environment
    called = call(*arguments, **around)
    assert (called.code, called.out) == (4, "")
    assert words in called.err
    assert SECRET not in called.err
    assert "pass@" not in called.err


def test_a_bare_wait_does_not_swallow_the_baseline() -> None:
    with site(Said(200, PENDING), Said()) as told:
        around = {"PLUMBLINE_URL": told.url, "PLUMBLINE_TOKEN": SECRET}
        assert call("--wait", "R2", "aria@step-2000", **around).code == 0
    assert told.asked[0][1] == "/api/v1/gate/?baseline=R2&version=aria%40step-2000"


def test_what_is_pending_when_the_time_is_up_is_said_and_not_recorded() -> None:
    with site(Said(200, PENDING)) as told:
        called = ask(told, "--wait=1", "--record")
    assert called.code == 3
    assert {method for method, _, _ in told.asked} == {"GET"}
    assert "Still waiting for runs: aria@step-2000 against R2 (nothing recorded)" in called.out
    assert "--wait=SECONDS" in called.out


def test_a_run_that_starts_before_the_record_is_waited_for() -> None:
    with site(Said(), Said(201, PENDING), Said()) as told:
        assert ask(told, "--wait=30", "--record").code == 0
    assert [method for method, _, _ in told.asked] == ["GET", "POST", "GET", "POST"]


def test_a_token_that_cannot_record_is_told_before_anything_is_waited_for() -> None:
    with site(Said(200, PENDING)) as told:
        told.scopes = ["read", "push"]
        called = ask(told, "--wait=60", "--record")
    assert (called.code, told.asked) == (8, [])
    assert "leave --record out" in called.err


def test_half_a_character_breaks_neither_the_log_nor_the_summary(tmp_path: Path) -> None:
    strange = {**DECIDED, "summary": "## Go: \ud800\n"}
    with site(Said(200, strange)) as told:
        plain, as_json = ask(told, f"--summary={tmp_path / 'gate.md'}"), ask(told, "--json")
    assert (plain.code, as_json.code) == (0, 0)
    assert (tmp_path / "gate.md").read_text() == "## Go: ?\n\n"
    assert as_json.out.isascii()


def test_a_summary_that_cannot_be_written_is_said() -> None:
    with site(Said()) as told:
        called = ask(told, "--summary=/nowhere/at/all.md")
    assert called.code == 4
    assert "cannot be written to /nowhere/at/all.md" in called.err


def started(told: Site, *command: str) -> subprocess.Popen[str]:
    around = {"PLUMBLINE_URL": told.url, "PLUMBLINE_TOKEN": SECRET, "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [sys.executable, "-I", *command, "R2", "aria@step-2000", "--wait"],
        env=around,
        cwd="/",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_ctrl_c_ends_it_with_a_sentence() -> None:
    with site(Said(200, PENDING)) as told:
        process = started(told, str(ROOT / "plumbline_gate"))
        assert process.stderr is not None
        assert "waiting for up to 900 s" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("plumbline-gate: Stopped")
    assert "Traceback" not in err


def test_the_folder_runs_as_it_is_with_nothing_installed() -> None:
    with site(Said()) as told:
        process = started(told, "-S", str(ROOT / "plumbline_gate"))
        out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("Go: aria@step-2000 against R2 (nothing recorded)")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_that_goes_away_does_not_change_the_decision(more: tuple[str, ...]) -> None:
    undecided = {**DECIDED, "decision": "undecided"}
    reader, writer = os.pipe()
    os.close(reader)
    with site(Said(200, undecided)) as told:
        around = {"PLUMBLINE_URL": told.url, "PLUMBLINE_TOKEN": SECRET, "PATH": os.environ["PATH"]}
        command = [sys.executable, "-I", str(ROOT / "plumbline_gate"), "R2", "aria@step-2000", *more]
        ended = subprocess.run(
            command, env=around, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (2, "")
