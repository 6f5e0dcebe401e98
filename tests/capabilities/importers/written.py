"""Requirements with any text, as hypothesis makes them."""

from typing import Any

from hypothesis import strategies as st

from capabilities.importers.criteria import AGAINST, STATISTICS, USUAL
from capabilities.importers.vocabulary import WORDS

HOSTILE = st.sampled_from(
    ["=1+1", "'=x", "''@a", "# no", "## VA-1: x", "a | b", "- x", "> q", "```\nx", "&#13;", "&amp;", "\\# x", "1. x", "C #", "x,", "a: b",
     "<script>alert(1)</script>", "AB-1 x", "\r\nx", "\u2028x", "\"q\"; should", "[a](b)", "*b*", "If so", "x\\", "%", "\t+1", "é\u0301"]
)  # fmt: skip
CHARACTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
ANY = st.one_of(HOSTILE, st.text(CHARACTERS, max_size=30))
LINE = ANY.map(str.strip)
FILLED = ANY.filter(lambda text: bool(text.strip()))
NUMBER = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)
SLUG = st.from_regex(r"[a-z][-a-z0-9_]{0,20}", fullmatch=True)


@st.composite
def criteria(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [draw(criterion(number)) for number in range(1, draw(st.integers(0, 3)) + 1)]


@st.composite
def criterion(draw: st.DrawFn, number: int = 1) -> dict[str, Any]:
    """Any that a database keeps."""
    scorer = draw(st.one_of(st.none(), SLUG))
    reason = draw(ANY) if scorer else draw(FILLED)
    sliced = draw(st.booleans())
    return USUAL | {
        "key": f"AC-{number}",
        "scorer": scorer,
        "statistic": draw(st.sampled_from(STATISTICS)),
        "against": draw(st.sampled_from(AGAINST)),
        "threshold": draw(st.one_of(st.none(), NUMBER)),
        "limit": draw(st.one_of(st.none(), NUMBER)),
        "margin": draw(NUMBER),
        "equivalence": draw(st.booleans()),
        "tolerance": draw(NUMBER),
        "rival_set": draw(st.one_of(st.none(), st.integers(1, 99))),
        "quantifier": draw(st.sampled_from(["every", "any"])),
        "slice_name": draw(ANY) if sliced else "",
        "slice_value": draw(ANY) if sliced else "",
        "confidence": draw(st.floats(0.51, 0.99)),
        "min_n": draw(st.integers(0, 10_000)),
        "min_repeats": draw(st.integers(1, 100)),
        "reach": draw(st.sampled_from(["general", "these"])),
        "must": draw(st.booleans()),
        "case_keys": draw(st.lists(FILLED, max_size=3)),
        "tries": draw(st.integers(1, 1_000)),
        "not_measurable_reason": reason,
    }


@st.composite
def requirement(draw: st.DrawFn, number: int = 1) -> dict[str, Any]:
    """Everything a file can say of one."""
    return {
        "key": draw(st.sampled_from(["", f"VA-{number}"])),
        "title": draw(FILLED.map(str.strip)),
        **{part: draw(ANY) for part in ("while_part", "when_part", "where_part", "if_part")},
        "shall": draw(FILLED),
        "rationale": draw(ANY),
        "out_of_scope": draw(ANY),
        "examples": draw(
            st.lists(st.fixed_dictionaries({"input": FILLED, "good": ANY, "bad": ANY}), max_size=2)
        ),
        "criteria": draw(criteria()),
        **{name: draw(st.sampled_from(WORDS[name])) for name in ("priority", "intent", "kind")},
        **{name: draw(LINE) for name in ("capability", "objective", "owner", "target")},
        "tags": draw(st.lists(FILLED, max_size=3, unique=True)),
    }


def requirements() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.tuples(requirement(1), requirement(2)).map(list)
