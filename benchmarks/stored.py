"""Predictions made elsewhere, scored and judged: how many a second, and how much memory a worker needs for more of them.

    ./plumbline bench stored [--samples 10000 100000] [--ways uploaded pushed]

*uploaded*: the outputs are kept with the model version and the engine takes them in as it takes answers of any provider, each with a
lease, a ledger row and a durable commit. *pushed*: they come over HTTP in bodies of 10,000 lines. Either way a worker in a process of its
own scores them by exact match, packs them, and judges the criterion that rests on them. "Peak" is that process's; the size of the
run must not show in it. Asserted: every sample scored once, the sums right, and the verdict that follows from them.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.shared.stack import scratch_database, versions_line, web_server

WAYS = ("uploaded", "pushed")


def pushed(database: str, secret: str, evaluation: str, version: str, count: int) -> tuple[int, float]:
    """The id of a finished push and the seconds it took."""
    from benchmarks.push import Caller
    from benchmarks.shared.predictions import pushed_lines

    with web_server(database) as server:
        caller = Caller(server.port, secret)
        start = time.perf_counter()
        body = {"evaluation_version": evaluation, "model_version": version, "origin": "push"}
        told = {"Content_Type": "application/json", "Idempotency_Key": evaluation}
        run = int(caller.send("POST", "/runs/", json.dumps(body).encode(), **told)["id"])
        for lines in pushed_lines(count):
            answer = caller.push(run, lines)
            assert not answer["rejected"], answer
        caller.send("POST", f"/runs/{run}/finish/")
        return run, time.perf_counter() - start


def worked_off(database: str, run: int) -> dict[str, Any]:
    environment = {**os.environ, "DATABASE_URL": database, "PLUMBLINE_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "benchmarks.shared.scoring", str(run)]
    ended = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def measured(database: str, way: str, count: int) -> dict[str, Any]:
    from benchmarks.shared import predictions
    from config.people.models import User
    from config.people.services.tokens import issue_token
    from evaluations.models import RunAggregate
    from evaluations.services.runs import start_run

    name = f"{way}-{count}"
    user = User.objects.create(username=name, role="researcher", is_superuser=True)
    evaluation = predictions.make_evaluation(user, name, count)
    version = predictions.make_model(user, name, count if way == "uploaded" else 0)
    predictions.hold_to_it(user, f"B{count}{way[0].upper()}", version, evaluation)
    taken = 0.0
    if way == "pushed":
        _, secret = issue_token(user=user, name=name, scopes=["read", "push"])
        run, taken = pushed(database, secret, name, f"{name}@1", count)
    else:
        run = start_run(actor=user, evaluation_version=evaluation, model_version=version).pk
    found = worked_off(database, run)
    found["stages"] = {"push": taken, **found["stages"]}
    found["seconds"] += taken
    whole = RunAggregate.objects.get(run=run, slice="")
    right = predictions.right_ones(count)
    assert (whole.scored, whole.missing, whole.numerator) == (count, 0, right), whole
    [(outcome, n, point)] = found["verdicts"]
    assert (outcome, n) == ("met", count) and abs(point - right / count) < 1e-9, found
    return found


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench stored")
    parser.add_argument("--samples", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    chosen = parser.parse_args()
    with scratch_database("stored") as database:
        os.environ["DATABASE_URL"] = database
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        stages = ("push", "calls", "scoring", "judging")
        print(
            f"  {'way':<9} {'samples':>8} {'seconds':>8} {'a second':>9} {'peak MB':>8} {'processor':>10} {'database':>9}",
            *stages,
        )
        for way in chosen.ways:
            for count in chosen.samples:
                found = measured(database, way, count)
                shown = " ".join(f"{found['stages'][stage]:.1f}" for stage in stages)
                print(
                    f"  {way:<9} {count:>8,} {found['seconds']:>8.1f} {count / found['seconds']:>9,.0f} {found['peak']:>8.0f}"
                    f" {found['processor']:>10.1f} {found['database']:>9.1f} {shown}",
                    flush=True,
                )
        print(versions_line())
        connections.close_all()


if __name__ == "__main__":
    main()
