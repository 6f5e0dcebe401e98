"""What the statistics say of the scores of versions by our criteria, kept by the process that worked it out.

The scores of a run in one generation never change, and neither do an agreed criterion, a scorer version and a frozen dataset version:
the id of the packed scores and what is asked of them are all that an answer follows from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capabilities.queries.told_verdicts import ToldSlice, told_slice
from capabilities.services.judging_claims import claim_alone, claim_earlier
from capabilities.services.judging_lines import slice_lines
from capabilities.services.judging_results import finite
from capabilities.services.version_readings import Reading, Scores, scores_of
from config.kept import Kept
from evaluations.statistics import Result, point_alone

MOST_KEPT = 5_000
# What is asked, and of which packed scores: one's own, or one's own and an earlier version's.
Question = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a target, with the worst slices."""

    result: Result
    slices: Sequence[ToldSlice]


_ALONE: Kept[Question, Answer] = Kept(MOST_KEPT)
_VALUES: Kept[Question, float | None] = Kept(MOST_KEPT)
_SINCE: Kept[Question, Result] = Kept(MOST_KEPT)


def question(reading: Reading, earlier: Reading | None = None) -> Question:
    """The same question of the same scores is answered once."""
    return (*reading.same_measure, reading.vector.pk, earlier.vector.pk if earlier else 0)


def answers(readings: Iterable[Reading]) -> Mapping[Question, Answer]:
    """By question. No query for what this process has worked out, else two."""
    return _ALONE.read({question(reading): reading for reading in readings}, _answers)


def _answers(readings: Sequence[Reading]) -> dict[Question, Answer]:
    scores = scores_of(readings)
    return {question(reading): _answer(reading, scores) for reading in readings}


def _answer(reading: Reading, scores: Scores) -> Answer:
    scope, samples = scores.scope(reading), scores.of(reading)
    lines = slice_lines(scope, samples)
    return Answer(claim_alone(scope, samples), tuple([told_slice(line) for line in lines]))


@dataclass(frozen=True)
class Compared:
    """values: of each reading; since: what became of one since another. Both by question."""

    values: Mapping[Question, float | None]
    since: Mapping[Question, Result]


def compared(readings: Iterable[Reading], pairs: Iterable[tuple[Reading, Reading]]) -> Compared:
    """pairs: a newer and an earlier reading of the same evidence. No query for what this process has worked out, else two."""
    alone = {question(reading): reading for reading in readings}
    both = {question(now, then): (now, then) for now, then in pairs}
    values, since = _VALUES.get_many(alone), _SINCE.get_many(both)
    new = {key: reading for key, reading in alone.items() if key not in values}
    steps = {key: pair for key, pair in both.items() if key not in since}
    scores = scores_of([*new.values(), *(reading for pair in steps.values() for reading in pair)])
    more = {key: _value(reading, scores) for key, reading in new.items()}
    further = {key: _step(now, then, scores) for key, (now, then) in steps.items()}
    _VALUES.keep(more)
    _SINCE.keep(further)
    return Compared(values | more, since | further)


def _value(reading: Reading, scores: Scores) -> float | None:
    return finite(point_alone(scores.scope(reading).samples(scores.of(reading))))


def _step(now: Reading, then: Reading, scores: Scores) -> Result:
    return claim_earlier(scores.scope(now), scores.of(now), scores.of(then))
