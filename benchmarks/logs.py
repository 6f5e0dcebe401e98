"""Importing a log of inspect-ai to stored scores, beside inspect-ai reading it and beside the ZIP and its JSON alone.

    ./plumbline bench logs [--samples 5000 50000] [--times 7] [--without inspect]

The log is generated: an `.eval` with a header, a file for each sample (a conversation with events, 200 to 4,000 characters of answer) and
summaries. Ours is the import as a request does it, into an emptied database: cases, dataset version, evaluation, answers and scores,
committed. Peers only read. The sides take turns, each in a process of its own. Asserted: all rows on every side, and as many right ones.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.engine import told
from benchmarks.shared.peers import ROOT, python_with
from benchmarks.shared.stack import scratch_database, versions_line

PACKAGES = ["inspect-ai>=0.3.285,<0.4", "pandas>=2.2", "pyarrow>=18"]
WORDS = ["the answer", "names every stop", "on the way", "and says when", "the next train leaves", "today"]
MODEL = "acme/small"
MATCH = {
    "name": "match",
    "options": {},
    "metrics": [{"name": "inspect_ai/accuracy", "options": {}}],
    "metadata": {},
}


def header(samples: int) -> dict[str, Any]:
    dataset = {"name": "bench", "location": "bench", "samples": samples, "shuffled": False}
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "benchEvalBenchEvalBenc",
            "run_id": "benchRunBenchRunBenchR",
            "created": "2026-02-11T15:17:00+00:00",
            "task": "bench",
            "task_id": "benchTaskBenchTaskBenc",
            "task_version": 0,
            "task_attribs": {},
            "task_args": {},
            "dataset": dataset,
            "model": MODEL,
            "model_args": {},
            "config": {},
            "packages": {"inspect_ai": "0.3.285"},
            "scorers": [MATCH],
        },
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {}},
        "results": {"total_samples": samples, "completed_samples": samples, "scores": []},
        "stats": {"started_at": "2026-02-11T15:17:00+00:00", "completed_at": "2026-02-11T15:18:00+00:00"},
    }


def sample(number: int, chance: random.Random) -> dict[str, Any]:
    said = f"{number} {' '.join(chance.choices(WORDS, k=chance.randint(12, 250)))}"
    asked = {"id": f"u{number}", "role": "user", "content": f"Question {number}?", "source": "input"}
    reply = {"id": f"a{number}", "role": "assistant", "content": said, "source": "generate"}
    usage = {"input_tokens": 60, "output_tokens": 200, "total_tokens": 260}
    output = {
        "model": "small-1",
        "choices": [{"message": reply, "stop_reason": "stop"}],
        "usage": usage,
        "time": 0.5,
    }
    stamp = "2026-02-11T15:17:01+00:00"
    call = {"timestamp": stamp, "event": "model", "model": MODEL, "input": [asked], "tools": []}
    call |= {"tool_choice": "auto", "config": {}, "output": output}
    begun = {"timestamp": stamp, "event": "sample_init", "state": {}}
    begun |= {"sample": {"input": f"Question {number}?", "target": "Yes", "id": number}}
    value = "C" if chance.random() < 0.8 else "I"
    return {
        "id": number,
        "epoch": 1,
        "input": f"Question {number}?",
        "target": "Yes",
        "messages": [asked, reply],
        "output": output,
        "scores": {"match": {"value": value, "answer": "Yes", "explanation": said[:200]}},
        "metadata": {"level": number % 5},
        "store": {},
        "events": [begun, call],
        "model_usage": {MODEL: usage},
    }


def generated(path: Path, samples: int) -> None:
    chance = random.Random(samples)
    summaries = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("_journal/start.json", json.dumps(header(samples)))
        for number in range(1, samples + 1):
            made = sample(number, chance)
            archive.writestr(f"samples/{number}_epoch_1.json", json.dumps(made))
            kept = ("id", "epoch", "input", "target", "scores", "metadata", "model_usage")
            summaries.append({name: made[name] for name in kept})
        archive.writestr("summaries.json", json.dumps(summaries))
        archive.writestr("header.json", json.dumps(header(samples)))


def inspect_python() -> Path | None:
    """None, with the reason on screen, where inspect-ai cannot be installed."""
    try:
        return python_with("inspect-logs", PACKAGES)
    except (subprocess.CalledProcessError, OSError) as problem:
        print(f"  inspect-ai is left out: {problem}")
        return None


def measured(path: Path, samples: int, times: int, peer: Path | None) -> dict[str, list[dict[str, Any]]]:
    script = str(ROOT / "benchmarks/peers/read_logs.py")
    ways = {"ours": [sys.executable, "-m", "benchmarks.shared.imported", str(path)]}
    ways["zip + json"] = [sys.executable, script, "floor", str(path)]
    if peer is not None:
        ways |= {way: [str(peer), script, way, str(path)] for way in ("samples_df", "read_eval_log")}
    taken: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(times):
        for way, command in ways.items():
            taken[way].append(told(command))
    right = {one["right"] for found in taken.values() for one in found}
    assert len(right) == 1, right
    assert all(one["rows"] == samples for found in taken.values() for one in found)
    return taken


def shown(samples: int, taken: dict[str, list[dict[str, Any]]]) -> None:
    floor = statistics.median(one["seconds"] for one in taken["zip + json"])
    for way, found in taken.items():
        seconds = [one["seconds"] for one in found]
        middle = statistics.median(seconds)
        processor = statistics.median(one["processor"] for one in found)
        peak, grown = (statistics.median(one[name] for one in found) for name in ("peak", "grown"))
        print(
            f"  {samples:>6,} {way:<14} {middle:>7.2f} ({min(seconds):.2f}–{max(seconds):.2f}) × {middle / floor:.1f}"
            f"  processor {processor:>6.2f} s  peak {peak:>5.0f} MB, grown by {grown:.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench logs")
    parser.add_argument("--samples", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--without", choices=["inspect"], default="")
    chosen = parser.parse_args()
    peer = None if chosen.without else inspect_python()
    with scratch_database("logs") as database, TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": database, "PLUMBLINE_LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        connections.close_all()
        print(f"median of {chosen.times} (lowest–highest), seconds, × the ZIP and its JSON alone")
        for samples in chosen.samples:
            path = Path(folder) / f"{samples}.eval"
            generated(path, samples)
            print(f"  {samples:>6,} samples, {path.stat().st_size >> 20} MB", flush=True)
            shown(samples, measured(path, samples, chosen.times, peer))
            path.unlink()
        print(versions_line())
        connections.close_all()


if __name__ == "__main__":
    main()
