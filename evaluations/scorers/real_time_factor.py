"""Seconds of computing for each second of sound, made or heard: below 1 it keeps pace with speech."""

from collections.abc import Mapping
from typing import Any

from evaluations.scorers.configs import PASS_MARK, config_problems, object_schema
from evaluations.scorers.sounds import seconds_of, sounds_of
from evaluations.scorers.types import CaseView, Direction, Kind, Measure, NotScorable, Output, Scored, Unit

slug = "real_time_factor"
title = "Real-time factor"
description = (
    "Seconds of computing for each second of sound, made or heard; below 1 it keeps pace with speech."
)
measure = Measure(Direction.LOWER, Unit.NUMBER, Kind.RATIO, pass_mark=1.0)
config_schema = object_schema({"pass_mark": PASS_MARK | {"exclusiveMinimum": 0, "default": 1}})
example_config = {"pass_mark": 0.5}


def validate(config: Mapping[str, Any]) -> list[str]:
    return config_problems(config, config_schema)


def score(output: Output, target: Any, case: CaseView, config: Mapping[str, Any]) -> Scored:
    """Latency in s / length of the sound in s. Raises NotScorable without a latency, or a sound whose length is known."""
    if output.latency_ms is None:
        raise NotScorable("No latency was recorded for this answer.")
    lengths = [seconds_of(sound) for sound in sounds_of(output, case)]
    length = sum(seconds for seconds in lengths if seconds is not None)
    if not length or None in lengths:
        raise NotScorable(f"There is no sound of known length in case “{case.key}” or in the answer to it.")
    return Scored(output.latency_ms / 1000, length, label=f"{length:.1f} s of sound")
