import pytest

from evaluations.scorers import CaseView, NotScorable, Output, Scored
from evaluations.scorers.external import pushed_problem, score

CASE = CaseView(key="c")


def test_an_output_alone_cannot_be_scored() -> None:
    with pytest.raises(NotScorable, match="push it"):
        score(Output(text="hello"), "x", CASE, {})


@pytest.mark.parametrize(("direction", "worst"), [("higher", 0.0), ("lower", 1.0)])
def test_a_model_error_gets_the_worst_bounded_score(direction: str, worst: float) -> None:
    failed = Output(text="", error_class="refusal")
    assert score(failed, "x", CASE, {"direction": direction}).numerator == worst


def test_a_model_error_without_a_worst_score_is_missing() -> None:
    with pytest.raises(NotScorable):
        score(Output(text="", error_class="refusal"), "x", CASE, {"kind": "ratio"})


@pytest.mark.parametrize(
    ("kind", "scored", "fine"),
    [
        ("binary", Scored(1), True),
        ("binary", Scored(0.5), False),
        ("bounded", Scored(0.5), True),
        ("bounded", Scored(1.2), False),
        ("bounded", Scored(1, 2), False),
        ("ratio", Scored(15, 14), True),
        ("ratio", Scored(-1, 14), False),
        ("unbounded", Scored(-40), True),
    ],
)
def test_a_pushed_score_must_have_the_declared_shape(kind: str, scored: Scored, fine: bool) -> None:
    assert (pushed_problem(scored, {"kind": kind}) == "") is fine
