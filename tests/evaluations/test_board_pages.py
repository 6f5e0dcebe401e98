import csv
import gzip
import random
from io import StringIO

import numpy as np
import pytest

from evaluations.models import (
    EvaluationVersion,
    HumanScore,
    ModelVersion,
    Run,
    RunVector,
    Score,
    ScorerVersion,
)
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
GOOD, POOR = [1] * 38 + [0] * 2, [1] * 12 + [0] * 28


@pytest.fixture
def reader(client):
    person = make_user("viewer")
    client.force_login(person)
    return person


@pytest.fixture
def suite():
    return make_suite(
        [make_evaluation_version(make_dataset_version(40)).evaluation], slug="driving", name="Driving"
    )


def two_runs(suite, theirs=POOR):
    version = suite.evaluations.get().versions.get()
    ours = make_finished_run(GOOD, version, make_model_version(slug="ours", name="2"))
    return ours, make_finished_run(
        theirs, version, make_model_version(slug="rival", name="1", side="competitor")
    )


def text(reply) -> str:
    return " ".join(reply.content.decode().split())


def test_strangers_are_asked_to_sign_in(client) -> None:
    assert client.get("/board/").url == "/sign-in/?next=/board/"


def test_without_a_suite_it_says_what_to_do(client, reader) -> None:
    assert "Nothing to put on the board yet" in text(client.get("/board/"))


def test_a_suite_nobody_ran_offers_a_round(client, reader, suite) -> None:
    assert "Nobody ran this suite" in text(client.get("/board/?suite=driving"))
    assert "No model ran a suite yet" in text(client.get("/board/"))


def test_an_unknown_suite_is_said_and_all_are_shown(client, reader, suite) -> None:
    two_runs(suite)
    page = text(client.get("/board/?suite=nowhere"))
    assert "There is no suite “nowhere”." in page and "Driving" in page
    assert client.get("/board/rows.csv?suite=nowhere").status_code == 404


def test_scores_stand_with_their_range_and_rank(client, reader, suite) -> None:
    ours, _ = two_runs(suite)
    page = text(client.get("/board/?suite=driving"))
    assert "95.0 %" in page.replace("\u00a0", " ") and "rank 1 of 2" in page and "rank 2 of 2" in page
    assert f'href="/runs/{ours.pk}/"' in page


def test_what_is_not_told_apart_is_grey_and_nobody_is_best(client, reader, suite) -> None:
    two_runs(suite, theirs=GOOD)
    page = text(client.get("/board/?suite=driving"))
    assert page.count("</span> rank 1–2 of 2") == 2
    assert 'class="cell none"' in page and 'class="cell met"' not in page


def test_one_model_alone_has_no_rivals_and_is_told_so(client, reader, suite) -> None:
    make_finished_run(GOOD, suite.evaluations.get().versions.get())
    page = text(client.get("/board/?suite=driving"))
    assert "One model alone has no rank." in page
    assert "1 of 1</span>" not in page and "not ranked</span>" in page
    assert "Fewer than two models" in text(client.get("/board/?suite=driving&show=pairs"))


def test_each_pair_leads_to_its_comparison(client, reader, suite) -> None:
    ours, theirs = two_runs(suite)
    page = text(client.get("/board/?suite=driving&show=pairs"))
    slug = suite.evaluations.get().versions.get().scorers.get().scorer.slug
    assert f"/compare/?run={ours.pk}&amp;against={theirs.pk}&amp;scorer={slug}" in page
    assert "ours 2 ahead of rival 1" in page and "rival 1 behind ours 2" in page


def test_the_board_can_be_ordered_by_a_column(client, reader, suite) -> None:
    two_runs(suite)
    column = client.get("/board/?suite=driving").context["columns"][0].column
    reply = client.get(f"/board/?suite=driving&sort={column.key}")
    assert [line.name for line in reply.context["lines"]] == ["ours 2", "rival 1"]
    assert reply.context["columns"][0].sorted_here


def test_all_suites_stand_side_by_side_and_lead_to_each(client, reader, suite) -> None:
    two_runs(suite)
    page = text(client.get("/board/"))
    assert 'href="?suite=driving"' in page and "1 of 2" in page and "ahead of 1" in page


def test_htmx_gets_the_part_alone(client, reader, suite) -> None:
    reply = client.get("/board/?suite=driving", headers={"HX-Request": "true"})
    assert text(reply).startswith('<div id="board">')


def test_the_file_follows_what_is_shown(client, reader, suite) -> None:
    two_runs(suite)
    swapped = text(client.get("/board/?suite=driving&show=pairs", headers={"HX-Request": "true"}))
    assert 'href="/board/rows.csv?suite=driving&amp;show=pairs" download hx-swap-oob="true"' in swapped
    whole = text(client.get("/board/?suite=driving&show=pairs"))
    assert whole.count('id="board-file"') == 1 and "hx-swap-oob" not in whole.split('id="board"')[0]


