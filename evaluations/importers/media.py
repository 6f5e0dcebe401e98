"""Pictures, sound and video as they are brought in: what they are is read from their bytes, never from what somebody calls them."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from evaluations.importers.sounds import BadMedia, Sound, read_sound

# Everything that is kept and served, with the ending of its files. What is not here (SVG, HTML, PDF) could carry script.
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
ACCEPTED = "PNG, JPEG, WebP or GIF pictures, WAV, MP3, Ogg or FLAC sound, MP4 or WebM video"
MOST_FRAMES = 500

__all__ = [
    "ACCEPTED",
    "ENDINGS",
    "BadMedia",
    "Limits",
    "Media",
    "kind_of",
    "read_media",
    "seconds_of",
    "sniffed",
]


@dataclass(frozen=True)
class Limits:
    """size: bytes; pixels: width × height of a picture, over all its frames."""

    size: int = 20 << 20
    pixels: int = 50_000_000


@dataclass(frozen=True)
class Media:
    """What some bytes are. width, height: pixels, 0 for sound; seconds: None where the file does not say."""

    media_type: str
    width: int = 0
    height: int = 0
    seconds: float | None = None


def kind_of(media_type: str) -> str:
    """`image`, `audio` or `video`; empty for everything that is not shown or played."""
    return media_type.partition("/")[0] if media_type in ENDINGS else ""


def sniffed(data: bytes) -> str:
    """The media type the first bytes speak of; empty when it is none that is accepted."""
    for start, media_type in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"ID3", "audio/mpeg"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
    ):
        if data.startswith(start):
            return media_type
    if data[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    return "audio/mpeg" if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 else ""


def seconds_of(data: bytes) -> float | None:
    """How long a sound or video plays by its headers; None for everything else."""
    try:
        media_type = sniffed(data)
        return None if kind_of(media_type) in ("", "image") else read_sound(data, media_type).seconds
    except BadMedia:
        return None


def read_media(data: bytes, limits: Limits = Limits()) -> Media:
    """What these bytes are: a picture is opened in full, the headers of sound and video are read.

    Raises BadMedia with a sentence that says what to do.
    """
    if not data:
        raise BadMedia("The file is empty.")
    if len(data) > limits.size:
        raise BadMedia(f"The file has {_mega(len(data))} MB; at most {_mega(limits.size)} MB are kept.")
    media_type = sniffed(data)
    if not media_type:
        raise BadMedia(f"This is none of the kinds that are kept: {ACCEPTED}. Convert it to one of them.")
    if media_type in PICTURES:
        return _picture(data, media_type, limits)
    sound: Sound = read_sound(data, media_type)
    return Media(media_type, seconds=sound.seconds)


def _picture(data: bytes, media_type: str, limits: Limits) -> Media:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=[PICTURES[media_type]]) as picture:
                _refuse_large(picture, limits)
                picture.load()
                return Media(media_type, *picture.size)
    except BadMedia:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadMedia(_too_many(limits)) from None
    # What a broken picture makes a decoder raise is of many kinds.
    except Exception:
        name = PICTURES[media_type]
        raise BadMedia(f"The {name} cannot be opened; it is cut off or broken. Save it anew.") from None


def _refuse_large(picture: Image.Image, limits: Limits) -> None:
    """Before anything is decoded; frames of an animation are counted from their headers."""
    width, height = picture.size
    if width * height > limits.pixels:
        raise BadMedia(f"The picture has {width:,} × {height:,} pixels. {_too_many(limits)}")
    frames = getattr(picture, "n_frames", 1)
    if frames > MOST_FRAMES or frames * width * height > limits.pixels:
        raise BadMedia(f"The animation has {frames:,} frames; that is too much. {_too_many(limits)}")
    picture.seek(0)


def _too_many(limits: Limits) -> str:
    most = limits.pixels / 1_000_000
    return f"A picture may have up to {most:g} million pixels over all its frames; make it smaller."


def _mega(size: int) -> str:
    return f"{size / (1 << 20):.3g}"
