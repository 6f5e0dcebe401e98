"""Two revisions side by side, word by word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Criterion, Revision
from capabilities.queries.criterion_words import criterion_words, distance, newest_scorers, unit_of_criterion
from evaluations.differences import Change, word_diff
from evaluations.models import ScorerVersion

LABELS = {
    "title": "Title",
    "while_part": "While",
    "when_part": "When",
    "where_part": "Where",
    "if_part": "If",
    "shall": "The model shall",
    "rationale": "Why",
    "out_of_scope": "Not meant",
}


@dataclass(frozen=True)
class PartRow:
    """One part of the text, or one criterion; changed: whether the two differ."""

    label: str
    pieces: Sequence[Change]
    changed: bool


def compare_revisions(a: Revision, b: Revision) -> list[PartRow]:
    """Every part that one of them has, then the criteria by key. Four queries."""
    rows = [_row(label, getattr(a, name), getattr(b, name)) for name, label in LABELS.items()]
    criteria_a, criteria_b = dict(criteria_in_words(a)), dict(criteria_in_words(b))
    rows += [
        _row(key, criteria_a.get(key, ""), criteria_b.get(key, ""))
        for key in sorted({*criteria_a, *criteria_b})
    ]
    return [row for row in rows if row.pieces]


def criteria_in_words(revision: Revision) -> list[tuple[str, str]]:
    """(key, sentence with everything that decides) of each criterion. Two queries."""
    criteria = list(revision.criteria.select_related("scorer", "rival_set"))
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    return [(one.key, _in_full(one, scorers.get(one.scorer_id or 0))) for one in criteria]


def _in_full(criterion: Criterion, version: ScorerVersion | None) -> str:
    words = criterion_words(criterion, version)
    parts = [words]
    if not criterion.measurable:
        return f"{words}: {criterion.not_measurable_reason}"
    if criterion.tolerance:
        parts.append(f"tolerance {distance(criterion.tolerance, unit_of_criterion(criterion, version))}")
    if criterion.confidence != 0.95:
        parts.append(f"sure to {criterion.confidence * 100:g} %")
    if criterion.min_n:
        parts.append(f"at least {criterion.min_n} cases")
    if criterion.min_repeats > 1:
        parts.append(f"at least {criterion.min_repeats} tries each")
    if criterion.reach == Criterion.Reach.THESE:
        parts.append("on these cases only")
    parts.append("must" if criterion.must else "should")
    return ", ".join(parts)


def conflict(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts in which what somebody else saved and what one typed differ: label, both texts, and the words between them."""
    return [
        {
            "label": label,
            "theirs": str(theirs.get(name, "")),
            "mine": str(mine.get(name, "")),
            "pieces": word_diff(str(theirs.get(name, "")), str(mine.get(name, ""))),
        }
        for name, label in LABELS.items()
        if str(theirs.get(name, "")).strip() != str(mine.get(name, "")).strip()
    ]


def _row(label: str, before: str, after: str) -> PartRow:
    return PartRow(label, word_diff(before, after) if before or after else [], before != after)
