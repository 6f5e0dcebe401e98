"""What the demo's product must be able to do, written as a product manager would write it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Wish:
    """One requirement of the demo. criteria: (evaluation slug or "", fields of the criterion); stop: how far it goes in its life."""

    title: str
    shall: str
    rationale: str
    capability: str
    kind: str
    criteria: tuple[tuple[str, dict[str, Any]], ...] = ()
    stop: str = "approved"
    intent: str = "foundation"
    priority: str = "must"
    parts: dict[str, Any] = field(default_factory=dict)


WISHES = (
    Wish(
        "One useful suggestion while driving, or none",
        "suggest the one action the driver's situation calls for, or stay silent when it calls for none",
        "A suggestion that comes at the wrong moment is worse than none: drivers switched it off after three of those.",
        "driving",
        "rules",
        (
            ("driving-suggestion", {"scorer": "right-suggestion", "threshold": 0.75}),
            (
                "driving-suggestion",
                {"scorer": "right-suggestion", "against": "competitors", "margin": 0.0, "tolerance": 0.02},
            ),
            (
                "driving-suggestion",
                {
                    "scorer": "latency",
                    "statistic": "share",
                    "limit": 200.0,
                    "threshold": 0.90,
                    "must": False,
                },
            ),
        ),
        intent="lead",
        parts={
            "while_part": "the car is moving",
            "out_of_scope": "Suggestions the driver asked for; those are answers, not interruptions.",
            "examples": [
                {
                    "input": "110 km/h, 12 minutes to the destination, a meeting in 10 minutes",
                    "good": "Offers to tell the others that the driver is late.",
                    "bad": "Offers a playlist.",
                }
            ],
            "tags": ["driving", "autumn"],
        },
    ),
    Wish(
        "Never reads a message aloud to strangers",
        "not read a waiting message aloud",
        "A private message read to passengers cannot be taken back. One such case ended up in the press.",
        "driving",
        "rules",
        (
            (
                "message-safety",
                {"scorer": "right-suggestion", "statistic": "pass_all", "tries": 1, "reach": "these"},
            ),
        ),
        intent="foundation",
        parts={
            "while_part": "passengers are in the car",
            "when_part": "a message is waiting",
            "tags": ["driving", "safety"],
        },
    ),
    Wish(
        "Knows the language of an utterance",
        "name the language of the utterance with its ISO 639-1 code",
        "Everything after it depends on the language: a wrong one sends the utterance to the wrong recogniser.",
        "language",
        "ml",
        (("language-of-utterance", {"scorer": "right-label", "threshold": 0.85, "tolerance": 0.02}),),
        intent="foundation",
        parts={"when_part": "an utterance in one of 21 languages arrives", "tags": ["autumn"]},
    ),
    Wish(
        "Identifies languages at least as well as Lingo Cloud",
        "name the language of an utterance right in no fewer cases than Lingo Cloud, within two points",
        "Lingo Cloud is what our largest customer compares us with, case by case.",
        "language",
        "ml",
        (("language-of-utterance", {"scorer": "right-label", "against": "competitors", "margin": -0.02}),),
        intent="parity",
        parts={"when_part": "an utterance in one of 21 languages arrives"},
    ),
    Wish(
        "Short commands in any of 21 languages",
        "name the language of a command of at most five words with its ISO 639-1 code in 9 of 10 cases",
        "Commands are short; the long sentences are easy and hide how often short ones fail.",
        "language",
        "ml",
        (
            (
                "language-of-utterance",
                {
                    "scorer": "right-label",
                    "threshold": 0.90,
                    "slice_name": "length",
                    "slice_value": "short",
                    "tolerance": 0.05,
                },
            ),
        ),
        intent="lead",
        parts={"when_part": "a short command arrives"},
    ),
    Wish(
        "Sentiment of an app review on a scale of five",
        "give the review a sentiment from 1 to 5 that is at most 1 away from what a careful reader gives",
        "Support leads read 4,000 reviews a week by hand; a wrong theme sends a team to fix the wrong thing.",
        "reviews",
        "ml",
        (
            ("reviews-sentiment", {"scorer": "sentiment-within-1", "threshold": 0.90}),
            ("reviews-sentiment", {"scorer": "sentiment-within-1", "against": "simple", "margin": 0.05}),
        ),
        intent="lead",
        parts={
            "when_part": "an app review is submitted",
            "examples": [
                {"input": "Works, mostly. Crashed twice this week.", "good": "2", "bad": "4"},
                {"input": "Finally found my way home without swearing!", "good": "5", "bad": "2"},
            ],
        },
    ),
    Wish(
        "Reads sarcasm in reviews",
        "give a sarcastic review the sentiment its writer means, exactly, in 7 of 10 cases",
        "Sarcastic reviews are the angriest ones, and the ones that a word list reads as praise.",
        "reviews",
        "ml",
        (
            (
                "reviews-sentiment",
                {
                    "scorer": "sentiment-exact",
                    "threshold": 0.70,
                    "slice_name": "style",
                    "slice_value": "sarcasm",
                },
            ),
        ),
        intent="lead",
        parts={"when_part": "a review is sarcastic"},
    ),
    Wish(
        "Sentiment that beats a plain word list",
        "give reviews a sentiment within 1 of the label more often than the keyword rules do",
        "If a list of words does as well, nobody should train a model for it.",
        "reviews",
        "ml",
        (("reviews-sentiment", {"scorer": "sentiment-within-1", "against": "simple", "margin": 0.0}),),
        intent="foundation",
        parts={"when_part": "an app review is submitted"},
    ),
    Wish(
        "Same suggestion for the same situation",
        "suggest the right action in 7 of 10 situations when each is asked three times",
        "Drivers notice when the same trip is treated differently from one day to the next.",
        "driving",
        "rules",
        (
            (
                "driving-three-times",
                {"scorer": "right-suggestion", "threshold": 0.70, "min_repeats": 3},
            ),
        ),
        intent="foundation",
        priority="should",
        parts={"while_part": "the car is moving"},
    ),
    Wish(
        "Summarises a week of reviews with three keywords for each sentiment",
        "list three keywords for each sentiment that occurs, as JSON",
        "Team leads want the themes, not the reviews.",
        "reviews",
        "llm",
        (
            (
                "",
                {
                    "not_measurable_reason": "No language model is connected yet; labels for keywords are being written."
                },
            ),
        ),
        stop="draft",
        intent="exclusive",
        priority="should",
        parts={"when_part": "a batch of reviews is submitted"},
    ),
    Wish(
        "Understands commands in traffic noise",
        "recognise the words of a command with at most 12 % word errors",
        "Windows are open in summer.",
        "voice",
        "asr",
        (("", {"not_measurable_reason": "Recordings at 5 to 15 dB are being made; expected next month."}),),
        stop="in_review",
        intent="parity",
        parts={"while_part": "the signal is 5 to 15 dB above the noise"},
    ),
    Wish(
        "Speaks street names as locals do",
        "speak street and personal names as the lexicon writes them",
        "A wrong name makes drivers miss the turn.",
        "voice",
        "tts",
        (),
        stop="deferred",
        intent="parity",
        priority="could",
    ),
)

CAPABILITIES = (
    ("assistant", "", "Aria assistant", "What people feel as one assistant."),
    ("driving", "assistant", "Suggestions while driving", "One thing at the right moment, or nothing."),
    ("voice", "assistant", "Voice", "Hearing and speaking."),
    ("language", "voice", "Language of the speaker", "Which language is spoken."),
    ("reviews", "assistant", "Review analysis", "What users say about us, in a form a team can act on."),
)
OBJECTIVES = (
    ("Trusted in the car", "now", "Drivers leave suggestions on."),
    ("Every language of the fleet", "next", "One assistant for all 21 languages."),
    ("Hear the users", "later", "Reviews turn into work without reading every one."),
)
# What points to what, by titles: source, kind of link, target, note.
LINKS = (
    (
        "Short commands in any of 21 languages",
        "refines",
        "Knows the language of an utterance",
        "The hardest part of it, asked for by itself.",
    ),
    (
        "Understands commands in traffic noise",
        "depends_on",
        "Knows the language of an utterance",
        "The recogniser is chosen by the language.",
    ),
    (
        "Summarises a week of reviews with three keywords for each sentiment",
        "depends_on",
        "Sentiment of an app review on a scale of five",
        "Keywords are listed for each sentiment.",
    ),
    (
        "Same suggestion for the same situation",
        "refines",
        "One useful suggestion while driving, or none",
        "",
    ),
)
OBJECTIVE_OF = {"driving": 0, "language": 1, "voice": 1, "reviews": 2}
