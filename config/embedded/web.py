"""Settings of the web server: few processes, threads for waiting, and nobody outlives the command."""

import gc
import os
from typing import Any

from config.embedded.processes import die_with_parent

worker_class = "gthread"
# Imported once and shared: the processes start together and their memory is the same pages.
preload_app = True
workers = int(os.environ.get("PLUMBLINE_WEB_WORKERS") or 2)
threads = 4
timeout = 60
graceful_timeout = 4
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """What was imported stays: never look through it for garbage again, which would also copy its pages into every process."""
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    die_with_parent()
    # A page of a list makes some ten thousand objects that die with it. Looked for every 700 they cost the median request little, but the
    # slowest ones wait for a search of everything: docs/performance.md has the figures.
    gc.set_threshold(20_000, 20, 20)
