"""What a scorer of labels read stands on the run's page as a matrix and a diagram, with the numbers to take along."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluations.charts import ReliabilityPoint, confusion, reliability
from evaluations.queries.scores import headlines, run_samples
from evaluations.statistics import label_tables
from tests.factories.evaluations import make_finished_run
from tests.factories.labels import guesses, make_answered_run, make_label_scorer, make_languages
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

FIELD = {"field": "label"}


def page_of(run_pk: int) -> str:
    client = Client()
    client.force_login(make_user())
    return client.get(reverse("evaluations:run-detail", args=[run_pk])).content.decode()


def test_the_page_of_a_run_shows_matrix_and_diagram_with_their_numbers() -> None:
    version = make_languages(30, [make_label_scorer("calibration_error", FIELD)])
    run = make_answered_run(guesses(30, 0.7), version)
    page = page_of(run.pk)
    assert "Confusion matrix" in page and "Reliability diagram" in page
    slug = version.scorers.get().scorer.slug
    assert f"/labels.csv?scorer={slug}&amp;chart=reliability" in page


def test_a_scorer_without_labels_has_no_matrix() -> None:
    assert "Confusion matrix" not in page_of(make_finished_run([1.0, 0.0]).pk)


def test_the_file_holds_every_pair_of_labels_that_was_found() -> None:
    version = make_languages(3, [make_label_scorer("macro_f1", FIELD)])
    run = make_answered_run(['{"label": "de"}', '{"label": "de"}', "mush"], version)
    client = Client()
    client.force_login(make_user())
    url = reverse("evaluations:run-labels-csv", args=[run.pk])
    slug = version.scorers.get().scorer.slug
    rows = b"".join(client.get(url, {"scorer": slug})).decode().splitlines()
    assert rows == ["wanted,said,cases", "de,de,1", "fr,could not be read,1", "nl,de,1"]
    assert client.get(url, {"scorer": slug, "chart": "reliability"}).status_code == 404
    assert client.get(url, {"scorer": "nothing"}).status_code == 404


def test_a_list_of_runs_shows_the_figure_and_not_the_share_of_right_ones() -> None:
    version = make_languages(6, [make_label_scorer("macro_f1", FIELD)])
    run = make_answered_run(['{"label": "de"}'] * 6, version)
    value = headlines([run])[run.pk].value
    assert value == pytest.approx(
        1 / 6
    )  # F1 of de is 1/2, of the two others 0; a third of the answers is right


def test_bins_hold_mean_probability_and_share_right() -> None:
    version = make_languages(3, [make_label_scorer("calibration_error", FIELD)])
    answers = ['{"label": "de", "probability": 0.91}', '{"label": "de", "probability": 0.99}', "mush"]
    samples = run_samples(make_answered_run(answers, version), version.scorers.get().scorer.slug)
    assert samples is not None and samples.labelled is not None
    (only,) = label_tables.reliability(samples.labelled, samples.present)
    assert (only.n, only.right, only.low) == (2, 0.5, 0.9)
    assert only.probability == pytest.approx(0.95)


def test_the_pictures_say_when_there_is_nothing_to_draw() -> None:
    assert "No labels were read." in confusion.draw([], [])
    assert "No probabilities were given." in reliability.draw([])


def test_a_label_of_another_is_written_out_and_escaped() -> None:
    drawn = confusion.draw(["<b>", "nl"], [[2, 1, 0], [0, 3, 1]])
    assert "&lt;b&gt;" in drawn and "<b>" not in drawn and "could not be read" in drawn
    assert "2 of 3" in drawn
    assert "80 % on average" in reliability.draw([ReliabilityPoint(0.7, 0.8, 0.8, 0.5, 4)]).replace(
        "80.0", "80"
    )
