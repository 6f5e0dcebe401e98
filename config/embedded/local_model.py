"""`up --local-llm`: a real language model beside the site, and the words that let a provider reach it."""

import socket
import sys
from pathlib import Path

from config.embedded.places import ROOT
from config.embedded.processes import Child
from config.embedded.words import Trouble

HOST = "127.0.0.1"


def children(state: Path, environment: dict[str, str]) -> list[Child]:
    """The model's server; tells the others in their environment where it is and that they may call it."""
    port = _port(state / "local-llm-port")
    allowed = [words for words in (environment.get("PLUMBLINE_PRIVATE_ENDPOINTS"), f"{HOST}:{port}") if words]
    environment["PLUMBLINE_PRIVATE_ENDPOINTS"] = ",".join(allowed)
    environment["PLUMBLINE_LOCAL_LLM_URL"] = f"http://{HOST}:{port}/v1"
    argv = [sys.executable, "-m", "config.embedded.local_llm", "--port", str(port)]
    return [Child("local-llm", argv, state / "logs" / "local-llm.log", environment, ROOT)]


def _port(record: Path) -> int:
    """A free port, the same one at every start: the provider's address is kept in the database."""
    wanted = int(record.read_text()) if record.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise Trouble(
                f"Port {wanted}, where the local model was before, is busy: free it or remove {record}."
            ) from error
        port = int(probe.getsockname()[1])
    record.write_text(str(port))
    return port
