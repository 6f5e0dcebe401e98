"""Pages under load, beside an address that asks one thing of the database after signing in and beside the list of one row: 1, 4 and 16
visitors at once.

    ./plumbline bench load [--requirements 10000] [--versions 30] [--seconds 10]

A real gunicorn with two processes as in production; every visitor has a connection of their own and asks again as soon as it was answered.
"Web" and "database" are milliseconds of a processor for one request; the multiples are of the p99 of the two addresses it is set beside.
"""

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.shared.pages import percentile
from benchmarks.shared.stack import (
    Served,
    Visitor,
    prepared,
    scratch_database,
    used,
    versions_line,
    web_server,
)

PAGES = {
    "one small answer": "/running/",
    "list of one row": "/requirements/?product=BENCH&q=BENCH-1",
    "list": "/requirements/?product=BENCH",
    "list, filtered and sorted": "/requirements/?verdict=not_met&sort=-gap",
    "matrix": "/coverage/",
    "search": "/search/?q=sarcasm",
    "API list": "/api/v1/requirements/?product=BENCH",
}
BESIDE = ("one small answer", "list of one row")
VISITORS = (1, 4, 16)


def stormed(port: int, served: Served, path: str, visitors: int, seconds: float) -> list[float]:
    """Milliseconds of every request that so many visitors made in so many seconds."""
    until = time.perf_counter() + seconds

    def visit(_: int) -> list[float]:
        visitor, taken = Visitor(port, served), []
        while time.perf_counter() < until:
            taken.append(visitor.get(path))
        return taken

    with ThreadPoolExecutor(visitors) as pool:
        return [each for found in pool.map(visit, range(visitors)) for each in found]


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench load")
    parser.add_argument("--requirements", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=10.0)
    chosen = parser.parse_args()
    with scratch_database("load") as database:
        os.environ["DATABASE_URL"] = database
        world = prepared(chosen.requirements, chosen.versions)
        with web_server(database) as server:
            port = server.port
            for path in PAGES.values():
                for _ in range(6):
                    Visitor(port, world).get(path)
            print(
                f"{chosen.requirements:,} requirements, {chosen.versions} versions, {chosen.seconds:g} s each, ms"
            )
            for visitors in VISITORS:
                high: dict[str, float] = {}
                for name, path in PAGES.items():
                    before = server.processor_seconds()
                    taken = stormed(port, world, path, visitors, chosen.seconds)
                    web, data = used(server.processor_seconds(), before, len(taken))
                    high[name] = percentile(taken, 0.99)
                    print(
                        f"  c={visitors:<3} {name:<26} {len(taken) / chosen.seconds:>7.1f}/s p50 {percentile(taken, 0.5):>7.1f}"
                        f" p99 {high[name]:>7.1f}  {high[name] / high[BESIDE[0]]:>5.1f} x"
                        f" {high[name] / high.get(BESIDE[1], high[name]):>5.1f} x  web {web:>5.1f} database {data:>5.1f}",
                        flush=True,
                    )
        measured_on = versions_line()
        from django.db import connections

        connections.close_all()
    print(measured_on)


if __name__ == "__main__":
    main()
