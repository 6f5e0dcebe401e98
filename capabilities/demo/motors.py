"""Classical models in the demo: three ways of telling a sound motor from a worn and a failing one, and what is asked of ours."""

from typing import Any

from capabilities.demo import kinds
from capabilities.demo.facts import ORIGIN
from capabilities.models import Product
from config.people.models import User
from evaluations.demo.motors import reading_cases
from evaluations.models import EvaluationVersion, Round

MODELS: tuple[kinds.Row, ...] = (
    ("aria-motor", "Aria Motor", "own", "Aria", "motor_logistic", "Logistic regression on five features."),
    ("nova-motor", "Nova Motor", "competitor", "Nova", "motor_naive_bayes", "A rival's naive Bayes."),
    ("vibration-rule", "Vibration rule", "simple", "", "motor_vibration_rule", "The rule on the wall."),
)
FOUND = {"field": "label", "positive": "failing"}
CHECKS: tuple[kinds.Check, ...] = (
    ("motor-macro-f1", "Macro-F1 of the motor's state", "macro_f1", {"field": "label"}),
    (
        "failing-found",
        "Failing motors found at 80 % precision",
        "recall_at_precision",
        FOUND | {"precision": 0.8},
    ),
    ("motor-calibration", "Calibration error", "calibration_error", {"field": "label"}),
)
CRITERIA: tuple[dict[str, Any], ...] = (
    {"scorer": "motor-macro-f1", "threshold": 0.7},
    {"scorer": "motor-macro-f1", "against": "simple", "margin": 0.05},
    {"scorer": "motor-calibration", "threshold": 0.1},
    {"scorer": "failing-found", "against": "competitors", "margin": -0.1, "must": False},
)


def add_motors(actor: User, product: Product) -> Round:
    """Models, cases, checks and the requirement; returns the round that measures them."""
    versions = kinds.add_versions(actor, "ml", MODELS)
    kinds.agree_on_rivals(actor, product, [one.model for one in versions], "With motors.")
    evaluation = _evaluation(actor)
    kinds.ask(
        actor,
        product,
        evaluation,
        CRITERIA,
        title="Tells a failing fan motor from a worn and a sound one",
        shall="name the state of a fan motor, rare states as well as common ones, with a probability that can be relied on",
        when_part="current, temperature, vibration, age and starts of the motor were read",
        kind="ml",
        intent="lead",
        rationale="A motor that fails on the road costs ten times one that is changed at a service; so does changing sound ones.",
        capability=kinds.add_capability(
            actor,
            product,
            slug="motors",
            name="Motors before they fail",
            description="What readings say of the car's small motors.",
        ),
    )
    return kinds.first_look(actor, evaluation, versions, slug="motors", name="Motors", most=2_000)


def _evaluation(actor: User) -> EvaluationVersion:
    cases = kinds.publish_cases(
        actor,
        reading_cases(),
        slug="motor-readings",
        name="Readings of fan motors",
        description="Five features of a motor, and the state it was found in when opened.",
        origin=f"{ORIGIN}, by simulation",
    )
    return kinds.add_evaluation(actor, cases, CHECKS, slug="motor-state", name="State of a fan motor")
