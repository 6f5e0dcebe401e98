"""Speech on this machine without a key: recognisers that turn sound into words, and voices that turn words into sound.

Each runs in a child process (see `children.py`). Whatever goes wrong there is our failure and not an answer: the sample is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluations.providers.children import ChildFailed, Children
from evaluations.providers.failures import clean
from evaluations.providers.local import text_of
from evaluations.providers.types import Attachment, ErrorKind, Produced, ProviderError, digest_of

MODELS = Children("evaluations.providers.speech_models")
LIMIT_SECONDS = 60.0
MAX_TEXT = 5_000
WAVE = "audio/wav"
# Parameters of a version that are settings of the decoder; the numbers are probabilities, larger is narrower.
DECODER = ("beam", "wbeam", "pbeam", "lw", "maxhmmpf", "ds", "topn", "fwdflat", "bestpath")
# About a third of the computing, for more errors.
FAST = {"fwdflat": False, "bestpath": False, "beam": 1e-40, "pbeam": 1e-40, "wbeam": 1e-24, "maxhmmpf": 8000}
RECOGNISERS = ("pocketsphinx", "pocketsphinx_fast")
FLITE_VOICES = ("awb", "kal", "kal16", "rms", "slt")


def recognise(sound: bytes, parameters: Mapping[str, Any], **defaults: Any) -> Produced:
    """The words of a WAV sound (US English) by pocketsphinx. Raises ProviderError.

    parameters: any of DECODER; `kws`, a list of keywords to listen for instead of all words; `limit_s`.
    """
    settings = {**defaults, **{name: parameters[name] for name in DECODER if name in parameters}}
    facts = {"settings": settings, "keywords": parameters.get("kws") or []}
    made, _ = _ask("recognise", facts, sound, parameters)
    return Produced(str(made["text"]), seconds=made["seconds"])


def pocketsphinx(
    case_input: Any, parameters: Mapping[str, Any], attachments: Sequence[Attachment]
) -> Produced:
    """The words of the case's sound, by `recognise`."""
    return recognise(_sound(attachments), parameters)


def pocketsphinx_fast(
    case_input: Any, parameters: Mapping[str, Any], attachments: Sequence[Attachment]
) -> Produced:
    """The same with narrow beams: less computing, more errors."""
    return recognise(_sound(attachments), parameters, **FAST)


def _sound(attachments: Sequence[Attachment]) -> bytes:
    sounds = [each.data for each in attachments if each.media_type.startswith("audio/")]
    if len(sounds) != 1:
        raise _broken(f"The case has {len(sounds)} sounds; a recogniser listens to one.")
    return sounds[0]


def recognised(name: str, sound: bytes) -> Produced:
    """What one of RECOGNISERS hears, with its own settings. Raises ProviderError."""
    return recognise(sound, {}, **(FAST if name == "pocketsphinx_fast" else {}))


def espeak(case_input: Any, parameters: Mapping[str, Any]) -> Produced:
    """A text spoken by espeak-ng, as WAV at 22,050 Hz. parameters: voice (en-us), rate (words a minute, 160), pitch (0 to 99, 50)."""
    facts = {
        "voice": str(parameters.get("voice", "en-us")),
        "rate": _whole(parameters, "rate", 160, 80, 450),
        "pitch": _whole(parameters, "pitch", 50, 0, 99),
    }
    return _spoken("espeak", facts, case_input, parameters)


def flite(case_input: Any, parameters: Mapping[str, Any]) -> Produced:
    """A text spoken by flite, as WAV. parameters: voice (slt, kal, kal16, awb or rms), stretch (1; 2 is half as fast)."""
    voice = str(parameters.get("voice", "slt"))
    if voice not in FLITE_VOICES:
        raise _broken(f"flite has no voice {voice[:40]}; it has {', '.join(FLITE_VOICES)}.")
    stretch = parameters.get("stretch", 1)
    if isinstance(stretch, bool) or not isinstance(stretch, int | float) or not 0.3 <= stretch <= 3:
        raise _broken("The parameter stretch is a number from 0.3 to 3.")
    return _spoken("flite", {"voice": voice, "stretch": float(stretch)}, case_input, parameters)


def _spoken(name: str, facts: Mapping[str, Any], case_input: Any, parameters: Mapping[str, Any]) -> Produced:
    """A voice that made no sound of a text failed by itself: a model error."""
    text = text_of(case_input)
    if not text.strip():
        raise _broken("The text to speak is empty.")
    if len(text) > MAX_TEXT:
        raise _broken(f"The text has more than {MAX_TEXT:,} characters; cut it into sentences.")
    made, sound = _ask(name, facts, text.replace("\0", " ").encode("utf-8", "replace"), parameters)
    if not sound:
        return Produced(seconds=made["seconds"], error_class="malformed")
    return Produced(media=sound, media_type=WAVE, seconds=made["seconds"])


def _ask(
    task: str, facts: Mapping[str, Any], content: bytes, parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], bytes]:
    limit = parameters.get("limit_s", LIMIT_SECONDS)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= 600:
        raise _broken("The parameter limit_s is a number of seconds up to 600.")
    try:
        return MODELS.ask(task, facts, content, float(limit))
    except ChildFailed as failure:
        words = clean(f"The local model failed: {str(failure).rstrip('.')}.")
        if failure.final:
            raise _broken(words) from None
        raise ProviderError(ErrorKind.RETRYABLE, words, body_digest=digest_of(words.encode())) from None


def _whole(parameters: Mapping[str, Any], name: str, default: int, lowest: int, highest: int) -> int:
    value: Any = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise _broken(f"The parameter {name} is a whole number from {lowest} to {highest}.")
    return int(value)


def _broken(sentence: str) -> ProviderError:
    return ProviderError(ErrorKind.PERMANENT, sentence)
