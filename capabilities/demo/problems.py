"""Two problems of the demo: written down at once, concluded when the runs that they rest on are finished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from capabilities.models import Problem, Product
from capabilities.services.assessing import Draft, Evidence, assess, draft_requirements
from capabilities.services.problems import create_problem
from config.people.models import User
from evaluations.models import Scorer
from evaluations.queries.pairs import newest_run

YES, NO = {"answer": "yes", "note": ""}, {"answer": "no", "note": ""}


@dataclass(frozen=True)
class Compared:
    """Two versions on one evaluation, by one scorer. against_is: what the second stands for."""

    evaluation: str
    version: str
    against: str
    scorer: str
    against_is: str


@dataclass(frozen=True)
class Plan:
    words: Mapping[str, str]
    conclusion: str
    reason: str
    answers: Mapping[str, Mapping[str, str]]
    evidence: Sequence[Compared]
    drafts: Sequence[Draft] = field(default=())


PLANS = (
    Plan(
        {
            "title": "Suggestions come when the driver cannot listen",
            "who": "Drivers, above all those who talk to somebody while they drive",
            "what": "The assistant speaks up in the middle of a conversation, and then says nothing when the tank is nearly empty.",
            "today": "A short list of rules from the first release.",
            "how_often": "Several times on every drive",
            "wrong_cost": "A wrong suggestion distracts for a moment; a missed one may end with an empty tank.",
            "silent_cost": "Nobody notices a suggestion that did not come.",
            "aim": "help",
            "data": "Driving situations with the suggestion that a careful passenger would make.",
            "kind": "llm",
        },
        "rules",
        "The situations can be named, the same one must always be treated alike, and whoever answers for safety has to be able to read "
        "why. The longer list of rules is set against today's and against the rival's on the same situations below. No model was tried: "
        "when one arrives, this is worth another look.",
        {
            "predictable": YES | {"note": "Drivers notice when the same trip is treated differently."},
            "explained": YES,
            "costly": NO,
            "silent": YES | {"note": "A suggestion that does not come is not missed."},
            "rules_enough": YES,
            "changes": NO,
            "differs": NO,
            "perceives": NO,
            "examples": YES,
            "judged": YES,
        },
        (
            Compared("driving-suggestion", "aria-drive@2", "aria-drive@1", "right-suggestion", "today"),
            Compared("driving-suggestion", "aria-drive@2", "nova-drive@5.2", "right-suggestion", "candidate"),
        ),
    ),
    Plan(
        {
            "title": "Fan motors fail on the road though they were checked",
            "who": "Drivers who stand by the road, and the workshop that checked the car",
            "what": "A worn motor looks sound at the service and fails weeks later.",
            "today": "A limit for vibration on the wall of the workshop.",
            "how_often": "At every service, for each of the car's small motors",
            "wrong_cost": "A sound motor is changed for nothing.",
            "silent_cost": "A failing motor is passed, and fails on the road.",
            "aim": "help",
            "data": "Readings of current, temperature, vibration, age and starts, with the state that the motor was found in.",
            "kind": "ml",
        },
        "ai",
        "One limit cannot hold five readings together, and nobody could write down how they do. On the same readings the model names the "
        "state of a motor better than the rule on the wall, as the comparison below shows. It helps the mechanic, who decides.",
        {
            "predictable": NO,
            "explained": NO | {"note": "The mechanic sees the readings."},
            "costly": YES | {"note": "So the mechanic decides."},
            "silent": YES,
            "rules_enough": NO,
            "changes": NO,
            "differs": YES | {"note": "From motor to motor."},
            "perceives": NO,
            "examples": YES,
            "judged": YES,
            "own_hands": YES,
        },
        (Compared("motor-state", "aria-motor@1", "vibration-rule@1", "motor-macro-f1", "simple"),),
        (
            Draft(
                "ai",
                "Points at the readings that speak for a failing motor",
                "name the two readings that weigh most in what it says of a motor",
            ),
        ),
    ),
)


def write_problems(actor: User, product: Product) -> None:
    for plan in PLANS:
        create_problem(actor=actor, product=product, **plan.words)


def conclude_problems(actor: User) -> bool:
    """Conclude the demo's open problems whose runs are finished. Whether none is left; safe to call again."""
    by_title = {plan.words["title"]: plan for plan in PLANS}
    waiting = Problem.objects.filter(title__in=by_title, state=Problem.State.OPEN, assessments=None)
    done = [_conclude(actor, problem, by_title[problem.title]) for problem in waiting]
    return all(done)


@transaction.atomic
def _conclude(actor: User, problem: Problem, plan: Plan) -> bool:
    evidence = []
    for one in plan.evidence:
        run, against = newest_run(one.evaluation, one.version), newest_run(one.evaluation, one.against)
        if run is None or against is None:
            return False
        evidence.append(Evidence(run, against, Scorer.objects.get(slug=one.scorer), one.against_is))
    assess(
        actor=actor,
        problem=problem,
        conclusion=plan.conclusion,
        reason=plan.reason,
        answers=plan.answers,
        evidence=evidence,
    )
    if plan.drafts:
        draft_requirements(actor=actor, problem=problem, drafts=plan.drafts)
    return True
