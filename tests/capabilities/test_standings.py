"""Standings are kept true: the database marks whatever changes them, refreshing loses nothing, rebuilding gives the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Product, Requirement, Standing, StandingMark, Verdict, Waiver
from capabilities.models.marked import MARKED
from capabilities.queries.states import states_by_version
from capabilities.services.standings import (
    FIELDS,
    catch_up,
    rebuild_standings,
    refresh,
    refresh_due,
    row_of,
)
from capabilities.tasks import refresh_standings_task
from evaluations.models import Run
from evaluations.services import datasets
from tests.capabilities.worlds import make_mixed_world
from tests.factories.capabilities import (
    approve_revision,
    make_criterion,
    make_evidence,
    make_link,
    make_product,
    make_requirement,
    make_revision,
    make_verdict,
    make_verification,
    make_waiver,
)
from tests.factories.evaluations import make_evaluation_version, make_model_version, make_scorer_version

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return True


def of(verdict: Verdict) -> Requirement:
    return verdict.verification.criterion.revision.requirement


def marked() -> set[int]:
    return set(StandingMark.objects.values_list("requirement_id", flat=True))


def rows() -> set[str]:
    """Every standing, whatever its id."""
    return {str([getattr(row, name) for name in FIELDS]) for row in Standing.objects.all()}


WRITES: dict[str, Callable[[Verdict], object]] = {
    "a revision": lambda verdict: make_revision(of(verdict)),
    "the title of a revision": lambda verdict: (
        make_revision(of(verdict))
        and sql("UPDATE capabilities_revision SET title = 'New' WHERE status = 'draft'")
    ),
    "a criterion": lambda verdict: make_criterion(make_revision(of(verdict))),
    "a criterion changed by hand": lambda verdict: (
        make_criterion(make_revision(of(verdict)))
        and sql(
            "UPDATE capabilities_criterion SET threshold = 0.5 WHERE revision_id IN "
            "(SELECT id FROM capabilities_revision WHERE status = 'draft')"
        )
    ),
    "a criterion removed": lambda verdict: make_criterion(make_revision(of(verdict))).delete(),
    "evidence": lambda verdict: make_verification(verdict.verification.criterion),
    "evidence confirmed": lambda verdict: sql(
        "UPDATE capabilities_verification SET stamp = '{}' WHERE id = %s", verdict.verification_id
    ),
    "evidence taken away": lambda verdict: make_verification(verdict.verification.criterion).delete(),
    "a verdict": lambda verdict: make_verdict(verdict.verification, verdict.run, "not_met"),
    "a waiver": lambda verdict: make_waiver(of(verdict)),
    "a waiver revoked": lambda verdict: (
        make_waiver(of(verdict)) and Waiver.objects.update(revoked_at=timezone.now())
    ),
    "the age that evidence may have": lambda verdict: Product.objects.update(evidence_max_age_days=3),
    "when a run ended": lambda verdict: Run.objects.update(finished_at=timezone.now()),
    "a newer version of the evaluation": lambda verdict: make_evaluation_version(
        evaluation=verdict.verification.evaluation_version.evaluation
    ),
    "a newer version of the dataset": lambda verdict: datasets.publish_version(
        actor=None,
        version=datasets.open_draft(
            actor=None, dataset=verdict.verification.evaluation_version.dataset_version.dataset
        ),
    ),
    "a newer version of the scorer": lambda verdict: make_scorer_version(
        slug=str(verdict.verification.criterion.scorer)
    ),
    "a dependency": lambda verdict: make_link(of(verdict), make_requirement()),
    "a dependency taken away": lambda verdict: make_link(of(verdict), make_requirement()).delete(),
    "what it depends on, agreed anew": lambda verdict: approve_revision(
        make_revision(make_link(of(verdict), make_requirement(approved=True)).target)
    ),
    "the text of what it depends on": lambda verdict: (
        make_link(of(verdict), make_requirement())
        and sql("UPDATE capabilities_revision SET fingerprint = 'other' WHERE status = 'draft'")
    ),
}
IDLE: dict[str, Callable[[Verdict], object]] = {
    "a link that it does not rest on": lambda verdict: make_link(of(verdict), make_requirement(), "refines"),
    "what depends on it": lambda verdict: make_link(make_requirement(), of(verdict)),
    "a field of the requirement": lambda verdict: Requirement.objects.update(priority="could", position=4),
    "the name of a product": lambda verdict: Product.objects.update(name="Other"),
    "the spend of a run": lambda verdict: Run.objects.update(settled=3),
    "a draft of the dataset": lambda verdict: datasets.open_draft(
        actor=None, dataset=verdict.verification.evaluation_version.dataset_version.dataset
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_whatever_changes_a_standing_marks_its_requirement(write: Callable[[Verdict], object]) -> None:
    verdict = make_verdict()
    StandingMark.objects.all().delete()
    write(verdict)
    assert of(verdict).pk in marked()


@pytest.mark.parametrize("write", IDLE.values(), ids=IDLE.keys())
def test_what_changes_no_standing_marks_nothing(write: Callable[[Verdict], object]) -> None:
    verdict = make_verdict()
    StandingMark.objects.all().delete()
    write(verdict)
    assert of(verdict).pk not in marked()


def test_every_source_has_its_three_triggers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'standingmark\\_%%'", [])
        found = {name for (name,) in cursor.fetchall()}
    assert found == {
        f"standingmark_{source.table}_{event}"
        for source in MARKED
        for event in ("insert", "delete", "change")
    }


def test_many_rows_in_one_statement_mark_each_requirement_once() -> None:
    requirement = make_requirement(criteria=[{}, {}, {}])
    other = make_requirement()
    StandingMark.objects.all().delete()
    requirement.revisions.get().criteria.all().delete()
    assert list(StandingMark.objects.values_list("requirement_id", flat=True)) == [requirement.pk]
    assert other.pk not in marked()


def test_a_requirement_has_a_standing_from_its_first_moment() -> None:
    requirement = make_requirement()
    assert Standing.objects.get(requirement=requirement).outcome == "no_data"


def test_refreshing_writes_a_row_for_each_version_and_one_for_the_rest() -> None:
    verdict = make_verdict(outcome="not_met")
    refresh_due()
    found = {row.model_version_id: row.outcome for row in Standing.objects.filter(requirement=of(verdict))}
    assert found == {None: "no_data", verdict.model_version_id: "not_met"}
    assert marked() == set()


@pytest.mark.parametrize("seed", [4, 5])
def test_rows_say_what_the_states_say_and_a_rebuild_changes_nothing(seed: int) -> None:
    product = make_mixed_world(seed)
    refresh_due()
    kept = rows()
    states = states_by_version(product.requirements.select_related("product"))
    expected = [[row_of(state)[name] for name in FIELDS] for state in states]
    assert {str(row) for row in expected} == kept
    Standing.objects.update(outcome="met", sort_title="wrong")
    call_command("rebuild_standings", product.key, verbosity=0)
    assert rows() == kept


def test_a_rebuild_forgets_what_belongs_to_no_requirement() -> None:
    requirement = make_requirement()
    Standing.objects.create(
        product=requirement.product, requirement_id=10**9, outcome="met", coverage="measured"
    )
    assert rebuild_standings() == 1
    assert set(Standing.objects.values_list("requirement_id", flat=True)) == {requirement.pk}


def test_evidence_that_grew_old_is_due_without_a_mark() -> None:
    verdict = make_verdict(model_version=make_model_version(floating=True))
    refresh_due()
    row = Standing.objects.get(model_version=verdict.model_version)
    assert row.freshness == "fresh"
    assert verdict.run.finished_at is not None
    assert row.valid_until == verdict.run.finished_at + timedelta(days=30)
    later = row.valid_until + timedelta(seconds=1)
    assert catch_up(of(verdict).product, later) == 0


def test_a_waiver_that_ended_is_due_without_a_mark() -> None:
    verdict = make_verdict(outcome="not_met")
    waiver = make_waiver(of(verdict), expires_on=timezone.now().date())
    refresh_due()
    row = Standing.objects.get(model_version=verdict.model_version)
    assert (row.outcome, row.waived) == ("met", True)
    assert row.valid_until is not None and row.valid_until.date() == waiver.expires_on
    Standing.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    assert refresh_due() == 1


def test_a_page_works_out_a_few_and_leaves_many_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_product()
    for _ in range(3):
        make_requirement(product)
    monkeypatch.setattr("capabilities.services.standings.INLINE", 2)
    assert catch_up(product) == 3
    refresh_standings_task()
    assert catch_up(product) == 0
    make_requirement(product)
    assert catch_up(product) == 0
    assert marked() == set()


def test_nothing_due_costs_one_query(query_count: Callable[[int], AbstractContextManager[object]]) -> None:
    product = make_requirement().product
    catch_up(product)
    with query_count(1):
        catch_up(product)


def test_refreshing_twenty_costs_what_two_cost() -> None:
    def queries(count: int) -> int:
        product = make_product()
        for _ in range(count):
            make_verdict(make_evidence(product=product))
        with CaptureQueriesContext(connection) as found:
            refresh(list(product.requirements.values_list("pk", flat=True)))
        return len(found)

    assert queries(2) == queries(20)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_comes_while_another_refreshes_is_not_lost() -> None:
    """One reads the sources and dawdles; meanwhile a verdict is written, and another refreshes: the newest verdict must win."""
    verdict = make_verdict(outcome="met")
    requirement = of(verdict)
    with transaction.atomic():
        assert refresh([requirement.pk]) == 1
        meanwhile = Thread(target=in_own_connection, args=(lambda: write_and_refresh(verdict),))
        meanwhile.start()
        meanwhile.join()
    assert requirement.pk in marked()
    refresh_due()
    assert Standing.objects.get(model_version=verdict.model_version).outcome == "not_met"
    assert marked() == set()


def write_and_refresh(verdict: Verdict) -> None:
    make_verdict(verdict.verification, verdict.run, "not_met")
    assert refresh([of(verdict).pk]) == 0, "the one who holds the lock is left to it"


def in_own_connection(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_writers_and_refreshers_at_once_end_with_the_truth() -> None:
    verdicts = [make_verdict(make_evidence()) for _ in range(4)]
    start = Barrier(4)

    def write() -> None:
        start.wait()
        for turn in range(10):
            verdict = verdicts[turn % 4]
            make_verdict(verdict.verification, verdict.run, ("met", "not_met", "inconclusive")[turn % 3])

    def sweep() -> None:
        start.wait()
        for turn in range(10):
            refresh([of(verdict).pk for verdict in verdicts], wait=turn % 2 == 0)

    workers = [Thread(target=in_own_connection, args=(work,)) for work in (write, write, sweep, sweep)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    refresh_due()
    kept = rows()
    rebuild_standings()
    assert rows() == kept
    assert marked() == set()
