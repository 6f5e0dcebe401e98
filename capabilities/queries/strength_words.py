"""A suggested strength in words: a candidate with its range, never a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.words import counted, range_text, score
from config.words import difference as difference_text
from evaluations.models import Run, ScorerVersion

CAUTION = "A candidate, not a fact: it comes of looking at many slices at once, so let it happen again on other cases."


@dataclass(frozen=True)
class Candidate:
    """part: a slice such as lang=de, "" for all cases. against: the rivals' runs, the one that came closest first.

    expected: in words, where it is an expectation that was beaten, against is empty then. point, low, high: ours − the closest rival's, or
    ours, in `unit`. p: by itself, of no strength at all. recorded: key of the discovery that was recorded from it.
    """

    run: Run
    scorer: ScorerVersion
    part: str
    against: Sequence[Run]
    expected: str
    point: float
    low: float
    high: float
    unit: str
    n: int
    p: float
    recorded: str = ""

    @property
    def compared(self) -> bool:
        return bool(self.against)

    @property
    def label(self) -> str:
        return self.run.model_version.label

    @property
    def where(self) -> str:
        return self.part or "all cases"

    @property
    def figure(self) -> str:
        """“+12.0 pt (+4.1 to +19.8)”."""
        value = (difference_text if self.compared else score)(self.point, self.unit)
        return f"{value} ({range_text(self.low, self.high, self.unit, self.compared)})"

    @property
    def beats(self) -> str:
        """Whom or what, in words."""
        if not self.compared:
            return f"what was expected of it ({self.expected})"
        others = len(self.against) - 1
        closest = self.against[0].model_version.label
        return f"{closest}, and by more {counted(others, 'other rivals')}" if others else closest

    @property
    def title(self) -> str:
        beaten = "every rival measured" if self.compared else "what was expected"
        return f"{self.label} beats {beaten} on {self.where}"[:200]

    def statement(self, strengths: "Strengths") -> str:
        """What a discovery keeps of it."""
        return (
            f"Suggested, not established. By {self.scorer} in {self.run.evaluation_version}, {self.where}: {self.label} "
            f"beats {self.beats}, {self.figure}, n {self.n}. {strengths.sentence}"
        )

    def as_record(self) -> dict[str, Any]:
        return {
            "version": self.label,
            "run": self.run.pk,
            "evaluation": str(self.run.evaluation_version),
            "scorer": str(self.scorer),
            "slice": self.part,
            "beats": "rivals" if self.compared else "expectation",
            "against": [one.model_version.label for one in self.against],
            "against_runs": [one.pk for one in self.against],
            "expected": self.expected,
            "point": self.point,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "n": self.n,
            "p": self.p,
            "recorded": self.recorded or None,
        }


@dataclass(frozen=True)
class Strengths:
    """looked_at: slices and expectations that were tested, all corrected for each other. untested: too few cases, or too much missing.

    own, rivals: models the product has; evaluations: those in which ours stand beside a rival; expectations: those with a result.
    """

    candidates: Sequence[Candidate]
    looked_at: int
    untested: int
    own: int
    rivals: int
    evaluations: int
    expectations: int

    @property
    def sentence(self) -> str:
        """How much was looked at."""
        few = (
            f"; {counted(self.untested, 'others')} had too few cases or too much missing"
            if self.untested
            else ""
        )
        return f"{counted(self.looked_at, 'slices')} and expectations were looked at and corrected for together{few}."

    @property
    def why_none(self) -> str:
        """Why there is no candidate, and what would bring one; empty where there is one."""
        if self.candidates:
            return ""
        if self.looked_at:
            return f"None stands out beyond doubt. {self.sentence} More cases in a slice let smaller strengths show."
        if self.untested:
            return f"Nothing could be tested: {counted(self.untested, 'slices')} had too few cases (10 are the least) or too much missing."
        if not self.own:
            return "The product names no model of ours: add one to the product first."
        if not self.rivals:
            return "No rivals are agreed and no expectation has met a result: agree on rivals, or say what you expect before a run."
        return (
            "No model of ours was run on the same test cases as a rival, and no expectation has met a result: "
            "run both on one evaluation."
        )
