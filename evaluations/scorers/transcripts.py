"""Words and characters of transcripts, and how many of them were heard wrong; shared by the scorers of speech."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import jiwer
import re2

from evaluations.scorers.configs import FIELD, PASS_MARK, TARGET_FIELD
from evaluations.scorers.reading import ModelFailed, Score, Unreadable, wanted_texts
from evaluations.scorers.types import CaseView, NotScorable, Output, Scored

MAX_UNITS = 20_000
SHOWN = 12
NORMALISATION = {
    "lower_case": {"type": "boolean", "default": True, "title": "Capital letters do not matter"},
    "drop_punctuation": {
        "type": "boolean",
        "default": True,
        "title": "Punctuation does not matter",
        "description": "Apostrophes inside words and marks inside numbers stay. Numbers are never spelt out.",
    },
}
READING = {"field": FIELD, "target_field": TARGET_FIELD}
ERROR_PASS_MARK = PASS_MARK | {
    "minimum": 0,
    "default": 0,
    "title": "Pass mark",
    "description": "Up to which error rate a case counts as passed in lists of passed and failed cases.",
}

# A number keeps its inner marks (3.5, 10,000, 7:30), a word its apostrophes (don't).
_WORDS = re2.compile(r"\pN+(?:[.,:]\pN+)+|[\pL\pM\pN]+(?:'[\pL\pM\pN]+)*")


def normalised(text: str, config: Mapping[str, Any]) -> str:
    """The text as it is compared: composed characters (NFC), one space between words; by default in lower case without punctuation."""
    text = unicodedata.normalize("NFC", text).replace("’", "'")
    if config.get("lower_case", True):
        text = text.lower()
    words = _WORDS.findall(text) if config.get("drop_punctuation", True) else text.split()
    return " ".join(words)


@dataclass(frozen=True)
class Heard:
    """How far a transcript is from its reference. size: words or characters of the reference, at least 1."""

    errors: int
    size: int
    label: str = ""
    differences: str = ""

    @property
    def rate(self) -> float:
        return self.errors / self.size


Process = Callable[[str, str], Any]


def heard(reference: str, answer: str, units: Callable[[str], Sequence[str]], process: Process) -> Heard:
    """Fewest substitutions, deletions and insertions between two normalised texts (Levenshtein 1966), by jiwer.

    Past MAX_UNITS on a side nothing is aligned and the most errors there can be count: max of both lengths.
    """
    wanted, got = len(units(reference)), len(units(answer))
    if max(wanted, got) > MAX_UNITS:
        return Heard(max(wanted, got), wanted, f"more than {MAX_UNITS:,} to align")
    found = process(reference, answer)
    errors = found.substitutions + found.deletions + found.insertions
    label = (
        f"{found.substitutions} wrong, {found.deletions} left out, {found.insertions} added" if errors else ""
    )
    return Heard(errors, wanted, label, _differences(found))


def closest(references: Sequence[str], measure: Callable[[str], Heard]) -> Heard:
    """Of several references the one that was met best; the first of equals."""
    return min((measure(reference) for reference in references), key=lambda one: one.rate)


def references_of(target: Any, case: CaseView, config: Mapping[str, Any]) -> list[str]:
    """The normalised references with at least one word. Raises NotScorable: a rate over no words is none."""
    references = [normalised(text, config) for text in wanted_texts(target, case, config)]
    spoken = [reference for reference in references if reference]
    if not spoken:
        raise NotScorable(
            f"The target of case “{case.key}” holds no word; score silence with “length” (at most 0 words)."
        )
    return spoken


def errors_counted(units: Callable[[str], Sequence[str]]) -> Callable[[Score], Score]:
    """Makes a scorer of errors count everything as left out for a model error or an answer that cannot be read.

    units: what a normalised reference is counted in.
    """

    def wrap(score: Score) -> Score:
        @wraps(score)
        def count(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
            try:
                return score(output, target, case, config)
            except Unreadable as problem:
                lost = _all_lost(target, case, config)
                return Scored(lost, lost, rationale=str(problem), parsed=False)
            except ModelFailed as failure:
                lost = _all_lost(target, case, config)
                return Scored(lost, lost, str(failure), f"The model failed: {failure}.")

        def _all_lost(target: Any, case: CaseView, config: Mapping[str, Any]) -> float:
            return float(min(len(units(one)) for one in references_of(target, case, config)))

        return count

    return wrap


def words_of(text: str) -> Sequence[str]:
    return text.split()


def by_words(reference: str, answer: str) -> Heard:
    return heard(reference, answer, words_of, jiwer.process_words)


def by_characters(reference: str, answer: str) -> Heard:
    return heard(reference, answer, list, jiwer.process_characters)


def _differences(found: Any) -> str:
    """What stands where, in words: `light → line; the (left out)`."""
    [reference], [answer], [chunks] = found.references, found.hypotheses, found.alignments
    glue = " " if isinstance(found, jiwer.WordOutput) else ""
    changes = [chunk for chunk in chunks if chunk.type != "equal"]
    shown = [
        _change(
            glue.join(reference[chunk.ref_start_idx : chunk.ref_end_idx]),
            glue.join(answer[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in changes[:SHOWN]
    ]
    return "; ".join(shown + (["…"] if len(changes) > SHOWN else []))


def _change(wanted: str, got: str) -> str:
    if not got:
        return f"“{wanted}” left out"
    return f"“{wanted}” heard as “{got}”" if wanted else f"“{got}” added"
