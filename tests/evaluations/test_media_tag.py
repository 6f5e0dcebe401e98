"""The tag that shows a picture or plays a sound."""

from django.template import Context, Template

DIGEST = "ab" * 32


def shown(media_type: str | None, label: str = "") -> str:
    source = "{% load facts %}{% media sha media_type label %}"
    return Template(source).render(Context({"sha": DIGEST, "media_type": media_type, "label": label}))


def test_a_picture_waits_until_it_is_seen_and_opens_at_full_size() -> None:
    page = shown("image/png", 'A "chart"')
    assert f'href="/media/{DIGEST}"' in page and 'loading="lazy"' in page
    assert 'alt="A &quot;chart&quot;"' in page


def test_sound_and_video_load_nothing_before_they_are_played() -> None:
    for media_type, tag in (("audio/wav", "<audio"), ("video/webm", "<video")):
        page = shown(media_type)
        assert tag in page and 'controls preload="none"' in page and "aria-label=" in page


def test_what_cannot_be_shown_says_why_and_links_nowhere() -> None:
    assert "was erased" in shown("") and "href" not in shown("")
    assert "is not kept here" in shown(None)
    assert "href" not in shown("image/svg+xml") and "<img" not in shown("text/html")
