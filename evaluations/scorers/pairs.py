"""What a judge that compares two answers is asked, and how its reply is read. No scorer: a preference is no property of an answer."""

from typing import Any

from evaluations.scorers.opinions import RULES, Asked, asked, verdict, verdict_schema
from evaluations.scorers.reading import whole_text
from evaluations.scorers.types import CaseView, Output

ORDERS = 2
WINNERS = {"first": 1, "tie": 0, "second": -1}
SCHEMA = verdict_schema({"better": {"type": "string", "enum": list(WINNERS)}})
TASK = """Compare the part named FIRST with the part named SECOND: two answers to the same question, in an order that means nothing.
Say which is better by what is asked below: "first", "second", or "tie" where neither is. Give your reason in a sentence or two."""


def instruction(question: str) -> str:
    """Everything the judge is told beside the data."""
    return f"{RULES}\n\n{TASK}\n\nWhat a better answer is:\n{question}"


def ask(told: str, case: CaseView, first: Output, second: Output) -> Asked:
    """The call about two answers, in this order. Raises ModelFailed and Unreadable for what is no whole text."""
    parts = {
        "QUESTION": case.input,
        "REFERENCE": case.target,
        "FIRST": whole_text(first),
        "SECOND": whole_text(second),
    }
    return asked(told, parts, SCHEMA)


def read(text: str) -> tuple[int, str]:
    """1 where the answer shown first is better, -1 for the second, 0 for a tie, and the reason. Raises Unreadable."""
    found: dict[str, Any] = verdict(text, SCHEMA)
    return WINNERS[found["better"]], str(found["rationale"])


def try_of(repeat: int) -> int:
    """The try of both runs that a call is about: calls 1 and 2 are about the first, 3 and 4 about the second."""
    return (repeat + 1) // ORDERS


def first_run_first(repeat: int) -> bool:
    """Of the two calls about a try, whether it is the one that shows the first run's answer first."""
    return repeat % ORDERS == 1
