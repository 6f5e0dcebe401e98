import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capabilities.demo import conclude_discoveries, conclude_problems, load_demo
from config.people.models import User

PATIENCE_SECONDS = 1_800.0
PAUSE_SECONDS = 3.0


class Command(BaseCommand):
    help = "Make the demo product, start its evaluations and conclude what rests on them; does nothing when all of it is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if actor is None:
            raise CommandError("There is no administrator yet. Run create_admin first.")
        rounds = load_demo(actor, os.environ.get("PLUMBLINE_LOCAL_LLM_URL", ""))
        self._follow_up(actor)
        self.stdout.write(f"Started {len(rounds)} rounds." if rounds else "The demo is there already.")

    def _follow_up(self, actor: User) -> None:
        """What people concluded from runs is written when these are finished. Who loads the demo again later finds it open still."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            done = [follow_up(actor) for follow_up in (conclude_problems, conclude_discoveries)]
            if all(done):
                return
            time.sleep(PAUSE_SECONDS)
