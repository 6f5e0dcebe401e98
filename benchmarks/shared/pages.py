"""Pages asked one at a time: how long each takes, beside its SQL alone and the time of a processor it needs."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.shared.stack import Served, Server, Visitor, used, versions_line, web_server


@dataclass(frozen=True)
class Taken:
    """Milliseconds of each request; of its SQL alone, and how many queries; of a processor, for web server and database."""

    requests: list[float]
    sql: float
    queries: float
    web: float
    database: float


def sql_alone(client: Any, path: str) -> list[float]:
    """Milliseconds of the queries of a request, sent again as they were; the best of five goes. The page was asked for before."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    statements = [query["sql"] for query in captured if query["sql"].lstrip().startswith(("SELECT", "WITH"))]
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                cursor.fetchall()
        taken.append((time.perf_counter() - start) * 1000)
    return [min(taken), float(len(statements))]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


def processor(server: Server, visitor: Visitor, path: str, times: int) -> tuple[float, float]:
    """Milliseconds of a processor for one request: of the web server, of the database."""
    before = server.processor_seconds()
    for _ in range(times):
        visitor.get(path)
    return used(server.processor_seconds(), before, times)


def measure(database: str, served: Served, pages: Mapping[str, str], times: int) -> dict[str, Taken]:
    """The pages of `pages` (name: path) take turns; the first three turns are not counted."""
    from django.db import connections
    from django.test import Client

    client = Client(headers={"Authorization": f"Bearer {served.secret}"})
    client.force_login(served.user, backend="django.contrib.auth.backends.ModelBackend")
    alone = {name: sql_alone(client, path) for name, path in pages.items()}
    taken: dict[str, list[float]] = {name: [] for name in pages}
    with web_server(database) as server:
        visitor = Visitor(server.port, served)
        for turn in range(times + 3):
            for name, path in pages.items():
                milliseconds = visitor.get(path)
                if turn >= 3:
                    taken[name].append(milliseconds)
        spent = {name: processor(server, visitor, path, times) for name, path in pages.items()}
    connections.close_all()
    return {name: Taken(taken[name], *alone[name], *spent[name]) for name in pages}


def print_table(title: str, measured: Mapping[str, Taken]) -> None:
    print(title)
    print(
        f"  {'':<26} {'p50':>7} {'p95':>7} {'p99':>7} {'SQL alone':>10} {'queries':>8} {'web':>6} {'database':>9}"
    )
    for name, one in measured.items():
        print(
            f"  {name:<26} {statistics.median(one.requests):>7.1f} {percentile(one.requests, 0.95):>7.1f}"
            f" {percentile(one.requests, 0.99):>7.1f} {one.sql:>10.1f} {one.queries:>8.0f} {one.web:>6.1f} {one.database:>9.1f}"
        )
    print(versions_line())
