"""World models in the demo: three ways of foreseeing where balls in a room will be, and what is asked of ours."""

from typing import Any

from capabilities.demo import kinds
from capabilities.demo.facts import ORIGIN
from capabilities.models import Product
from config.people.models import User
from evaluations.demo.scenes import HEIGHT, RADIUS, WIDTH, scene_cases
from evaluations.models import EvaluationVersion, Round

MODELS: tuple[kinds.Row, ...] = (
    (
        "aria-scene",
        "Aria Scene",
        "own",
        "Aria",
        "scene_bouncing",
        "Fits the paths seen, knows walls and pushes.",
    ),
    ("nova-scene", "Nova Scene", "competitor", "Nova", "scene_damped", "A rival's; everything slows down."),
    ("straight-on", "Straight on", "simple", "", "scene_still_velocity", "All goes on as it went last."),
)
CHECKS: tuple[kinds.Check, ...] = (
    (
        "position-error",
        "Position error",
        "position_error",
        {"cutoff": 3, "length_unit": "m", "field": "states"},
    ),
    ("within-half-a-metre", "Within half a metre", "within_radius", {"radius": 0.5, "field": "states"}),
    (
        "possible-scene",
        "Possible scene",
        "consistency",
        {
            "v_max": 2.5,
            "bounds": {"x": [0, WIDTH], "y": [0, HEIGHT]},
            "min_distance": 2 * RADIUS - 0.1,
            "field": "states",
        },
    ),
)
CRITERIA: tuple[dict[str, Any], ...] = (
    {"scorer": "position-error", "threshold": 0.5},
    {"scorer": "within-half-a-metre", "threshold": 0.8, "slice_name": "situation", "slice_value": "wall"},
    {"scorer": "position-error", "against": "competitors", "margin": 0.1},
    {"scorer": "possible-scene", "against": "simple", "margin": 0.1, "must": False},
)


def add_scenes(actor: User, product: Product) -> Round:
    """Models, cases, checks and the requirement; returns the round that measures them."""
    versions = kinds.add_versions(actor, "lwm", MODELS)
    kinds.agree_on_rivals(actor, product, [one.model for one in versions], "With scenes.")
    evaluation = _evaluation(actor)
    kinds.ask(
        actor,
        product,
        evaluation,
        CRITERIA,
        title="Foresees where moving things will be",
        shall="foresee every position in the next six seconds, half a metre off at most on average",
        when_part="things in a room were seen moving for four seconds",
        kind="lwm",
        intent="lead",
        rationale="The robot hands over a cup where the hand will be, not where it was.",
        capability=kinds.add_capability(
            actor,
            product,
            slug="scene",
            name="Foreseeing a scene",
            description="What happens next around the car and in the room.",
        ),
    )
    return kinds.first_look(actor, evaluation, versions, slug="scenes", name="Scenes", most=1_000)


def _evaluation(actor: User) -> EvaluationVersion:
    cases = kinds.publish_cases(
        actor,
        scene_cases(),
        slug="scenes",
        name="Balls in a room",
        description="Four seconds seen, six to foresee; a third meets a wall, a third is pushed.",
        origin=f"{ORIGIN}, by simulation",
    )
    return kinds.add_evaluation(actor, cases, CHECKS, slug="scene-prediction", name="Where things will be")
