"""Small pictures and sounds, each a real file of its kind, and rows that use them."""

import struct
import wave
from io import BytesIO
from itertools import count

from PIL import Image

from evaluations.services.media import StoredMedia, store_media
from tests.factories.evaluations import make_dataset_version

NUMBERS = count(1)
FLAC_RATE = 16_000


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), **options: object) -> bytes:
    """A picture of one colour; no two calls give the same."""
    out = BytesIO()
    number = next(NUMBERS)
    colour = (number % 251, number // 251 % 251, 90)
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def wav(seconds: float = 0.5, rate: int = 8_000) -> bytes:
    """A hum, its pitch another with each call."""
    out = BytesIO()
    pitch = next(NUMBERS) % 200 + 2
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(
            b"".join(struct.pack("<h", place % pitch * 100) for place in range(int(seconds * rate)))
        )
    return out.getvalue()


def mp3(frames: int = 4) -> bytes:
    """Silent frames of MPEG 1 layer III, 128 kbit/s at 44.1 kHz, behind an ID3 tag of 10 bytes."""
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
    return tag + (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def ogg(samples: int = 48_000) -> bytes:
    """An Opus head and a last page; 312 samples are skipped at the start."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIh", 312, 48_000, 0) + b"\x00"
    return _page(2, 0, head) + _page(4, samples + 312, b"\x00" * 20)


def _page(flags: int, played: int, body: bytes) -> bytes:
    return b"OggS\x00" + struct.pack("<BqIIIB", flags, played, 1, 0, 0, 1) + bytes([len(body)]) + body


def flac(seconds: int = 2) -> bytes:
    packed = FLAC_RATE << 44 | 15 << 36 | seconds * FLAC_RATE
    info = bytes(10) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80\x00\x00\x22" + info + bytes(20)


def mp4(seconds: int = 3, brand: bytes = b"isom") -> bytes:
    header = bytes(12) + struct.pack(">II", 1_000, seconds * 1_000) + bytes(80)
    return _box(b"ftyp", brand + bytes(4)) + _box(b"moov", _box(b"mvhd", header)) + _box(b"mdat", bytes(9))


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def webm() -> bytes:
    return b"\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm\x00\x00\x00\x18\x53\x80\x67\xff" + bytes(30)


def make_media(data: bytes | None = None) -> StoredMedia:
    return store_media(data=data or picture())


def make_open_media() -> str:
    """The hash of a picture that a development case uses."""
    stored = make_media()
    make_dataset_version([{"key": "shown", "attachments": [stored.sha256]}], purpose="dev")
    return stored.sha256
