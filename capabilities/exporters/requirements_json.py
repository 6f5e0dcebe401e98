"""Requirements as JSON for keeping in git: a stable order, nothing that changes by itself, every text in full."""

import json
from collections.abc import Mapping
from typing import Any

SCHEMA = 1
KIND = "plumbline/requirements"


def document_text(document: Mapping[str, Any]) -> str:
    """JSON with two spaces and a line feed at the end, text unescaped, keys in the order of the document."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def document_files(document: Mapping[str, Any]) -> dict[str, str]:
    """The document as a folder: `product.json` with what requirements hang under, and a file for each requirement by its key."""
    around = {name: value for name, value in document.items() if name != "requirements"}
    files = {f"requirements/{one['key']}.json": document_text(one) for one in document["requirements"]}
    return {"product.json": document_text(around)} | files
