"""An old log that is imported today is no news beside a run of last week, wherever the newest measurement is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capabilities.queries.problem_evidence import choices
from capabilities.queries.strengths import strengths_of
from capabilities.services.version_readings import shelf_of
from evaluations.api.comparisons import latest_finished
from evaluations.models import Run
from evaluations.queries.boards import board_of
from evaluations.queries.claimed_scores import beside
from evaluations.queries.evaluations import results_of
from evaluations.queries.models import scores_of_version
from evaluations.queries.pairs import newest_own_run, newest_run, ready_sets, rival_runs
from evaluations.queries.round_facts import round_facts
from evaluations.queries.runs import latest_run
from tests.factories.capabilities import (
    make_product,
    make_requirement,
    make_rival_set,
    make_verification,
)
from tests.factories.evaluations import (
    make_claimed_score,
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_round,
    make_suite,
)

pytestmark = pytest.mark.django_db
CASES = 20


class World:
    """Ours and a rival, each measured last week; then logs of theirs from a year ago are imported."""

    def __init__(self) -> None:
        slices = [{"key": f"c{place}", "slices": {"lang": "de"[: place // 10 + 1]}} for place in range(CASES)]
        self.evaluation = make_evaluation_version(make_dataset_version(slices))
        self.ours = make_model_version(slug="aria", name="2", side="own")
        self.rival = make_model_version(slug="rival", name="1", side="competitor")
        self.recent = make_finished_run([1.0] * CASES, self.evaluation, self.ours)
        self.theirs = make_finished_run([1.0] * CASES, self.evaluation, self.rival)
        long_ago = timezone.now() - timedelta(days=365)
        for version in (self.ours, self.rival):
            old = {"origin": "import", "started_at": long_ago, "finished_at": long_ago}
            make_finished_run([0.0] * CASES, self.evaluation, version, **old)


@pytest.fixture
def world() -> World:
    return World()


def test_on_the_page_of_a_model(world: World) -> None:
    assert [line.run for line in scores_of_version(world.ours)] == [world.recent]


def test_on_the_board(world: World) -> None:
    found = board_of(make_suite([world.evaluation.evaluation]))
    assert {run for column in found.columns for run in column.runs.values()} == {world.recent, world.theirs}


def test_among_the_results_of_an_evaluation_and_last_in_its_trend(world: World) -> None:
    found = results_of(world.evaluation, world.evaluation.scorers.get(), "aria")
    assert {line.run for line in found.board} == {world.recent, world.theirs}
    assert [line.point for line in found.trend] == [0.0, 1.0]


def test_where_a_run_is_chosen_to_compare(world: World) -> None:
    slug = world.evaluation.evaluation.slug
    assert newest_run(slug, "aria@2") == newest_own_run(slug) == world.recent
    assert latest_finished(world.evaluation, world.ours) == world.recent
    assert latest_run(world.evaluation, world.ours) == world.recent
    assert rival_runs(world.recent) == [world.theirs]
    assert ready_sets() == [[world.recent, world.theirs]]


def test_beside_what_a_vendor_claims(world: World) -> None:
    [one] = beside([make_claimed_score(world.rival, world.evaluation)])
    assert one.measured is not None and one.measured.point == 1.0


def test_as_the_run_before_that_of_a_round(world: World) -> None:
    round_ = make_round()
    run = make_finished_run([1.0] * CASES, world.evaluation, world.ours, round=round_)
    assert [(move.run, move.before) for move in round_facts(round_).moves] == [(run, world.recent)]


def test_where_a_conclusion_chooses_its_evidence(world: World) -> None:
    assert {(one.run, one.against) for one in choices("llm")} == {(world.recent, world.theirs)}


def test_among_unexpected_strengths(world: World) -> None:
    product = make_product(subjects=[world.ours.model])
    make_rival_set(product, [world.rival.model])
    Run.objects.filter(pk=world.recent.pk).update(canary_seen={"answers": 1})
    assert strengths_of(product).evaluations == 0


def test_on_the_profile_of_a_model(world: World) -> None:
    product = make_product(subjects=[world.ours.model])
    requirement = make_requirement(
        product, approved=True, criteria=[{"scorer": world.evaluation.scorers.get().scorer}]
    )
    make_verification(requirement.revisions.get().criteria.get(), world.evaluation)
    [reading] = shelf_of([product], [world.ours]).of(world.ours)
    assert reading.vector.run == world.recent.pk
