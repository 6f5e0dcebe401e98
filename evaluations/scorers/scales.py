"""A scale from its worst to its best whole number, as people and judges give scores on it."""

from collections.abc import Mapping
from typing import Any

LOW, HIGH = 1, 5


def scale_fields(*, most: int) -> dict[str, Any]:
    """Both ends as properties of a config schema."""
    return {
        "lowest": {"type": "integer", "minimum": 0, "maximum": most, "default": LOW, "title": "Lowest score"},
        "highest": {
            "type": "integer",
            "minimum": 1,
            "maximum": most,
            "default": HIGH,
            "title": "Highest score",
        },
    }


def scale(config: Mapping[str, Any]) -> tuple[int, int]:
    """Lowest and highest score."""
    return int(config.get("lowest", LOW)), int(config.get("highest", HIGH))


def scale_problems(low: int, high: int) -> list[str]:
    return [] if low < high else ["“lowest” must lie below “highest”."]
