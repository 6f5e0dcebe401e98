"""Ratings that a file brings: all or nothing, the same twice is once, and the range counts raters."""

from io import BytesIO

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.importers.ratings import read_ratings
from evaluations.models import HumanScore, ScorerVersion
from evaluations.queries.human_scores import Labelled
from evaluations.queries.ratings import rated
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_token, make_user

GOOD = b'rater,case,repeat,score,note\nAnna,case-0,1,4.5,"warm, clear"\nBert,case-0,,3,\nAnna,case-1,1,5,\nBert,case-1,1,,\n'


def problems(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in read_ratings(BytesIO(text.encode())).problems]


def test_a_file_is_read_line_by_line_and_rows_without_a_score_are_passed_over():
    found = read_ratings(BytesIO(GOOD))
    assert [(row.rater, row.case, row.repeat, row.score) for row in found.rows] == [
        ("Anna", "case-0", 1, "4.5"),
        ("Bert", "case-0", 1, "3"),
        ("Anna", "case-1", 1, "5"),
    ]
    assert (found.blank, found.problems) == (1, ())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rater,score\nA,3\n", 1, "case"),
        ("rater,case,score\n,c,3\n", 2, "Who rated"),
        ("rater,case,score\nuser:1,c,3\n", 2, "belongs to people"),
        ("rater,case,score\nA,c,3\nA,c,4\n", 3, "in line 2 already"),
        ("rater,case,repeat,score\nA,c,x,3\n", 2, "no number of a try"),
        ("rater,case,score\nA,c\n", 2, "2 cells"),
        ("", 0, "no rating"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_the_reason(text: str, line: int, words: str):
    [(found, reason)] = problems(text)
    assert found == line and words in reason


def test_the_range_counts_raters_and_one_rater_has_none():
    version = ScorerVersion(kind="human_rating", config={"question": "?"})

    def said(raters: dict[str, float], answers: int) -> list[Labelled]:
        return [Labelled(n, 1, f"c{n}", ratings=dict(raters)) for n in range(answers)]

    few = rated(version, said({"a": 0.5, "b": 0.75, "c": 1.0}, 2))
    many = rated(version, said({"a": 0.5, "b": 0.75, "c": 1.0}, 200))
    assert few.found and many.found and few.found.interval and many.found.interval
    assert few.found.point == many.found.point == 4.0
    assert many.found.clusters == 3
    assert many.found.interval.low == pytest.approx(few.found.interval.low)
    alone = rated(version, said({"a": 0.5}, 50))
    assert alone.found and alone.found.interval is None and alone.found.point == 3.0


@pytest.fixture
def run(db):
    rating = make_scorer_version(
        "human_rating", slug="natural", config={"question": "Natural?"}, value_kind="bounded"
    )
    return make_finished_run([1.0, 1.0], make_evaluation_version(make_dataset_version(2), [rating]))


def file_of(run, *lines: str) -> bytes:
    keys = list(run.responses.order_by("pk").values_list("case__key", flat=True))
    return ("rater,case,score,note\n" + "\n".join(line.format(*keys) for line in lines)).encode()


def sent(client: Client, run, data: bytes, **query: str):
    _, text = make_token(make_user(Role.RESEARCHER), ("read", "write"))
    scorer = run.evaluation_version.scorers.get()
    asked = "&".join([f"scorer={scorer}", *(f"{name}={value}" for name, value in query.items())])
    address = f"/api/v1/runs/{run.pk}/ratings/?{asked}"
    return client.post(address, data, content_type="text/csv", headers={"Authorization": f"Bearer {text}"})


def test_nothing_is_half_done_and_the_same_file_twice_is_once(client: Client, run):
    bad = sent(client, run, file_of(run, "Anna,{0},4,", "Anna,nowhere,9,"))
    assert bad.status_code == 422 and bad.json()["error"]["fields"]["rows"][0]["line"] == 3
    good = file_of(run, "Anna,{0},4,warm", "Bert,{0},2.5,", "Bert,{1},5,")
    assert sent(client, run, good, preview="true").json()["taken"] == 3
    assert not HumanScore.objects.exists()
    assert sent(client, run, good).json()["taken"] == 3
    again = sent(client, run, good).json()
    assert (again["taken"], again["same"]) == (0, 3)
    changed = sent(client, run, file_of(run, "Anna,{0},3,warm")).json()
    assert (changed["taken"], changed["corrected"]) == (1, 1)
    assert list(HumanScore.objects.filter(rater="Anna").values_list("number", "said", "value")) == [
        (1, "4", 0.75),
        (2, "3", 0.5),
    ]
    _, text = make_token(make_user(), ("read",))
    [told] = client.get(f"/api/v1/runs/{run.pk}/ratings/", headers={"Authorization": f"Bearer {text}"}).json()
    assert (told["mean"], told["ratings"], len(told["raters"])) == (3.5, 3, 2)
    assert 1 <= told["low"] < 3.5 < told["high"] <= 5


def test_on_the_page_a_file_is_looked_at_first_and_stands_on_run_and_sample_afterwards(client: Client, run):
    client.force_login(make_user(Role.RESEARCHER, may_read_test=True))
    template = client.get(f"/runs/{run.pk}/ratings/template/").content.decode()
    key = run.responses.order_by("pk").first().case.key
    assert template.splitlines()[0] == "rater,case,repeat,score,note" and key in template
    scorer = run.evaluation_version.scorers.get()
    file = BytesIO(file_of(run, "Anna,{0},4,warm voice", "Bert,{0},2,"))
    file.name = "ratings.csv"
    upload = f"/runs/{run.pk}/ratings/upload/"
    preview = client.post(upload, {"scorer": scorer.pk, "file": file})
    assert "Take 2 ratings" in preview.content.decode() and not HumanScore.objects.exists()
    carried = preview.context["carried"]
    assert client.post(upload, {"carried": carried + "x"}, follow=True).status_code == 200
    assert not HumanScore.objects.exists()
    page = client.post(upload, {"carried": carried}, follow=True).content.decode()
    assert "<b>3.00</b> on the scale from 1 to 5" in page and "2 raters" in page
    assert "<b>3.00</b>" in client.get(f"/runs/{run.pk}/").content.decode()
    assert "warm voice" in client.get(f"/runs/{run.pk}/samples/?case={key}").content.decode()


def test_a_run_that_nobody_rates_says_how_to_begin(client: Client, db):
    client.force_login(make_user(Role.VIEWER))
    run = make_finished_run([1.0])
    assert "Nothing here is rated by people" in client.get(f"/runs/{run.pk}/ratings/").content.decode()


@pytest.mark.django_db
def test_labels_for_a_judge_come_by_the_same_file_in_the_judges_words(client: Client):
    config = {"judge": "a@1", "rubric": "Polite.", "kind": "binary"}
    judge = make_scorer_version(
        "rubric_judge", slug="polite", judge=make_model_version(), config=config, value_kind="binary"
    )
    run = make_finished_run([1.0, 1.0], make_evaluation_version(make_dataset_version(2), [judge]))
    assert (
        "pass, fail"
        in sent(client, run, file_of(run, "Anna,{0},7,")).json()["error"]["fields"]["rows"][0]["reason"]
    )
    assert sent(client, run, file_of(run, "Anna,{0},pass,")).json()["taken"] == 1
    client.force_login(make_user(Role.VIEWER))
    assert f"/runs/{run.pk}/ratings/" in client.get(f"/runs/{run.pk}/").content.decode()
