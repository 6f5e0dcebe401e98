"""Everything in one file and back: PostgreSQL's own dump with a manifest. What people upload lives in the database too."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.embedded.dumps import fill, write_dump
from config.embedded.first_start import secret_key
from config.embedded.places import ROOT, state_folder
from config.embedded.postgres import DATABASE, USER
from config.embedded.servers import Claim, Servers, borrowed
from config.embedded.words import Trouble, say

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
OUR_APPS = {"people": "config/people", "evaluations": "evaluations", "capabilities": "capabilities"}


def backup_command(words: list[str]) -> int:
    from config.embedded.__main__ import state_from_environment

    target = _one_file(words, "backup").resolve()
    with borrowed(state_from_environment()) as environment:
        manifest = backup(environment["DATABASE_URL"], target)
    size = target.stat().st_size / 2**20
    say(f"Wrote {target} ({size:.1f} MB, {len(manifest['migrations'])} migrations).")
    return 0


def restore_command(words: list[str]) -> int:
    from config.embedded.__main__ import state_from_environment

    source = _one_file(words, "restore").resolve()
    state = state_folder(state_from_environment())
    claim = Claim(state)
    if not claim.take():
        raise Trouble(
            "Plumbline is running and its data would be replaced: stop it (Ctrl-C) and restore then."
        )
    servers = Servers(state)
    try:
        secret_key(state)
        servers.start()
        restore(servers, source)
    finally:
        servers.stop()
        claim.drop()
    return 0


def backup(url: str, target: Path) -> dict[str, Any]:
    """Dump the database behind `url` into `target`, complete or not at all. Returns the manifest."""
    manifest = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), **_facts(url)}
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        dump = Path(folder) / DUMP
        write_dump(url, dump)
        manifest["sha256"] = _digest(dump)
        fresh = Path(folder) / target.name
        with tarfile.open(fresh, "w") as archive:
            words = json.dumps(manifest, indent=1).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(words)
            archive.addfile(entry, io.BytesIO(words))
            archive.add(dump, DUMP)
        fresh.chmod(0o600)
        fresh.replace(target)
    return manifest


def restore(servers: Servers, source: Path) -> None:
    """Fill a fresh database from a backup and bring it up to this release. What an embedded server held before is kept beside it."""
    with tempfile.TemporaryDirectory(dir=servers.state, prefix=".restore-") as folder:
        dump = _unpack(source, Path(folder))
        url = servers.environment()["DATABASE_URL"]
        if servers.postgres:
            url = _fresh_database(servers, "plumbline_restoring")
        elif _tables(url):
            raise Trouble("The database of DATABASE_URL already holds tables: restore into an empty one.")
        fill(url, dump)
    if servers.postgres:
        _swap(servers, "plumbline_restoring")
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "-v0"],
        cwd=ROOT,
        env=servers.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"The backup is in, but this release's migrations failed:\n{done.stderr[-1500:]}")
    say(f"Restored {source}. Start with ./plumbline up; the people and passwords are those of the backup.")


def read_manifest(source: Path) -> dict[str, Any]:
    """Raises Trouble when the file is no backup, is damaged at its start, or comes from a newer release."""
    try:
        with tarfile.open(source) as archive:
            entry = archive.extractfile(MANIFEST)
            manifest = json.load(entry) if entry else {}
    except FileNotFoundError as error:
        raise Trouble(f"There is no file {source}.") from error
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise Trouble(f"{source} is not a Plumbline backup.") from error
    if manifest.get("format") != FORMAT:
        raise Trouble(f"{source} has backup format {manifest.get('format')}; this release reads {FORMAT}.")
    unknown = [
        name for app, name in manifest["migrations"] if app in OUR_APPS and not _migration(app, name).exists()
    ]
    if unknown:
        raise Trouble(
            f"{source} was made by a newer Plumbline (it has the migration {unknown[0]}): update first."
        )
    return dict(manifest)


def _one_file(words: list[str], command: str) -> Path:
    if len(words) != 1 or words[0].startswith("-"):
        raise Trouble(f"Name one file: ./plumbline {command} FILE")
    path = Path(words[0]).expanduser()
    if not path.resolve().parent.is_dir():
        raise Trouble(f"There is no folder {path.resolve().parent}.")
    return path


def _migration(app: str, name: str) -> Path:
    return ROOT / OUR_APPS[app] / "migrations" / f"{name}.py"


def _facts(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        if not _tables(url):
            raise Trouble("There is nothing to back up: the database has no tables yet.")
        rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        return {"migrations": [list(row) for row in rows], "postgresql": connection.info.server_version}


def _tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return int(row[0]) if row else 0


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(source: Path, folder: Path) -> Path:
    manifest = read_manifest(source)
    dump = folder / DUMP
    try:
        with tarfile.open(source) as archive:
            packed = archive.extractfile(DUMP)
            if packed is None:
                raise KeyError(DUMP)
            with packed, dump.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
    except (tarfile.TarError, KeyError, OSError) as error:
        raise Trouble(f"{source} is damaged: its dump cannot be read.") from error
    if _digest(dump) != manifest["sha256"]:
        raise Trouble(f"{source} is damaged: its dump is not the one that was written.")
    return dump


def _fresh_database(servers: Servers, name: str) -> str:
    if not servers.postgres:
        raise Trouble("A fresh database can only be made on the embedded server.")
    with psycopg.connect(servers.postgres.url(USER), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    servers.postgres.ensure_database(name)
    return servers.postgres.url(name)


def _swap(servers: Servers, fresh: str) -> None:
    """Give the restored database its name; the one before keeps its data under another."""
    if not servers.postgres:
        return
    before = f"{DATABASE}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    kept = _tables(servers.postgres.url())
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(servers.postgres.url(USER), autocommit=True) as connection:
        if kept:
            connection.execute(rename.format(sql.Identifier(DATABASE), sql.Identifier(before)))
            say(f"What was there before is kept as the database {before}.")
        else:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(DATABASE)))
        connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(DATABASE)))
    if servers.valkey:
        # Messages name rows of the database before; the sweeps find waiting work again by themselves.
        with servers.valkey.client() as broker:
            broker.flushall()
