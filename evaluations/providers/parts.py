"""Pictures, sound and video in messages: typed parts taken apart, for protocols that write them another way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.providers.types import ErrorKind, ProviderError

DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+-]+=[\w.+-]+)*;base64,(.*)", re.DOTALL)

SOUND_TYPES = {"m4a": "mp4"}


@dataclass(frozen=True)
class Medium:
    """A picture, a sound or a video: its media type ("image/png") and base64 data, or the address where the provider finds it."""

    media_type: str = ""
    data: str = ""
    url: str = ""


def parts_of(content: Any) -> list[Mapping[str, Any]]:
    """A message's content as a list of parts; a text is one part."""
    if isinstance(content, list):
        return [
            part if isinstance(part, Mapping) else {"type": "text", "text": str(part)} for part in content
        ]
    return [{"type": "text", "text": str(content or "")}]


def text_of(content: Any) -> str:
    """The texts of a message's content, one under the other."""
    return "\n".join(str(part.get("text") or "") for part in parts_of(content) if part.get("type") == "text")


def medium_of(part: Mapping[str, Any]) -> Medium:
    """What a picture's, a sound's or a video's part holds. Raises ProviderError for any other part."""
    kind = str(part.get("type"))
    if kind in ("image_url", "video_url"):
        held = part.get(kind)
        url = str(held.get("url") if isinstance(held, Mapping) else held or "")
        found = DATA_URL.fullmatch(url)
        return Medium(found[1], found[2]) if found else Medium(url=url)
    if kind == "input_audio" and isinstance(audio := part.get("input_audio"), Mapping):
        form = str(audio.get("format") or "wav")
        return Medium(f"audio/{SOUND_TYPES.get(form, form)}", str(audio.get("data") or ""))
    known = "text, image_url, input_audio and video_url"
    message = f"A message has a part of the type “{kind}”; the parts that can be sent are {known}."
    raise ProviderError(ErrorKind.PERMANENT, message, never_sent=True)
