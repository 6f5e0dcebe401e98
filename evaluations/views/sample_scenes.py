"""A sample of a world model as a picture from above: history, prediction and truth, when the case holds states of a scene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.canonical import parse_json
from evaluations.charts import SceneLook, Svg, scene
from evaluations.queries.case_rows import CaseRow, Try
from evaluations.scorers.reading import Unreadable
from evaluations.scorers.states import States, read_states

FIELDS = ("states", "history", "prediction")
COLUMNS = ("Object", "Step", "What", "x", "y", "z")
MOST_ROWS = 400
LONGEST = 1e9


@dataclass(frozen=True)
class SceneChart:
    """rows: positions for the table beside it, at most 400 of them; unread: the answer holds no states."""

    svg: Svg
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    unread: bool


def scene_chart(row: CaseRow, one: Try) -> SceneChart | None:
    """None where the case's target is no list of states, or may not be read."""
    truth = _states(row.target)
    if not truth:
        return None
    history = _states(row.input)
    predicted = _states(_json(one.output or ""))
    look = SceneLook(name=f"Scene {row.key}", room=_room(row.input))
    found = scene.rows(history, predicted, truth)[:MOST_ROWS]
    return SceneChart(
        svg=scene.draw(history, predicted, truth, look),
        columns=COLUMNS if any("z" in each for each in found) else COLUMNS[:-1],
        rows=[_cells(each) for each in sorted(found, key=lambda each: (each["object"], each["step"]))],
        unread=not predicted,
    )


def _states(value: Any) -> States:
    """The states in a value: the value itself or its field states or history. Empty where there are none."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in FIELDS if name in value), None)
    try:
        return read_states(value)
    except Unreadable:
        return []


def _json(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return None


def _room(case_input: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The edges of a room from (0, 0) to width and height, where the input says them."""
    room = case_input.get("room") if isinstance(case_input, Mapping) else None
    if not isinstance(room, Mapping):
        return None
    width, height = (_length(room.get(name)) for name in ("width", "height"))
    return ((0.0, width), (0.0, height)) if width and height else None


def _length(value: Any) -> float:
    """A side of a room; 0 for what is none."""
    return float(value) if isinstance(value, int | float) and 0 < value < LONGEST else 0.0


def _cells(row: Mapping[str, Any]) -> list[str]:
    numbers = [f"{row[axis]:.4g}".replace("-", "−") for axis in "xyz" if axis in row]
    return [str(row["object"]), str(row["step"]).replace("-", "−"), row["what"], *numbers]
