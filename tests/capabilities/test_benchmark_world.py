"""The world that benchmarks measure is made as they need it, and what reads many verdicts and pieces of evidence does so by index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.shared.requirements import World, make_world
from benchmarks.shared.stack import check
from capabilities.models import Standing, Verdict
from capabilities.queries.changes import SHOWN, changes
from capabilities.queries.products import judged_versions
from capabilities.services.standings import rebuild_standings

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = make_world(300, 8)
    rebuild_standings()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def test_rows_are_checked_and_what_changed_is_read_from_the_newest_on(world: World) -> None:
    assert Verdict.objects.count() > 2_000
    assert Standing.objects.count() > 2_000
    check(world)
    versions = judged_versions(world.product)
    with CaptureQueriesContext(connection) as asked:
        found = changes(world.product, versions)
    assert len(found) == SHOWN
    for query, table in (
        (asked[0]["sql"], "capabilities_verdict"),
        (asked[1]["sql"], "capabilities_verification"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert f"Seq Scan on {table} " not in f"{plan} ", plan
