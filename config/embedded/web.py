"""Settings of the web server: few processes, threads for waiting, and nobody outlives the command."""

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


def post_fork(server: Any, worker: Any) -> None:
    die_with_parent()
