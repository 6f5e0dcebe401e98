"""Scenes of a few moving balls for world models: what was seen, what is done, and what truly happens then, by simulation.

Everything follows from the seed. Lengths are metres, times seconds, one state a second.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from evaluations.importers import CaseRow

WIDTH, HEIGHT, RADIUS = 10.0, 6.0, 0.3
RESTITUTION = 0.9
DRAG = 0.03  # share of the speed lost in a second
SEEN, ASKED = 4, 6
FINE = 50  # steps of the simulation in a second
NOISE = 0.02
SITUATIONS = ("free", "wall", "push")
Vector = tuple[float, float]


@dataclass
class Ball:
    x: float
    y: float
    dx: float
    dy: float


def scene_cases(count: int = 60, seed: int = 20_26) -> list[CaseRow]:
    """So many cases, a third of each situation: nothing in the way, towards a wall, and pushed when the history ends."""
    made = _scenes(Random(seed))
    return [next(made)(number) for number in range(1, count + 1)]


def _scenes(random: Random) -> Iterator["Scene"]:
    place = 0
    while True:
        situation = SITUATIONS[place % len(SITUATIONS)]
        scene = Scene(random, situation, balls=1 + place // len(SITUATIONS) % 3)
        if scene.fits():
            place += 1
            yield scene


class Scene:
    """One scene, simulated from its beginning to its end when it is made."""

    def __init__(self, random: Random, situation: str, balls: int) -> None:
        self.situation = situation
        self.hit = False
        self.balls = [_ball(random, fast=situation == "wall") for _ in range(balls)]
        self.touched = any(_near(pair) for pair in combinations(self.balls, 2))
        seen = [self._positions(), *(self._second() for _ in range(SEEN - 1))]
        self.history = [[_seen(random, point) for point in state] for state in seen]
        self.touched |= self.hit
        self.push = _push(random) if situation == "push" else None
        if self.push:
            self.balls[0].dx += self.push[0]
            self.balls[0].dy += self.push[1]
        self.truth = [self._second() for _ in range(ASKED)]

    def fits(self) -> bool:
        """Whether it is what its situation says, and nothing met anything while it was seen."""
        return not self.touched and (self.situation == "push" or self.hit == (self.situation == "wall"))

    def __call__(self, number: int) -> CaseRow:
        action = {"object": 0, "push": list(self.push)} if self.push else None
        return CaseRow(
            line=number,
            key=f"scene-{number:02}",
            input={
                "room": {"width": WIDTH, "height": HEIGHT, "radius": RADIUS},
                "history": self.history,
                "action": action,
                "steps": ASKED,
            },
            target={"states": [[_rounded(point) for point in state] for state in self.truth]},
            slices={"situation": self.situation, "balls": str(len(self.balls))},
        )

    def _positions(self) -> list[Vector]:
        return [(ball.x, ball.y) for ball in self.balls]

    def _second(self) -> list[Vector]:
        for _ in range(FINE):
            for ball in self.balls:
                self.hit |= _move(ball)
            for pair in combinations(self.balls, 2):
                if _near(pair):
                    _collide(*pair)
        return self._positions()


def _ball(random: Random, *, fast: bool) -> Ball:
    speed = random.uniform(0.9, 1.5) if fast else random.uniform(0.15, 0.5)
    angle = random.uniform(0, 2 * math.pi)
    return Ball(
        random.uniform(1, WIDTH - 1),
        random.uniform(1, HEIGHT - 1),
        speed * math.cos(angle),
        speed * math.sin(angle),
    )


def _push(random: Random) -> Vector:
    angle = random.uniform(0, 2 * math.pi)
    return (round(0.6 * math.cos(angle), 3), round(0.6 * math.sin(angle), 3))


def _seen(random: Random, point: Vector) -> list[float]:
    """A position as a camera reports it."""
    return [round(value + random.uniform(-NOISE, NOISE), 3) for value in point]


def _rounded(point: Sequence[float]) -> list[float]:
    return [round(value, 3) for value in point]


def _move(ball: Ball) -> bool:
    """One fine step; whether a wall was met."""
    kept = (1 - DRAG) ** (1 / FINE)
    ball.dx, ball.dy = ball.dx * kept, ball.dy * kept
    ball.x, ball.y = ball.x + ball.dx / FINE, ball.y + ball.dy / FINE
    hit = False
    if not RADIUS <= ball.x <= WIDTH - RADIUS:
        ball.x, ball.dx, hit = min(max(ball.x, RADIUS), WIDTH - RADIUS), -RESTITUTION * ball.dx, True
    if not RADIUS <= ball.y <= HEIGHT - RADIUS:
        ball.y, ball.dy, hit = min(max(ball.y, RADIUS), HEIGHT - RADIUS), -RESTITUTION * ball.dy, True
    return hit


def _near(pair: tuple[Ball, Ball]) -> bool:
    one, other = pair
    return math.hypot(one.x - other.x, one.y - other.y) < 2 * RADIUS


def _collide(one: Ball, other: Ball) -> None:
    """Equal masses exchange the parts of their velocities along the line between them."""
    across, along = other.x - one.x, other.y - one.y
    far = math.hypot(across, along) or 1e-9
    across, along = across / far, along / far
    closing = (one.dx - other.dx) * across + (one.dy - other.dy) * along
    if closing <= 0:
        return
    one.dx, one.dy = one.dx - closing * across, one.dy - closing * along
    other.dx, other.dy = other.dx + closing * across, other.dy + closing * along
