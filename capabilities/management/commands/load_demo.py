import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capabilities.demo import load_demo
from config.people.models import User


class Command(BaseCommand):
    help = "Make the demo product and start its evaluations; does nothing when it is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if actor is None:
            raise CommandError("There is no administrator yet. Run create_admin first.")
        rounds = load_demo(actor, os.environ.get("PLUMBLINE_LOCAL_LLM_URL", ""))
        self.stdout.write(f"Started {len(rounds)} rounds." if rounds else "The demo is there already.")
