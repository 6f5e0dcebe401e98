"""Two columns of a sheet beside each other without names: which pair is next for a voter, and what people preferred."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from config.people.models import User
from evaluations.models import LabSheet, LabVote
from evaluations.queries.lab import Column, Row, Sheet, Try
from evaluations.statistics import Kind, Result, Rule, Samples, Unit, against_threshold, sentence

EVEN = 0.5


@dataclass(frozen=True)
class Pair:
    """A row with both answers. swapped: the second column's answer is shown on the left."""

    row: Row
    first: Try
    second: Try
    swapped: bool

    @property
    def left(self) -> Try:
        return self.second if self.swapped else self.first

    @property
    def right(self) -> Try:
        return self.first if self.swapped else self.second

    @property
    def ids(self) -> tuple[int, int]:
        return answer_id(self.first), answer_id(self.second)


def columns_named(found: Sheet, first: str = "", second: str = "") -> tuple[Column, Column] | None:
    """The two of these keys, else the first ones; None where there are fewer than two."""
    if len(found.columns) < 2:
        return None
    by_key = {column.key: column for column in found.columns}
    one = by_key.get(first, found.columns[0])
    others = [column for column in found.columns if column is not one]
    return one, next((other for other in others if other.key == second), others[0])


def answer_id(one: Try) -> int:
    """Of the call's own response, also where the answers were scored again."""
    return one.response.reused_from_id or one.response.pk


def pairs_of(sheet: LabSheet, found: Sheet, columns: tuple[Column, Column], voter: User) -> list[Pair]:
    """Rows that both columns answered, in an order and with sides of the voter's own, always the same for them."""
    places = [found.columns.index(column) for column in columns]
    pairs = []
    for row in found.rows:
        first, second = (row.cells[place].tries for place in places)
        if first and second:
            drawn = sha256(f"{sheet.pk}/{voter.pk}/{row.case.hash}".encode()).digest()
            pairs.append((drawn[1:], Pair(row, first[0], second[0], bool(drawn[0] & 1))))
    return [pair for _, pair in sorted(pairs, key=lambda one: one[0])]


def next_pair(
    pairs: Sequence[Pair], voted: Collection[tuple[int, int]], skipped: Collection[int]
) -> Pair | None:
    """The first that has no vote yet; those that were skipped come last."""
    open_pairs = [pair for pair in pairs if pair.ids not in voted]
    fresh = [pair for pair in open_pairs if pair.row.number not in skipped]
    return next(iter(fresh or open_pairs), None)


@dataclass(frozen=True)
class Preference:
    """How often the first column was preferred, a tie counting half; result: of rows, against one half."""

    first: int
    ties: int
    second: int
    voters: int
    result: Result
    sentence: str


def preference_of(sheet: LabSheet, pairs: Sequence[Pair]) -> Preference | None:
    """Everybody's votes on these pairs, each row counting once; None without a vote. One query."""
    known = {pair.ids: pair.row.case.key for pair in pairs}
    votes = [vote for vote in LabVote.objects.filter(sheet=sheet) if (vote.first_id, vote.second_id) in known]
    if not votes:
        return None
    by_row: dict[str, list[float]] = defaultdict(list)
    for vote in votes:
        by_row[known[vote.first_id, vote.second_id]].append((vote.choice + 1) / 2)
    scores = np.array([[sum(given) / len(given)] for given in by_row.values()])
    samples = Samples(tuple(by_row), scores, np.ones_like(scores), None, Kind.BOUNDED)
    result = against_threshold(samples, Rule(threshold=EVEN))
    count = [vote.choice for vote in votes].count
    return Preference(
        first=count(LabVote.Choice.FIRST),
        ties=count(LabVote.Choice.TIE),
        second=count(LabVote.Choice.SECOND),
        voters=len({vote.voter_id for vote in votes}),
        result=result,
        sentence=sentence(result, Unit(cases="rows")),
    )
