"""What a conclusion rests on: comparisons of runs, read anew each time, and those there are to choose from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from django.urls import reverse

from capabilities.models import Assessment, AssessmentEvidence
from config.errors import NotComparable
from evaluations.models import Kind, Run, ScorerVersion, Side
from evaluations.queries.comparison import Comparison, compare
from evaluations.queries.differences import Varies
from evaluations.queries.pairs import finished_runs
from evaluations.queries.references import whole_number
from evaluations.queries.scores import shown_unit

Against = AssessmentEvidence.Against
NEWEST = 100
MOST_CHOICES = 24
# How long an answer takes is worth a look on the comparison's own page; it says nothing about whether the problem is solved.
BESIDE_THE_POINT = frozenset({"latency", "real_time_factor", "cost"})


@dataclass(frozen=True)
class Reading:
    """Two runs compared as they stand now. comparison: None where they cannot be compared, and words say why.

    unit: of the points. what: what the second run stands for, in words.
    """

    comparison: Comparison | None
    words: str
    unit: str = ""
    what: str = ""
    url: str = ""
    evidence: AssessmentEvidence | None = None


@dataclass(frozen=True)
class Choice:
    """A comparison there is. value: how a form and `chosen` name it."""

    value: str
    run: Run
    against: Run
    scorer: ScorerVersion
    against_is: str

    @property
    def url(self) -> str:
        return address(self.run, self.against, self.scorer.scorer.slug)


def varies_of(run: Run, against: Run) -> Varies:
    """What is meant to differ between two runs: the model, the prompt, or the whole system."""
    if run.evaluation_version_id == against.evaluation_version_id:
        return "model"
    return "prompt" if run.model_version_id == against.model_version_id else "system"


def address(run: Run, against: Run, scorer: str) -> str:
    """The page on which the two are compared sample by sample."""
    asked = {"run": run.pk, "against": against.pk, "scorer": scorer, "varies": varies_of(run, against)}
    return f"{reverse('evaluations:compare')}?{urlencode(asked)}"


def compared(run: Run, against: Run, scorer: str) -> Reading:
    """At most six queries."""
    url = address(run, against, scorer)
    try:
        found = compare(run, against, scorer, varies=varies_of(run, against))
    except NotComparable as refusal:
        return Reading(None, refusal.message, url=url)
    return Reading(found, found.sentence, shown_unit(found.run_a, found.scorer), url=url)


def readings(assessment: Assessment) -> list[Reading]:
    """Each piece of evidence as it stands now. One query, and at most six for each."""
    rows = assessment.evidence.select_related(
        "run__model_version__model", "against__model_version__model", "scorer"
    )
    return [_reading(one) for one in rows]


def _reading(one: AssessmentEvidence) -> Reading:
    found = compared(one.run, one.against, one.scorer.slug)
    return Reading(
        found.comparison, found.words, found.unit, one.get_against_is_display(), found.url, evidence=one
    )


def choices(kind: str) -> list[Choice]:
    """Comparisons among the newest runs: each model against the simple alternative on the same cases, else ours against others.

    Those with a model of this kind come first. Three queries.
    """
    newest: dict[tuple[int, int], Run] = {}
    runs = finished_runs().prefetch_related("evaluation_version__scorers__scorer")
    for run in sorted(runs[:NEWEST], key=lambda run: (run.asked_at, run.pk), reverse=True):
        newest.setdefault((run.evaluation_version_id, run.model_version_id), run)
    by_evaluation: dict[int, list[Run]] = {}
    for run in newest.values():
        by_evaluation.setdefault(run.evaluation_version_id, []).append(run)
    found = [choice for group in by_evaluation.values() for choice in _of_group(group)]
    found.sort(key=lambda one: one.run.model_version.model.kind != kind)
    return found[:MOST_CHOICES]


def _of_group(runs: Sequence[Run]) -> Iterable[Choice]:
    simple = [run for run in runs if _is_simple(run)]
    others = [run for run in runs if not _is_simple(run)]
    if not simple or not others:
        ours = [run for run in runs if run.model_version.model.side == Side.OWN]
        simple, others = [run for run in runs if run not in ours[:1]], ours[:1]
    for run in others:
        for against in simple:
            for scorer in run.evaluation_version.scorers.all():
                if scorer.kind not in BESIDE_THE_POINT:
                    what = stands_for(against)
                    value = f"{run.pk}:{against.pk}:{scorer.scorer.slug}:{what}"
                    yield Choice(value, run, against, scorer, what)


def _is_simple(run: Run) -> bool:
    model = run.model_version.model
    return bool(model.side == Side.SIMPLE or model.kind == Kind.RULES)


def stands_for(run: Run) -> str:
    """What a run is beside a candidate, by its model. Needs the model loaded."""
    return Against.SIMPLE.value if _is_simple(run) else Against.CANDIDATE.value


def from_address(text: str) -> tuple[int, int, str] | None:
    """Run, other run and scorer of the address of a comparison; None for what is no such address."""
    asked = parse_qs(urlsplit(text.strip()).query)
    run = whole_number(asked.get("run", [""])[0])
    against = whole_number(asked.get("against", [""])[0])
    scorer = asked.get("scorer", [""])[0]
    return (run, against, scorer) if run is not None and against is not None else None
