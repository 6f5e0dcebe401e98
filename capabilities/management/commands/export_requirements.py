import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from capabilities.exporters.requirements_json import document_files, document_text
from capabilities.models import Product
from capabilities.queries.requirement_files import product_document
from config.words import counted


class Command(BaseCommand):
    help = "Writes a product's requirements as JSON for git: one file, a folder with a file for each, or - for the screen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", help="A file that ends in .json, a folder, or -.")
        parser.add_argument("--product", required=True, help="Key, e.g. VA.")

    def handle(self, *args: Any, **options: Any) -> None:
        product = Product.objects.filter(key=options["product"].upper()).first()
        if product is None:
            raise CommandError(f"There is no product {options['product']}.")
        document = product_document(product)
        target = Path(options["target"])
        if options["target"] == "-":
            sys.stdout.write(document_text(document))
            return
        if target.suffix == ".json":
            target.write_text(document_text(document), encoding="utf-8")
        else:
            _write_folder(target, document)
        self.stdout.write(f"{counted(len(document['requirements']), 'requirements')} written to {target}.")


def _write_folder(folder: Path, document: dict[str, Any]) -> None:
    """A file for each requirement; those of requirements that are gone are taken away."""
    files = document_files(document)
    (folder / "requirements").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in (folder / "requirements").glob("*.json"):
        if f"requirements/{path.name}" not in files:
            path.unlink()
