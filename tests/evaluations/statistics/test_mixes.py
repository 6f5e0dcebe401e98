"""One mix of slices: no unlike mix and no large slice decides."""

import numpy as np
import pytest

from evaluations.statistics import (
    Kind,
    Part,
    Rule,
    Samples,
    SliceCounts,
    against_rival,
    on_one_mix,
    plain,
    standardise,
)

# Treatments of kidney stones by their size (Charig et al. 1986; Julious and Mullee 1994): open surgery, and through the skin.
STONES = {"small": ((81, 87), (234, 270)), "large": ((192, 263), (55, 80))}


def treated(side: int, prefix: str) -> tuple[Samples, dict[str, np.ndarray]]:
    scores, sizes = [], []
    for counts in STONES.values():
        won, total = counts[side]
        scores += [1.0] * won + [0.0] * (total - won)
        sizes.append(total)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    table = np.array(scores)[:, None]
    items = tuple(f"{prefix}{row}" for row in range(len(scores)))
    samples = Samples(items, table, np.ones_like(table), None, Kind.BINARY)
    return samples, {name: rows == place for place, name in enumerate(STONES)}


def test_the_stones_reverse_on_one_mix() -> None:
    (ours, ours_parts), (theirs, theirs_parts) = treated(0, "a"), treated(1, "b")
    assert np.mean(ours.numerators) < np.mean(theirs.numerators)
    parts = [
        Part(ours_parts[name], theirs_parts[name], float(ours_parts[name].sum() + theirs_parts[name].sum()))
        for name in STONES
    ]
    found = on_one_mix(ours, theirs, parts)
    wanted = standardise({name: SliceCounts(*a, *b) for name, (a, b) in STONES.items()})
    assert found is not None
    assert wanted is not None
    assert found.difference.point == pytest.approx(wanted.ours - wanted.theirs)
    assert min(found.by_part) > 0
    rates = [(k / n, n) for pair in STONES.values() for k, n in pair]
    weights = np.repeat([part.weight / 700 for part in parts], 2)
    variance = sum(w**2 * p * (1 - p) / n for w, (p, n) in zip(weights, rates, strict=True))
    assert found.difference.se == pytest.approx(np.sqrt(variance), rel=0.02)


@pytest.mark.parametrize("kind", [Kind.BOUNDED, Kind.RATIO])
def test_on_the_same_items_the_error_is_the_paired_one_of_each_slice(kind: Kind) -> None:
    random = np.random.default_rng(5)
    groups = [f"g{row // 2}" for row in range(60)]
    ours, theirs = (plain(random.random(60), kind=kind, clusters=groups) for _ in range(2))
    masks = [np.arange(60) < 40, np.arange(60) >= 40]
    found = on_one_mix(ours, theirs, [Part(mask, mask, 1.0) for mask in masks])
    each = [against_rival(ours.select(mask), theirs.select(mask), Rule()) for mask in masks]
    assert found is not None
    assert found.difference.point == pytest.approx(sum(one.point or 0 for one in each) / 2)
    assert found.difference.se == pytest.approx(np.sqrt(sum((one.se or 0) ** 2 for one in each)) / 2)


def test_one_cluster_or_no_spread_gives_no_range() -> None:
    ours, theirs = plain([1.0, 1.0, 1.0, 1.0]), plain([0.0, 0.0, 0.0, 0.0])
    halves = [np.array([True, True, False, False]), np.array([False, False, True, True])]
    even = on_one_mix(ours, theirs, [Part(mask, mask, 1.0) for mask in halves])
    assert even is not None
    assert (even.difference.point, even.difference.interval) == (1.0, None)
    assert on_one_mix(ours, theirs, []) is None
