from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from capabilities.importers import Limits, RequirementFile, format_of, read_document, read_requirements
from capabilities.models import Product
from capabilities.queries.import_names import Wishes
from capabilities.queries.import_plan import plan_import
from capabilities.services.requirement_imports import import_requirements
from config.errors import Refused
from config.people.models import User
from config.words import counted
from evaluations.canonical import parse_json

LIMITS = Limits(file_bytes=64 << 20, rows=20_000)


class Command(BaseCommand):
    help = "Brings requirements from a file (JSON, CSV, Markdown) or a folder into a product: everything or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="A file, or a folder that export_requirements wrote.")
        parser.add_argument("--product", required=True, help="Key, e.g. VA.")
        parser.add_argument("--as", dest="username", help="User name of who is said to have done it.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and store nothing.")
        parser.add_argument("--only-good", action="store_true", help="Leave out what has mistakes.")
        parser.add_argument(
            "--scorers-not-measurable", action="store_true", help="Where a scorer is missing."
        )
        parser.add_argument("--owners-nobody", action="store_true", help="Where an owner is missing.")
        parser.add_argument(
            "--other-product", action="store_true", help="Keep numbers of another product's keys."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        product = Product.objects.filter(key=options["product"].upper()).first()
        if product is None:
            raise CommandError(f"There is no product {options['product']}.")
        actor = User.objects.filter(username=options["username"]).first() if options["username"] else None
        if options["username"] and actor is None:
            raise CommandError(f"There is nobody called {options['username']}.")
        file = _read(Path(options["source"]))
        wishes = Wishes(**{name: options[name] for name in Wishes.__dataclass_fields__})
        plan = plan_import(product, file, wishes)
        for mistake in plan.mistakes:
            self.stderr.write(f"{mistake.line}: {mistake.reason}")
        if options["dry_run"]:
            self.stdout.write(", ".join(f"{count} {state}" for state, count in sorted(plan.counts.items())))
            return
        try:
            done = import_requirements(
                actor=actor, product=product, file=file, wishes=wishes, only_good=options["only_good"]
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(
            f"{counted(len(done.created), 'requirements')} made, {len(done.changed)} changed, {done.unchanged} already as they are, "
            f"{done.left_out} left out."
        )
        if done.other_fingerprints:
            self.stdout.write(f"Their fingerprint is another one here: {', '.join(done.other_fingerprints)}.")


def _read(source: Path) -> RequirementFile:
    try:
        if source.is_dir():
            return _read_folder(source)
        data = source.read_bytes()
    except (OSError, ValueError) as error:
        raise CommandError(f"{source} cannot be read: {error}") from error
    return read_requirements(data, format_of(source.name, data), LIMITS)


def _read_folder(folder: Path) -> RequirementFile:
    document = parse_json((folder / "product.json").read_text(encoding="utf-8"))
    paths = sorted((folder / "requirements").glob("*.json"), key=_number)
    found = [parse_json(path.read_text(encoding="utf-8")) for path in paths]
    return read_document({**document, "requirements": found}, LIMITS)


def _number(path: Path) -> tuple[int, str]:
    number = path.stem.rpartition("-")[2]
    return (int(number) if number.isdecimal() else 0), path.stem
