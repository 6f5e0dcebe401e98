"""What a scorer is given, what it gives back, and what it says about itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Unit(StrEnum):
    """What one score counts."""

    RATE = "rate"
    MILLISECONDS = "ms"
    CURRENCY = "currency"
    NUMBER = "number"


class Kind(StrEnum):
    """The shape of the scores, which chooses the statistics.

    binary: 0 or 1. bounded: anywhere from 0 to 1. ratio: summed numerators over summed denominators
    (errors per word). unbounded: any number (milliseconds, money). set: right or wrong by sample, but read as one figure over
    all of them, from the labels wanted and said; such a scorer has `metric(config)`, which says which.
    """

    BINARY = "binary"
    BOUNDED = "bounded"
    RATIO = "ratio"
    UNBOUNDED = "unbounded"
    SET = "set"


class NotScorable(Exception):
    """There is nothing to score here, through no fault of the model: the item is missing for this scorer.

    The text is a sentence for people: what is missing and what to do.
    """


@dataclass(frozen=True, slots=True)
class Media:
    """A sound, picture or video. read: its bytes, fetched when asked for. seconds: how long it plays, where that is known."""

    media_type: str
    read: Callable[[], bytes]
    seconds: float | None = None

    @property
    def is_sound(self) -> bool:
        return self.media_type.startswith("audio/")


@dataclass(frozen=True, slots=True)
class Output:
    """What the model answered. error_class names a model error; infrastructure errors never get here.

    media: the sound or picture that is the answer; text and raw are empty then.
    """

    text: str
    finish_reason: str = ""
    latency_ms: float | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: Decimal | None = None
    error_class: str = ""
    raw: bytes = b""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case as scorers see it. media: its attachments in their order."""

    key: str
    input: Any = None
    target: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    slices: Mapping[str, str] = field(default_factory=dict)
    media: Sequence[Media] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """One score: numerator over denominator (1 for plain scores), with what was read and why.

    expected, probability: for a figure over all samples, the label wanted and the probability given to the label said.
    parsed is False when the answer could not be read: it still scores 0, and is counted beside the score.
    """

    numerator: float
    denominator: float = 1.0
    label: str = ""
    rationale: str = ""
    parsed: bool = True
    expected: str = ""
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """How the scores of one scorer are to be read.

    pass_mark: the score from which (higher is better) or up to which (lower is better) an item counts as
    passed; None where only a criterion can say. high: the largest score there can be, where the shape does not say it.
    """

    direction: Direction = Direction.HIGHER
    unit: Unit = Unit.RATE
    kind: Kind = Kind.BINARY
    pass_mark: float | None = 1.0
    high: float | None = None

    def passed(self, value: float) -> bool | None:
        """Whether a score passes; None without a pass mark. Equality has a slack of 1e-12."""
        if self.pass_mark is None:
            return None
        if self.direction is Direction.HIGHER:
            return value >= self.pass_mark - 1e-12
        return value <= self.pass_mark + 1e-12


class Scorer(Protocol):
    """A scorer: a module of this package, or any object or module with these names.

    config_schema is the JSON schema of config, also used to draw the form; example_config is valid under it.
    measure is the default reading, which the config may override (see `measure_of`).
    """

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def config_schema(self) -> Mapping[str, Any]: ...
    @property
    def example_config(self) -> Mapping[str, Any]: ...

    def validate(self, config: Mapping[str, Any]) -> list[str]:
        """Sentences about what is wrong with a config; empty when it is fine."""

    def score(self, output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
        """The score of one output. Raises NotScorable, never anything else, for a config that validates."""
