"""Concluding of a problem: the assessment with its evidence, and the requirements that are drafted from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from capabilities.models import Assessment, AssessmentEvidence, Problem, ProblemRequirement, Requirement
from capabilities.queries.problem_evidence import compared
from capabilities.services.problems import check_move, locked, move, told
from capabilities.services.requirements import create_requirement
from capabilities.worksheet import cleaned
from config.errors import Refused
from config.people.models import User
from evaluations.models import Kind, Run, Scorer

Conclusion = Assessment.Conclusion
Part = ProblemRequirement.Part
MOST_EVIDENCE = 8
LONGEST = 20_000


@dataclass(frozen=True)
class Evidence:
    """Two runs on the same cases, and the scorer by which they are compared. against_is: what the second stands for."""

    run: Run
    against: Run
    scorer: Scorer
    against_is: str = AssessmentEvidence.Against.CANDIDATE


@dataclass(frozen=True)
class Draft:
    """A requirement to write. part: ai or rules."""

    part: str
    title: str
    shall: str


@transaction.atomic
def assess(  # noqa: PLR0913 - each is a part of what is concluded
    *,
    actor: User | None,
    problem: Problem,
    conclusion: str,
    reason: str,
    answers: Mapping[str, Any] | None = None,
    evidence: Sequence[Evidence] = (),
    ai_part: str = "",
    rules_part: str = "",
) -> Assessment:
    """Conclude, with the reason; it is never changed afterwards. answers: as `worksheet.cleaned` takes them.

    Raises IllegalMove once adopted or declined (reopen it first), Refused for a conclusion without its reason or parts and for evidence
    that cannot be compared.
    """
    problem = locked(problem)
    check_move(problem, Problem.State.ASSESSED)
    texts = {
        name: text.replace("\x00", "").strip()[:LONGEST]
        for name, text in {"reason": reason, "ai_part": ai_part, "rules_part": rules_part}.items()
    }
    _check_texts(conclusion, texts)
    _check_evidence(evidence)
    last = problem.assessments.first()
    made = Assessment.objects.create(
        problem=problem,
        number=last.number + 1 if last else 1,
        conclusion=conclusion,
        answers=_answers(answers or {}),
        author=actor,
        **(texts if conclusion == Conclusion.HYBRID else texts | {"ai_part": "", "rules_part": ""}),
    )
    AssessmentEvidence.objects.bulk_create(
        AssessmentEvidence(
            assessment=made,
            run=one.run,
            against=one.against,
            scorer=one.scorer,
            against_is=one.against_is,
            position=position,
        )
        for position, one in enumerate(evidence)
    )
    before = {"state": problem.state, "conclusion": last.conclusion if last else ""}
    move(problem, Problem.State.ASSESSED)
    after = {
        "state": problem.state,
        "conclusion": conclusion,
        "assessment": made.number,
        "reason": texts["reason"],
    }
    told(actor, problem, "problem.assessed", before=before, after=after)
    return made


def _check_texts(conclusion: str, texts: Mapping[str, str]) -> None:
    problems: dict[str, object] = {}
    if conclusion not in Conclusion.values:
        problems["conclusion"] = f"Conclude one of {', '.join(Conclusion.values)}."
    if not texts["reason"]:
        problems["reason"] = "Say why: a conclusion without its reason helps nobody later."
    if conclusion == Conclusion.HYBRID:
        if not texts["ai_part"]:
            problems["ai_part"] = "Of a hybrid say what AI does."
        if not texts["rules_part"]:
            problems["rules_part"] = "Of a hybrid say what rules do."
    if problems:
        raise Refused(" ".join(map(str, problems.values())), "assessment", problems)


def _answers(answers: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    try:
        return cleaned(answers)
    except ValueError as problem:
        raise Refused(str(problem), "answers", {"answers": str(problem)}) from problem


def _check_evidence(evidence: Sequence[Evidence]) -> None:
    """Raises Refused, with the sentence of the comparison where there is one. At most five queries for each."""
    if len(evidence) > MOST_EVIDENCE:
        _refuse_evidence(f"At most {MOST_EVIDENCE} comparisons; choose those that decide.")
    if len({(one.run.pk, one.against.pk, one.scorer.pk) for one in evidence}) < len(evidence):
        _refuse_evidence("The same comparison is there twice.")
    for one in evidence:
        if one.run.pk == one.against.pk:
            _refuse_evidence(f"Run {one.run.pk} cannot be compared with itself.")
        if one.against_is not in AssessmentEvidence.Against.values:
            _refuse_evidence(f"The second run is one of {', '.join(AssessmentEvidence.Against.values)}.")
        found = compared(one.run, one.against, one.scorer.slug)
        if found.comparison is None or found.comparison.result.n == 0:
            _refuse_evidence(f"Run {one.run.pk} against {one.against.pk}: {found.words}")


def _refuse_evidence(sentence: str) -> None:
    raise Refused(sentence, "evidence", {"evidence": sentence})


def parts_of(assessment: Assessment) -> list[str]:
    """Which requirements a conclusion asks for: none, one, or of a hybrid two."""
    return {
        Conclusion.AI: [Part.AI.value],
        Conclusion.RULES: [Part.RULES.value],
        Conclusion.HYBRID: [Part.AI.value, Part.RULES.value],
    }.get(Conclusion(assessment.conclusion), [])


@transaction.atomic
def draft_requirements(*, actor: User, problem: Problem, drafts: Sequence[Draft]) -> list[Requirement]:
    """Drafts of requirements that follow from the newest conclusion, linked with it; the problem is adopted.

    Raises Refused for a part that the conclusion has not, or that is drafted already, and ValidationError with the fields at fault.
    """
    problem = locked(problem)
    assessment = problem.assessments.first()
    if problem.state != Problem.State.ADOPTED:
        check_move(problem, Problem.State.ADOPTED)
    if assessment is None or not (asked := parts_of(assessment)):
        raise Refused(
            f"Nothing follows from “{Conclusion.NOT_NOW.label}”. Decline {problem.key}, or assess it again.",
            "not_now",
        )
    there = {link.part: link.requirement for link in _links(problem, assessment)}
    made = []
    for draft in drafts:
        if draft.part not in asked:
            raise Refused(f"The conclusion has no such part; it has {' and '.join(asked)}.", "part")
        if draft.part in there:
            raise Refused(f"{there[draft.part].key} is the draft of this part already.", "drafted")
        there[draft.part] = _drafted(actor, problem, assessment, draft)
        made.append(there[draft.part])
    if not made:
        raise Refused("Choose at least one part to draft.", "part")
    if problem.state != Problem.State.ADOPTED:
        move(problem, Problem.State.ADOPTED)
    told(
        actor,
        problem,
        "problem.adopted",
        after={"state": problem.state, "requirements": [one.key for one in made]},
    )
    return made


def _links(problem: Problem, assessment: Assessment) -> Sequence[ProblemRequirement]:
    rows = problem.requirement_links.filter(assessment=assessment)
    return list(rows.select_related("requirement__product"))


def _drafted(actor: User, problem: Problem, assessment: Assessment, draft: Draft) -> Requirement:
    kind = Kind.RULES.value if draft.part == Part.RULES else problem.kind
    requirement = create_requirement(
        actor=actor,
        product=problem.product,
        title=draft.title,
        shall=draft.shall,
        kind=kind,
        rationale=f"{problem.what}\n\n{problem.key}: {assessment.reason}",
    )
    ProblemRequirement.objects.create(
        problem=problem, requirement=requirement, assessment=assessment, part=draft.part
    )
    return requirement
