"""A silent change is watched: the alarm, the one confirming run, and what it says."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from capabilities.models import Happening
from capabilities.queries.changes import event_words
from evaluations.models import (
    BudgetMonth,
    DriftLook,
    EvaluationVersion,
    ModelEvent,
    ModelVersion,
    Run,
    ScorerVersion,
)
from evaluations.queries.round_facts import round_facts
from evaluations.queries.steadiness import course_of, steadiness_of
from evaluations.queries.steadiness_words import figures_of
from evaluations.services.budgets import save_budget
from evaluations.services.drift import watch_run, watch_unwatched_runs
from evaluations.services.schedules import save_schedule
from tests.api_client import Caller
from tests.engine import work_off
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_price,
    make_round,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 40


def scores(right: int, shift: int = 0) -> list[float]:
    """So many right of all; which ones are wrong moves with the shift."""
    return [1.0 if (case + shift) % CASES < right else 0.0 for case in range(CASES)]


class Watched:
    """A version on a weekly schedule with eight runs in control, 36 of 40 right or about so."""

    def __init__(self, scorers: int = 1) -> None:
        checks = [make_scorer_version(slug=f"check-{number}") for number in range(scorers)]
        self.evaluation: EvaluationVersion = make_evaluation_version(make_dataset_version(CASES), checks)
        self.version: ModelVersion = make_model_version(floating=True)
        make_price(self.version)
        for week in range(8):
            self.run(36 + week % 2, week)

    def run(self, right: int, shift: int = 0, **fields: Any) -> Run:
        fields.setdefault("origin", "schedule")
        return make_finished_run(scores(right, shift), self.evaluation, self.version, **fields)

    def finish(self, look: DriftLook, right: int) -> Run:
        """Ends the confirming run with these scores, in the place of the one that was ordered."""
        ordered = look.confirming_run
        assert ordered is not None
        done = self.run(right, 3, round=ordered.round, confirms=ordered.confirms)
        DriftLook.objects.filter(confirming_run=ordered).update(confirming_run=done)
        Run.objects.filter(pk=ordered.pk).update(state=Run.State.CANCELLED)
        return done


def drifts() -> list[ModelEvent]:
    return list(ModelEvent.objects.filter(kind="drifted"))


def test_runs_that_score_as_before_order_nothing() -> None:
    watched = Watched()
    assert watch_run(watched.run(36)) == []
    assert not DriftLook.objects.exists()


def test_an_alarm_orders_one_confirming_run_however_often_it_is_judged() -> None:
    watched = Watched()
    round_ = make_round(cap=Decimal(10), settled=Decimal(4), origin="schedule")
    run = watched.run(20, round=round_, cap=Decimal(8))
    [look] = watch_run(run)
    assert watch_run(run) == [] and watch_unwatched_runs() == 8
    again = Run.objects.get(state="queued")
    assert look.confirming_run == again and again.confirms == run
    assert (again.origin, again.round, again.cap, again.reuse) == ("schedule", round_, Decimal(6), False)
    assert (look.number, look.state, len(look.reference)) == (1, "waiting", 8)
    # The next run of the schedule waits for what is ordered already.
    assert watch_run(watched.run(20)) == []


def test_a_change_that_is_confirmed_is_an_event_once_and_begins_a_new_reference() -> None:
    watched = Watched()
    [look] = watch_run(watched.run(20))
    done = watched.finish(look, 20)
    [found] = watch_run(done)
    assert watch_run(done) == []
    [event] = drifts()
    assert (found.state, found.event, event.run) == ("confirmed", event, done)
    assert event.before.startswith(f"{watched.evaluation}, check-0 91.2")
    assert event.after.startswith("50.0") and "plausible range" in event.after
    course = course_of(watched.version, watched.evaluation)
    [shown] = steadiness_of(course, course.watched)
    assert (course.since, list(course.series), shown.chart.needed) == (event, [done], 7)


def test_the_figures_of_a_look_are_shown_within_what_is_possible() -> None:
    look = DriftLook(result={"before": 0.9, "after": 0.5, "difference": -0.4, "low": -1.3, "high": 0.5})
    scorer = ScorerVersion(value_kind=ScorerVersion.ValueKind.BINARY, low=0, high=1)
    assert figures_of(look, scorer, "rate").endswith("(−40.0\u00a0pt, −100.0 to +50.0)")


def test_the_ordered_run_is_really_called_decides_and_is_told_like_any_change_under_us() -> None:
    watched = Watched()
    round_ = make_round(origin="schedule")
    [look] = watch_run(watched.run(20, round=round_))
    assert look.confirming_run is not None
    # The rules answer "yes" to everything, which is right: better than the reference.
    done = work_off(look.confirming_run)
    assert (done.state, done.calls) == ("done", CASES)
    [found] = watch_run(done)
    [event] = drifts()
    assert found.result["trend"] == "improved" and "100.0" in event.after
    assert round_facts(round_).events == [event]
    assert Happening.objects.filter(source="model", source_id=event.pk).count() == 1
    assert event_words(event).startswith("scores differently under the same name: ")


def test_an_alarm_that_is_not_confirmed_is_a_look_without_effect() -> None:
    watched = Watched()
    [look] = watch_run(watched.run(31))
    [found] = watch_run(watched.finish(look, 36))
    assert (found.state, found.event, drifts()) == ("not_confirmed", None, [])
    assert "not distinguishable" in found.said
    course = course_of(watched.version, watched.evaluation)
    [shown] = steadiness_of(course, course.watched)
    assert len(course.series) == 9 and shown.shown[-1].confirming
    # The level begins anew; the next alarm is the second look.
    [second] = watch_run(watched.run(20))
    assert second.number == 2


def test_each_scorer_that_left_its_limits_has_a_look_of_its_own_and_they_share_run_and_event() -> None:
    watched = Watched(scorers=2)
    looks = watch_run(watched.run(20))
    assert [look.number for look in looks] == [1, 2]
    found = watch_run(watched.finish(looks[0], 20))
    [event] = drifts()
    assert [(look.state, look.event) for look in found] == [("confirmed", event)] * 2
    assert "check-1" in event.after


@pytest.mark.parametrize("kind", ["resolved", "fingerprint"])
def test_a_change_that_was_told_begins_a_new_reference(kind: str) -> None:
    watched = Watched()
    ModelEvent.objects.create(model_version=watched.version, kind=kind, before="a", after="b")
    run = watched.run(20)
    assert watch_run(run) == []
    course = course_of(watched.version, watched.evaluation)
    assert (list(course.series), len(course.earlier)) == ([run], 8)
    since = [run, *(watched.run(20, week) for week in range(7))]
    # What stood before the change is charted as it was, and is no reference of what came after.
    [look] = watch_run(watched.run(36))
    assert look.reference == [one.pk for one in since]
    [shown] = steadiness_of(course_of(watched.version, watched.evaluation), course.watched)
    assert [one.place.centre for one in shown.shown if one.place][7:9] == pytest.approx([0.9125, 0.5])


def test_without_budget_no_run_is_ordered_and_the_look_says_so() -> None:
    watched = Watched()
    spent = make_round(cap=Decimal(10), settled=Decimal(10), origin="schedule")
    [look] = watch_run(watched.run(20, round=spent, cap=Decimal(8)))
    assert (look.state, look.number, look.confirming_run) == ("not_ordered", None, None)
    assert "budget of its round is spent" in look.said
    [next_week] = watch_run(watched.run(20))
    assert (next_week.state, next_week.number) == ("waiting", 1)


def test_a_month_whose_budget_is_reached_orders_none() -> None:
    watched = Watched()
    suite = make_suite([watched.evaluation.evaluation])
    schedule = save_schedule(actor=None, name="Weekly", suite=suite, cron="0 6 * * 1")
    save_budget(actor=None, scope="schedule", schedule=schedule, unit="calls", cap=Decimal(40))
    BudgetMonth.objects.update(settled=40)
    run = watched.run(20, round=make_round(origin="schedule", schedule=schedule))
    [look] = watch_run(run)
    assert look.state == "not_ordered" and "a month" in look.said
    assert not Run.objects.filter(confirms=run).exists()


def test_a_confirming_run_that_cannot_be_read_confirms_nothing() -> None:
    watched = Watched()
    [look] = watch_run(watched.run(20))
    done = watched.finish(look, 20)
    Run.objects.filter(pk=done.pk).update(canary_seen={"answers": 3, "cases": ["case-001"]})
    [found] = watch_run(done)
    assert (found.state, drifts()) == ("unknown", [])


def test_what_is_not_comparable_is_beside_the_chart_and_runs_by_hand_order_nothing() -> None:
    watched = Watched()
    for fields in ({"mixed_models": True}, {"reused": 3}, {"canary_seen": {"answers": 1, "cases": []}}):
        watched.run(20, **fields)
    watched.run(20, origin="lab")
    assert watch_run(watched.run(20, origin="manual")) == []
    assert len(course_of(watched.version, watched.evaluation).series) == 9


def test_watching_costs_as_many_queries_after_many_runs_as_after_few() -> None:
    watched = Watched()
    counts = []
    for more in (1, 8):
        for week in range(more):
            run = watched.run(36, week)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            watch_run(run)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_the_page_tells_how_many_runs_are_still_needed(client: Client) -> None:
    client.force_login(make_user("viewer"))
    run = make_finished_run(scores(36), origin="schedule")
    page = client.get(f"/models/{run.model_version.model.slug}/steadiness/").content.decode()
    assert "7 more runs are needed before a change can be noticed; 1 of 8 are there." in page


def test_the_page_shows_chart_looks_and_files_at_the_same_price_for_many_runs(client: Client) -> None:
    client.force_login(make_user("viewer"))
    watched = Watched()
    address = f"/models/{watched.version.model.slug}/steadiness"
    with CaptureQueriesContext(connection) as few:
        assert "The first 8 runs are the reference" in client.get(f"{address}/").content.decode()
    [look] = watch_run(watched.run(31))
    watch_run(watched.finish(look, 36))
    with CaptureQueriesContext(connection) as many:
        page = client.get(f"{address}/").content.decode()
    # One more for the confirming runs, which stand beside the chart.
    assert len(many) <= len(few) + 1
    assert "Not confirmed" in page and "confirms an alarm" in page and "<svg" in page
    rows = client.get(f"{address}.csv").getvalue().decode().splitlines()
    assert len(rows) == 11 and rows[0].startswith("run,ended_at,mean")
    assert client.get(f"{address}.svg").content.startswith(b"<svg")
    told = (
        Caller()
        .get(f"/models/{watched.version.model.slug}/versions/{watched.version.name}/steadiness/")
        .json()
    )
    [scorer] = told["scorers"]
    assert (scorer["needed"], scorer["alarm"], len(scorer["runs"])) == (0, False, 10)
    assert scorer["looks"][0]["state"] == "not_confirmed"


def test_a_version_without_runs_says_what_to_do_and_what_is_unknown_is_not_there(client: Client) -> None:
    client.force_login(make_user("viewer"))
    version = make_model_version()
    address = f"/models/{version.model.slug}/steadiness"
    assert "No finished run yet" in client.get(f"{address}/").content.decode()
    for missing in ("/?version=nobody", "/?evaluation=nothing", ".csv", ".svg"):
        assert client.get(f"{address}{missing}").status_code == 404
