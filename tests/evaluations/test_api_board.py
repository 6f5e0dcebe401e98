import pytest

from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
GOOD, POOR = [1] * 38 + [0] * 2, [1] * 12 + [0] * 28


@pytest.fixture
def reply(client):
    """What the API says of a suite that two versions ran and a third in part."""
    client.force_login(make_user("viewer"))
    version = make_evaluation_version(make_dataset_version(40), slug="drive")
    make_suite([version.evaluation], slug="driving")
    for slug, side, scores in (
        ("ours", "own", GOOD),
        ("rival", "competitor", POOR),
        ("late", "competitor", [1] * 30 + [None] * 10),
    ):
        make_finished_run(scores, version, make_model_version(slug=slug, name="1", side=side))

    def ask(**query: str):
        return client.get("/api/v1/board/", {"suite": "driving", **query})

    return ask


def test_every_line_has_its_ranks_as_ranges(reply) -> None:
    board = reply().json()
    lines = {line["version"]: line for line in board["lines"]}
    assert lines["ours@1"]["overall"] == {
        "best_rank": 1, "worst_rank": 1, "ahead": 1, "level": 0, "mixed": 0, "behind": 0, "best": True,
    }  # fmt: skip
    place = lines["rival@1"]["places"][0]
    assert (place["column"], place["best_rank"], place["behind"]) == (board["columns"][0]["key"], 2, 1)
    assert place["low"] < place["point"] < place["high"]


def test_what_is_partial_is_unranked_and_says_why(reply) -> None:
    line = next(line for line in reply().json()["lines"] if line["version"] == "late@1")
    assert line["overall"] is None
    assert (line["places"][0]["not_ranked_because"], line["missing"]) == ("partial", 10)


def test_each_pair_of_ranked_versions_stands_once(reply) -> None:
    board = reply().json()
    assert board["pairs"] == [
        {
            "version": "ours@1",
            "against": "rival@1",
            "stands": "ahead",
            "ahead": [board["columns"][0]["key"]],
            "behind": [],
            "level": [],
        }
    ]


def test_sides_are_chosen_and_nonsense_is_refused_in_words(reply) -> None:
    assert {line["side"] for line in reply(side="competitor").json()["lines"]} == {"competitor"}
    wrong = reply(suite="nowhere")
    assert wrong.status_code == 400 and "There is no suite “nowhere”" in wrong.content.decode()
    assert reply(side="theirs").status_code == 400
