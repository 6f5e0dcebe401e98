"""The words of files of requirements: fields, what they may say, and the names people give them."""

import re

TEXTS = {
    "title": 200,
    "while_part": 20_000,
    "when_part": 20_000,
    "where_part": 20_000,
    "if_part": 20_000,
    "shall": 20_000,
    "rationale": 20_000,
    "out_of_scope": 20_000,
    "note": 20_000,
    "capability": 120,
    "objective": 160,
    "owner": 150,
    "target": 80,
}
WORDS = {
    "priority": ("must", "should", "could", "wont"),
    "intent": ("foundation", "parity", "lead", "exclusive"),
    "kind": ("llm", "lmm", "lwm", "asr", "tts", "ml", "rules", "system"),
    "change_kind": ("learned", "tightened", "loosened", "scope", "correction"),
}
LIFECYCLES = ("draft", "in_review", "approved", "deferred", "rejected", "retired")
LONGEST_TAG, MOST_TAGS = 40, 50
MOST_EXAMPLES, MOST_CRITERIA = 100, 50
LABELS = {
    "key": "Key",
    "title": "Title",
    "while_part": "While",
    "when_part": "When",
    "where_part": "Where",
    "if_part": "If",
    "shall": "The model shall",
    "rationale": "Why",
    "out_of_scope": "Not meant",
    "examples": "Examples",
    "criteria": "Criteria",
    "priority": "Priority",
    "intent": "Intent",
    "kind": "Kind of model",
    "capability": "Capability",
    "objective": "Objective",
    "owner": "Owner",
    "target": "Wanted for",
    "tags": "Tags",
    "change_kind": "Kind of change",
    "note": "What changed",
}
SYNONYMS = {
    "key": "id reqid requirementid number nr",
    "title": "name summary requirement heading",
    "shall": "shall description text statement requirementtext",
    "while_part": "whilepart",
    "when_part": "whenpart",
    "where_part": "wherepart",
    "if_part": "ifpart",
    "rationale": "rationale reason because motivation",
    "out_of_scope": "outofscope notinscope exclusions",
    "examples": "example contrastingexamples",
    "criteria": "criterion acceptancecriteria acceptance",
    "priority": "prio moscow importance",
    "intent": "aim",
    "kind": "kind modelkind",
    "capability": "ability area component category",
    "objective": "goal epic",
    "owner": "assignee responsible assignedto",
    "target": "target milestone release fixversion due",
    "tags": "tag labels label keywords",
    "change_kind": "changekind",
    "note": "note changenote",
}
# What our own exports also hold; it is worked out or decided elsewhere and never read back.
INFORMATION = frozenset(
    {
        "lifecycle", "lifecyclereason", "commitment", "commitmentreason", "fingerprint", "version", "verdict", "lean", "trend",
        "freshness", "coverage", "waived", "gap", "gaplow", "gaphigh", "gapunit", "gapagainst",
    }
)  # fmt: skip
NUMBERED = re.compile(r"(criterion)\W?(\d{1,3})|(example)\W?(\d{1,3})\W?(input|good|bad)", re.IGNORECASE)


def bare(heading: str) -> str:
    """A heading without case, space and marks."""
    return re.sub(r"[\W_]", "", heading.lower())


NAMES = {bare(label): name for name, label in LABELS.items()} | {
    word: name for name, words in SYNONYMS.items() for word in words.split()
}


def field_named(heading: str) -> str | None:
    """The field a heading speaks of: `criterion.2` for “Criterion 2”; "" for information that is never read back; None when unknown."""
    if found := NUMBERED.fullmatch(heading.strip()):
        criterion, place, example, row, part = found.groups()
        return f"criterion.{int(place)}" if criterion else f"example.{int(row)}.{part.lower()}"
    word = bare(heading)
    return "" if word in INFORMATION else NAMES.get(word)


def label_of(field: str) -> str:
    """A field as pages name it."""
    return LABELS.get(field) or field.replace(".", " ").capitalize()
