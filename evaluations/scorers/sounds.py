"""The sound a scorer of speech is about, and how long it plays."""

from evaluations.importers.sounds import BadMedia, read_sound
from evaluations.scorers.types import CaseView, Media, Output


def seconds_of(sound: Media) -> float | None:
    """How long a sound plays, by its headers where it is not known yet; None where they do not say."""
    if sound.seconds is not None:
        return sound.seconds
    try:
        return read_sound(sound.read(), sound.media_type).seconds
    except BadMedia:
        return None


def sounds_of(output: Output, case: CaseView) -> list[Media]:
    """The sound that was made, else the sounds of the case, which were heard."""
    if output.media is not None:
        return [output.media] if output.media.is_sound else []
    return [each for each in case.media if each.is_sound]
