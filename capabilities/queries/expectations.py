"""What was expected of versions before they were measured, each beside what was found."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q, QuerySet

from capabilities.models import Criterion, Expectation, Product, Verdict, Verification
from capabilities.queries.criterion_words import criterion_words, newest_scorers, unit_of_criterion
from capabilities.queries.products import visible_products
from capabilities.queries.release_rows import is_difference
from capabilities.queries.states import RequirementState
from config.people.models import User
from config.words import difference as difference_text
from config.words import range_text, score
from evaluations.models import Model, ModelVersion, Run
from evaluations.statistics import Ends, holds, possible_ends

# Glyph and words of where the value lies; none of them says whether that is good news.
STANDINGS = {
    "open": ("○", "Still open"),
    "inside": ("●", "Inside"),
    "above": ("▲", "Above"),
    "below": ("▼", "Below"),
    "late": ("–", "Does not count"),
}
SETTLED = ("inside", "above", "below")
LATE = "Its evidence had a result before this was written."
# A criterion as it was agreed, whatever revision carries it: requirement, key and fingerprint.
Line = tuple[int, str, str]
LINE = (
    "verification__criterion__revision__requirement_id",
    "verification__criterion__key",
    "verification__criterion__fingerprint",
)


@dataclass(frozen=True)
class Found:
    """The first result of a version: its first run with a value, that run's last word."""

    run_id: int
    point: float
    low: float | None
    high: float | None
    unit: str
    n: int
    at: datetime | None
    widest: float | None = None


@dataclass(frozen=True)
class Reading:
    """An expectation beside what was found. version: the one it came to speak of, None while it is not registered."""

    expectation: Expectation
    version: ModelVersion | None
    found: Found | None
    late: bool
    words: str
    unit: str
    compared: bool

    @property
    def standing(self) -> str:
        if self.late:
            return "late"
        if self.found is None:
            return "open"
        expected = self.expectation
        if holds(expected.low, expected.high, self.found.point):
            return "inside"
        return "above" if self.found.point > expected.high else "below"

    @property
    def settled(self) -> bool:
        return self.standing in SETTLED

    @property
    def glyph(self) -> str:
        return STANDINGS[self.standing][0]

    @property
    def label(self) -> str:
        return STANDINGS[self.standing][1]

    @property
    def reaches(self) -> bool:
        """A value outside whose own plausible range still reaches what was expected."""
        found, expected = self.found, self.expectation
        if found is None or self.standing not in {"above", "below"}:
            return False
        if self.standing == "above":
            return found.low is not None and found.low <= expected.high
        return found.high is not None and found.high >= expected.low

    @property
    def expected_text(self) -> str:
        return range_text(self.expectation.low, self.expectation.high, self.unit, self.compared)

    @property
    def found_text(self) -> str:
        if self.found is None:
            return ""
        return (difference_text if self.compared else score)(self.found.point, self.unit)

    @property
    def found_ends(self) -> Ends:
        """The plausible range of what was found, as it is shown."""
        if self.found is None:
            return None, None
        return possible_ends(self.found.low, self.found.high, self.found.widest if self.compared else None)

    @property
    def of(self) -> str:
        """The version, or in words that it is still to come."""
        return self.version.label if self.version else f"the next version of {self.expectation.model.name}"

    @property
    def sentence(self) -> str:
        """“expected 85–92 %, found 89.7 %: inside”."""
        if self.standing == "late":
            return f"expected {self.expected_text}: does not count. {LATE}"
        if self.found is None:
            return f"expected {self.expected_text}, not measured yet"
        reaches = ", though its plausible range reaches what was expected" if self.reaches else ""
        return f"expected {self.expected_text}, found {self.found_text}: {self.label.lower()}{reaches}"

    @property
    def result(self) -> str:
        """The result it is about; several people may expect something of one."""
        return "/".join(
            map(str, (*line_of(self.expectation.criterion), self.version.pk if self.version else 0))
        )


def line_of(criterion: Criterion) -> Line:
    return criterion.revision.requirement_id, criterion.key, criterion.fingerprint


def expectations_shown() -> QuerySet[Expectation]:
    """With everything a reading tells, the newest first."""
    return Expectation.objects.select_related(
        "criterion__scorer",
        "criterion__rival_set",
        "criterion__revision__requirement__product",
        "model",
        "model_version__model",
        "author",
    ).order_by("-id")


def expectations_of(product: Product) -> list[Reading]:
    """Every expectation of a product, the newest first. At most six queries."""
    return readings(expectations_shown().filter(criterion__revision__requirement__product=product))


def expectations_for(states: Iterable[RequirementState]) -> dict[int, list[Reading]]:
    """By criterion id what was expected of its state's version, and of the next one of that model while it is open.

    At most six queries, however many states.
    """
    wanted = {
        (state.requirement.pk, one.criterion.key, one.criterion.fingerprint): (
            one.criterion.pk,
            state.version,
        )
        for state in states
        for one in state.criteria
        if state.version
    }
    if not wanted:
        return {}
    models = {version.model_id for _, version in wanted.values()}
    rows = expectations_shown().filter(
        criterion__revision__requirement__in={line[0] for line in wanted}, model__in=models
    )
    found: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings(row for row in rows if line_of(row.criterion) in wanted):
        pk, version = wanted[line_of(reading.expectation.criterion)]
        said_of = reading.version or reading.expectation.model.pk == version.model_id
        if said_of is True or said_of == version:
            found[pk].append(reading)
    return found


