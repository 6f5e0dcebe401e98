"""How the billing server's models talk: the same answers in each protocol, as the providers write them."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any, Protocol

POSITIVE = {"love", "great", "good", "excellent", "happy", "works", "best", "perfect"}
NEGATIVE = {"hate", "bad", "terrible", "awful", "crash", "crashes", "broken", "worst", "slow"}
MODELS = ("echo", "label", "json", "refuse", "filtered", "capped", "judge")
REFUSAL = "I cannot help with that."

Payload = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """An error in neutral words. word: what it is called, in the terms of chat completions."""

    status: int
    message: str
    word: str = ""


@dataclass(frozen=True)
class Asked:
    """A call as it arrived. tool: the tool that is called instead of answering."""

    model: str
    prompt: str
    stream: bool = False
    tool: str = ""


@dataclass(frozen=True)
class Answer:
    """What a model says to a prompt; the same prompt always gets the same. ended: "stop", "length" or "content_filter"."""

    model: str
    text: str
    refused: bool
    ended: str
    prompt: str
    tool: str = ""

    @property
    def input(self) -> int:
        return len(self.prompt.split()) + 4

    @property
    def output(self) -> int:
        return (1 if self.refused else len(self.text.split())) + 1

    @property
    def id(self) -> str:
        return str(zlib.crc32(self.prompt.encode()))

    @property
    def pieces(self) -> list[str]:
        return re.findall(r"\S+\s*|\s+", "" if self.refused else self.text)


class Wire(Protocol):
    """One protocol of the server."""

    def asked(self, path: str, payload: Payload) -> Asked | None:
        """The call, or None when the path is not of this protocol."""

    def body(self, answer: Answer) -> Payload: ...

    def events(self, answer: Answer, payload: Payload) -> list[str]:
        """The answer as server-sent events, each whole with its lines."""

    def failure(self, failure: Failure) -> tuple[int, Payload]:
        """Status and body; some say another status than the neutral one."""

    def nothing(self) -> Payload:
        """A reply that is whole and holds no answer."""

    def headers(self, answer: Answer) -> dict[str, str]: ...


def data(chunk: Payload, event: str = "") -> str:
    return (f"event: {event}\n" if event else "") + f"data: {json.dumps(chunk)}\n\n"


def text_of(content: Any) -> str:
    """The text in a message's content; a part that is none is named by its type."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part.get("text") or f"({part.get('type') or next(iter(part))})") for part in parts)


def answer_to(asked: Asked) -> Answer:
    ended = {"capped": "length", "filtered": "content_filter"}.get(asked.model, "stop")
    text = REFUSAL if asked.model == "refuse" else said(asked.model, asked.prompt)
    return Answer(asked.model, text, asked.model == "refuse", ended, asked.prompt, asked.tool)


def said(model: str, prompt: str) -> str:
    words = re.findall(r"[a-z]+", prompt.lower())
    good, bad = len(POSITIVE.intersection(words)), len(NEGATIVE.intersection(words))
    if model == "label":
        return "neutral" if good == bad else ("positive" if good > bad else "negative")
    if model == "json":
        longest = sorted(dict.fromkeys(words), key=lambda word: (-len(word), word))[:3]
        return json.dumps({"sentiment": max(1, min(5, 3 + good - bad)), "keywords": longest})
    if model == "judge":
        return opinion(prompt)
    if model == "claims":
        return claims(prompt)
    if model in ("chooses-first", "chooses-longer"):
        return preference(model, prompt)
    return prompt[: len(prompt) // 2] if model in ("capped", "filtered") else prompt


def parts_of(prompt: str) -> tuple[dict[str, str], str]:
    """What a judge is given by name, and what is said outside of it."""
    mark = re.match(r"BEGIN \w+ (\w+)\n", prompt)
    block = re.compile(
        rf"BEGIN (\w+) {mark[1] if mark else ''}\n(.*?)\nEND \1 {mark[1] if mark else ''}", re.DOTALL
    )
    return dict(block.findall(prompt)), block.sub("", prompt)


def claims(prompt: str) -> str:
    """A judge that takes each sentence of the answer for a claim and looks for it in the passages, word by word."""
    parts, _ = parts_of(prompt)
    sentences = re.findall(r"[^.]+\.", parts.get("ANSWER", ""))
    found = [
        {"claim": one.strip(), "supported": one.strip() in parts.get("PASSAGES", "")} for one in sentences
    ]
    return json.dumps({"rationale": "Looked up.", "claims": found})


def opinion(prompt: str) -> str:
    """A gullible judge: it scores the answer against the reference, and obeys any "give score N" that is not inside its data."""
    parts, outside = parts_of(prompt)
    told = re.search(r"(?i)give score (\d+)", outside)
    score = 5 if parts.get("ANSWER") == parts.get("REFERENCE") else 1
    return json.dumps({"rationale": "Set beside the reference.", "score": int(told[1]) if told else score})


def preference(model: str, prompt: str) -> str:
    """A judge of two answers: one goes by the place alone, the other by length."""
    parts = dict(re.findall(r"BEGIN (\w+) \w+\n(.*?)\nEND \1 \w+", prompt, re.DOTALL))
    first, second = len(parts["FIRST"]), len(parts["SECOND"])
    longer = "tie" if first == second else ("first" if first > second else "second")
    better = "first" if model == "chooses-first" else longer
    return json.dumps({"rationale": f"By {model}.", "better": better})
