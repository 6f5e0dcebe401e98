"""What stands beside a row of the intent map without being part of its reading: the note to look again, and vendors' claims."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from capabilities.models import Criterion, Remark, Verification
from capabilities.queries.intents import IntentRow
from capabilities.queries.remarks import waiting_of
from evaluations.models import ClaimedScore, Side
from evaluations.queries.claimed_scores import claims_by_measure

PLAIN = (Criterion.Statistic.MEAN, Criterion.Statistic.RATIO)
CLAIMS_SHOWN = 3


@dataclass(frozen=True)
class Beside:
    """note: the next that waits. claims: by criterion key, of rivals and of the version judged."""

    row: IntentRow
    note: Remark | None
    claims: Sequence[tuple[str, ClaimedScore]]


def beside_rows(rows: Sequence[IntentRow]) -> list[Beside]:
    """For the rows of one page. Three queries, none without rows."""
    ids = [row.requirement_id for row in rows]
    notes = waiting_of(ids)
    claims = _claims(ids)
    return [
        Beside(row, notes.get(pk), _shown(row, claims.get(pk, ()))) for row, pk in zip(rows, ids, strict=True)
    ]


def _claims(ids: Sequence[int]) -> dict[int, list[tuple[str, ClaimedScore]]]:
    """By requirement, on what the must criteria of its agreed text measure over all cases. Two queries."""
    links = list(
        Verification.objects.filter(
            criterion__revision__requirement__in=ids,
            criterion__revision__status="approved",
            criterion__must=True,
            criterion__statistic__in=PLAIN,
            criterion__slice_name="",
        )
        .order_by("criterion__key", "pk")
        .values_list(
            "criterion__revision__requirement",
            "criterion__key",
            F("evaluation_version__evaluation"),
            "criterion__scorer",
        )
    )
    by_measure = claims_by_measure((evaluation, scorer) for _, _, evaluation, scorer in links)
    found: dict[int, list[tuple[str, ClaimedScore]]] = {}
    for requirement, key, evaluation, scorer in links:
        told = [(key, claim) for claim in by_measure.get((evaluation, scorer), ())]
        found.setdefault(requirement, []).extend(one for one in told if one not in found.get(requirement, ()))
    return found


def _shown(row: IntentRow, claims: Sequence[tuple[str, ClaimedScore]]) -> list[tuple[str, ClaimedScore]]:
    judged = row.version.pk if row.version else None
    return [
        (key, claim)
        for key, claim in claims
        if claim.model_version.model.side != Side.OWN or claim.model_version_id == judged
    ][:CLAIMS_SHOWN]
