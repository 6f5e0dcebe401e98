"""The life of a problem. These functions and `assessing` are its only writers; an illegal move is refused with what is allowed."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.models import Problem, Product
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record

State = Problem.State
FIELDS = (
    "title",
    "who",
    "what",
    "today",
    "how_often",
    "wrong_cost",
    "silent_cost",
    "aim",
    "data",
    "kind",
)
MOVES: Mapping[str, frozenset[str]] = {
    State.OPEN: frozenset({State.ASSESSED}),
    State.ASSESSED: frozenset({State.ASSESSED, State.ADOPTED, State.DECLINED}),
    State.ADOPTED: frozenset({State.OPEN}),
    State.DECLINED: frozenset({State.OPEN}),
}
LONGEST = 20_000


@transaction.atomic
def create_problem(*, actor: User | None, product: Product, **fields: Any) -> Problem:
    """An open problem, numbered within its product; title, who and what are needed. Raises ValidationError with the fields at fault."""
    product = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    last = product.problems.aggregate(last=Max("number"))["last"] or 0
    problem = Problem(product=product, number=last + 1, created_by=actor, **_words(fields))
    problem.full_clean()
    problem.save()
    told(actor, problem, "problem.created", after=_shown(problem))
    return problem


@transaction.atomic
def edit_problem(*, actor: User | None, problem: Problem, seen: str = "", **fields: Any) -> Problem:
    """Put it in other words; the earlier ones stay in the audit. seen: `seen_of` of what the writer had read, empty to write in any case.

    Raises EditedMeanwhile when somebody else saved since, ValidationError with the fields at fault.
    """
    problem = locked(problem)
    if seen and seen != seen_of(problem):
        raise EditedMeanwhile(
            f"Somebody else changed {problem.key} meanwhile. What you typed is still here: read theirs in another window, then save again."
        )
    before = _shown(problem)
    for name, value in _words(fields).items():
        setattr(problem, name, value)
    problem.full_clean()
    after = _shown(problem)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if changed:
        problem.save()
        told(
            actor,
            problem,
            "problem.changed",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return problem


@transaction.atomic
def decline(*, actor: User | None, problem: Problem, reason: str) -> Problem:
    """Not with a model, for now or ever, with the reason. Raises IllegalMove before it was assessed, Refused without a reason."""
    return _reasoned(actor, problem, State.DECLINED, reason, f"Say why {problem.key} is declined.")


@transaction.atomic
def reopen_problem(*, actor: User | None, problem: Problem, reason: str) -> Problem:
    """Take up again what was adopted or declined; its assessments stay. Raises IllegalMove, and Refused without a reason."""
    return _reasoned(
        actor, problem, State.OPEN, reason, f"Say what changed, so that {problem.key} is open again."
    )


def _reasoned(actor: User | None, problem: Problem, state: str, reason: str, missing: str) -> Problem:
    problem = locked(problem)
    check_move(problem, state)
    reason = reason.replace("\x00", "").strip()[:LONGEST]
    if not reason:
        raise Refused(missing, "reason", {"reason": missing})
    before = {"state": problem.state, "reason": problem.state_reason}
    move(problem, state, reason if state == State.DECLINED else "")
    verb = "problem.declined" if state == State.DECLINED else "problem.reopened"
    told(actor, problem, verb, before=before, after={"state": state, "reason": reason})
    return problem


def locked(problem: Problem) -> Problem:
    """The problem as stored, held until the commit."""
    return Problem.objects.select_for_update(of=("self",)).select_related("product").get(pk=problem.pk)


def check_move(problem: Problem, state: str) -> None:
    """Raises IllegalMove with what is allowed."""
    allowed = MOVES[problem.state]
    if state not in allowed:
        ways = " or ".join(sorted(State(way).label.lower() for way in allowed))
        raise IllegalMove(
            f"{problem.key} is {problem.get_state_display().lower()}; from there it can become {ways}."
        )


def move(problem: Problem, state: str, reason: str = "") -> None:
    """Caller holds the lock."""
    check_move(problem, state)
    problem.state, problem.state_reason = state, reason
    problem.save(update_fields=["state", "state_reason", "updated_at"])


def seen_of(problem: Problem) -> str:
    """What a form remembers of the problem it was opened on."""
    return problem.updated_at.isoformat()


def told(actor: User | None, problem: Problem, verb: str, **details: Any) -> None:
    """Write it down in the trail."""
    record(
        actor=actor,
        verb=verb,
        noun="problem",
        object_id=problem.pk,
        label=problem.key,
        product=problem.product.key,
        **details,
    )


def _words(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Known fields, without characters that cannot be kept."""
    return {
        name: value.replace("\x00", "").strip() if isinstance(value, str) else value
        for name, value in fields.items()
        if name in FIELDS
    }


def _shown(problem: Problem) -> dict[str, str]:
    return {name: str(getattr(problem, name)) for name in FIELDS}