def expectations_of_version(user: User, version: ModelVersion) -> list[Reading]:
    """What was expected of a version in the products one may see. At most six queries."""
    rows = expectations_shown().filter(
        Q(model_version=version) | Q(model_version=None, model=version.model_id),
        criterion__revision__requirement__product__in=visible_products(user),
    )
    found = readings(rows)
    return [reading for reading in found if reading.version and reading.version.pk == version.pk]


def readings(expectations: Iterable[Expectation]) -> list[Reading]:
    """Expectations (as `expectations_shown` loads them) beside what was found, in their order. At most five queries."""
    rows = list(expectations)
    if not rows:
        return []
    versions = _versions(rows)
    criteria = [row.criterion for row in rows]
    results = _results(criteria, versions.values())
    firsts = _first_ends(criteria, versions.values())
    scorers = newest_scorers(one.scorer_id for one in criteria if one.scorer_id)
    found = []
    for row in rows:
        version, scorer = versions.get(row.pk), scorers.get(row.criterion.scorer_id or 0)
        key = (line_of(row.criterion), version.pk if version else 0)
        first = firsts.get(key)
        seen = results.get(key)
        found.append(
            Reading(
                row,
                version,
                seen,
                late=first is not None and first <= row.created_at,
                words=criterion_words(row.criterion, scorer),
                unit=seen.unit if seen else unit_of_criterion(row.criterion, scorer),
                compared=is_difference(row.criterion),
            )
        )
    return found


def _versions(rows: Sequence[Expectation]) -> dict[int, ModelVersion]:
    """By expectation id the version it speaks of: the named one, else the first after the newest there was. One query."""
    waiting = [row for row in rows if row.model_version is None]
    later: dict[int, list[ModelVersion]] = defaultdict(list)
    if waiting:
        since = min(row.after_id or 0 for row in waiting)
        versions = ModelVersion.objects.filter(model__in={row.model_id for row in waiting}, pk__gt=since)
        for version in versions.select_related("model").order_by("pk"):
            later[version.model_id].append(version)
    found = {row.pk: row.model_version for row in rows if row.model_version is not None}
    for row in waiting:
        next_one = next((one for one in later[row.model_id] if one.pk > (row.after_id or 0)), None)
        if next_one:
            found[row.pk] = next_one
    return found


def _results(
    criteria: Sequence[Criterion], versions: Iterable[ModelVersion]
) -> Mapping[tuple[Line, int], Found]:
    """The first result of each version by a criterion's line. One query."""
    names = (*LINE, "model_version_id")
    rows = (
        Verdict.objects.filter(
            verification__criterion__revision__requirement__in={line_of(one)[0] for one in criteria},
            model_version__in={version.pk for version in versions},
            point__isnull=False,
        )
        .order_by(*names, "run_id", "-generation", "pk")
        .distinct(*names)
        .values_list(
            *names, "run_id", "point", "low", "high", "unit", "n", "run__finished_at", "detail__widest"
        )
    )
    return {((row[0], row[1], row[2]), row[3]): Found(*row[4:]) for row in rows}


def _first_ends(
    criteria: Sequence[Criterion], versions: Iterable[ModelVersion]
) -> dict[tuple[Line, int], datetime]:
    """When a version's first run on a line's evidence finished, whether or not it gave a verdict. Two queries."""
    links = Verification.objects.filter(
        criterion__revision__requirement__in={line_of(one)[0] for one in criteria}
    ).values_list(
        "criterion__revision__requirement_id",
        "criterion__key",
        "criterion__fingerprint",
        "evaluation_version_id",
    )
    evidence: dict[int, set[Line]] = defaultdict(set)
    for requirement_id, key, fingerprint, evaluation_id in links:
        evidence[evaluation_id].add((requirement_id, key, fingerprint))
    runs = (
        Run.objects.finished()
        .filter(evaluation_version__in=evidence, model_version__in={version.pk for version in versions})
        .order_by()
        .values_list("evaluation_version_id", "model_version_id")
        .annotate(first=Min("finished_at"))
    )
    firsts: dict[tuple[Line, int], datetime] = {}
    for evaluation_id, version_id, first in runs:
        for line in evidence[evaluation_id] if first else ():
            firsts[line, version_id] = min(first, firsts.get((line, version_id), first))
    return firsts


def result_seen(criterion: Criterion, version: ModelVersion) -> bool:
    """Whether a run of the version on the criterion's evidence has answered cases. One query."""
    evidence = Verification.objects.filter(
        criterion__revision__requirement=criterion.revision.requirement_id,
        criterion__key=criterion.key,
        criterion__fingerprint=criterion.fingerprint,
    )
    answered = Q(state__in=["scoring", "done", "partial"]) | Q(done__gt=0)
    runs = Run.objects.filter(answered, model_version=version)
    return runs.filter(evaluation_version__in=evidence.values("evaluation_version")).exists()


def expected_already(
    user: User, criterion: Criterion, version: ModelVersion | None, model: Model, after: ModelVersion | None
) -> bool:
    """Whether the person said what they expect of this version, by name or as the next one. Up to two queries."""
    mine = Expectation.objects.filter(
        author=user,
        model=model,
        criterion__key=criterion.key,
        criterion__fingerprint=criterion.fingerprint,
        criterion__revision__requirement=criterion.revision.requirement_id,
    )
    if version is None:
        return mine.filter(model_version=None, after=after).exists()
    before = model.versions.filter(pk__lt=version.pk).order_by("-pk").first()
    return mine.filter(Q(model_version=version) | Q(model_version=None, after=before)).exists()
