"""Models that see in the demo: three ways of reading a value off a chart, and what is asked of ours."""

from typing import Any

from capabilities.demo import kinds
from capabilities.demo.facts import ORIGIN
from capabilities.models import Product
from config.people.models import User
from evaluations.demo.plots import chart_cases
from evaluations.importers import CaseRow
from evaluations.models import DatasetVersion, EvaluationVersion, ModelVersion, Round
from evaluations.services.media import store_media
from evaluations.services.prompts import create_prompt_version

ALWAYS_100 = {"rule_set": {"rows": [], "default": "100"}}
MODELS: tuple[kinds.Row, ...] = (
    (
        "aria-vision",
        "Aria Vision",
        "own",
        "Aria",
        "chart_reader",
        "Reads letters and axis of a chart, then the mark.",
    ),
    (
        "nova-vision",
        "Nova Vision",
        "competitor",
        "Nova",
        "chart_glancer",
        "A rival's; takes every axis to start at zero and every letter to stand in its place.",
    ),
)
TOLERANCE = {"absolute": 1.5, "relative": 0.03}
CHECKS: tuple[kinds.Check, ...] = (("chart-value", "Value off the chart", "numeric", TOLERANCE),)
CRITERIA: tuple[dict[str, Any], ...] = (
    {"scorer": "chart-value", "threshold": 0.8},
    {"scorer": "chart-value", "threshold": 0.7, "slice_name": "axis", "slice_value": "cut"},
    {"scorer": "chart-value", "against": "competitors", "margin": 0.2},
    {"scorer": "chart-value", "threshold": 0.9, "slice_name": "file", "slice_value": "jpeg", "must": False},
)


def add_pictures(actor: User, product: Product) -> Round:
    """Models, cases, the check and the requirement; returns the round that measures them."""
    versions = [*kinds.add_versions(actor, "lmm", MODELS), _always_100(actor)]
    kinds.agree_on_rivals(actor, product, [one.model for one in versions], "With charts.")
    evaluation = _evaluation(actor)
    kinds.ask(
        actor,
        product,
        evaluation,
        CRITERIA,
        title="Reads values off charts",
        shall="tell the value within 3 % or 1.5 units",
        when_part="somebody shows a bar or line chart and asks for one value",
        kind="lmm",
        intent="lead",
        rationale="Charge curves and energy bills are pictures; who misreads an axis gives wrong advice.",
        capability=kinds.add_capability(
            actor,
            product,
            slug="charts",
            name="Reading charts",
            description="Values and trends in pictures that people show.",
        ),
    )
    return kinds.first_look(actor, evaluation, versions, slug="charts", name="Charts", most=1_000)


def _always_100(actor: User) -> ModelVersion:
    model = kinds.add_model(
        actor,
        provider="rules",
        slug="always-100",
        name="Always 100",
        kind="rules",
        side="simple",
        description="Looks at nothing.",
    )
    return kinds.add_version(actor, model, {"parameters": ALWAYS_100})


def _cases(actor: User) -> DatasetVersion:
    rows = [
        CaseRow(
            line=number,
            key=case.key,
            input=case.question,
            target=case.answer,
            slices=case.slices,
            attachments=(store_media(data=case.picture).sha256,),
        )
        for number, case in enumerate(chart_cases(), start=1)
    ]
    return kinds.publish_cases(
        actor,
        rows,
        slug="charts",
        name="Charts and a question",
        description="Bar and line charts; axes that do not start at zero, letters out of order, JPEG.",
        origin=f"{ORIGIN}, drawn by program",
    )


def _evaluation(actor: User) -> EvaluationVersion:
    prompt = create_prompt_version(
        actor=actor,
        slug="look-and-answer",
        name="Look and answer with a number",
        messages=[
            {
                "role": "user",
                "content": "{{image}}{{input}} Answer with one number as exact as the picture allows.",
            }
        ],
    )
    return kinds.add_evaluation(
        actor,
        _cases(actor),
        CHECKS,
        slug="chart-values",
        name="Values read off charts",
        prompt_version=prompt,
    )
