"""Speech in the demo: recognisers and voices of this machine, what they are asked and what is asked of ours."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from capabilities.demo import kinds
from capabilities.models import Product
from config.people.models import User
from evaluations.demo.speech import heard_cases, speak_commands, spoken_cases
from evaluations.importers import CaseRow
from evaluations.models import EvaluationVersion, ModelVersion, Round
from evaluations.providers.types import ProviderError
from evaluations.services.media import store_media

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speaker:
    """A recogniser or a voice. versions: name, callable and parameters, oldest first."""

    slug: str
    name: str
    kind: str
    side: str
    vendor: str
    description: str
    versions: Sequence[tuple[str, str, dict[str, Any]]]


@dataclass(frozen=True)
class Ask:
    """What is measured and asked of one kind of model. checks: slug, name, kind and settings of each scorer."""

    kind: str
    slug: str
    name: str
    dataset: str
    description: str
    checks: Sequence[kinds.Check]
    criteria: Sequence[dict[str, Any]]
    requirement: dict[str, Any] = field(default_factory=dict)


MODELS = (
    Speaker(
        "aria-hear",
        "Aria Hear",
        "asr",
        "own",
        "Aria",
        "Writes down what is said.",
        [("1", "pocketsphinx_fast", {}), ("2", "pocketsphinx", {})],
    ),
    Speaker(
        "nova-hear",
        "Nova Hear",
        "asr",
        "competitor",
        "Nova",
        "A rival's recogniser.",
        [("3", "pocketsphinx_fast", {"topn": 2})],
    ),
    Speaker(
        "aria-voice",
        "Aria Voice",
        "tts",
        "own",
        "Aria",
        "Reads answers aloud.",
        [("1", "espeak", {"voice": "en-us+f2", "rate": 150})],
    ),
    Speaker(
        "nova-voice",
        "Nova Voice",
        "tts",
        "competitor",
        "Nova",
        "A rival's voice.",
        [("3", "espeak", {"voice": "en-us", "rate": 175})],
    ),
)
ASKS = (
    Ask(
        "asr",
        "hearing-commands",
        "Hearing commands",
        "Spoken commands",
        "Short commands by three synthetic voices at two speeds, spoken on this machine when the demo was loaded.",
        [
            ("word-errors", "Word errors", "wer", {"pass_mark": 0.25}),
            ("keywords-heard", "Keywords heard", "keyword_recall", {}),
            ("keeps-pace", "Keeps pace with speech", "real_time_factor", {}),
        ],
        [
            {"scorer": "word-errors", "statistic": "ratio", "threshold": 0.3},
            {"scorer": "word-errors", "statistic": "ratio", "against": "competitors", "margin": 0.0},
            {"scorer": "keywords-heard", "threshold": 0.8, "must": False},
        ],
        {
            "title": "Understands short commands of strange voices",
            "shall": "write the command down with at most 30 % word errors",
            "when_part": "a short command is spoken by a voice it was not trained on",
            "rationale": "People who speak unlike our recordings are the ones who give up on us first.",
        },
    ),
    Ask(
        "tts",
        "speaking-answers",
        "Speaking answers",
        "Answers to speak",
        "Short answers to be spoken.",
        [
            (
                "understood",
                "Word errors of a listener",
                "speech_wer",
                {"recogniser": "pocketsphinx", "pass_mark": 0.4},
            ),
            ("speaks-in-time", "Computing for a second of speech", "real_time_factor", {"pass_mark": 0.1}),
        ],
        [
            {"scorer": "speaks-in-time", "statistic": "ratio", "threshold": 0.1},
            {"scorer": "understood", "statistic": "ratio", "threshold": 0.6},
            {"scorer": "understood", "statistic": "ratio", "against": "competitors", "margin": 0.0},
        ],
        {
            "title": "Speaks at once, and so that it is understood",
            "shall": "speak the answer in a tenth of the time it plays, and so that a listener gets most words right",
            "when_part": "an answer is read aloud",
            "rationale": "A voice that starts late talks into the driver's next sentence.",
        },
    ),
)


def add_speech(actor: User, product: Product) -> list[Round]:
    """Models, sounds, checks and requirements; returns the rounds that measure them, none where no voice runs on this machine."""
    try:
        sounds = speak_commands()
    except ProviderError as problem:
        log.warning("The demo has no speech: %s", problem.message)
        return []
    hashes = [(store_media(data=sound).sha256, voice, speed) for sound, voice, speed in sounds]
    versions = [version for speaker in MODELS for version in _versions(actor, speaker)]
    kinds.agree_on_rivals(actor, product, {version.model for version in versions}, "With speech.")
    capability = kinds.add_capability(
        actor,
        product,
        slug="speech",
        name="Speech",
        description="What is heard and what is said.",
        parent="voice",
    )
    rounds = []
    for ask, cases in zip(ASKS, (heard_cases(hashes), spoken_cases()), strict=True):
        evaluation = _evaluation(actor, ask, cases)
        kinds.ask(
            actor,
            product,
            evaluation,
            ask.criteria,
            horizon="next",
            kind=ask.kind,
            intent="parity",
            capability=capability,
            **ask.requirement,
        )
        measured = [one for one in versions if one.model.kind == ask.kind]
        rounds.append(kinds.first_look(actor, evaluation, measured, slug=ask.slug, name=ask.name, most=1_000))
    return rounds


def _versions(actor: User, speaker: Speaker) -> list[ModelVersion]:
    model = kinds.add_model(
        actor,
        slug=speaker.slug,
        name=speaker.name,
        kind=speaker.kind,
        side=speaker.side,
        vendor=speaker.vendor,
        description=speaker.description,
    )
    stages = ["released"] + ["candidate"] * (len(speaker.versions) - 1)
    return [
        kinds.add_version(actor, model, {"api_id": api_id, "parameters": parameters}, name, stage)
        for (name, api_id, parameters), stage in zip(speaker.versions, stages, strict=True)
    ]


def _evaluation(actor: User, ask: Ask, cases: list[CaseRow]) -> EvaluationVersion:
    there = kinds.publish_cases(actor, cases, slug=ask.slug, name=ask.dataset, description=ask.description)
    return kinds.add_evaluation(actor, there, ask.checks, slug=ask.slug, name=ask.name)
