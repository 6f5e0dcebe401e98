"""The board: models beside each other over the evaluations of a suite, or over all suites, with ranks that are intervals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from evaluations.models import (
    NOT_EVIDENCE,
    EvaluationScorer,
    EvaluationVersion,
    ModelVersion,
    Run,
    ScorerVersion,
    Side,
    Suite,
)
from evaluations.queries.board_columns import Place, Ranked, Wanted, ranked_columns
from evaluations.queries.calibrations import calibrations_of
from evaluations.queries.scores import shown_unit
from evaluations.queries.selection import newest_versions_of
from evaluations.statistics import holm

MOST_LINES = 60
MOST_COLUMNS = 60
ALPHA = 0.05


@dataclass(frozen=True)
class Asked:
    """Whom the board shows. every_version: not only each model's newest that ran; every_check: not only an evaluation's main one."""

    every_version: bool = False
    every_check: bool = False
    sides: Sequence[str] = ()


@dataclass(frozen=True)
class Column:
    """An evaluation by one scorer. runs: by model version. places: by run. unchecked: what its judge lacks, or empty."""

    version: EvaluationVersion
    scorer: ScorerVersion
    slug: str
    main: bool
    unit: str
    runs: Mapping[int, Run]
    ranked: Ranked
    unchecked: str = ""

    @property
    def opinion(self) -> bool:
        """Of a judge: its places rest on opinions as they are, so that nobody leads for certain in it."""
        return self.scorer.is_opinion

    @property
    def key(self) -> str:
        """How addresses name it."""
        return f"{self.version.evaluation.slug}.{self.slug}"

    def place(self, version: ModelVersion) -> Place | None:
        run = self.runs.get(version.pk)
        return None if run is None else self.ranked.places[run.pk]


@dataclass(frozen=True)
class Relation:
    """How one model stands to another over several columns, by their keys; corrected over all pairs and columns."""

    ahead: Sequence[str] = ()
    behind: Sequence[str] = ()
    level: Sequence[str] = ()

    @property
    def word(self) -> str:
        """ahead: somewhere, and behind nowhere; mixed: each is ahead somewhere."""
        if self.ahead and self.behind:
            return "mixed"
        if self.ahead or self.behind:
            return "ahead" if self.ahead else "behind"
        return "level" if self.level else "unknown"

    def turned(self) -> "Relation":
        return Relation(self.behind, self.ahead, self.level)


@dataclass(frozen=True)
class Overall:
    """Where a model stands over all columns: how many others it is ahead of, level with, mixed with and behind."""

    best_rank: int
    worst_rank: int
    ahead: int
    level: int
    mixed: int
    behind: int

    @property
    def best(self) -> bool:
        return self.best_rank == 1 and self.ahead > 0

    @property
    def apart(self) -> bool:
        """Told apart from somebody."""
        return bool(self.ahead or self.behind or self.mixed)


@dataclass(frozen=True)
class Line:
    """A model version over the columns. overall: None while partial. newer: a later active version that ran none of them."""

    version: ModelVersion
    places: Sequence[Place | None]
    overall: Overall | None
    newer: ModelVersion | None

    @property
    def ran(self) -> int:
        return sum(place is not None for place in self.places)

    @property
    def whole(self) -> int:
        """Columns it is ranked in."""
        return sum(place is not None and place.ranked for place in self.places)

    @property
    def missing(self) -> int:
        """Cases without a score, over what it ran."""
        return sum(place.missing for place in self.places if place is not None)


@dataclass(frozen=True)
class Board:
    """columns by evaluation name; lines: ranked ones by rank, then the partial. relations: of pairs of ranked lines, by version ids."""

    suite: Suite | None
    columns: Sequence[Column]
    lines: Sequence[Line]
    relations: Mapping[tuple[int, int], Relation]
    without_version: Sequence[str] = ()
    left_out: int = 0

    @property
    def unchecked(self) -> bool:
        """Some of it is the opinion of a judge that people have not checked."""
        return any(column.unchecked for column in self.columns)

    @property
    def opinion(self) -> bool:
        """Some of it is a judge's opinion, checked or not."""
        return any(column.opinion for column in self.columns)

    @property
    def ranked(self) -> list[Line]:
        return [line for line in self.lines if line.overall is not None]

    @property
    def partial(self) -> list[Line]:
        return [line for line in self.lines if line.overall is None]

    def relation(self, one: ModelVersion, other: ModelVersion) -> Relation:
        return self.relations.get((one.pk, other.pk), Relation())


