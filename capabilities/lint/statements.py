"""The wording of a statement: plain rules of requirements writing (ISO/IEC/IEEE 29148, EARS), on text alone."""

import re

from capabilities.lint.findings import Finding

VAGUE = (
    "support",
    "supports",
    "appropriate",
    "appropriately",
    "adequate",
    "fast",
    "quickly",
    "slow",
    "easy",
    "easily",
    "user-friendly",
    "intuitive",
    "robust",
    "efficient",
    "efficiently",
    "flexible",
    "good",
    "better",
    "reasonable",
    "several",
    "some",
    "many",
    "state-of-the-art",
    "seamless",
    "seamlessly",
    "high-quality",
    "accurate",
    "accurately",
    "relevant",
    "natural",
    "sufficient",
)
ESCAPES = (
    "where possible",
    "if possible",
    "as far as possible",
    "as appropriate",
    "if necessary",
    "when necessary",
    "as needed",
    "if practical",
    "to the extent",
    "not limited to",
    "and/or",
    "etc",
)
ABSOLUTES = ("always", "never", "all", "every", "none", "100 %", "100%")
PRONOUNS = ("it", "this", "that", "they", "them", "these", "those")
JOINED = re.compile(
    r"\b(?:and|as well as|also)\b(?=\s+(?:shall|must|will|be|give|answer|list|say|detect|refuse|translate|transcribe|"
    r"summari[sz]e|classify|recogni[sz]e|suggest|speak|read|write|return|extract)\b)",
    re.IGNORECASE,
)


def _found(words: tuple[str, ...], text: str) -> list[str]:
    return [
        word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE)
    ]


def statement_findings(shall: str, conditions: str = "") -> list[Finding]:
    """Warnings about the words of a statement. shall: what the model shall do; conditions: the While / When / Where / If parts."""
    text = f"{conditions} {shall}"
    checks = (
        (
            "vague",
            _found(VAGUE, shall),
            "“{}” can be read in many ways. Say what is counted, and by how much.",
        ),
        ("escape", _found(ESCAPES, text), "“{}” lets any result pass. Take it out, or say exactly when."),
        (
            "absolute",
            _found(ABSOLUTES, shall),
            "“{}” cannot be shown by any number of cases. Give a rate, or a list of cases that must all pass.",
        ),
    )
    findings = [
        Finding(code, "shall", sentence.format(words[0])) for code, words, sentence in checks if words
    ]
    if JOINED.search(shall):
        findings.append(
            Finding(
                "joined",
                "shall",
                "Two abilities stand in one sentence. Write a requirement for each, so that each can be met.",
            )
        )
    if _starts_with_pronoun(shall):
        findings.append(
            Finding("pronoun", "shall", "It is not clear what the first word stands for. Name the thing.")
        )
    if len(shall.split()) < 3:
        findings.append(
            Finding(
                "short",
                "shall",
                "This is too short to be tested. Say what is given and what the model shall answer.",
            )
        )
    return findings


def _starts_with_pronoun(shall: str) -> bool:
    first = re.match(r"\W*(\w+)", shall)
    return bool(first and first.group(1).lower() in PRONOUNS)
