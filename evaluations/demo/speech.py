"""Sentences for the demo, and their sound: spoken on this machine when the demo is loaded, with the same bytes every time."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from evaluations.importers import CaseRow
from evaluations.providers.speech import espeak

# A sentence and what of it must be heard.
COMMANDS: Sequence[tuple[str, Sequence[str]]] = (
    ("Turn on the radio.", ["radio"]),
    ("Call my brother at home.", ["call", "brother"]),
    ("How far is it to the station?", ["station"]),
    ("Open the window on the left.", ["window", "left"]),
    ("Take me to the nearest hospital.", ["hospital"]),
    ("What is the weather in London?", ["weather", "London"]),
    ("Play some music from the seventies.", ["music"]),
    ("Read my last message.", ["message"]),
    ("Close all the doors now.", ["close", "doors"]),
    ("I need a place to park.", ["park"]),
    ("Turn down the heating, please.", ["heating"]),
    ("Show me the way to the airport.", ["airport"]),
    ("Send a message to my sister.", ["message", "sister"]),
    ("Stop at the second light.", ["stop", "second"]),
    ("Remind me to buy milk and bread.", ["milk", "bread"]),
    ("The engine makes a strange noise.", ["engine", "noise"]),
    ("Where can I charge the car?", ["charge", "car"]),
    ("Answer the phone for me.", ["answer", "phone"]),
    ("My seat is too cold.", ["seat", "cold"]),
    ("Go back to the old road.", ["back", "road"]),
)
# What cases are sliced by, and how espeak is told.
VOICES: Mapping[str, str] = {"soft": "en-us+f2", "clear": "en-us+klatt4", "plain": "en-us"}
SPEEDS: Mapping[str, int] = {"calm": 150, "quick": 190}
SPOKEN = 10


def speak_commands() -> list[tuple[bytes, str, str]]:
    """The commands as WAV with voice and speed, in their order; a few seconds. Raises ProviderError."""
    places = range(len(COMMANDS))
    voices, speeds = list(VOICES), list(SPEEDS)
    manner = [(voices[place % len(voices)], speeds[place // len(voices) % len(speeds)]) for place in places]
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(_spoken, [text for text, _ in COMMANDS], manner))
    return [(sound, voice, speed) for sound, (voice, speed) in zip(sounds, manner, strict=True)]


def _spoken(text: str, manner: tuple[str, str]) -> bytes:
    voice, speed = manner
    return espeak(text, {"voice": VOICES[voice], "rate": SPEEDS[speed]}).media


def heard_cases(sounds: Sequence[tuple[str, str, str]]) -> list[CaseRow]:
    """Cases of commands to be heard. sounds: hash of each command's sound, voice and speed."""
    return [
        CaseRow(
            line=number,
            key=f"command-{number:02}",
            input="Write down what is said.",
            target=text,
            slices={"voice": voice, "speed": speed},
            metadata={"keywords": list(keywords)},
            attachments=(digest,),
        )
        for number, ((text, keywords), (digest, voice, speed)) in enumerate(
            zip(COMMANDS, sounds, strict=True), start=1
        )
    ]


def spoken_cases() -> list[CaseRow]:
    """Cases of sentences to be spoken: the input is the text, and what a listener must understand."""
    return [
        CaseRow(line=number, key=f"sentence-{number:02}", input=text, target=text, slices=_length(text))
        for number, (text, _) in enumerate(COMMANDS[:SPOKEN], start=1)
    ]


def _length(text: str) -> dict[str, Any]:
    return {"length": "short" if len(text.split()) <= 5 else "long"}
