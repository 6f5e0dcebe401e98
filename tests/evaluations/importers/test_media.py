"""What a file is, is read from its bytes."""

from collections.abc import Callable

import pytest

from evaluations.importers.media import ENDINGS, BadMedia, Limits, kind_of, read_media
from tests.factories import media

KINDS: list[tuple[str, Callable[[], bytes], float | None]] = [
    ("image/png", media.picture, None),
    ("image/jpeg", lambda: media.picture("JPEG"), None),
    ("image/webp", lambda: media.picture("WEBP"), None),
    ("image/gif", lambda: media.picture("GIF"), None),
    ("audio/wav", media.wav, 0.5),
    ("audio/mpeg", media.mp3, 4 * 1152 / 44100),
    ("audio/ogg", media.ogg, 1.0),
    ("audio/flac", media.flac, 2.0),
    ("audio/mp4", lambda: media.mp4(brand=b"M4A "), 3.0),
    ("video/mp4", media.mp4, 3.0),
    ("video/webm", media.webm, None),
]


@pytest.mark.parametrize(("media_type", "made", "seconds"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_a_file_is_what_its_bytes_say(
    media_type: str, made: Callable[[], bytes], seconds: float | None
) -> None:
    found = read_media(made())
    assert found.media_type == media_type
    assert found.seconds == (None if seconds is None else pytest.approx(seconds))
    assert (found.width, found.height) == ((8, 6) if kind_of(media_type) == "image" else (0, 0))


def test_every_kind_that_is_kept_is_tried_here() -> None:
    assert {kind for kind, *_ in KINDS} == set(ENDINGS)


@pytest.mark.parametrize(("media_type", "made", "_"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_a_file_cut_off_in_its_headers_is_refused(
    media_type: str, made: Callable[[], bytes], _: object
) -> None:
    whole = made()
    for length in range(1, 13):
        with pytest.raises(BadMedia):
            read_media(whole[:length])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_opened_to_its_end(kind: str) -> None:
    whole = media.picture(kind, (64, 64))
    with pytest.raises(BadMedia, match="cut off or broken"):
        read_media(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\xff\xfb\x90\x00<html>",
        b"GIF89a<script>alert(1)</script>",
        b"ID3\x04\x00\x00\x00\x00\x00\x00<html>",
        b"just words",
    ],
)
def test_what_could_carry_script_or_is_unknown_is_refused(data: bytes) -> None:
    with pytest.raises(BadMedia):
        read_media(data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadMedia, match="empty"):
        read_media(b"")


def test_a_file_over_the_limit_says_both_sizes() -> None:
    with pytest.raises(BadMedia, match="2 MB; at most 1 MB"):
        read_media(bytes(2 << 20), Limits(size=1 << 20))


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = media.picture("PNG", (4_000, 4_000))
    assert len(bomb) < 100_000
    with pytest.raises(BadMedia, match="4,000 × 4,000 pixels"):
        read_media(bomb, Limits(pixels=1_000_000))


def test_the_frames_of_an_animation_count_together() -> None:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    frames = [Image.new("L", (10, 10), shade) for shade in range(20)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert read_media(out.getvalue(), Limits(pixels=2_000)).width == 10
    with pytest.raises(BadMedia, match="20 frames"):
        read_media(out.getvalue(), Limits(pixels=1_999))
