"""Readings of fan motors for classical models: five features, and what was found when the motor was opened, by simulation.

Everything follows from the seed. A worn motor draws more current and runs warmer, a failing one also shakes; old motors are worn
more often.
"""

from random import Random

FEATURES = ("current_a", "temperature_c", "vibration_mm_s", "age_months", "starts_per_day")
LABELS = ("sound", "worn", "failing")
SHARES = (0.62, 0.24, 0.14)
# Of each label: mean and spread of current, temperature and vibration.
CENTRES = {
    "sound": ((2.1, 0.25), (46.0, 4.0), (1.6, 0.5)),
    "worn": ((2.6, 0.3), (53.0, 4.5), (2.4, 0.7)),
    "failing": ((2.9, 0.45), (57.0, 6.0), (4.2, 1.3)),
}
AGES = {"sound": 20.0, "worn": 34.0, "failing": 41.0}
Reading = dict[str, float]


def training_readings(count: int = 600, seed: int = 7) -> list[tuple[Reading, str]]:
    """Other motors of the same kind, to learn from."""
    random = Random(seed)
    return [reading(random) for _ in range(count)]


def reading(random: Random) -> tuple[Reading, str]:
    """One motor and its label."""
    label = random.choices(LABELS, SHARES)[0]
    current, temperature, vibration = (random.gauss(*centre) for centre in CENTRES[label])
    values = (
        current,
        temperature + 2.5 * (current - CENTRES[label][0][0]) / 0.3,
        max(vibration, 0.2),
        max(random.gauss(AGES[label], 11.0), 0.0),
        float(random.randint(2, 30)),
    )
    return {name: round(value, 2) for name, value in zip(FEATURES, values, strict=True)}, label