@dataclass(frozen=True)
class SuiteBoards:
    """Every suite's board over the same model versions."""

    boards: Sequence[Board]
    versions: Sequence[ModelVersion]
    left_out: int = 0


@dataclass
class _Gathered:
    columns: list[Column] = field(default_factory=list)
    versions: list[ModelVersion] = field(default_factory=list)
    newer: dict[int, ModelVersion] = field(default_factory=dict)
    left_out: int = 0


def board_of(suite: Suite, asked: Asked | None = None) -> Board:
    """The board of one suite. Five queries, two more with judges, and up to three for each column this process has not ranked before."""
    evaluations = list(suite.evaluations.order_by("name", "slug"))
    versions = _in_order(newest_versions_of(evaluations), [one.pk for one in evaluations])
    found = _gathered(versions, asked or Asked())
    known = {version.evaluation_id for version in versions}
    without = [one.name for one in evaluations if one.pk not in known]
    return _board(suite, found.columns, found, without)


def boards_of_suites(asked: Asked | None = None) -> SuiteBoards:
    """Every suite with evaluations. Six queries, two more with judges, and up to three for each column not ranked in this process."""
    suites = list(Suite.objects.prefetch_related("evaluations").order_by("name", "slug"))
    every = {one.pk: one for suite in suites for one in suite.evaluations.all()}
    ordered = sorted(every.values(), key=lambda one: (one.name, one.slug))
    versions = _in_order(newest_versions_of(ordered), [one.pk for one in ordered])
    found = _gathered(versions, asked or Asked())
    boards = []
    for suite in suites:
        inside = {one.pk for one in suite.evaluations.all()}
        columns = [column for column in found.columns if column.version.evaluation_id in inside]
        boards.append(_board(suite, columns, found, ()))
    return SuiteBoards(boards, found.versions, found.left_out)


def _in_order(versions: Iterable[EvaluationVersion], evaluations: Sequence[int]) -> list[EvaluationVersion]:
    place = {pk: position for position, pk in enumerate(evaluations)}
    return sorted(versions, key=lambda version: place[version.evaluation_id])


def _gathered(versions: Sequence[EvaluationVersion], asked: Asked) -> _Gathered:
    runs = _latest_runs(versions, asked)
    found = _Gathered()
    chosen = _chosen(runs, asked, found)
    found.left_out = max(0, len(chosen) - MOST_LINES)
    found.versions = chosen[:MOST_LINES]
    shown = {version.pk for version in found.versions}
    by_evaluation: dict[int, dict[int, Run]] = defaultdict(dict)
    for run in runs:
        if run.model_version_id in shown:
            by_evaluation[run.evaluation_version_id][run.model_version_id] = run
    known = _checks(versions)
    checks = [
        (version, row.scorer_version, row.slug, place == 0)
        for version in versions
        for place, row in enumerate(known[version.pk])
        if asked.every_check or place == 0
    ][:MOST_COLUMNS]
    wanted = [
        Wanted(version, scorer, list(by_evaluation[version.pk].values())) for version, scorer, _, _ in checks
    ]
    unchecked = {
        pk: judge.problem() for pk, judge in calibrations_of(scorer for _, scorer, _, _ in checks).items()
    }
    found.columns = [
        Column(
            version=version,
            scorer=scorer,
            slug=slug,
            main=main,
            unit=_unit(one, scorer),
            runs=by_evaluation[version.pk],
            ranked=ranked,
            unchecked=unchecked.get(scorer.pk, ""),
        )
        for (version, scorer, slug, main), one, ranked in zip(
            checks, wanted, ranked_columns(wanted), strict=True
        )
    ]
    return found


def _checks(versions: Sequence[EvaluationVersion]) -> dict[int, list[EvaluationScorer]]:
    rows = EvaluationScorer.objects.filter(evaluation_version__in=versions).order_by("position")
    found: dict[int, list[EvaluationScorer]] = defaultdict(list)
    for row in rows.select_related("scorer_version__scorer", "scorer_version__judge__model"):
        found[row.evaluation_version_id].append(row)
    return found


def _unit(wanted: Wanted, scorer: ScorerVersion) -> str:
    return shown_unit(wanted.runs[0], scorer) if wanted.runs else scorer.unit


