from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from capabilities.models import Product
from capabilities.services.standings import rebuild_standings
from config.words import counted


class Command(BaseCommand):
    help = "Works out again where every requirement stands. Never needed while the triggers are there; safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("product", nargs="?", help="Key of one product; without it all of them.")

    def handle(self, *args: Any, **options: Any) -> None:
        key = options["product"]
        product = Product.objects.filter(key=key).first() if key else None
        if key and product is None:
            raise CommandError(f"There is no product {key}.")
        self.stdout.write(f"{counted(rebuild_standings(product), 'requirements')} worked out again.")
