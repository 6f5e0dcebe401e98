"""Preferred answers: versions ranked by people's votes and by a judge's choices, never mixed, each with its range."""

from collections.abc import Sequence

import pytest

from capabilities.queries.preferences import preferences_for, records
from config.people.models import Role
from evaluations.models import LabSheet, LabVote, Run
from evaluations.queries.preferences import Ranked
from evaluations.services.lab import create_sheet
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_prompt_version,
)
from tests.factories.pairs import make_pair_judging
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 30
# Of thirty cases: how many the first run wins in both orders, then loses; the rest turn with the order.
CLOSE, CLEAR = (12, 12), (26, 2)


@pytest.fixture
def runs() -> list[Run]:
    evaluation = make_evaluation_version(make_dataset_version(CASES))
    return [make_finished_run([1.0] * CASES, evaluation, make_model_version(name=f"v{n}")) for n in range(3)]


def rated_by_judge(reader) -> Sequence[Ranked]:
    found = preferences_for(reader).judged
    assert found is not None
    return found.found.ranked


def judged(first: Run, second: Run, judge, counts: tuple[int, int]) -> Run:
    won, lost = counts
    rest = CASES - won - lost
    return make_pair_judging(first, second, judge, [(1, 1)] * won + [(-1, -1)] * lost + [(1, -1)] * rest)


def voted(sheet: LabSheet, runs: tuple[Run, Run], voter, choices: list[int]) -> None:
    for run in runs:
        sheet.runs.add(run)
    first, second = (list(run.responses.order_by("case_id")) for run in runs)
    for one, other, choice in zip(first, second, choices, strict=False):
        LabVote.objects.create(sheet=sheet, first=one, second=other, voter=voter, choice=choice)


def test_a_judge_ranks_versions_over_pairs_and_names_the_pair_that_is_missing(
    runs, django_assert_num_queries
):
    judge = make_model_version(name="judge")
    judged(runs[0], runs[1], judge, CLEAR)
    reader = make_user(Role.VIEWER)
    judged(runs[2], runs[1], judge, CLEAR)
    found = preferences_for(reader)
    with django_assert_num_queries(5):
        judgement = found.judged
    assert judgement is not None
    rated = judgement.found
    labels = [one.version.label for one in rated.ranked]
    assert set(labels[:2]) == {runs[0].model_version.label, runs[2].model_version.label}
    assert [(one.rating.best_rank, one.rating.worst_rank) for one in rated.ranked] == [(1, 2), (1, 2), (3, 3)]
    assert [(one.rating.games, one.rating.prompts) for one in rated.ranked] == [(30, 30), (30, 30), (60, 30)]
    assert all(one.rating.interval for one in rated.ranked)
    assert found.chosen is not None
    assert [{one.pk, two.pk} for one, two in found.chosen.missing] == [{runs[0].pk, runs[2].pk}]
    assert [one.rating for one in rated_by_judge(reader)] == [one.rating for one in rated.ranked]


def test_what_never_met_or_always_won_is_not_comparable_and_says_what_would_connect_it(runs):
    judge, other = make_model_version(name="judge"), make_model_version(name="apart")
    judged(runs[0], runs[1], judge, CLOSE)
    judged(runs[2], runs[1], judge, (CASES, 0))
    apart = make_finished_run([1.0] * CASES, runs[0].evaluation_version, other)
    twin = make_finished_run([1.0] * CASES, runs[0].evaluation_version, make_model_version(name="twin"))
    make_pair_judging(apart, twin, judge, [(1, -1)] * 5 + [None] * (CASES - 5))
    judgement = preferences_for(make_user(Role.VIEWER)).judged
    assert judgement is not None
    found = judgement.found
    assert len(found.ranked) == 2
    why = {one.version.pk: one for one in found.unrated}
    assert "won every one of 30 cases" in why[runs[2].model_version_id].why
    assert why[other.pk].why.startswith(f"Compare {other.label} with ")
    assert why[other.pk].beside in [one.version for one in found.ranked]


def test_people_are_read_apart_only_after_ones_own_vote_and_only_where_one_may_look(runs):
    reader, colleague = make_user(Role.PM), make_user(Role.PM)
    secret = make_product(key="SECRET", restricted=True)
    for product in ("", secret.key):
        sheet = create_sheet(actor=colleague, name="Rows", product=product)
        voted(sheet, (runs[0], runs[1]), colleague, [1] * 8 + [-1] * 4 + [0] * 8)
    people = preferences_for(reader).people
    assert (people.votes, people.found.ranked, [one.product for one in people.unvoted]) == (0, [], [""])
    shown = people.unvoted[0]
    voted(shown, (runs[1], runs[0]), reader, [1])
    found = preferences_for(reader)
    assert (found.people.votes, found.people.voters, found.people.found.cases) == (21, 2, 20)
    # Of the first row one says the first, one the second: it counts one half.
    assert found.people.found.ranked[0].version == runs[0].model_version
    assert (found.judged, {row["by"] for row in records(found)}) == (None, {"people"})


def test_votes_between_two_prompts_rank_no_model(runs):
    reader = make_user(Role.PM)
    other = make_finished_run(
        [1.0] * CASES,
        make_evaluation_version(runs[0].evaluation_version.dataset_version),
        make_model_version(),
    )
    Run.objects.filter(pk=other.pk).update(prompt_version=make_prompt_version())
    voted(create_sheet(actor=reader, name="Rows"), (runs[0], other), reader, [1, -1, 0])
    people = preferences_for(reader).people
    assert (people.votes, people.prompts, people.found.games) == (0, 3, 0)


def test_the_page_its_files_and_the_api_tell_the_same(runs, django_assert_max_num_queries):
    judge = make_model_version(name="judge")
    judged(runs[0], runs[1], judge, CLEAR)
    judged(runs[2], runs[1], judge, CLOSE)
    client = signed_in(role=Role.PM)
    with django_assert_max_num_queries(40):
        page = client.get("/board/preferred/").content.decode()
    assert "unchecked: a judge’s opinion, never a verdict" in page
    assert "Nobody’s votes can be shown to you yet" in page
    asks = f"/compare/judge/?run={runs[0].pk}&amp;against={runs[2].pk}&amp;against={runs[1].pk}&amp;judge={judge.pk}"
    assert asks in page
    best = rated_by_judge(make_user())[0]
    assert f">{best.version.label}</th>" in page
    told = Caller("read", user=make_user(Role.VIEWER)).get("/preferred-answers/").json()
    assert told["judge"]["ratings"][0]["rating"] == pytest.approx(best.rating.rating)
    assert told["people"]["ratings"] == []
    file = client.get("/board/preferred/?format=json").json()["preferred"]
    assert [row["low"] for row in file] == [one["low"] for one in told["judge"]["ratings"]]
    assert b"<svg" in client.get(f"/board/preferred/judge.svg?by={told['asked'][0]}").content
    assert client.get("/board/preferred/people.svg").status_code == 404
    assert "No judge was asked that" in client.get("/board/preferred/?by=nobody&sheet=x").content.decode()
    refused = Caller("read", user=make_user(Role.VIEWER)).get("/preferred-answers/?by=nobody")
    assert error_of(refused)[0] == 404
