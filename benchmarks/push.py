"""Pushing results over HTTP: sign-in, validation, deduplication and a durable commit, beside the same rows through COPY alone.

    ./plumbline bench push [--lines 10000] [--times 7]

A real gunicorn with two processes serves a database made for this and dropped afterwards. Each push goes to a run of its own, over one
connection; both sides take turns. Correctness is asserted: every line accepted once, the replay all duplicates, the run finished.
"""

import argparse
import gzip
import http.client
import json
import os
import platform
import random
import statistics
import time
from itertools import pairwise
from typing import Any

import psycopg

from benchmarks.shared.stack import scratch_database, web_server

WORDS = ["the answer", "names every stop", "on the way", "and says when", "the next train leaves", "today"]
WAYS = ("push", "COPY alone", "replay", "push, gzip")


def seed(lines: int) -> str:
    """An evaluation of as many test cases, a model, and a token that may push."""
    from config.people.models import User
    from config.people.services.tokens import issue_token
    from evaluations.importers import CaseRow
    from evaluations.services.datasets import add_cases, create_dataset, publish_version
    from evaluations.services.evaluations import create_evaluation_version
    from evaluations.services.models import create_model
    from evaluations.services.scorers import create_scorer_version

    user = User.objects.create(username="bench", role="researcher")
    dataset = create_dataset(actor=user, slug="bench", name="Bench", purpose="test")
    rows = [CaseRow(number, f"case-{number:06}", f"Question {number}?", "yes") for number in range(lines)]
    add_cases(actor=user, version=dataset.versions.get(), cases=rows)
    version = publish_version(actor=user, version=dataset.versions.get())
    scorer = create_scorer_version(actor=user, slug="judged", kind="external", config={})
    create_evaluation_version(actor=user, slug="bench", dataset_version=version, scorer_versions=[scorer])
    create_model(actor=user, slug="bench", name="Bench", kind="llm", side="own")
    _, secret = issue_token(user=user, name="bench", scopes=["read", "push"])
    return secret


class Caller:
    """One connection that stays open."""

    def __init__(self, port: int, secret: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, f"/api/v1{path}", body, self.headers | named)
        reply = self.connection.getresponse()
        content = reply.read()
        assert reply.status in (200, 201), (reply.status, content[:500])
        decoded: dict[str, Any] = json.loads(content)
        return decoded

    def open_run(self, name: str) -> int:
        self.send("PUT", f"/models/bench/versions/{name}/", b"{}", Content_Type="application/json")
        body = {"evaluation_version": "bench", "model_version": f"bench@{name}", "origin": "push"}
        opened = self.send(
            "POST", "/runs/", json.dumps(body).encode(), Content_Type="application/json", Idempotency_Key=name
        )
        return int(opened["id"])

    def push(self, run: int, body: bytes, **headers: str) -> dict[str, Any]:
        return self.send(
            "POST", f"/runs/{run}/results/", body, Content_Type="application/x-ndjson", **headers
        )


def results(lines: int, turn: int) -> list[dict[str, Any]]:
    """Outputs of 200 to 1,000 characters, all different, with a score, latency and usage."""
    chance = random.Random(turn)
    return [
        {
            "case": f"case-{number:06}",
            "repeat": 1,
            "output": f"{turn}.{number} {' '.join(chance.choices(WORDS, k=chance.randint(15, 70)))}",
            "scores": {"judged": float(chance.random() < 0.8)},
            "latency_ms": round(chance.lognormvariate(6, 0.5), 1),
            "usage": {"input": chance.randint(50, 400), "output": chance.randint(20, 200)},
        }
        for number in range(lines)
    ]


def copied(connection: "psycopg.Connection[Any]", rows: list[dict[str, Any]]) -> None:
    """The floor: the same values into a bare table, committed."""
    with (
        connection.cursor() as cursor,
        connection.transaction(),
        cursor.copy("COPY bench_floor FROM STDIN") as copy,
    ):
        for row in rows:
            values = (row["case"], row["repeat"], row["output"], row["scores"]["judged"], row["latency_ms"])
            copy.write_row(values)


def one_turn(caller: Caller, floor: "psycopg.Connection[Any]", lines: int, turn: int) -> dict[str, float]:
    """Seconds of each way for the same lines; what was accepted is checked."""
    rows = results(lines, turn)
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    packed = gzip.compress(body, 6)
    plain, zipped = caller.open_run(f"p{turn}"), caller.open_run(f"z{turn}")
    clock = [time.perf_counter()]

    def note(reply: dict[str, Any] | None = None, **expected: int) -> None:
        clock.append(time.perf_counter())
        assert reply is None or (reply["accepted"], reply["duplicate"]) == tuple(expected.values()), reply

    note(caller.push(plain, body), accepted=lines, duplicate=0)
    copied(floor, rows)
    note()
    note(caller.push(plain, body), accepted=0, duplicate=lines)
    note(caller.push(zipped, packed, Content_Encoding="gzip"), accepted=lines, duplicate=0)
    assert caller.send("POST", f"/runs/{plain}/finish/")["state"] == "scoring"
    return dict(zip(WAYS, (end - start for start, end in pairwise(clock)), strict=True))


def measured(caller: Caller, database: str, lines: int, times: int) -> dict[str, list[float]]:
    """Lines a second of each way; the first turn warms up and is left out."""
    with psycopg.connect(database, autocommit=True) as floor:
        floor.execute(
            "CREATE TABLE bench_floor (key text, repeat int, output text, score float8, latency float8)"
        )
        turns = [one_turn(caller, floor, lines, turn) for turn in range(times + 1)][1:]
    return {way: [lines / taken[way] for taken in turns] for way in WAYS}


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench push")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=7)
    chosen = parser.parse_args()
    with scratch_database("push") as database:
        os.environ["DATABASE_URL"] = database
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        secret = seed(chosen.lines)
        with psycopg.connect(database) as connection:
            release = connection.info.server_version // 10_000
        with web_server(database) as server:
            found = measured(Caller(server.port, secret), database, chosen.lines, chosen.times)
        from django.db import connections

        connections.close_all()
    print(f"{chosen.lines:,} lines a push, median of {chosen.times} (lowest–highest), lines a second")
    for name, rates in found.items():
        print(f"  {name:<11} {statistics.median(rates):>9,.0f}  ({min(rates):,.0f}–{max(rates):,.0f})")
    print(
        f"Python {platform.python_version()}, Django {django.get_version()}, PostgreSQL {release}, "
        f"{os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
