import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.people.services.first_administrator import USERNAME, make_first_administrator
from config.people.services.users import random_password

GIVEN = "PLUMBLINE_ADMIN_PASSWORD"


class Command(BaseCommand):
    help = (
        "Create the first administrator. The password comes from PLUMBLINE_ADMIN_PASSWORD, else it is made and "
        "printed once. Does nothing when there is an active administrator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", default=USERNAME)

    def handle(self, *args: Any, **options: Any) -> None:
        given = os.environ.get(GIVEN, "")
        password = given or random_password()
        try:
            admin = make_first_administrator(password=password, username=options["username"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if admin is None:
            self.stdout.write("There is an administrator already.")
        elif given:
            self.stdout.write(f"Sign in as {admin.username} with the password of {GIVEN}.")
        else:
            self.stdout.write(f"Sign in as {admin.username} with the password {password} (shown this once).")
