"""Logs as the tools write them, made small for tests."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import zstandard

ZSTD = 93


def sample(number: int, value: Any = "C", epoch: int = 1, **fields: Any) -> dict[str, Any]:
    """A sample of inspect; without a score where value is None."""
    return {
        "id": number,
        "epoch": epoch,
        "input": f"Question {number}?",
        "target": "Yes",
        "output": {
            "model": "small-1",
            "choices": [
                {"message": {"role": "assistant", "content": f"Answer {number}"}, "stop_reason": "stop"}
            ],
            "usage": {"input_tokens": 5, "output_tokens": 2},
            "time": 0.5,
        },
        "scores": {} if value is None else {"match": {"value": value, "answer": "Yes"}},
        "metadata": {"level": number},
    } | fields


def head(run: str = "run-1", accuracy: float | None = None, **said: Any) -> dict[str, Any]:
    scores = [{"name": "match", "metrics": {"accuracy": {"value": accuracy}, "stderr": {"value": 0.0}}}]
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "run_id": run,
            "task_id": f"task-{run}",
            "created": "2026-02-11T15:17:00+00:00",
            "task": "popularity",
            "model": "acme/small",
            "dataset": {"samples": 2305},
            "config": {},
            "scorers": [{"name": "match"}],
        }
        | said,
        "plan": {"steps": [{"solver": "generate", "params": {}}]},
        "results": {"total_samples": 2305, "scores": [] if accuracy is None else scores},
    }


def json_log(samples: Sequence[Mapping[str, Any]], header: Mapping[str, Any] | None = None) -> bytes:
    return json.dumps({**(header or head()), "samples": samples}).encode()


def eval_log(
    samples: Sequence[Mapping[str, Any]], header: Mapping[str, Any] | None = None, method: int = ZSTD
) -> bytes:
    members = {
        "_journal/start.json": header or head(),
        **{f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in samples},
        "header.json": header or head(),
    }
    return zip_of({name: json.dumps(value).encode() for name, value in members.items()}, method)


def zip_of(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP; by zstd too, which Python's own module cannot write."""
    if method != ZSTD:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return packed.getvalue()
    return _zstd_zip(members)


def _zstd_zip(members: Mapping[str, bytes]) -> bytes:
    body, listed = b"", b""
    for name, data in members.items():
        held = zstandard.compress(data)
        facts = struct.pack(
            "<HHHHHIIIHH", 63, 0, ZSTD, 0, 33, zlib.crc32(data), len(held), len(data), len(name), 0
        )
        listed += (
            b"PK\x01\x02"
            + struct.pack("<H", 63)
            + facts
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
            + name.encode()
        )
        body += b"PK\x03\x04" + facts + name.encode() + held
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(listed), len(body), 0)
    return body + listed + b"PK\x05\x06" + end
