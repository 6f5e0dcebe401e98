"""The headers of sound and video files: enough to know that a file is what it says and how long it plays.

Formats: RIFF WAVE (Microsoft/IBM 1991), ID3 and MPEG audio frames (ISO 11172-3), Ogg pages (RFC 3533) with Opus (RFC 7845) or Vorbis,
FLAC (RFC 9639), ISO media boxes (ISO 14496-12), EBML (RFC 8794).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MPEG_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
# Kilobits a second of layer III, by index; MPEG 1, then MPEG 2 and 2.5.
LAYER_3 = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
FRAMES_IN_ROW = 2
MOST_BOXES = 1_000


class BadMedia(ValueError):
    """These bytes are not kept; the message says why and what to do."""


@dataclass(frozen=True)
class Sound:
    """seconds: how long it plays, None where the headers do not say. rate: samples a second, 0 where not read."""

    seconds: float | None = None
    rate: int = 0


def read_sound(data: bytes, media_type: str) -> Sound:
    """The headers of a sound or video of this (sniffed) type. Raises BadMedia when they cannot be read."""
    name = media_type.partition("/")[2].upper()
    try:
        found = READERS[media_type](data)
    except (struct.error, IndexError, OverflowError):
        found = None
    if found is None:
        raise BadMedia(
            f"The headers of this {name} file cannot be read; it is cut off or broken. Save it anew."
        )
    return found


def _wav(data: bytes) -> Sound | None:
    """`fmt ` and `data` chunks; bytes a second come from `fmt `, so that compressed kinds have their length too."""
    place, rate, speed = 12, 0, 0
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        if name == b"fmt " and size >= 16:
            _, channels, rate, speed = struct.unpack_from("<HHII", data, place + 8)
            if not channels or not rate or not speed:
                return None
        elif name == b"data":
            held = min(size, len(data) - place - 8)
            return Sound(held / speed, rate) if speed else None
        place += 8 + size + size % 2
    return None


def _mp3(data: bytes) -> Sound | None:
    """Frames one after the other behind an ID3 tag; the length is counted from them."""
    place, seconds, rate, frames = _behind_id3(data), 0.0, 0, 0
    while frame := _mpeg_frame(data, place):
        length, samples, rate = frame
        seconds += samples / rate
        place += length
        frames += 1
    whole = place == len(data) and frames == 1
    return Sound(seconds, rate) if frames >= FRAMES_IN_ROW or whole else None


def _behind_id3(data: bytes) -> int:
    if not data.startswith(b"ID3"):
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if data[5] & 0x10 else 0)


def _mpeg_frame(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Bytes, samples and rate of the layer III frame at this place; None when there is none."""
    if place + 4 > len(data):
        return None
    head = struct.unpack_from(">I", data, place)[0]
    version, layer, bits, pace = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or bits in (0, 15) or pace == 3:
        return None
    rate, first = MPEG_RATES[version][pace], version == 3
    length = (144 if first else 72) * LAYER_3[first][bits] * 1000 // rate + (head >> 9 & 1)
    return length, 1152 if first else 576, rate


def _ogg(data: bytes) -> Sound | None:
    """The first packet names the codec; the last page says how many samples were played by then."""
    packet = data[27 + data[26] :]
    if packet.startswith(b"OpusHead"):
        rate, skipped = 48_000, struct.unpack_from("<H", packet, 10)[0]
    elif packet.startswith(b"\x01vorbis"):
        rate, skipped = struct.unpack_from("<I", packet, 12)[0], 0
    else:
        return None
    last = data.rfind(b"OggS")
    played = struct.unpack_from("<q", data, last + 6)[0]
    return Sound(max(played - skipped, 0) / rate if played >= 0 else None, rate) if rate else None


def _flac(data: bytes) -> Sound | None:
    """STREAMINFO is the first block and 34 bytes long; 20 bits rate, 3 channels, 5 depth, 36 samples."""
    if data[4] & 0x7F != 0 or int.from_bytes(data[5:8], "big") != 34 or len(data) < 42:
        return None
    packed = int.from_bytes(data[18:26], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return Sound(samples / rate if samples else None, rate) if rate else None


def _mp4(data: bytes) -> Sound | None:
    """A `moov` box must be there; its `mvhd` tells the length."""
    moov = next((body for name, body in _boxes(data) if name == b"moov"), None)
    if moov is None:
        return None
    header = next((body for name, body in _boxes(moov) if name == b"mvhd"), b"")
    if not header:
        return None
    scale, length = struct.unpack_from(">IQ" if header[0] else ">II", header, 20 if header[0] else 12)
    return Sound(length / scale if scale and length else None)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of the boxes one after the other; ends at one that is cut off."""
    place = 0
    for _ in range(MOST_BOXES):
        if place + 8 > len(data):
            return
        size, name = struct.unpack_from(">I4s", data, place)
        start = 8
        if size == 1:
            size, start = struct.unpack_from(">Q", data, place + 8)[0], 16
        size = size or len(data) - place
        if size < start or place + size > len(data):
            return
        yield name, data[place + start : place + size]
        place += size


def _webm(data: bytes) -> Sound | None:
    """The EBML header must name the document type webm, and a segment follow; other Matroska is not played by browsers."""
    start = data[:4096]
    return Sound() if b"\x42\x82\x84webm" in start and b"\x18\x53\x80\x67" in start else None


READERS: dict[str, Callable[[bytes], Sound | None]] = {
    "audio/wav": _wav,
    "audio/mpeg": _mp3,
    "audio/ogg": _ogg,
    "audio/flac": _flac,
    "audio/mp4": _mp4,
    "video/mp4": _mp4,
    "video/webm": _webm,
}
