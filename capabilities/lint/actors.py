"""Who does it? “The model shall” is followed by what the model does, not by what happens to something."""

import re
from collections.abc import Iterator

from capabilities.lint.findings import Finding, Repair
from capabilities.lint.vocabulary import DETERMINERS, MODALS, PARTICIPLES

SAID_TWICE = re.compile(
    r"^\W*(?:the |our |this )?(?:model|system|assistant|it)\s+(?:shall|must|should|will)\s+", re.IGNORECASE
)
MODAL_FIRST = re.compile(r"^\W*(?:shall|must|should|will)\s+", re.IGNORECASE)
PASSIVE = re.compile(
    rf"^\W*(?:not )?(?:be|get|is|are|being)\s+(?:\w+ly\s+)?(?:{PARTICIPLES})\b", re.IGNORECASE
)
OTHER_SUBJECT = re.compile(
    rf"^\W*(?:{DETERMINERS})\b.*?\b(?:{'|'.join(MODALS)}|is|are|gets?|does|works?)\b", re.IGNORECASE
)
NOTHING_DONE = "It is not said who does it: a sentence needs the model as the one that acts."
FIX = "Start with what the model does: “answer …”, “refuse …”, “list …”."


def actor_findings(shall: str) -> Iterator[Finding]:
    """A warning where the statement does not go on from “the model shall”."""
    doubled = SAID_TWICE.match(shall) or MODAL_FIRST.match(shall)
    if doubled:
        rest = shall[doubled.end() :]
        yield Finding(
            "said_twice",
            "shall",
            f"“{doubled.group().strip()}” stands twice: the sentence begins with “the model shall” by itself.",
            "Begin with what the model does.",
            repairs=(Repair(f"Take out “{doubled.group().strip()}”", {"shall": rest}),),
        )
    elif PASSIVE.match(shall) or OTHER_SUBJECT.match(shall):
        yield Finding("no_actor", "shall", NOTHING_DONE, FIX)