def _latest_runs(versions: Sequence[EvaluationVersion], asked: Asked) -> list[Run]:
    runs = (
        Run.objects.finished()
        .exclude(origin__in=NOT_EVIDENCE)
        .filter(evaluation_version__in=versions)
        .select_related("model_version__model")
    )
    if asked.sides:
        runs = runs.filter(model_version__model__side__in=asked.sides)
    pair = ("evaluation_version_id", "model_version_id")
    return list(runs.last_asked_of_each(*pair))


def _chosen(runs: Sequence[Run], asked: Asked, found: _Gathered) -> list[ModelVersion]:
    """The versions that get a line, ours first: of each model the newest active one that ran, or every one."""
    ran = {run.model_version_id: run.model_version for run in runs}
    if asked.every_version:
        return sorted(ran.values(), key=_ours_first)
    models = {version.model_id for version in ran.values()}
    newest: dict[int, ModelVersion] = {}
    rows = ModelVersion.objects.active().filter(model__in=models).select_related("model").newest_first()
    for version in rows:
        if version.model_id in newest:
            continue
        if version.pk in ran:
            newest[version.model_id] = version
        else:
            found.newer.setdefault(version.model_id, version)
    return sorted(newest.values(), key=_ours_first)


def _ours_first(version: ModelVersion) -> tuple[bool, str]:
    return version.model.side != Side.OWN, version.label


def _board(suite: Suite | None, columns: Sequence[Column], found: _Gathered, without: Sequence[str]) -> Board:
    shown = [version for version in found.versions if any(version.pk in column.runs for column in columns)]
    places = {version.pk: [column.place(version) for column in columns] for version in shown}
    complete = [
        version
        for version in shown
        if all(place is not None and place.ranked for place in places[version.pk])
    ]
    relations = _relations(columns, complete)
    overall = _overall(complete, relations)
    lines = [
        Line(version, places[version.pk], overall.get(version.pk), found.newer.get(version.model_id))
        for version in shown
    ]
    return Board(suite, columns, sorted(lines, key=_by_rank), relations, without, found.left_out)


def _by_rank(line: Line) -> tuple[bool, int, int, int, tuple[bool, str]]:
    overall = line.overall
    if overall is None:
        return True, 0, 0, -line.whole, _ours_first(line.version)
    return False, overall.best_rank, overall.worst_rank, -overall.ahead, _ours_first(line.version)


def _relations(
    columns: Sequence[Column], complete: Sequence[ModelVersion]
) -> dict[tuple[int, int], Relation]:
    """Both ways round. Holm over every pair of these models in every column, so that no claim among all of them is likely false."""
    inside = {version.pk for version in complete}
    claims: list[tuple[tuple[int, int], str, float]] = []
    raw: list[float] = []
    for column in columns:
        owner = {str(run.pk): version for version, run in column.runs.items() if version in inside}
        for test in column.ranked.pairs:
            if test.a in owner and test.b in owner:
                claims.append(((owner[test.a], owner[test.b]), column.key, test.difference))
                raw.append(test.p)
    parts: dict[tuple[int, int], tuple[list[str], list[str], list[str]]] = defaultdict(lambda: ([], [], []))
    for (pair, key, gap), p in zip(claims, holm(raw), strict=True):
        told = p <= ALPHA and gap
        pair, gap = (pair, gap) if pair[0] < pair[1] else ((pair[1], pair[0]), -gap)
        parts[pair][2 if not told else 0 if gap > 0 else 1].append(key)
    found = {pair: Relation(*each) for pair, each in parts.items()}
    return found | {(b, a): relation.turned() for (a, b), relation in found.items()}


def _overall(
    complete: Sequence[ModelVersion], relations: Mapping[tuple[int, int], Relation]
) -> dict[int, Overall]:
    counts = {
        version.pk: dict.fromkeys(("ahead", "level", "mixed", "behind", "unknown"), 0) for version in complete
    }
    for one, other in combinations(complete, 2):
        relation = relations.get((one.pk, other.pk), Relation())
        counts[one.pk][relation.word] += 1
        counts[other.pk][relation.turned().word] += 1
    size = len(complete)
    return {
        pk: Overall(
            best_rank=1 + each["behind"],
            worst_rank=size - each["ahead"],
            ahead=each["ahead"],
            level=each["level"] + each["unknown"],
            mixed=each["mixed"],
            behind=each["behind"],
        )
        for pk, each in counts.items()
    }
