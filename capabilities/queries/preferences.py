"""What the page of preferred answers, its files and the API tell: people's votes and a judge's choices, kept apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from capabilities.queries.products import visible_products
from config.people.models import User
from evaluations.queries.judge_preferences import (
    JudgePreferred,
    JudgeSeries,
    judge_series,
    preferred_by_judge,
)
from evaluations.queries.lab import sheets_for
from evaluations.queries.preferences import Preferred
from evaluations.queries.references import whole_number
from evaluations.queries.vote_preferences import PeoplePreferred, preferred_by_people

RECORD = (
    "by", "version", "rating", "low", "high", "rank_from", "rank_to", "of", "games", "cases", "why", "evaluation", "judge", "question",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Preferences:
    """series: everything judges were asked; chosen: what is shown of it. sheet: the only one whose votes are counted.

    notes: what of the address could not be followed.
    """

    series: Sequence[JudgeSeries]
    chosen: JudgeSeries | None
    people: PeoplePreferred
    sheet: int | None
    notes: Sequence[str]

    @cached_property
    def judged(self) -> JudgePreferred | None:
        """Six queries, two more with people's scores; none where no judge was asked."""
        return preferred_by_judge(self.chosen) if self.chosen else None


def preferences_for(reader: User, by: str = "", sheet: str = "") -> Preferences:
    """by: key of a judge's series, else the newest; sheet: id of a lab sheet, else all the reader may see. Six queries."""
    keys = list(visible_products(reader).values_list("key", flat=True))
    series = judge_series()
    chosen = next((one for one in series if one.key == by), None)
    visible, only = sheets_for(reader, keys), whole_number(sheet)
    people = preferred_by_people(reader, visible, only)
    here = any(one.pk == only for one in people.sheets)
    notes = [] if chosen or not by else ["No judge was asked that. The newest question is shown."]
    if sheet and not here:
        notes.append("You have no votes on such a sheet. All sheets are shown.")
        people = preferred_by_people(reader, visible)
    return Preferences(
        series=series,
        chosen=chosen or (series[0] if series else None),
        people=people,
        sheet=only if here else None,
        notes=notes,
    )


def records(found: Preferences) -> list[dict[str, Any]]:
    """A row for each version that people, or the judge, compared; those without a rating say why."""
    series = found.chosen
    rows = _records("people", found.people.found, {})
    if series is None or found.judged is None:
        return rows
    told = {
        "evaluation": str(series.evaluation_version),
        "judge": series.judge.label,
        "question": series.question,
    }
    return rows + _records("judge", found.judged.found, told)


def _records(by: str, found: Preferred, told: Mapping[str, str]) -> list[dict[str, Any]]:
    ranked: list[dict[str, Any]] = [
        {
            "by": by,
            "version": one.version.label,
            "rating": one.rating.rating,
            "low": one.rating.interval.low if one.rating.interval else None,
            "high": one.rating.interval.high if one.rating.interval else None,
            "rank_from": one.rating.best_rank,
            "rank_to": one.rating.worst_rank,
            "of": len(found.ranked),
            "games": one.rating.games,
            "cases": one.rating.prompts,
            "why": "",
        }
        for one in found.ranked
    ]
    unrated: list[dict[str, Any]] = [
        {"by": by, "version": one.version.label, "why": one.why} for one in found.unrated
    ]
    return [{**dict.fromkeys(RECORD), **one, **told} for one in (*ranked, *unrated)]
