"""Which inputs are the same and which nearly so: an exact digest, and near pairs by MinHash that are then measured."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from evaluations.canonical import sha256_of

SHINGLE = 5  # characters
BANDS, ROWS = 20, 5  # found with 99 % at a Jaccard similarity of 0.73, with 1 % at 0.22
NEAR = 90.0
SHORTEST = 20
LONGEST = 4_000
# A bucket of more texts than this holds a template: its texts are compared with the next few only.
CROWDED = 60
NEXT_FEW = 2

Hashes = NDArray[np.uint32]
# Multiply-shift hashing (Dietzfelbinger et al. 1997): odd factors, products modulo 2^32.
_FACTORS = np.random.default_rng(1997).integers(0, 1 << 31, (BANDS * ROWS, 1), dtype=np.uint32) * 2 + 1
_POWERS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Like:
    """What is compared of an input: its text in small letters, and a digest of everything in it that is no text."""

    text: str
    rest: str


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two places of the list that was given, first < second. likeness: 0 to 100, as rapidfuzz's ratio counts it."""

    first: int
    second: int
    likeness: float


def input_digest(value: Any) -> str:
    """SHA-256 of an input; capital letters and the amount of space between words make no difference."""
    return sha256_of(_folded(value))


def like(value: Any) -> Like:
    """An input as it is compared: two are near only if they differ in nothing but text."""
    texts: list[str] = []
    rest = sha256_of(_without_texts(value, texts))
    return Like("\n".join(texts)[:LONGEST], rest)


def near_pairs(inputs: Sequence[Like], *, most: int = 200) -> list[NearPair]:
    """Pairs that are at least 90 % alike but not the same, the likest first, at most so many.

    Texts of fewer than 20 characters are never near: one word is all they have. Broder 1997; Leskovec, Rajaraman and Ullman, ch. 3.
    """
    measured = (_measured(inputs, first, second) for first, second in sorted(_candidates(inputs)))
    found = [pair for pair in measured if pair is not None]
    return sorted(found, key=lambda pair: (-pair.likeness, pair.first, pair.second))[:most]


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, Mapping):
        return {name: _folded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_folded(part) for part in value]
    return value


def _without_texts(value: Any, texts: list[str]) -> Any:
    if isinstance(value, str):
        texts.append(" ".join(value.casefold().split()))
        return ""
    if isinstance(value, Mapping):
        return {name: _without_texts(value[name], texts) for name in sorted(value)}
    if isinstance(value, list):
        return [_without_texts(part, texts) for part in value]
    return value


def _candidates(inputs: Sequence[Like]) -> set[tuple[int, int]]:
    buckets: dict[tuple[int, str, bytes], list[int]] = defaultdict(list)
    for place, one in enumerate(inputs):
        if len(one.text) >= SHORTEST:
            for band, key in enumerate(_bands(one.text)):
                buckets[band, one.rest, key].append(place)
    return {pair for places in buckets.values() for pair in _pairs(places)}


def _pairs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(places) <= CROWDED:
        yield from combinations(places, 2)
        return
    for index, first in enumerate(places):
        for second in places[index + 1 : index + 1 + NEXT_FEW]:
            yield first, second


def _bands(text: str) -> Iterator[bytes]:
    """The MinHash signature of the text's shingles, cut into bands."""
    data = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8).astype(np.uint32)
    shingles: Hashes = np.lib.stride_tricks.sliding_window_view(data, SHINGLE) @ _POWERS
    mixed = (shingles ^ (shingles >> 15)) * np.uint32(0x2C1B3C6D)
    lowest = ((mixed ^ (mixed >> 12)) * _FACTORS).min(axis=1)
    return (band.tobytes() for band in lowest.reshape(BANDS, ROWS))


def _measured(inputs: Sequence[Like], first: int, second: int) -> NearPair | None:
    ours, theirs = inputs[first].text, inputs[second].text
    likeness = fuzz.ratio(ours, theirs, score_cutoff=NEAR)
    return NearPair(first, second, likeness) if likeness and ours != theirs else None
