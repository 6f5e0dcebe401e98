"""Whom a version leads and trails, as lines of its profile: of ours by its verdicts, of another's by what verdicts on ours say of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from capabilities.models import Criterion, Product, VerdictLine
from capabilities.queries.beyond_doubt import SideOf, standing
from capabilities.queries.known_criteria import Known
from capabilities.queries.told_verdicts import OTHERS, TOLD_LINES, Beside, beside
from capabilities.services.profile_entries import of_criterion
from evaluations.models import ModelVersion

OF_CRITERION = "verdict__verification__criterion"
OF_REVISION = f"{OF_CRITERION}__revision"
SAID_OF_OTHERS = (
    *TOLD_LINES,
    *("verdict__confidence", "verdict__detail", "verdict__unit", "verdict__run"),
    *("verdict__model_version__name", "verdict__model_version__model__slug"),
    *("verdict__verification__criterion", f"{OF_REVISION}__title"),
    *(f"{OF_REVISION}__requirement__number", f"{OF_REVISION}__requirement__product__key"),
    *(f"{OF_CRITERION}__{name}" for name in ("key", "must", "threshold", "against", "statistic")),
)


@dataclass(frozen=True)
class Contest:
    """A comparison with another model: of which criterion, and by a verdict on whom. mine: the profile is of the version judged."""

    beside: Beside
    criterion: Criterion
    requirement: str
    title: str
    higher: bool
    unit: str
    run: int
    against: str
    mine: bool


def our_contests(known: Iterable[Known]) -> list[Contest]:
    """Of the verdicts on ours, in the order they were written."""
    found = [
        Contest(
            beside=one,
            criterion=each.criterion,
            requirement=each.requirement,
            title=each.title,
            higher=each.verdict.higher_is_better,
            unit=each.verdict.unit,
            run=each.verdict.run,
            against=one.label,
            mine=True,
        )
        for each in known
        if each.verdict
        for one in each.verdict.compared
    ]
    return sorted(found, key=lambda contest: contest.beside.line)


def _their_contest(line: VerdictLine) -> Contest:
    """What a verdict on ours says of another's model (the verdict's criterion, requirement, product and version loaded)."""
    verdict = line.verdict
    criterion = verdict.verification.criterion
    return Contest(
        beside=beside(line),
        criterion=criterion,
        requirement=criterion.revision.requirement.key,
        title=criterion.revision.title,
        higher=bool(verdict.detail.get("higher_is_better", True)),
        unit=verdict.unit,
        run=verdict.run_id,
        against=verdict.model_version.label,
        mine=False,
    )


def said_of(products: Sequence[Product], version: ModelVersion) -> list[Contest]:
    """What the newest verdicts on ours say of another's version. One query."""
    lines = (
        VerdictLine.objects.filter(
            point__isnull=False,
            model_version=version,
            kind__in=OTHERS,
            **{f"{OF_REVISION}__requirement__product__in": products, f"{OF_REVISION}__status": "approved"},
        )
        .select_related("verdict__model_version__model", f"{OF_REVISION}__requirement__product")
        .only(*SAID_OF_OTHERS)
        .order_by("verdict__verification_id", "-verdict_id")
        .distinct("verdict__verification_id")
    )
    return [_their_contest(line) for line in lines]


def leads(contests: Sequence[Contest]) -> list[dict[str, Any]]:
    """Comparisons beyond doubt, corrected together; of another's model they are read the other way round."""
    words = standing([contest.beside.difference for contest in contests])
    return [_lead(contest, word) for contest, word in zip(contests, words, strict=True) if word]


def _lead(contest: Contest, word: SideOf) -> dict[str, Any]:
    found = contest.beside
    point, low, high = found.point, found.low, found.high
    if contest.mine is not contest.higher:
        point, low, high = (None if end is None else -end for end in (point, high, low))
    return {
        **of_criterion(contest.criterion, contest.requirement, contest.title),
        "ahead": (word == "ahead") is contest.mine,
        "against": contest.against,
        "point": point,
        "low": low,
        "high": high,
        "unit": contest.unit,
        "n": found.n,
        "run": contest.run,
        "against_run": found.run,
        "sentence": found.sentence,
    }