def rows(client, address: str) -> list[dict[str, str]]:
    reply = client.get(address)
    content = b"".join(reply.streaming_content) if reply.streaming else reply.content
    return list(csv.DictReader(StringIO(content.decode())))


def test_the_file_says_what_the_board_says(client, reader, suite) -> None:
    two_runs(suite)
    ours, theirs = rows(client, "/board/rows.csv?suite=driving")
    assert (ours["model"], ours["best_rank"], ours["ahead"]) == ("ours@2", "1", "1")
    assert (theirs["model"], theirs["worst_rank"], theirs["behind"]) == ("rival@1", "2", "1")
    pairs = rows(client, "/board/rows.csv?suite=driving&show=pairs")
    assert [(row["model"], row["stands"]) for row in pairs] == [("ours@2", "ahead"), ("rival@1", "behind")]
    assert len(rows(client, "/board/rows.csv")) == 2


def make_packed_runs(version: EvaluationVersion, models: list[ModelVersion]) -> None:
    """A finished run of each with packed scores alone, which is all a board reads."""
    scorer = version.scorers.get()
    runs = Run.objects.bulk_create(
        Run(evaluation_version=version, model_version=model, state="done") for model in models
    )
    chance = random.Random(version.pk)
    ones = np.ones(60).astype("<f8").tobytes()
    RunVector.objects.bulk_create(
        RunVector(
            run=run,
            scorer_version=scorer,
            generation=1,
            order_hash="",
            items=60,
            repeats=1,
            numerators=np.array([chance.random() < 0.7 for _ in range(60)]).astype("<f8").tobytes(),
            denominators=ones,
            presence=b"",
        )
        for run in runs
    )


def test_forty_models_on_thirty_evaluations_fit_into_a_light_page(client, reader) -> None:
    cases = make_dataset_version(60)
    evaluations = [make_evaluation_version(cases) for _ in range(30)]
    make_suite([one.evaluation for one in evaluations], slug="wide")
    models = [make_model_version(slug=f"model-{number}", name="1") for number in range(40)]
    for one in evaluations:
        make_packed_runs(one, models)
    reply = client.get("/board/?suite=wide")
    assert len(reply.context["lines"]) == 40 and len(reply.context["columns"]) == 30
    assert len(gzip.compress(reply.content)) < 60_000


def judged_runs() -> tuple[Run, ScorerVersion]:
    """Two models with a judge's opinions of 60 answers each."""
    judge = make_scorer_version(kind="rubric_judge", slug="tone", judge=make_model_version(slug="judge"))
    version = make_evaluation_version(make_dataset_version(60), [judge], slug="manners")
    make_suite([version.evaluation], slug="talking", name="Talking")
    run, _ = (
        make_finished_run([1] * good + [0] * (60 - good), version, make_model_version(slug=slug))
        for slug, good in (("polite", 55), ("rude", 10))
    )
    return run, judge


def test_an_opinion_says_whether_it_is_checked_and_nobody_is_green_over_it(client, reader) -> None:
    run, judge = judged_runs()
    page = text(client.get("/board/?suite=talking"))
    assert page.count("chip unchecked") == 2 and "0 of 50 answers were labelled by two people" in page
    every = text(client.get("/board/"))
    assert 'class="cell met"' not in page + every and "chip unchecked" in every
    assert {row["unchecked"] for row in rows(client, "/board/rows.csv?suite=talking")} == {"yes"}
    [column] = client.get("/api/v1/board/", {"suite": "talking"}).json()["columns"]
    assert "is unchecked: 0 of 50" in column["unchecked"]
    label_all(run, judge)
    page = text(client.get("/board/?suite=talking"))
    assert (
        "chip unchecked" not in page
        and "people have checked the judge. This rests on a judge’s opinions" in page
    )
    assert 'class="cell met"' not in page + text(client.get("/board/")) and "★</span> rank" not in page
    other = Run.objects.exclude(pk=run.pk).get(evaluation_version=run.evaluation_version)
    found = client.get(
        "/api/v1/comparisons/", {"run": run.pk, "against": other.pk, "scorer": judge.scorer.slug}
    ).json()
    assert not found["supported"] and found["sentence"].startswith(
        "This rests on a judge’s opinions as they are"
    )
    page = text(client.get(f"/compare/?run={run.pk}&against={other.pk}"))
    assert "A judge’s opinion" in page and "Supported: A is better" not in page
    assert {row["unchecked"] for row in rows(client, "/board/rows.csv?suite=talking")} == {"no"}
    assert client.get("/api/v1/board/", {"suite": "talking"}).json()["columns"][0]["unchecked"] == ""


def label_all(run: Run, judge: ScorerVersion) -> None:
    """Two people say of every answer what the judge says."""
    HumanScore.objects.bulk_create(
        HumanScore(
            response_id=score.response_id,
            scorer_version=judge,
            rater=f"user:{rater.pk}",
            value=score.numerator,
            said="pass" if score.numerator else "fail",
            entered_by=rater,
        )
        for rater in (make_user(), make_user())
        for score in Score.objects.filter(response__run=run, scorer_version=judge)
    )
