"""Short ways to score one answer."""

from collections.abc import Callable
from typing import Any

import pytest

from evaluations.scorers import CaseView, Output, Scored, get_scorer

Grade = Callable[..., Scored]


@pytest.fixture
def grade(request: pytest.FixtureRequest) -> Grade:
    """Scores a text with the scorer the test's module names in SLUG."""
    scorer = get_scorer(request.module.SLUG)

    def run(text: str, target: Any = None, error_class: str = "", **config: Any) -> Scored:
        assert scorer.validate(config) == []
        case = CaseView(key="case-1", input="a question", target=target)
        return scorer.score(Output(text=text, error_class=error_class), target, case, config)

    return run
