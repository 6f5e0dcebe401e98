"""Cases as a request brings them: which format, what of it cannot be used, and when that refuses everything."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request

from config.api.lines import NDJSON, body_pieces
from config.errors import Refused
from config.strict_json import BadJSON, strict_json
from evaluations.importers import CaseFile, PackedCases, read_cases
from evaluations.services.case_files import read_archive
from evaluations.services.media import with_kept_attachments

FORMATS = {
    "text/csv": "cases.csv",
    "text/tab-separated-values": "cases.tsv",
    NDJSON: "cases.jsonl",
    "application/jsonl": "cases.jsonl",
    "application/vnd.apache.parquet": "cases.parquet",
    "application/json": "list",
    "application/zip": "zip",
}


def case_file(request: Request) -> PackedCases:
    """What was sent, with the files it brought. Attachments that are neither here nor among them are problems of their lines."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in FORMATS:
        raise UnsupportedMediaType(kind, f"Send {', '.join(FORMATS)}, not “{kind[:60]}”.")
    body = b"".join(body_pieces(request, settings.MAX_PUSH_BYTES))
    if FORMATS[kind] == "zip":
        return read_archive(body)
    name, lines = (
        ("cases.jsonl", b"\n".join(_listed(body))) if FORMATS[kind] == "list" else (FORMATS[kind], body)
    )
    return PackedCases(with_kept_attachments(read_cases(BytesIO(lines), name)))


def _listed(body: bytes) -> Iterator[bytes]:
    """The entries of a JSON list as lines, so that entry 3 is reported as line 3."""
    try:
        entries = strict_json(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except BadJSON as error:
        raise ParseError(str(error)) from None
    if not isinstance(entries, list):
        raise ParseError("Send a JSON list of cases.")
    for entry in entries:
        yield json.dumps(entry, ensure_ascii=False).encode()


def refuse_bad_rows(found: CaseFile, *, good_rows: bool) -> None:
    bad = [problem for problem in found.problems if not problem.row_kept]
    if found.rows and not found.stopped and (good_rows or not bad):
        return
    count = f"{len(bad)} row{'' if len(bad) == 1 else 's'} cannot be used"
    raise Refused(
        f"{count}; nothing was imported. Mend them, or ask for the good rows with good_rows=yes.",
        code="bad_rows",
        fields={"rows": told(found), "good_rows": len(found.rows)},
    )


def told(found: CaseFile) -> list[Mapping[str, Any]]:
    return [
        {"line": problem.line, "reason": problem.reason, "row_kept": problem.row_kept}
        for problem in found.problems
    ]
