"""Small models that run on this machine without a key; each package is imported on first use.

A callable takes the case's raw input and the version's parameters, and returns text or a JSON value.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

UNDETERMINED = "und"
_loading = threading.Lock()
_identifying = threading.Lock()
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

GOOD_WORDS = """
    amazing awesome beautiful best brilliant easy enjoy enjoyed excellent fantastic fast favorite favourite
    fun good great happy helpful impressed intuitive like liked love loved loves nice perfect pleasant recommend
    reliable smooth super thanks useful well wonderful works"""
BAD_WORDS = """
    annoying awful bad boring broken bug bugs buggy cannot confusing crash crashed crashes crashing
    disappointed disappointing expensive fail failed fails frustrating garbage hate horrible lag laggy lost
    missing poor problem problems refund ruined sad scam slow stuck stupid terrible ugly uninstall uninstalled
    unusable useless waste worse worst wrong"""
GOOD, BAD = frozenset(GOOD_WORDS.split()), frozenset(BAD_WORDS.split())
NEGATIONS = frozenset(
    {"not", "no", "never", "don't", "doesn't", "didn't", "isn't", "wasn't", "can't", "won't"}
)


def text_of(case_input: Any) -> str:
    """The text of an input: itself, or the field "text" of an object. Raises ValueError otherwise."""
    text = case_input.get("text") if isinstance(case_input, Mapping) else case_input
    if not isinstance(text, str):
        raise ValueError("This callable needs a text, or an object with a field text.")
    return text


def vader_sentiment(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Sentiment 1 to 5 by VADER's compound score c in [-1, 1], cut into five equal parts.

    1: c <= -0.6, 2: c <= -0.2, 3: c < 0.2, 4: c < 0.6, 5: the rest. keywords: up to three words of the
    text that weigh most in VADER's lexicon. Hutto and Gilbert 2014, ICWSM.
    """
    text = text_of(case_input)
    compound = float(_vader().polarity_scores(text)["compound"])
    return {"sentiment": bucket(compound), "compound": compound, "keywords": _weightiest(text)}


def vader_two_way(case_input: Any, parameters: Mapping[str, Any]) -> str:
    """ "positive" where VADER's compound score is at least 0, else "negative"."""
    compound = _vader().polarity_scores(text_of(case_input))["compound"]
    return "positive" if compound >= 0 else "negative"


def bucket(compound: float) -> int:
    """Five equal parts of [-1, 1], mirror images of each other."""
    if compound <= -0.6:
        return 1
    if compound <= -0.2:
        return 2
    if compound < 0.2:
        return 3
    return 4 if compound < 0.6 else 5


def keyword_sentiment(case_input: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Sentiment 1 to 5: 3, plus one for each good word, minus one for each bad word, kept inside 1 to 5.

    A word within three words after a negation in the same clause counts the other way round.
    """
    clauses = re.split(r"[.,;:!?\n()]+", text_of(case_input).lower().replace("’", "'"))
    hits = [hit for clause in clauses for hit in _hits(_WORD.findall(clause))]
    keywords = list(dict.fromkeys(word for word, _ in hits))[:3]
    return {"sentiment": max(1, min(5, 3 + sum(weight for _, weight in hits))), "keywords": keywords}


def _hits(words: list[str]) -> list[tuple[str, int]]:
    return [(word, _weight(words, place)) for place, word in enumerate(words) if word in GOOD | BAD]


def _weight(words: list[str], place: int) -> int:
    weight = 1 if words[place] in GOOD else -1
    return -weight if NEGATIONS.intersection(words[max(0, place - 3) : place]) else weight


def py3langid_language(case_input: Any, parameters: Mapping[str, Any]) -> str:
    """Language of the text as an ISO 639-1 code by py3langid; "und" for a text without letters."""
    text = text_of(case_input)
    if not _LETTER.search(text):
        return UNDETERMINED
    import py3langid

    with _identifying:
        return str(py3langid.classify(text)[0])


def langdetect_language(case_input: Any, parameters: Mapping[str, Any]) -> str:
    """Language of the text as an ISO 639-1 code by langdetect with a fixed seed; "und" without letters."""
    text = text_of(case_input)
    if not _LETTER.search(text):
        return UNDETERMINED
    detector = _langdetect().create()
    detector.append(text)
    found = str(detector.detect())
    return UNDETERMINED if found == "unknown" else found.split("-")[0]


@cache
def _load_vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _vader() -> Any:
    with _loading:
        return _load_vader()


@cache
def _load_langdetect() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    # Without a seed its answers differ from call to call.
    factory.seed = 0
    return factory


def _langdetect() -> Any:
    with _loading:
        return _load_langdetect()


def _weightiest(text: str) -> list[str]:
    lexicon: Mapping[str, float] = _vader().lexicon
    words = dict.fromkeys(word for word in map(str.lower, _WORD.findall(text)) if word in lexicon)
    return sorted(words, key=lambda word: (-abs(lexicon[word]), word))[:3]
