"""Cases from JSONL: one JSON object a line with key (or id), input, target, slices, cluster, metadata, attachments."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from evaluations.canonical import JsonRefused, parse_json
from evaluations.importers.cases import (
    BadRow,
    CaseFile,
    CaseRow,
    Found,
    Limits,
    RowProblem,
    Stop,
    attachment_hashes,
    checked_cluster,
    checked_key,
    gather,
    lines_of,
    made_key,
)

FIELDS = ("key", "id", "input", "target", "slices", "cluster", "metadata", "attachments")


def read_jsonl(
    stream: BinaryIO, limits: Limits | None = None, files: Mapping[str, str] | None = None
) -> CaseFile:
    """Cases and problems of a JSONL file in UTF-8. Never raises for input. Empty lines are passed over.

    files: SHA-256 by name of the files that came with it, which attachments may name.
    """
    limits = limits or Limits()
    return gather(_found(stream, limits, files or {}), limits)


def _found(stream: BinaryIO, limits: Limits, files: Mapping[str, str]) -> Iterator[Found]:
    told: set[str] = set()
    for number, line in lines_of(stream, limits):
        if number == 1 and line.strip() == b"[":
            raise Stop(1, "This is one JSON list; write one object a line instead, without commas between.")
        if not line.strip():
            continue
        try:
            record = _record(line, limits)
            yield case_of_record(number, record, files)
        except BadRow as problem:
            yield RowProblem(number, str(problem))
            continue
        unknown = sorted(set(record) - set(FIELDS) - told)
        if unknown:
            told.update(unknown)
            names = ", ".join(f"“{name[:60]}”" for name in unknown)
            yield RowProblem(
                number, f"The field {names} is not used; put it into “metadata” to keep it.", True
            )


def _record(line: bytes, limits: Limits) -> dict[str, Any]:
    try:
        record = parse_json(line.decode("utf-8"), limits.depth)
    except UnicodeDecodeError as error:
        raise BadRow(f"The line is not UTF-8 at byte {error.start + 1}.") from None
    except JsonRefused as problem:
        raise BadRow(str(problem)) from None
    except ValueError as problem:
        raise BadRow(f"The line is not JSON: {str(problem)[:120]}.") from None
    if not isinstance(record, dict):
        raise BadRow("The line is not a JSON object.")
    return record


def case_of_record(number: int, record: dict[str, Any], files: Mapping[str, str] | None = None) -> CaseRow:
    """A case from the fields of an object. number: of its line; files: as read_jsonl takes them. Raises BadRow."""
    case_input = record.get("input")
    if case_input in (None, "", [], {}):
        raise BadRow("The field “input” is missing or empty.")
    if not isinstance(case_input, str | list | dict):
        raise BadRow("The field “input” must be a text, a list of messages or an object.")
    target = record.get("target")
    attachments = attachment_hashes(record.get("attachments") or [], files or {})
    return CaseRow(
        line=number,
        key=_key(record) or made_key(case_input, target, attachments),
        input=case_input,
        target=target,
        slices=_slices(record),
        cluster=checked_cluster(_word(record.get("cluster", ""), "cluster")),
        metadata=_map(record, "metadata"),
        attachments=attachments,
    )


def _key(record: dict[str, Any]) -> str:
    if record.get("key") is not None and record.get("id") is not None and record["key"] != record["id"]:
        raise BadRow("The fields “key” and “id” differ; give one of them.")
    key = record.get("key") if record.get("key") is not None else record.get("id")
    return checked_key(_word(key, "key"))


def _slices(record: dict[str, Any]) -> dict[str, str]:
    return {name: _word(value, f"slices.{name[:60]}") for name, value in _map(record, "slices").items()}


def _map(record: dict[str, Any], name: str) -> dict[str, Any]:
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRow(f"The field “{name}” must be an object.")
    return value


def _word(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise BadRow(f"The field “{name}” must be a text.")
    return str(value).strip()
