"""A program that follows a prompt about reviews as far as a program can: it is no language model, and says so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.providers.local import text_of, vader_sentiment

FEELINGS = ("very unhappy", "unhappy", "undecided", "content", "delighted")
_WORD = re.compile(r"[^\W\d_]{4,}")


def review_follower(
    case_input: Any, parameters: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]
) -> str:
    """What VADER reads in the review, in the form the prompt names: JSON where it asks for JSON, with three keywords, else a sentence.

    Nothing else of the prompt is understood. The keywords are the words that weigh most, then the longest ones.
    """
    found = vader_sentiment(case_input, parameters)
    sentiment = int(found["sentiment"])
    asked = " ".join(str(message.get("content") or "") for message in messages)
    if "json" not in asked.lower():
        about = ", ".join(found["keywords"]) or "nothing in particular"
        return f"The user sounds {FEELINGS[sentiment - 1]}. Words that stand out: {about}."
    return json.dumps({"sentiment": sentiment, "keywords": _three(text_of(case_input), found["keywords"])})


def _three(text: str, weighty: Sequence[str]) -> list[str]:
    words = sorted(dict.fromkeys(_WORD.findall(text.lower())), key=lambda word: (-len(word), word))
    return list(dict.fromkeys([*weighty, *words]))[:3]
