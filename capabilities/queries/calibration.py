"""How honest expectations were: the share of recorded ranges that held, for each person, for all and over time. No query."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from capabilities.queries.expectations import STANDINGS, Reading
from config.people.models import User
from config.words import counted, percent
from evaluations.charts import TrendPoint
from evaluations.statistics import Held, Honesty, enough_to_tell, honesty, share_that_held

CONFIDENCE = 0.95
# The label of a grade; whether it may be told as a finding.
GRADES = {
    Honesty.TOO_NARROW: "Too narrow",
    Honesty.TOO_WIDE: "Wider than needed",
    Honesty.AS_STATED: "As sure as stated",
    Honesty.TOO_FEW: "Too few to say",
}


@dataclass(frozen=True)
class Calibration:
    """Of one person (None: everybody). stated: how sure the authors were of the settled ranges, on average."""

    person: User | None
    counts: Mapping[str, int]
    held: Held
    stated: float | None

    @property
    def grade(self) -> Honesty:
        return honesty(self.held, self.stated) if self.stated is not None else Honesty.TOO_FEW

    @property
    def label(self) -> str:
        return GRADES[self.grade]

    @property
    def told(self) -> bool:
        """Whether the interval supports a finding."""
        return self.grade in (Honesty.TOO_NARROW, Honesty.TOO_WIDE)

    @property
    def recorded(self) -> int:
        return sum(self.counts.values())

    @property
    def sentence(self) -> str:
        held, stated = self.held, self.stated
        if stated is None:
            return "Nothing is settled yet: the share that held stands here once versions are measured."
        said = f"{held.held} of {held.n} ranges held, where {percent(stated, 0)} was stated"
        if self.grade == Honesty.TOO_NARROW:
            return f"{said}: the ranges are too narrow. Widen them, or be less sure."
        if self.grade == Honesty.TOO_WIDE:
            return f"{said}: the ranges are wider than they need be. Narrow them, or be surer."
        if self.grade == Honesty.AS_STATED:
            return f"{said}: they hold about as often as stated."
        enough = enough_to_tell(stated, CONFIDENCE)
        return f"{said}. Too few to say whether they are honest: {counted(held.results, 'results')} of about {enough} it takes."


@dataclass(frozen=True)
class Month:
    """All that was settled up to the end of a month."""

    first: date
    settled: int
    held: Held

    @property
    def name(self) -> str:
        return f"{self.first:%b %Y}"

    @property
    def point(self) -> TrendPoint:
        interval = self.held.interval
        return TrendPoint(
            self.name,
            self.held.share,
            interval.low if interval else None,
            interval.high if interval else None,
        )


def calibration(found: Sequence[Reading], person: User | None = None) -> Calibration:
    """Of these readings together."""
    counts = Counter(reading.standing for reading in found)
    settled = [reading for reading in found if reading.settled]
    stated = sum(one.expectation.confidence for one in settled) / len(settled) if settled else None
    return Calibration(person, {name: counts[name] for name in STANDINGS}, _held(settled), stated)


def by_person(found: Iterable[Reading]) -> list[Calibration]:
    """Each author's, who has more settled first."""
    mine: dict[int, list[Reading]] = defaultdict(list)
    for reading in found:
        mine[reading.expectation.author_id].append(reading)
    people = [calibration(of_one, of_one[0].expectation.author) for of_one in mine.values()]
    return sorted(
        people, key=lambda one: (-one.held.n, -one.recorded, one.person.shown_name if one.person else "")
    )


def over_time(found: Iterable[Reading]) -> list[Month]:
    """For each month in which something was settled, the share that held up to its end; the oldest first."""
    settled = [(one.found.at.date(), one) for one in found if one.settled and one.found and one.found.at]
    settled.sort(key=lambda pair: pair[0])
    months: dict[date, int] = Counter(day.replace(day=1) for day, _ in settled)
    return [
        Month(first, count, _held([one for day, one in settled if day.replace(day=1) <= first]))
        for first, count in sorted(months.items())
    ]


def _held(settled: Sequence[Reading]) -> Held:
    return share_that_held(
        [(one.expectation.low, one.expectation.high) for one in settled],
        [one.found.point for one in settled if one.found],
        CONFIDENCE,
        [one.result for one in settled],
    )
