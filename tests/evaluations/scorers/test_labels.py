import pytest

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer, metric_of, wanted_label
from evaluations.statistics import Figure

FRAUD = {"field": "label", "positive": "fraud"}


def scored(slug, text, target, config=None):
    return get_scorer(slug).score(Output(text=text), target, CaseView("c", target=target), config or {})


def test_a_label_alone_is_read_as_it_stands():
    found = scored("macro_f1", " de\n", "de")
    assert (found.numerator, found.label, found.expected, found.probability) == (1.0, "de", "de", None)


def test_label_and_probability_are_read_from_json():
    found = scored("calibration_error", '{"label": "de", "probability": 0.8}', "nl", {"field": "label"})
    assert (found.numerator, found.label, found.expected, found.probability) == (1.0, "de", "nl", 0.8)
    assert found.rationale == "Said de with a probability of 0.8; nl was wanted."


def test_one_probability_for_each_label_is_read_too():
    text = '{"label": "de", "p": {"de": 0.7, "nl": 0.3}}'
    assert (
        scored("calibration_error", text, "de", {"field": "label", "probability_field": "p"}).probability
        == 0.7
    )


def test_beside_the_positive_label_all_others_are_one():
    text = '{"label": "spam", "probability": {"fraud": 0.2, "spam": 0.5, "fine": 0.3}}'
    found = scored("auroc", text, "fine", FRAUD)
    assert (found.numerator, found.probability) == (1.0, 0.8)
    assert found.label == found.expected == "any other label"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"label": "fraud"}', "no field “probability”"),
        ('{"label": "fraud", "probability": 1.2}', "from 0 to 1"),
        ('{"label": "fraud", "probability": true}', "from 0 to 1"),
        ('{"label": "fraud", "probability": {"fine": 1}}', "no probability for “fraud”"),
        ("fraud", "not JSON"),
        ('{"label": "", "probability": 1}', "names no label"),
    ],
)
def test_an_answer_without_a_probability_is_wrong_and_says_why(text, why):
    found = scored("recall_at_precision", text, "fraud", FRAUD)
    assert (found.numerator, found.parsed, found.label, found.expected) == (0.0, False, "", "fraud")
    assert why in found.rationale


def test_a_case_wants_exactly_one_label():
    with pytest.raises(NotScorable, match="exactly one label"):
        scored("macro_f1", "de", ["de", "nl"])
    assert wanted_label("macro_f1", CaseView("c", target=None), {}) == ""
    assert wanted_label("auroc", CaseView("c", target="spam"), FRAUD) == "any other label"


def test_the_settings_say_which_figure_is_read():
    metric = metric_of("recall_at_precision", FRAUD | {"precision": 0.95, "seed": 7})
    assert (metric.figure, metric.positive, metric.precision) == (Figure.RECALL_AT_PRECISION, "fraud", 0.95)
    assert (metric.seed, metric.resamples) == (7, 2000)
