"""What the first start of a state folder makes: the secret key, the tables, the administrator, the demo."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from config.embedded.places import ROOT
from config.embedded.processes import Child, last_lines
from config.embedded.words import Trouble

FREE_BYTES = 300 * 1024 * 1024


def check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise Trouble(
            f"The disk of {folder} is full: {free // 2**20} MB are free and Plumbline needs {FREE_BYTES // 2**20} MB."
        )


def secret_key(state: Path) -> None:
    """A file only its owner can read, made once; complete or absent."""
    path = state / "secret-key"
    if path.exists() or os.environ.get("PLUMBLINE_SECRET_KEY"):
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50) + "\n")
    fresh.rename(path)


def prepare(environment: dict[str, str]) -> str:
    """Migrate, collect static files, make the administrator. Returns the sentence with the login when one was made."""
    given = environment.get("PLUMBLINE_ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env={**environment, "PLUMBLINE_ADMIN_PASSWORD": password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        log = Path(environment["PLUMBLINE_STATE"]) / "logs" / "prepare.log"
        log.write_text(done.stderr)
        raise Trouble(f"The database could not be prepared (all of it is in {log}):\n{last_lines(log, 4)}")
    report = json.loads(done.stdout.strip().splitlines()[-1])
    if not report["administrator"]:
        return ""
    shown = "the password of PLUMBLINE_ADMIN_PASSWORD" if given else f"password {password} (shown this once)"
    return f"Sign in as {report['administrator']} with {shown}."


def demo(state: Path, environment: dict[str, str]) -> Child | None:
    """The demo's loader, for a site without a product or with a language model that may join; the workers do its runs."""
    if environment.get("PLUMBLINE_DEMO", "").lower() in {"no", "0", "false", "off"}:
        return None
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        filled = connection.execute("SELECT 1 FROM capabilities_product LIMIT 1").fetchone()
    if filled and not environment.get("PLUMBLINE_LOCAL_LLM_URL"):
        return None
    return Child(
        "demo", [sys.executable, "manage.py", "load_demo"], state / "logs" / "demo.log", environment, ROOT
    )
