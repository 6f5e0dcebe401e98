"""PostgreSQL's own dump and its way back, for servers of any age."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict

from config.embedded.postgres import client
from config.embedded.words import Trouble

HEAD_LINES, NEWEST_ONLY = 40, b"SET transaction_timeout = 0;"


def _client_command(name: str, url: str, *options: str) -> tuple[list[str], dict[str, str]]:
    """A client program on that database; the password goes through the environment, where other users cannot read it."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password", "") or "")
    address = psycopg.conninfo.make_conninfo("", **parts)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    return [str(client(name)), f"--dbname={address}", *options], environment


def write_dump(url: str, target: Path) -> None:
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    argv, environment = _client_command("pg_dump", url, *options)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"pg_dump failed: {done.stderr.strip()[-1500:]}")


def fill(url: str, dump: Path) -> None:
    """All of the dump or nothing of it. As SQL through psql, because an older server refuses settings it does not know."""
    argv, environment = _client_command(
        "psql",
        url,
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    )
    reading = [str(client("pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=errors) as source,
        subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stderr=errors) as target,
    ):
        if source.stdout and target.stdin:
            # When psql gave up its end of the pipe is closed; its own words say why.
            with contextlib.suppress(BrokenPipeError):
                _copy_sql(source.stdout, target.stdin)
            source.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                target.stdin.close()
        failed = target.wait() or source.wait()
        errors.seek(0)
        words = errors.read().decode(errors="replace").strip()
    if failed:
        raise Trouble(f"The backup could not be read into the database: {words[-1500:]}")


def _copy_sql(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy, leaving out of the first lines what only the newest servers know."""
    for _ in range(HEAD_LINES):
        line = source.readline()
        if line.strip() != NEWEST_ONLY:
            target.write(line)
    shutil.copyfileobj(source, target)
