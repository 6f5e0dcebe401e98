"""The prompt lab in the demo: "Analyze user reviews" beside a prompt that says scale, keywords and format, really run.

Without a language model on the machine a program stands in for one; its name and its description say so.
"""

from capabilities.demo import kinds
from capabilities.services.lab_example import create_example
from config.people.models import User
from evaluations.models import ModelVersion, Round
from evaluations.services.lab import run_sheet

FOLLOWER = "review-follower"


def add_lab(actor: User, others: list[ModelVersion], product: str) -> Round:
    """The worked example on a program that follows the prompt's format and on those that read the review alone."""
    model = kinds.add_model(
        actor,
        slug=FOLLOWER,
        name="Review follower",
        kind="ml",
        side="own",
        vendor="Aria",
        description="A program, not a language model: of a prompt about reviews it follows whether JSON is asked for.",
    )
    follower = kinds.add_version(actor, model, {"api_id": "review_follower"}, stage="candidate")
    sheet = create_example(actor=actor, versions=[follower, *others], product=product)
    return run_sheet(actor=actor, sheet=sheet)


def add_language_model_to_lab(actor: User, version: ModelVersion, product: str) -> Round:
    """The same two prompts asked of a real language model."""
    sheet = create_example(actor=actor, versions=[version], product=product, max_tokens=64)
    return run_sheet(actor=actor, sheet=sheet)
