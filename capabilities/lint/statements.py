"""The wording of a statement: plain rules of requirements writing (ISO/IEC/IEEE 29148, EARS), on text alone."""

import re
from collections.abc import Iterator

from capabilities.lint.actors import actor_findings
from capabilities.lint.findings import Finding, Repair
from capabilities.lint.pronouns import pronoun_findings
from capabilities.lint.vocabulary import ABILITIES, ABSOLUTES, ESCAPES, VAGUE, VAGUE_FIRST

AND = r"(?:and(?: also| then)?|as well as|but also|also|or else)"
JOINED = re.compile(
    rf",?\s+{AND}\s+(?:not\s+)?(?:(?:shall|must|will)\s+)?(?=(?:{ABILITIES})\b(?![-/]|\s+of\b))",
    re.IGNORECASE,
)
PLAIN = {"never": "not", "always": ""}


def statement_findings(shall: str, conditions: str = "") -> list[Finding]:
    """Warnings about the words of a statement. shall: what the model shall do; conditions: the While / When / Where / If parts."""
    return [
        *_vague(shall),
        *_escapes(shall, conditions),
        *_absolutes(shall),
        *_joined(shall),
        *pronoun_findings(shall, conditions),
        *actor_findings(shall),
        *_short(f"{conditions} {shall}"),
    ]


def two_abilities(shall: str) -> tuple[str, str] | None:
    """The two sentences that a joined one holds, each to follow “the model shall”; None where there is one ability."""
    found = JOINED.search(shall)
    if found is None or not _is_ability(shall):
        return None
    first, second = shall[: found.start()].strip(" ,;"), shall[found.end() :].strip(" ,;")
    return (first, second) if len(first.split()) > 1 and len(second.split()) > 1 else None


def _is_ability(shall: str) -> bool:
    """Whether it begins with something a model does; “choose between read and write” joins two things, not two abilities."""
    return (
        re.match(rf"\W*(?:(?:not|always|never|\w+ly)\s+)?(?:{ABILITIES})\b", shall, re.IGNORECASE) is not None
    )


def _matches(patterns: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w-])", text, re.IGNORECASE)


def _vague(shall: str) -> Iterator[Finding]:
    first = re.match(rf"\W*({'|'.join(VAGUE_FIRST)})\b", shall, re.IGNORECASE)
    found = first.group(1) if first else next((one.group() for one in _matches(VAGUE, shall)), None)
    if found:
        yield Finding(
            "vague",
            "shall",
            f"“{found}” can be read in many ways.",
            "Say what is counted, and leave by how much to a criterion.",
        )


def _escapes(shall: str, conditions: str) -> Iterator[Finding]:
    here = next(_matches(ESCAPES, shall), None)
    there = next(_matches(ESCAPES, conditions), None)
    found = here or there
    if found is None:
        return
    repairs = (Repair(f"Take out “{found.group()}”", {"shall": _without(shall, here)}),) if here else ()
    yield Finding(
        "escape",
        "shall",
        f"“{found.group()}” lets any result pass.",
        "Take it out, or say exactly when in While, When, Where or If.",
        repairs=repairs,
    )


def _absolutes(shall: str) -> Iterator[Finding]:
    found = next(_matches(ABSOLUTES, shall), None)
    if found is None:
        return
    word = found.group().lower()
    plain = PLAIN.get(word, "")
    label = f"Write “{plain}” for “{word}”" if plain else f"Take out “{found.group()}”"
    yield Finding(
        "absolute",
        "shall",
        f"“{found.group()}” cannot be shown by any number of cases.",
        "Say what it does, and let a criterion ask for a rate, or for a list of cases that must pass every time.",
        repairs=(Repair(label, {"shall": _without(shall, found, plain)}),),
    )


def _without(text: str, found: re.Match[str], instead: str = "") -> str:
    left, right = text[: found.start()].rstrip(" ,"), text[found.end() :].lstrip(" ,")
    return " ".join(part for part in (left, instead, right) if part)


def _joined(shall: str) -> Iterator[Finding]:
    if two_abilities(shall):
        yield Finding(
            "joined",
            "shall",
            "Two abilities stand in one sentence: one may be met and the other not.",
            "Write a requirement for each.",
            repairs=(Repair("Split it in two requirements", {"split": "1"}),),
        )


def _short(text: str) -> Iterator[Finding]:
    if len(text.split()) < 3:
        yield Finding(
            "short",
            "shall",
            "This is too short to be tested.",
            "Say what is given and what the model shall answer.",
        )
