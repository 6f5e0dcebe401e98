"""Is this a problem for AI? The questions of the worksheet, and which way an answer points. It never adds up to a conclusion.

After Google's People + AI Guidebook (User needs + defining success, https://pair.withgoogle.com/guidebook) and Microsoft's
Guidelines for Human-AI Interaction (Amershi et al., CHI 2019), in words of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

YES, NO, UNKNOWN = "yes", "no", "unknown"
ANSWERS = {YES: "Yes", NO: "No", UNKNOWN: "Don’t know"}
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Question:
    """why: what the question is after. yes, no: which way that answer points."""

    slug: str
    words: str
    why: str
    yes: str
    no: str

    def points(self, answer: str) -> str:
        """Which way an answer points; not knowing points at finding out."""
        return {YES: self.yes, NO: self.no}.get(answer, "Find out first: this may turn the conclusion.")


QUESTIONS = (
    Question(
        "predictable",
        "Must the same situation always get the same answer?",
        "People plan around what stays the same.",
        "Towards rules: they answer alike every time, a model need not.",
        "Leaves AI open.",
    ),
    Question(
        "explained",
        "Must every answer be explained to whom it concerns?",
        "An explanation that a person can check is more than a score.",
        "Towards rules, or AI that proposes and a rule or a person that decides.",
        "Leaves AI open.",
    ),
    Question(
        "costly",
        "Is a wrong answer dear or hard to undo?",
        "A model is wrong now and then, and nobody knows in advance when.",
        "Towards rules, or towards helping people rather than deciding for them.",
        "Leaves AI open: being wrong now and then can be lived with.",
    ),
    Question(
        "silent",
        "Could a wrong answer go unnoticed?",
        "What nobody notices, nobody corrects.",
        "Away from automation, unless something else checks the answers.",
        "Leaves AI open: people can put it right.",
    ),
    Question(
        "rules_enough",
        "Could somebody who knows the matter write rules that cover nearly all cases?",
        "Rules are cheaper to build, to check and to keep.",
        "Towards rules.",
        "Towards AI: too many cases, or cases nobody can put into words.",
    ),
    Question(
        "changes",
        "Does what is right change faster than somebody could rewrite the rules?",
        "A model can learn from new examples; rules wait for their author.",
        "Towards AI, with fresh examples and a re-check.",
        "Leaves rules open.",
    ),
    Question(
        "differs",
        "Does the right answer differ from person to person or place to place?",
        "One rule for all serves nobody well where people differ.",
        "Towards AI: one size does not fit all.",
        "Towards rules: one answer fits all.",
    ),
    Question(
        "perceives",
        "Is the input free language, sound, a picture or a film?",
        "Such input can hardly be caught by conditions.",
        "Towards AI, at least for understanding the input.",
        "Leaves rules open.",
    ),
    Question(
        "examples",
        "Are there cases with the right answer from the people it is for?",
        "Without them nothing can be learned and nothing measured.",
        "Leaves everything open: it can be measured.",
        "Towards not now: collect cases first.",
    ),
    Question(
        "judged",
        "Can somebody say whether an answer is right?",
        "What cannot be judged cannot be improved.",
        "Leaves everything open.",
        "Towards not now: agree what right means first.",
    ),
    Question(
        "own_hands",
        "Do people like doing it themselves, or want to answer for it?",
        "Taking away what people enjoy or stand for is no help.",
        "Towards helping them, whatever the means.",
        "Leaves automation open.",
    ),
    Question(
        "too_much",
        "Is it too much, too often or too tedious for people?",
        "What wears people out is worth taking off them.",
        "Towards automation, by rules or by AI.",
        "Away from automation: what people do today may be enough.",
    ),
)
BY_SLUG: Mapping[str, Question] = {question.slug: question for question in QUESTIONS}


def cleaned(answers: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """An answer for every question; what was not answered is unknown. Raises ValueError with a sentence for what is no answer."""
    if strange := sorted(set(answers) - set(BY_SLUG)):
        raise ValueError(f"The worksheet does not ask {', '.join(strange)}. It asks {', '.join(BY_SLUG)}.")
    return {slug: _one(slug, answers.get(slug)) for slug in BY_SLUG}


def _one(slug: str, given: Any) -> dict[str, str]:
    given = {} if given is None else given
    if not isinstance(given, Mapping) or not set(given) <= {"answer", "note"}:
        raise ValueError(f"{slug}: give an answer and a note.")
    answer, note = given.get("answer") or UNKNOWN, given.get("note") or ""
    if answer not in ANSWERS:
        raise ValueError(f"{slug}: the answer is one of {', '.join(ANSWERS)}.")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise ValueError(f"{slug}: the note is a text of at most {LONGEST_NOTE:,} characters.")
    return {"answer": answer, "note": note.replace("\x00", "").strip()}
