"""Ten thousand requirements on thirty versions: the list, its filters, the matrix, the search and the API, beside their SQL alone.

    ./plumbline bench lists [--requirements 10000] [--versions 30] [--times 40]

A real gunicorn with two processes serves a database made for this and dropped afterwards. One request at a time over one connection; the
pages take turns. "SQL alone" is what the same request asks of the database, sent again without anything around it. "Web" and "database" are
the time of a processor that one request takes of each, which others who use this machine change much less. Asserted before timing: every
page answers 200, nothing is left to be worked out again, and rows say what their sources say.
"""

import argparse
import os
from datetime import date, timedelta

from benchmarks.shared.pages import measure, print_table
from benchmarks.shared.stack import prepared, scratch_database

PAGES = {
    "list": "/requirements/?product=BENCH",
    "list, filtered and sorted": "/requirements/?verdict=not_met,inconclusive&priority=must&sort=-gap",
    "list, grouped": "/requirements/?group=capability&sort=verdict",
    "list, last page": "/requirements/?sort=title&page=200",
    "matrix, 8 versions": "/coverage/",
    "overview": "/",
    "intent": "/intent/",
    "changes in two weeks": "/changes/",
    "the same, one group": "/changes/?show=worse&page=3",
    "changes since yesterday": f"/changes/?since={date.today() - timedelta(days=1)}",
    "search": "/search/?q=sarcasm",
    "API list": "/api/v1/requirements/?product=BENCH&sort=verdict",
}


def main() -> None:
    parser = argparse.ArgumentParser("./plumbline bench lists")
    parser.add_argument("--requirements", type=int, default=10_000)
    parser.add_argument("--versions", type=int, default=30)
    parser.add_argument("--times", type=int, default=40)
    chosen = parser.parse_args()
    with scratch_database("lists") as database:
        os.environ["DATABASE_URL"] = database
        served = prepared(chosen.requirements, chosen.versions)
        measured = measure(database, served, PAGES, chosen.times)
        print_table(
            f"{chosen.requirements:,} requirements, {chosen.versions} versions, {chosen.times} requests each, ms",
            measured,
        )


if __name__ == "__main__":
    main()
