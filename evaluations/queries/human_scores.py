"""What people said of answers, as it stands: of each rater the newest word, and nothing that was taken back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from evaluations.models import HumanScore, Run

ENOUGH_RATERS = 2


@dataclass
class Labelled:
    """One answer and what is said of it. ratings: value by rater. settled: the word that decides, None without one. repeat: its try."""

    response_id: int
    run_id: int
    key: str
    ratings: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    settled: float | None = None
    newest: datetime | None = None
    repeat: int = 1

    @property
    def is_double(self) -> bool:
        return len(self.ratings) >= ENOUGH_RATERS

    @property
    def differs(self) -> bool:
        """Two raters said different things, and nobody has settled it."""
        return self.is_double and self.settled is None and len(set(self.ratings.values())) > 1

    @property
    def truth(self) -> float:
        """The word that settles it, else the mean of the raters'."""
        return self.settled if self.settled is not None else sum(self.ratings.values()) / len(self.ratings)


def labelled_by_scorer(
    scorer_ids: Iterable[int], runs: Iterable[Run] | None = None, responses: Iterable[int] | None = None
) -> Mapping[int, dict[int, Labelled]]:
    """By scorer version id and response id, in the order of the answers. One query. runs, responses: only answers of these."""
    rows = HumanScore.objects.filter(scorer_version__in=list(scorer_ids))
    if responses is not None:
        rows = rows.filter(response__in=list(responses))
    if runs is not None:
        rows = rows.filter(response__run__in=list(runs))
    newest = rows.order_by("scorer_version_id", "response_id", "rater", "settles", "-number").distinct(
        "scorer_version_id", "response_id", "rater", "settles"
    )
    found: dict[int, dict[int, Labelled]] = {}
    for row in newest.select_related("response__case").defer("response__case__slices"):
        if row.value is None:
            continue
        answers = found.setdefault(row.scorer_version_id, {})
        answer = answers.setdefault(
            row.response_id,
            Labelled(row.response_id, row.response.run_id, row.response.case.key, repeat=row.response.repeat),
        )
        _take(answer, row)
    return found


def _take(answer: Labelled, row: HumanScore) -> None:
    assert row.value is not None
    answer.newest = max(filter(None, (answer.newest, row.at)))
    if row.settles:
        answer.settled = row.value
    else:
        answer.ratings[row.rater] = row.value
        answer.said[row.rater] = row.said
        answer.notes[row.rater] = row.note
