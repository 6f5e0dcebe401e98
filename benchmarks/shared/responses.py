"""Right and wrong answers of many models by item response theory: ability, difficulty, discrimination, and rivals that err alike."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LANGUAGES = ("de", "en", "es", "fr", "it", "ja", "pl", "zh")


def right_or_wrong(seed: int, models: int, items: int, *, missing: float = 0.01) -> Floats:
    """1, 0 or NaN (missing) of shape (models, items); luck shared by all models makes their errors correlate."""
    chance = np.random.default_rng(seed)
    ability = np.linspace(0.2, 1.4, models)
    difficulty, discrimination = chance.normal(0, 1, items), chance.lognormal(0, 0.3, items)
    shared = chance.logistic(size=items)
    own = chance.logistic(size=(models, items))
    pull = discrimination * (ability[:, None] - difficulty)
    scores = (pull + 0.6 * shared + 0.8 * own > 0).astype(np.float64)
    scores[chance.random((models, items)) < missing] = np.nan
    return scores


def languages(items: int) -> list[str]:
    """The slice each item belongs to."""
    return [LANGUAGES[row % len(LANGUAGES)] for row in range(items)]
