"""What the answer cost, in the currency of the model's price."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, NotScorable, Output, Scored, Unit

slug = "cost"
title = "Cost"
description = (
    "What the answer cost, in the currency of the model's price; a model error that was billed counts."
)
measure = Measure(Direction.LOWER, Unit.CURRENCY, Kind.UNBOUNDED, pass_mark=None)
config_schema = object_schema(
    {"pass_mark": PASS_MARK | {"minimum": 0, "title": "Pass mark (money per answer)"}}
)
example_config = {"pass_mark": 0.01}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """The cost of one answer. Raises NotScorable when the model version has no price."""
    if output.cost is None:
        raise NotScorable("The cost is not known; give the model version a price.")
    return Scored(float(output.cost))
