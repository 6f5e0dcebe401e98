"""What a template is made of. Plain values: choices are named as the models name them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One input with an answer that is meant and one that is not."""

    input: str
    good: str
    bad: str


@dataclass(frozen=True)
class Measure:
    """A suggested criterion. check: what is checked, in words; scorer: the kind of scorer that can; target: in words.

    threshold, margin: rates as fractions. lower: whether less is better. unit: of threshold and limit.
    """

    check: str
    scorer: str
    target: str
    statistic: str = "mean"
    against: str = "threshold"
    threshold: float | None = None
    limit: float | None = None
    margin: float = 0.0
    tolerance: float = 0.0
    tries: int = 1
    reach: str = "general"
    must: bool = True
    lower: bool = False
    unit: str = "rate"

    @property
    def words(self) -> str:
        return f"{self.check}: {self.target}"


@dataclass(frozen=True)
class Template:
    """A requirement to start from. parts: while_part, when_part, where_part, if_part that are filled."""

    slug: str
    kind: str
    title: str
    shall: str
    rationale: str
    measures: Sequence[Measure]
    parts: tuple[tuple[str, str], ...] = ()
    out_of_scope: str = ""
    examples: Sequence[Example] = ()
    tags: tuple[str, ...] = ()
    intent: str = "foundation"
    priority: str = "must"


@dataclass(frozen=True)
class Pack:
    """Templates that make a capability together."""

    slug: str
    name: str
    sentence: str
    templates: Sequence[Template]
