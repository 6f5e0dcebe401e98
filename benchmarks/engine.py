"""What the engine costs beside the calls: a thousand samples of a model that takes 50 ms, one, sixteen and sixty-four at once.

    ./plumbline bench engine [--samples 1000] [--concurrency 1 16 64] [--times 3] [--without inspect]

Ours is a run as a worker does it, from the first call to the end of scoring: lease, ledger, answer, score, packed scores, all durable.
Peers: asyncio with httpx and nothing kept (the floor), and inspect-ai in an environment of its own, which writes its log to a file. The
sides take turns, each in a process of its own. Asserted: every answer right on every side, and each call made once.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.shared.peers import ROOT, python_with
from benchmarks.shared.stack import scratch_database, versions_line

PACKAGES = ["inspect-ai>=0.3.285,<0.4", "openai>=3.4,<4"]


@contextmanager
def model(milliseconds: int) -> Iterator[int]:
    """The port of a model that takes so long for a call."""
    command = [sys.executable, str(ROOT / "benchmarks/peers/model.py"), str(milliseconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=20)


def bill(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/bill") as answer:
        return int(json.load(answer)["calls"])


def told(command: list[str]) -> dict[str, Any]:
    """The last line a process prints, as JSON."""
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def inspect_python() -> Path | None:
    """None, with the reason on screen, where inspect-ai cannot be installed."""
    try:
        return python_with("inspect", PACKAGES)
    except (subprocess.CalledProcessError, OSError) as problem:
        print(f"  inspect-ai is left out: {problem}")
        return None


def made(port: int, samples: int) -> Any:
    """An evaluation of so many samples, and who is asked."""
    from config.people.models import User
    from evaluations.importers import CaseRow
    from evaluations.services.datasets import add_cases, create_dataset, publish_version
    from evaluations.services.evaluations import create_evaluation_version
    from evaluations.services.scorers import create_scorer_version

    user = User.objects.create(username="bench", role="researcher", is_superuser=True)
    dataset = create_dataset(actor=user, slug="bench", name="Bench", purpose="test")
    said = [f"Say {number}" for number in range(samples)]
    rows = [CaseRow(place, f"case-{place:06}", words, words) for place, words in enumerate(said)]
    add_cases(actor=user, version=dataset.versions.get(), cases=rows)
    version = publish_version(actor=user, version=dataset.versions.get())
    scorer = create_scorer_version(actor=user, slug="exact", kind="exact", config={})
    evaluation = create_evaluation_version(
        actor=user, slug="bench", dataset_version=version, scorer_versions=[scorer]
    )
    return user, evaluation, f"http://127.0.0.1:{port}/v1"


def ours(world: Any, name: str, concurrency: int) -> dict[str, Any]:
    from evaluations.models import RunAggregate
    from evaluations.services.models import create_model, register_version
    from evaluations.services.providers import save_provider
    from evaluations.services.runs import start_run

    user, evaluation, address = world
    provider = save_provider(
        actor=user, slug=name, name=name, adapter="openai_like", base_url=address, max_concurrency=concurrency
    )
    model = create_model(actor=user, slug=name, name=name, kind="llm", side="own", provider=provider)
    identity = {"api_id": "echo", "parameters": {"max_tokens": 64}}
    version, _ = register_version(actor=user, model=model, name="1", identity=identity)
    run = start_run(
        actor=user,
        evaluation_version=evaluation,
        model_version=version,
        cap=Decimal(1_000_000),
        cap_unit="calls",
    )
    found = told([sys.executable, "-m", "benchmarks.shared.scoring", str(run.pk)])
    found["seconds"] -= found["stages"]["judging"]
    found["processor"] += found["database"] - found["started"]
    return found | {"right": int(RunAggregate.objects.get(run=run, slice="").numerator)}


def measured(
    world: Any, port: int, samples: int, concurrency: int, times: int, peer: Path | None
) -> dict[str, list[tuple[float, float]]]:
    """Of each side its seconds and seconds of a processor, in turns."""
    peers, bare = ROOT / "benchmarks/peers", python_with("httpx", ["httpx>=0.28,<0.29"])
    words = [str(port), str(samples), str(concurrency)]
    ways: dict[str, Any] = {
        "ours": lambda turn: ours(world, f"c{concurrency}-{turn}", concurrency),
        "asyncio + httpx": lambda turn: told([str(bare), str(peers / "loop.py"), *words]),
    }
    if peer is not None:
        ways["inspect-ai"] = lambda turn: told([str(peer), str(peers / "inspected.py"), *words])
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for turn in range(times):
        for way, run in ways.items():
            before = bill(port)
            found = run(turn)
            assert found["right"] == samples and bill(port) - before == samples, (
                way,
                found,
                bill(port) - before,
            )
            taken[way].append((found["seconds"], found["processor"]))
    return taken


def shown(samples: int, concurrency: int, taken: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    floor = statistics.median(seconds for seconds, _ in taken["asyncio + httpx"])
    for way, pairs in taken.items():
        seconds, processor = (statistics.median(values) for values in zip(*pairs, strict=True))
        low, high = min(pairs)[0], max(pairs)[0]
        yield (
            f"  {concurrency:>3} {way:<16} {seconds:>7.2f} ({low:.2f}–{high:.2f}) × {seconds / floor:.2f}"
            f"  {processor / samples * 1000:>7.2f} ms of a processor a sample"
        )


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench engine")
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--without", choices=["inspect"], default="")
    chosen = parser.parse_args()
    peer = None if chosen.without else inspect_python()
    with scratch_database("engine") as database, model(50) as port:
        os.environ |= {"DATABASE_URL": database, "PLUMBLINE_PRIVATE_ENDPOINTS": f"127.0.0.1:{port}"}
        os.environ |= {"PLUMBLINE_LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        world = made(port, chosen.samples)
        print(f"{chosen.samples:,} samples of 50 ms, median of {chosen.times} (lowest–highest), seconds")
        for concurrency in chosen.concurrency:
            taken = measured(world, port, chosen.samples, concurrency, chosen.times, peer)
            print("\n".join(shown(chosen.samples, concurrency, taken)), flush=True)
        print(versions_line())
        connections.close_all()


if __name__ == "__main__":
    main()
