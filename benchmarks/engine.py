"""What the engine costs beside the calls: a thousand samples of a model that takes 50 ms, one, sixteen and sixty-four at once.

    ./plumbline bench engine [--samples 1000] [--one 200] [--concurrency 1 16 64] [--times 3] [--without inspect-ai lm-eval]

Ours is a run as a worker does it, from the first call to the end of scoring: lease, ledger, answer, score, packed scores, all durable.
Peers: asyncio with httpx and nothing kept (the floor); inspect-ai and lm-eval's local-completions, each in an environment of its own,
which write their logs to files. The sides take turns, each in a process of its own. Asserted: every answer right on every side, each call
made once. One call at a time takes minutes and tells the same of every sample, so --one are enough.
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
from typing import Any
from urllib.request import urlopen

from benchmarks.shared.peers import ROOT, python_with
from benchmarks.shared.stack import scratch_database, versions_line

FLOOR = "asyncio + httpx"
# Where they are installed, what is installed, and the script that asks them.
PEERS = {
    "inspect-ai": ("inspect", ["inspect-ai>=0.3.285,<0.4", "openai>=3.4,<4"], "inspected.py"),
    "lm-eval": ("lm-eval", ["lm_eval[api]==0.4.13"], "lm_evaluated.py"),
}


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
    ended = subprocess.run(command, check=False, capture_output=True, cwd=ROOT)
    if ended.returncode:
        sys.exit(ended.stderr.decode()[-3000:])
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def installed(without: list[str]) -> dict[str, list[str]]:
    """How each side but ours is begun; one that cannot be installed is left out, with the reason on screen."""
    scripts = ROOT / "benchmarks/peers"
    found = {FLOOR: [str(python_with("httpx", ["httpx>=0.28,<0.29"])), str(scripts / "loop.py")]}
    for name, (place, packages, script) in PEERS.items():
        if name in without:
            continue
        try:
            found[name] = [str(python_with(place, packages)), str(scripts / script)]
        except (subprocess.CalledProcessError, OSError) as problem:
            print(f"  {name} is left out: {problem}")
    return found


def made(port: int, samples: int, slug: str = "bench") -> Any:
    """An evaluation of so many samples, and who is asked."""
    from config.people.models import User
    from evaluations.importers import CaseRow
    from evaluations.services.datasets import add_cases, create_dataset, publish_version
    from evaluations.services.evaluations import create_evaluation_version
    from evaluations.services.scorers import create_scorer_version

    user = User.objects.create(username=slug, role="researcher", is_superuser=True)
    dataset = create_dataset(actor=user, slug=slug, name="Bench", purpose="test")
    said = [f"Say {number}" for number in range(samples)]
    rows = [CaseRow(place, f"case-{place:06}", words, words) for place, words in enumerate(said)]
    add_cases(actor=user, version=dataset.versions.get(), cases=rows)
    version = publish_version(actor=user, version=dataset.versions.get())
    scorer = create_scorer_version(actor=user, slug=f"exact-{slug}", kind="exact", config={})
    evaluation = create_evaluation_version(
        actor=user, slug=slug, dataset_version=version, scorer_versions=[scorer]
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


# Of each side the seconds, and the seconds of a processor, of each turn.
Taken = dict[str, list[tuple[float, float]]]


def measured(
    world: Any, port: int, samples: int, concurrency: int, times: int, peers: dict[str, list[str]]
) -> Taken:
    """All sides in turns, so many times."""
    words = [str(port), str(samples), str(concurrency)]
    taken: Taken = {way: [] for way in ("ours", *peers)}
    for turn in range(times):
        for way in taken:
            before = bill(port)
            found = (
                ours(world, f"c{concurrency}-{turn}", concurrency)
                if way == "ours"
                else told([*peers[way], *words])
            )
            called = bill(port) - before
            assert found["right"] == samples == called, (way, found, called)
            taken[way].append((found["seconds"], found["processor"]))
    return taken


def shown(samples: int, concurrency: int, taken: Taken) -> Iterator[str]:
    floor = statistics.median(seconds for seconds, _ in taken[FLOOR])
    for way, pairs in taken.items():
        seconds, processor = (statistics.median(values) for values in zip(*pairs, strict=True))
        spread = f"{seconds:.1f} ({min(pairs)[0]:.1f}–{max(pairs)[0]:.1f})"
        yield (
            f"| {concurrency} | {way} | {samples:,} | {spread} | {seconds / floor:.2f} | {processor / samples * 1000:.1f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench engine")
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--one", type=int, default=200, help="samples where one is called at a time")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--without", choices=list(PEERS), nargs="+", default=[])
    chosen = parser.parse_args()
    peers = installed(chosen.without)
    with scratch_database("engine") as database, model(50) as port:
        os.environ |= {"DATABASE_URL": database, "PLUMBLINE_PRIVATE_ENDPOINTS": f"127.0.0.1:{port}"}
        os.environ |= {"PLUMBLINE_LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        counts = {
            concurrency: chosen.one if concurrency == 1 else chosen.samples
            for concurrency in chosen.concurrency
        }
        worlds = {samples: made(port, samples, f"bench-{samples}") for samples in set(counts.values())}
        print(f"50 ms a call, median of {chosen.times} (lowest–highest)\n")
        print("| at once | side | samples | seconds | beside the loop | ms of a processor a sample |")
        print("|--:|---|--:|--:|--:|--:|")
        for concurrency, samples in counts.items():
            taken = measured(worlds[samples], port, samples, concurrency, chosen.times, peers)
            print("\n".join(shown(samples, concurrency, taken)), flush=True)
        print(f"\n{versions_line()}")
        connections.close_all()


if __name__ == "__main__":
    main()
