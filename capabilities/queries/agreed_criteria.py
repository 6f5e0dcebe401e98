"""Criteria of agreed texts. The database refuses to change them, so a process reads each once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from capabilities.models import Criterion
from config.kept import Kept

MOST_KEPT = 5_000
_CRITERIA: Kept[int, Sequence[Criterion]] = Kept(MOST_KEPT)


def agreed_criteria(revisions: Iterable[int]) -> Mapping[int, Sequence[Criterion]]:
    """By approved revision its criteria in their order. No query for those that this process has read, else one."""
    return _CRITERIA.read({pk: pk for pk in revisions}, criteria_of)


def criteria_of(revisions: Iterable[int]) -> dict[int, Sequence[Criterion]]:
    """The same, read anew, also of texts that may still change. One query, none for none."""
    found: dict[int, list[Criterion]] = defaultdict(list)
    wanted = set(revisions)
    for criterion in Criterion.objects.filter(revision__in=wanted).order_by("position", "key"):
        found[criterion.revision_id].append(criterion)
    return {pk: tuple(found[pk]) for pk in wanted}
