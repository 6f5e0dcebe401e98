"""Ratings that a file brings: all of it or nothing, and the same file twice changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from config.errors import Refused
from config.people.access import demand
from config.people.models import User
from config.people.services.audit import record
from evaluations import signals
from evaluations.importers.cases import RowProblem
from evaluations.importers.ratings import RatingFile, RatingRow
from evaluations.models import HumanScore, Run, ScorerVersion
from evaluations.queries.ratings import RATING, answers_by_place, rateable_scorers
from evaluations.scorers import human_rating
from evaluations.scorers.opinions import Choice
from evaluations.services.labelling import choices_of

MOST_PROBLEMS = 100


@dataclass(frozen=True)
class Weighed:
    """A file beside what is there. made: ratings that are new or correct one; same: there already, word for word."""

    made: Sequence[HumanScore]
    corrected: int
    same: int
    blank: int
    problems: Sequence[RowProblem]


def weigh_ratings(run: Run, scorer: ScorerVersion, found: RatingFile) -> Weighed:
    """What taking the file would do, and why lines of it cannot be used. Writes nothing. Two queries."""
    if scorer.pk not in {one.pk for one in rateable_scorers(run)}:
        raise Refused(f"{scorer} is no rating or judge of this run’s evaluation.", code="other_scorer")
    places = answers_by_place(run)
    newest = _newest(scorer, run)
    made: list[HumanScore] = []
    problems = list(found.problems)
    same = corrected = 0
    for row in found.rows:
        chosen = _chosen(row, scorer, places)
        if isinstance(chosen, RowProblem):
            problems.append(chosen)
            continue
        response, said = chosen
        before = newest.get((response, row.rater))
        if before and (before.said, before.note) == (said.said, row.note) and before.value is not None:
            same += 1
            continue
        corrected += before is not None
        made.append(_score(row, response, scorer, said, before))
    return Weighed(made, corrected, same, found.blank, sorted(problems, key=lambda one: one.line))


@transaction.atomic
def take_ratings(*, actor: User, run: Run, scorer: ScorerVersion, found: RatingFile) -> Weighed:
    """Keep the ratings of a file; a rating that says something else than before is a correction, and both stay on record.

    Raises Refused, with the lines, when one of them cannot be used: then nothing is kept. PermissionDenied.
    """
    demand(actor, "write_facts")
    # Two uploads at once number their words one after the other.
    Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    weighed = weigh_ratings(run, scorer, found)
    if weighed.problems:
        raise bad_lines(weighed.problems)
    for one in weighed.made:
        one.entered_by = actor
    HumanScore.objects.bulk_create(weighed.made, batch_size=1_000)
    if weighed.made:
        _announce(actor, run, scorer, weighed)
    return weighed


def bad_lines(problems: Sequence[RowProblem]) -> Refused:
    count = "1 line cannot be used" if len(problems) == 1 else f"{len(problems)} lines cannot be used"
    first = problems[0]
    where = f"line {first.line}: " if first.line else ""
    return Refused(
        f"{count}, so nothing was taken. First {where}{first.reason}",
        code="bad_rows",
        fields={"rows": [{"line": one.line, "reason": one.reason} for one in problems[:MOST_PROBLEMS]]},
    )


def _chosen(
    row: RatingRow, scorer: ScorerVersion, places: Mapping[tuple[str, int], int]
) -> tuple[int, Choice] | RowProblem:
    response = places.get((row.case, row.repeat))
    if response is None:
        return RowProblem(row.line, f"The run has no answer to “{row.case[:80]}” in try {row.repeat}.")
    if scorer.kind == RATING:
        try:
            return response, human_rating.rating(row.score, scorer.config)
        except ValueError as problem:
            return RowProblem(row.line, str(problem))
    choices = choices_of(scorer)
    said = next((one for one in choices if one.said == row.score.lower()), None)
    words = ", ".join(one.said for one in choices)
    return (response, said) if said else RowProblem(row.line, f"“{row.score}” is not among {words}.")


def _newest(scorer: ScorerVersion, run: Run) -> dict[tuple[int, str], HumanScore]:
    rows = HumanScore.objects.filter(scorer_version=scorer, response__run=run, settles=False)
    newest = rows.order_by("response_id", "rater", "-number").distinct("response_id", "rater")
    return {(one.response_id, one.rater): one for one in newest}


def _score(
    row: RatingRow, response: int, scorer: ScorerVersion, said: Choice, before: HumanScore | None
) -> HumanScore:
    return HumanScore(
        response_id=response,
        scorer_version=scorer,
        rater=row.rater,
        number=before.number + 1 if before else 1,
        value=said.value,
        said=said.said,
        note=row.note,
    )


def _announce(actor: User, run: Run, scorer: ScorerVersion, weighed: Weighed) -> None:
    record(
        actor=actor,
        verb="run.rated",
        noun="run",
        object_id=run.pk,
        label=f"Run {run.pk}",
        after={"scorer": str(scorer), "ratings": len(weighed.made), "corrected": weighed.corrected},
    )
    if scorer.kind != RATING:
        scorer_id = scorer.pk
        transaction.on_commit(lambda: signals.answers_labelled.send(HumanScore, scorer_version_id=scorer_id))
