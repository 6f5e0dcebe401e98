"""What people preferred when they voted without names, over all lab sheets a reader may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from config.people.models import User
from evaluations.models import LabSheet, LabVote
from evaluations.queries.preferences import Choice, Preferred, preferred

RELATED = ("first__case", "first__run", "second__run")


@dataclass(frozen=True)
class PeoplePreferred:
    """sheets: whose votes are counted; unvoted: those with votes that the reader sees once they have voted there themselves.

    prompts: votes between answers to two prompts, which say nothing of the models and are left out.
    """

    found: Preferred
    sheets: Sequence[LabSheet]
    unvoted: Sequence[LabSheet]
    votes: int
    voters: int
    prompts: int


def preferred_by_people(reader: User, sheets: QuerySet[LabSheet], only: int | None = None) -> PeoplePreferred:
    """Votes on these sheets, or on one of them. Each row counts once for two versions, as the mean of its votes. Four queries.

    sheets: what the reader may see. Where somebody has not voted yet, what others preferred would lead the eye.
    """
    voted = sheets.filter(votes__isnull=False).distinct()
    own = set(LabVote.objects.filter(voter=reader).values_list("sheet", flat=True))
    mine = [sheet for sheet in voted if sheet.pk in own]
    counted = [sheet.pk for sheet in mine if only is None or sheet.pk == only]
    votes = list(LabVote.objects.filter(sheet__in=counted).select_related(*RELATED).order_by("pk"))
    alike = [vote for vote in votes if vote.first.run.prompt_version_id == vote.second.run.prompt_version_id]
    return PeoplePreferred(
        found=preferred(f"votes {sorted(counted)}", _choices(alike)),
        sheets=mine,
        unvoted=[sheet for sheet in voted if sheet.pk not in own],
        votes=len(alike),
        voters=len({vote.voter_id for vote in alike}),
        prompts=len(votes) - len(alike),
    )


def _choices(votes: Sequence[LabVote]) -> list[Choice]:
    """One for each case, prompt and pair of versions."""
    scores: dict[tuple[str, int | None, int, int], list[float]] = defaultdict(list)
    sources: dict[str, str] = {}
    for vote in votes:
        case, first, second = vote.first.case, vote.first.run, vote.second.run
        a, b = sorted((first.model_version_id, second.model_version_id))
        sign = 1 if first.model_version_id == a else -1
        scores[case.hash, first.prompt_version_id, a, b].append((1 + sign * vote.choice) / 2)
        sources[case.hash] = f"group {case.cluster}" if case.cluster else f"case {case.hash}"
    return [Choice(sources[case], a, b, sum(given) / len(given)) for (case, _, a, b), given in scores.items()]
