"""Problems of a product: the list with what was concluded, one with its assessments, and which are worth another look."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from capabilities.models import Assessment, Problem, ProblemRequirement, Product, Remark, Requirement
from capabilities.queries.activity import Event, of_problem
from capabilities.queries.problem_evidence import Reading, readings
from capabilities.queries.products import visible_products
from capabilities.worksheet import ANSWERS, QUESTIONS, Question
from config.people.models import User
from evaluations.models import ModelVersion

SORTS: Mapping[str, tuple[str, ...]] = {
    "key": ("number",),
    "title": ("title", "number"),
    "state": ("state", "number"),
    "conclusion": ("conclusion", "number"),
    "assessed": ("assessed_at", "number"),
}
DEEDS = 30
NOT_ASSESSED = "none"
DUE = "due"


@dataclass(frozen=True)
class Row:
    """A problem as the list shows it. newer: a version of its kind that came after its newest assessment."""

    problem: Problem
    conclusion: str
    assessed_at: Any
    newer: ModelVersion | None

    @property
    def conclusion_words(self) -> str:
        return str(Assessment.Conclusion(self.conclusion).label) if self.conclusion else ""


@dataclass(frozen=True)
class Answered:
    """A question of the worksheet with what was said to it, and which way that points."""

    question: Question
    answer: str
    note: str

    @property
    def words(self) -> str:
        return ANSWERS[self.answer]

    @property
    def points(self) -> str:
        return self.question.points(self.answer)


@dataclass(frozen=True)
class Looked:
    """An assessment with its worksheet and its evidence as that stands now; without evidence where it is not the newest."""

    assessment: Assessment
    answers: Sequence[Answered]
    evidence: Sequence[Reading]


@dataclass(frozen=True)
class ProblemPage:
    """now: the newest assessment; earlier: those before, the last first. deeds: what was done to it, the newest first."""

    row: Row
    now: Looked | None
    earlier: Sequence[Looked]
    links: Sequence[ProblemRequirement]
    remarks: Sequence[Remark]
    deeds: Sequence[Event]


def with_conclusion(problems: QuerySet[Problem]) -> QuerySet[Any]:
    """Annotated with conclusion and assessed_at of the newest assessment, and newer: the id of a version that came after it."""
    newest = Assessment.objects.filter(problem=OuterRef("pk")).order_by("-number")
    after = ModelVersion.objects.active().filter(
        model__kind=OuterRef("kind"), created_at__gt=OuterRef("assessed_at")
    )
    return problems.select_related("product").annotate(
        conclusion=Subquery(newest.values("conclusion")[:1]),
        assessed_at=Subquery(newest.values("created_at")[:1]),
        newer=Subquery(after.order_by("-created_at", "-id").values("pk")[:1]),
    )


def problem_rows(product: Product, wanted: Mapping[str, str]) -> QuerySet[Any]:
    """What ?state=, ?conclusion= (also none and due), ?q= ask for, in the order of ?sort= (a minus turns it). One query."""
    rows = with_conclusion(product.problems.all())
    if wanted.get("state") in Problem.State.values:
        rows = rows.filter(state=wanted["state"])
    conclusion = wanted.get("conclusion", "")
    if conclusion in Assessment.Conclusion.values:
        rows = rows.filter(conclusion=conclusion)
    elif conclusion == NOT_ASSESSED:
        rows = rows.filter(conclusion=None)
    elif conclusion == DUE:
        rows = rows.filter(newer__isnull=False)
    if text := wanted.get("q", "").strip():
        where = Q(title__icontains=text) | Q(what__icontains=text) | Q(who__icontains=text)
        rows = rows.filter(where | Q(state_reason__icontains=text) | Q(pk__in=Problem.objects.with_key(text)))
    return rows.order_by(*_order(wanted.get("sort", "")))


def _order(sort: str) -> list[Any]:
    names = SORTS.get(sort.removeprefix("-"), SORTS["key"])
    turned = sort.startswith("-")
    return [F(name).desc(nulls_last=True) if turned else F(name).asc(nulls_last=True) for name in names]


def as_rows(problems: Iterable[Any]) -> list[Row]:
    """One query for the newer versions, none where there are none."""
    found = list(problems)
    ids = {problem.newer for problem in found if problem.newer}
    versions = ModelVersion.objects.select_related("model").in_bulk(ids) if ids else {}
    return [
        Row(problem, problem.conclusion or "", problem.assessed_at, versions.get(problem.newer))
        for problem in found
    ]


def problem_counts(product: Product) -> tuple[Counter[str], Counter[str]]:
    """How many are in each state, and of each conclusion. One query."""
    rows = list(with_conclusion(product.problems.all()).values_list("state", "conclusion", "newer"))
    conclusions = Counter(conclusion or NOT_ASSESSED for _, conclusion, _ in rows)
    conclusions[DUE] = sum(newer is not None for _, _, newer in rows)
    return Counter(state for state, _, _ in rows), conclusions


def find_problem(user: User, key: str) -> Problem | None:
    """The problem called `VA-P3` among what a person may see. One query."""
    rows = Problem.objects.filter(product__in=visible_products(user)).with_key(key)
    return rows.select_related("product", "created_by").first()


def problem_page(problem: Problem) -> ProblemPage:
    """Up to fourteen queries, and at most six for each piece of the newest evidence."""
    [row] = as_rows(with_conclusion(Problem.objects.filter(pk=problem.pk)))
    assessments = list(problem.assessments.select_related("author"))
    newest = assessments[0] if assessments else None
    links = problem.requirement_links.select_related("requirement__product", "assessment")
    return ProblemPage(
        row=row,
        now=looked(newest) if newest else None,
        earlier=[Looked(one, answered(one), ()) for one in assessments[1:]],
        links=list(links),
        remarks=list(problem.remarks.select_related("author", "settled_by")),
        deeds=of_problem(problem, DEEDS),
    )


def looked(assessment: Assessment) -> Looked:
    """One query, and at most six for each piece of evidence."""
    return Looked(assessment, answered(assessment), readings(assessment))


def answered(assessment: Assessment) -> list[Answered]:
    """Every question of today's worksheet; one that was not asked then is unknown. No query."""
    found = []
    for question in QUESTIONS:
        said = assessment.answers.get(question.slug, {})
        found.append(Answered(question, said.get("answer", "unknown"), said.get("note", "")))
    return found


def due_again(products: QuerySet[Product]) -> list[Row]:
    """Problems of these products that a version of their kind came for after they were assessed. Two queries."""
    rows = with_conclusion(Problem.objects.filter(product__in=products))
    return as_rows(rows.filter(newer__isnull=False).order_by("product__key", "number"))


def problems_of(requirement: Requirement) -> list[ProblemRequirement]:
    """The problems that a requirement was drafted for. One query."""
    links = ProblemRequirement.objects.filter(requirement=requirement)
    return list(links.select_related("problem__product", "assessment"))
