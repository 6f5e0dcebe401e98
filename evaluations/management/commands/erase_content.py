from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.errors import Refused
from config.people.models import User
from config.words import counted
from evaluations.services.erasure import contents_of_case, erase_contents


class Command(BaseCommand):
    help = "Erases contents for good: by hash (a case's content or attachment, an answer), or all a case says and shows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("hashes", nargs="*", metavar="SHA256")
        parser.add_argument("--case", nargs=2, metavar=("DATASET", "KEY"), help="With its attachments.")
        parser.add_argument("--reason", required=True, help="Stays in the audit trail.")
        parser.add_argument("--as", dest="by", help="User name of who decided it.")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and actor is None:
            raise CommandError(f"There is nobody called {options['by']}.")
        hashes = list(options["hashes"])
        if options["case"]:
            found = contents_of_case(*options["case"])
            if not found:
                raise CommandError("There is no such case: {}, {}.".format(*options["case"]))
            hashes += found
        if not hashes:
            raise CommandError("Name hashes, or a case with --case DATASET KEY.")
        try:
            done = erase_contents(actor=actor, hashes=hashes, reason=options["reason"])
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{counted(done, 'contents')} erased.")
