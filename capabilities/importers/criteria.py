"""A criterion in one line: `AC-1: word-errors; target 0.08; slice lang=de; at least 80 cases; should`."""

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from capabilities.importers.quoting import pieces, unquoted
from capabilities.importers.types import Wrong

USUAL: dict[str, Any] = {
    "key": "",
    "scorer": None,
    "statistic": "mean",
    "against": "threshold",
    "threshold": None,
    "limit": None,
    "margin": 0.0,
    "equivalence": False,
    "tolerance": 0.0,
    "rival_set": None,
    "quantifier": "every",
    "slice_name": "",
    "slice_value": "",
    "confidence": 0.95,
    "min_n": 0,
    "min_repeats": 1,
    "reach": "general",
    "must": True,
    "case_keys": [],
    "tries": 1,
    "not_measurable_reason": "",
}
STATISTICS = ("mean", "ratio", "share", "cost", "pass_all")
AGAINST = ("threshold", "competitors", "simple", "previous", "released")
KEY = re.compile(r"(AC-[1-9]\d{0,5})\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
LONGEST_REASON, MOST_CASES, LONGEST_CASE = 10_000, 10_000, 200
MOST_N = 2**31 - 1


def read_criterion(text: str) -> dict[str, Any]:
    """Everything that decides, usual values filled in. Raises Wrong with what is not understood."""
    found = dict(USUAL)
    if keyed := KEY.fullmatch(text.strip()):
        found["key"], text = keyed[1].upper(), keyed[2]
    clauses = pieces(text, ";")
    if not clauses:
        raise Wrong("The criterion is empty; write the scorer and the target, e.g. exact; target 90 %.")
    if not clauses[0].lower().startswith("not measurable"):
        found["scorer"] = _scorer(clauses.pop(0))
    for clause in clauses:
        found |= _clause(clause)
    return checked_criterion(found)


def _scorer(clause: str) -> str:
    if not SLUG.fullmatch(clause):
        raise Wrong(f"“{clause[:60]}” is no scorer; a criterion begins with the slug of one.")
    return clause


def _clause(clause: str) -> dict[str, Any]:
    for pattern, read in CLAUSES:
        if found := pattern.fullmatch(clause):
            return read(*found.groups())
    raise Wrong(f"“{clause[:80]}” is not understood; {FORMS}.")


def number(text: str) -> float:
    """0.9, 1e-3 or 90 %. Raises Wrong."""
    bare = text.strip()
    percent = bare.endswith("%")
    try:
        value = Decimal(bare.rstrip("%").strip()) / (100 if percent else 1)
    except ArithmeticError:
        advice = f"; write {bare.replace(',', '.')[:40]}" if "," in bare else ", such as 0.9 or 90 %"
        raise Wrong(f"“{bare[:40]}” is no number{advice}.") from None
    read = float(value)
    if not math.isfinite(read):
        raise Wrong(f"“{bare[:40]}” is no number that can be kept.")
    return read


def whole(text: str) -> int:
    """Raises Wrong."""
    if not re.fullmatch(r"[0-9]{1,10}", text.strip()):
        raise Wrong(f"“{text.strip()[:40]}” is no whole number.")
    return int(text)


def _slice(text: str) -> dict[str, Any]:
    parts = pieces(text, "=")
    if len(parts) != 2:
        raise Wrong("A slice needs its name and its value, e.g. slice lang=de.")
    return {"slice_name": unquoted(parts[0]), "slice_value": unquoted(parts[1])}


def _rule(
    pattern: str, read: Callable[..., dict[str, Any]]
) -> tuple[re.Pattern[str], Callable[..., dict[str, Any]]]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), read


CLAUSES = (
    _rule(r"(mean|ratio|share|cost|pass_all)", lambda word: {"statistic": word.lower()}),
    _rule(r"every try must pass", lambda: {"statistic": "pass_all"}),
    _rule(r"share within (.+)", lambda text: {"statistic": "share", "limit": number(text)}),
    _rule(r"limit (.+)", lambda text: {"limit": number(text)}),
    _rule(r"target (.+)", lambda text: {"threshold": number(text)}),
    _rule(r"against (competitors|simple|previous|released)", lambda word: {"against": word.lower()}),
    _rule(r"(every|any) rival", lambda word: {"quantifier": word.lower()}),
    _rule(r"set (.+)", lambda text: {"rival_set": whole(text)}),
    _rule(r"margin (.+)", lambda text: {"margin": number(text)}),
    _rule(r"equal within (.+)", lambda text: {"margin": number(text), "equivalence": True}),
    _rule(r"tolerance (.+)", lambda text: {"tolerance": number(text)}),
    _rule(r"slice (.+)", _slice),
    _rule(r"confidence (.+)", lambda text: {"confidence": number(text)}),
    _rule(r"at least (.+) cases?", lambda text: {"min_n": whole(text)}),
    _rule(r"at least (.+) tries", lambda text: {"min_repeats": whole(text)}),
    _rule(r"these cases only", lambda: {"reach": "these"}),
    _rule(r"(must|should)", lambda word: {"must": word.lower() == "must"}),
    _rule(r"tries (.+)", lambda text: {"tries": whole(text)}),
    _rule(r"only cases (.+)", lambda text: {"case_keys": [unquoted(one) for one in pieces(text, ",")]}),
    _rule(r"not measurable:?\s*(.+)", lambda text: {"not_measurable_reason": unquoted(text)}),
)
FORMS = (
    "it can be a target (target 90 %), a rule (every try must pass, share within 200, against competitors, margin 3 %, equal within 2 %), "
    "a slice (slice lang=de), a size (at least 80 cases), must or should"
)


def checked_criterion(found: dict[str, Any]) -> dict[str, Any]:
    """The same, when a database can keep it. Raises Wrong."""
    if found["scorer"] is None and not found["not_measurable_reason"].strip():
        raise Wrong("The criterion names no scorer; name one, or write: not measurable, and why.")
    if not 0.5 < found["confidence"] < 1:
        raise Wrong("The confidence lies between 50 % and 100 %, e.g. 95 %.")
    for name, most in (("min_n", MOST_N), ("min_repeats", 100), ("tries", 1_000), ("rival_set", MOST_N)):
        if not _within(found[name], 0 if name == "min_n" else 1, most):
            raise Wrong(f"{name} lies between {0 if name == 'min_n' else 1} and {most:,}.")
    _check_texts(found)
    return found


def _within(value: int | None, least: int, most: int) -> bool:
    return value is None or least <= value <= most


def _check_texts(found: dict[str, Any]) -> None:
    long: Sequence[tuple[str, str, int]] = (
        ("name of the slice", found["slice_name"], 80),
        ("value of the slice", found["slice_value"], 120),
        ("reason why it is not measurable", found["not_measurable_reason"], LONGEST_REASON),
        *(("key of a case", key, LONGEST_CASE) for key in found["case_keys"]),
    )
    for what, text, most in long:
        if len(text) > most:
            raise Wrong(f"The {what} is {len(text):,} characters long; {most:,} is the most.")
        if "\x00" in text:
            raise Wrong(f"The {what} holds a NUL character.")
    if any(not key for key in found["case_keys"]) or len(found["case_keys"]) > MOST_CASES:
        raise Wrong(f"Cases are named by their keys, {MOST_CASES:,} at most.")
