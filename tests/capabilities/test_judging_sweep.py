from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from capabilities.models import JudgedRun, Verdict
from capabilities.services.judging import judge_run, judge_unjudged_runs
from capabilities.services.verifications import link_evidence
from capabilities.signals import (
    comparison_changed,
    confirmation_wanted,
    revision_approved,
    verification_linked,
)
from capabilities.tasks import judge_run_task, judge_verification_task
from config import publishing
from config.celery import app
from evaluations.models import Run, RunVector
from evaluations.services.vectors import write_vectors
from evaluations.signals import run_finished
from tests.factories.capabilities import (
    make_baseline,
    make_criterion,
    make_evidence,
    make_product,
    make_requirement,
    make_revision,
    make_rival_set,
    make_verification,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)


@pytest.mark.django_db
def test_the_sweep_judges_what_no_signal_announced_and_only_once() -> None:
    verification = make_evidence(5)
    run = make_finished_run([1.0] * 5, verification.evaluation_version)

    assert [judge_unjudged_runs(), judge_unjudged_runs()] == [1, 0]
    assert Verdict.objects.get().run == run


@pytest.mark.django_db
def test_a_run_scored_again_is_judged_again() -> None:
    verification = make_evidence(5)
    run = make_finished_run([1.0] * 5, verification.evaluation_version)
    judge_unjudged_runs()
    run.generation = 2
    run.save()
    write_vectors(run)

    judge_unjudged_runs()

    assert JudgedRun.objects.get(run=run).generation == 2
    assert list(Verdict.objects.order_by("pk").values_list("generation", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_evidence_linked_after_the_run_is_found_by_the_sweep() -> None:
    scorer_version = make_scorer_version()
    version = make_evaluation_version(scorer_versions=[scorer_version])
    make_finished_run([1.0] * 3, version)
    judge_unjudged_runs()
    criterion = make_criterion(scorer=scorer_version.scorer, approved=True)
    link_evidence(actor=None, criterion=criterion, evaluation_version=version)

    assert [judge_unjudged_runs(), judge_unjudged_runs()] == [1, 0]
    assert Verdict.objects.get().verification.criterion == criterion


@pytest.mark.django_db
def test_a_run_that_cannot_be_judged_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    verification = make_evidence(5)
    broken, sound = (make_finished_run([1.0] * 5, make_evidence(5).evaluation_version) for _ in "ab")
    RunVector.objects.filter(run=broken).update(numerators=b"x")
    good = make_finished_run([1.0] * 5, verification.evaluation_version)

    assert judge_unjudged_runs() == 2
    assert set(Verdict.objects.values_list("run", flat=True)) == {sound.pk, good.pk}
    assert f"run {broken.pk} could not be judged" in caplog.text


@pytest.mark.django_db
def test_revisions_in_open_baselines_are_judged_beside_the_approved_one() -> None:
    scorer_version = make_scorer_version()
    version = make_evaluation_version(scorer_versions=[scorer_version])
    requirement = make_requirement(approved=True, criteria=[{"scorer": scorer_version.scorer}])
    held = requirement.revisions.get()
    baseline = make_baseline(requirements=[requirement])
    newer = make_revision(requirement, approved=True, criteria=[{"scorer": scorer_version.scorer}])
    for revision in (held, newer):
        make_verification(revision.criteria.get(), version)
    run = make_finished_run([1.0] * 3, version)

    open_count = len(judge_run(run))
    baseline.state = "closed"
    baseline.save()

    assert open_count == 2
    assert len(judge_run(run)) == 1


@pytest.mark.django_db
def test_judging_takes_the_same_number_of_queries_for_many_criteria_and_versions() -> None:
    counts = []
    for criteria, versions in ((1, 1), (6, 5)):
        run = many(criteria, versions)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            verdicts = judge_run(run)
        assert len(verdicts) == criteria * versions
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 24


def many(criteria: int, versions: int) -> Run:
    """A rival's run that so many versions of ours are compared with by so many criteria."""
    product = make_product()
    rival = make_model_version(side="competitor")
    rival_set = make_rival_set(product, [rival.model])
    scorer_version = make_scorer_version()
    evaluation_version = make_evaluation_version(scorer_versions=[scorer_version])
    for _ in range(criteria):
        asked = {"scorer": scorer_version.scorer, "against": "competitors", "rival_set": rival_set}
        requirement = make_requirement(product, approved=True, criteria=[asked])
        make_verification(requirement.revisions.get().criteria.get(), evaluation_version)
    for _ in range(versions):
        make_finished_run([1.0] * 3, evaluation_version)
    return make_finished_run([0.0] * 3, evaluation_version, rival)


@pytest.mark.django_db(transaction=True)
def test_two_workers_judge_the_same_run_into_one_verdict() -> None:
    verification = make_evidence(50)
    run = make_finished_run([1.0] * 50, verification.evaluation_version)

    def work() -> None:
        try:
            judge_run(run)
        finally:
            connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Verdict.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_sweep_leaves_a_run_that_is_being_judged_alone() -> None:
    first, second = (make_evidence(5) for _ in "ab")
    held = make_finished_run([1.0] * 5, first.evaluation_version)
    free = make_finished_run([1.0] * 5, second.evaluation_version)
    handled: list[int] = []

    def sweep() -> None:
        try:
            handled.append(judge_unjudged_runs())
        finally:
            connections.close_all()

    with transaction.atomic():
        Run.objects.select_for_update(no_key=True).get(pk=held.pk)
        worker = Thread(target=sweep)
        worker.start()
        worker.join(timeout=120)

    assert handled == [1]
    assert Verdict.objects.get().run == free


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Messages go to an address where nobody listens."""
    monkeypatch.setattr(publishing, "_away_until", 0.0)
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    _forget_connections()
    yield
    monkeypatch.undo()
    _forget_connections()


def _forget_connections() -> None:
    for holder, name in ((app, "_pool"), (app.amqp, "_producer_pool")):
        setattr(holder, name, None)


@pytest.mark.usefixtures("broker_away")
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_never_breaks_whoever_announces(caplog: pytest.LogCaptureFixture) -> None:
    verification = make_evidence(5)
    run = make_finished_run([1.0] * 5, verification.evaluation_version)

    run_finished.send(Run, run_id=run.pk, generation=1)

    assert "The broker is away" in caplog.text
    assert judge_unjudged_runs() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_announced_reaches_the_workers_queue() -> None:
    requirement = make_requirement(criteria=[{}])
    verification = make_verification(requirement.revisions.get().criteria.get())
    signals = (
        (run_finished, {"run_id": 7, "generation": 1}),
        (verification_linked, {"verification_id": verification.pk}),
        (revision_approved, {"revision_id": requirement.revisions.get().pk}),
        (confirmation_wanted, {"run_id": 8}),
        (comparison_changed, {"product_id": 9}),
    )
    with app.connection_for_write() as connection_:
        channel: Any = connection_.default_channel
        channel.queue_purge("default")
        for signal, told in signals:
            signal.send(Run, **told)
        sent = [message.headers for message in iter(lambda: channel.basic_get("default"), None)]

    assert [(headers["task"].rpartition(".")[2], headers["argsrepr"]) for headers in sent] == [
        ("watch_run_task", "(7,)"),
        ("judge_run_task", "(7,)"),
        ("judge_verification_task", f"({verification.pk},)"),
        ("judge_verification_task", f"({verification.pk},)"),
        ("confirm_run_task", "(8,)"),
        ("judge_product_task", "(9,)"),
    ]


@pytest.mark.django_db
def test_the_tasks_are_doors_that_may_be_used_twice() -> None:
    verification = make_evidence(5)
    run = make_finished_run([1.0] * 5, verification.evaluation_version)

    for _ in range(2):
        judge_run_task(run.pk)
        judge_verification_task(verification.pk)
    judge_verification_task(0)

    assert Verdict.objects.count() == 1
