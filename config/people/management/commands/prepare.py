"""What every start does before the site answers: tables, static files, an administrator."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from config import env
from config.people.services.first_administrator import make_first_administrator

LOCK = (
    7_074_905  # Any number, the same for everybody: two machines starting together must not migrate together.
)


class Command(BaseCommand):
    help = "Migrate, collect static files, and make the first administrator from PLUMBLINE_ADMIN_PASSWORD. Prints JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            administrator = first_administrator()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        collect()
        self.stdout.write(json.dumps({"administrator": administrator}))


def first_administrator() -> str:
    """The name of the administrator just made; empty when there is one already or no password was given."""
    password = env.text("PLUMBLINE_ADMIN_PASSWORD")
    administrator = make_first_administrator(password=password) if password else None
    return administrator.username if administrator else ""


def collect() -> None:
    """Collect static files when a file changed since the last time; compressing them takes seconds."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            status = path.stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    marker = Path(settings.STATIC_ROOT) / ".collected"
    if marker.exists() and marker.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    marker.write_text(digest.hexdigest())
