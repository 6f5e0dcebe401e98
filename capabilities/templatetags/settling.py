"""How the targets stand that let a run stop early."""

from typing import Any

from django import template

from capabilities.queries.looks import looks_of, targets_on
from evaluations.models import Run

register = template.Library()


@register.inclusion_tag("capabilities/run_targets.html", takes_context=True)
def targets_of(context: dict[str, Any], run: Run, stopped: str) -> dict[str, Any]:
    """The newest look at each target that the reader may see. stopped: what stopping early was worth, empty while it did not."""
    return {
        "run": run,
        "stopped": stopped,
        "moving": context["moving"],
        "looks": looks_of(run, context["request"].user),
        "resting": targets_on(run),
    }
