"""Finished runs as the statistics take them: packed vectors with the keys, groups and slices of their cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from django.db.models import F

from evaluations.canonical import canonical_json
from evaluations.models import DatasetVersion, DatasetVersionCase, Run, RunVector, ScorerVersion
from evaluations.scorers import metric_of
from evaluations.statistics import Flags, Floats, Kind, Labelled, Samples, figure_on

Slice = tuple[str, str]


@dataclass(frozen=True, eq=False)
class CaseList:
    """The cases of a dataset version in its order; a row is a case. clusters: None when every case is its own."""

    keys: tuple[str, ...]
    hashes: tuple[str, ...]
    clusters: tuple[str, ...] | None
    named: tuple[Mapping[str, str], ...]

    @cached_property
    def slices(self) -> dict[Slice, Flags]:
        """Every slice as a mask over the cases, by name and value."""
        rows: dict[Slice, list[int]] = {}
        for row, slices in enumerate(self.named):
            for name, value in slices.items():
                rows.setdefault((str(name), str(value)), []).append(row)
        return {part: self._mask(picked) for part, picked in sorted(rows.items())}

    def mask(self, part: Slice) -> Flags:
        """The cases of one slice; none when no case is in it."""
        return self.slices.get(part, self._mask([]))

    def select(self, rows: Sequence[int]) -> "CaseList":
        """The cases at these positions, in that order."""
        return CaseList(
            keys=tuple([self.keys[row] for row in rows]),
            hashes=tuple([self.hashes[row] for row in rows]),
            clusters=None if self.clusters is None else tuple([self.clusters[row] for row in rows]),
            named=tuple([self.named[row] for row in rows]),
        )

    def _mask(self, rows: list[int]) -> Flags:
        mask = np.zeros(len(self.keys), dtype=np.bool_)
        mask[rows] = True
        return mask


def parse_slice(text: str | None) -> Slice | None:
    """`lang=de` as it stands in URLs; None for nothing. Raises ValueError without a name and a value."""
    if not text:
        return None
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ValueError("A slice needs its name and its value, e.g. lang=de.")
    return name, value


def cases_of(dataset_version: DatasetVersion | int) -> CaseList:
    """The cases of a dataset version. One query."""
    rows = (
        DatasetVersionCase.objects.filter(version=dataset_version)
        .order_by("position")
        .values_list("key", "case__hash", "case__cluster", "case__slices")
    )
    return _listed(list(rows))


def cases_of_each(dataset_versions: Iterable[int]) -> dict[int, CaseList]:
    """The cases of several dataset versions by id. One query."""
    found: dict[int, list[Any]] = {pk: [] for pk in dataset_versions}
    rows = DatasetVersionCase.objects.filter(version__in=list(found)).order_by("version_id", "position")
    for version, *case in rows.values_list(
        "version_id", "key", "case__hash", "case__cluster", "case__slices"
    ):
        found[version].append(case)
    return {version: _listed(cases) for version, cases in found.items()}


def _listed(rows: Sequence[Any]) -> CaseList:
    keys, hashes, clusters, named = tuple(zip(*rows, strict=True)) or ((), (), (), ())
    return CaseList(keys, hashes, _groups(keys, clusters), named)


def _groups(keys: tuple[str, ...], clusters: tuple[str, ...]) -> tuple[str, ...] | None:
    """A case without a group among grouped ones is a group of its own, whatever the others are called."""
    if not any(clusters):
        return None
    pairs = zip(keys, clusters, strict=True)
    return tuple([f"group {cluster}" if cluster else f"case {key}" for key, cluster in pairs])


def vectors_of(
    runs: Iterable[Run], scorer_versions: Iterable[ScorerVersion | int], *, plain: bool = False
) -> dict[tuple[int, int], RunVector]:
    """The present generation's vectors by (run id, scorer version id). One query.

    plain: no scorer of them is a ratio, so that every denominator is 1 and none is fetched.
    """
    wanted = RunVector.objects.filter(
        run__in=list(runs), scorer_version__in=list(scorer_versions), generation=F("run__generation")
    ).defer("presence", *(["denominators"] if plain else []))
    return {(vector.run_id, vector.scorer_version_id): vector for vector in wanted}


def vector_hash(vector: RunVector) -> str:
    """SHA-256 over a vector's numbers, and over its labels where a figure is read from them."""
    packed = bytes(vector.numerators) + bytes(vector.denominators)
    if vector.classes is not None:
        packed += bytes(vector.classes) + canonical_json(vector.labels).encode()
    if vector.asked is not None:
        packed += bytes(vector.asked)
    return sha256(packed).hexdigest()


def samples_from(vector: RunVector, cases: CaseList, scorer_version: ScorerVersion) -> Samples:
    """A vector as samples, all cases in the dataset's order. No query."""
    shape = (vector.items, vector.repeats)
    numerators = _floats(bytes(vector.numerators), shape)
    fetched = "denominators" not in vector.get_deferred_fields()
    return Samples(
        items=cases.keys,
        numerators=numerators,
        denominators=_floats(bytes(vector.denominators), shape) if fetched else _ones(numerators),
        clusters=cases.clusters,
        kind=Kind(scorer_version.value_kind),
        bounds=(scorer_version.low, scorer_version.high),
        higher_is_better=scorer_version.direction == ScorerVersion.Direction.HIGHER,
        labelled=labelled_from(vector, scorer_version),
        asked=_flags(bytes(vector.asked), vector.items) if vector.asked is not None else None,
        looks=vector.looks,
    )


def figure_of(vector: RunVector, scorer_version: ScorerVersion) -> float | None:
    """The figure over all samples alone, without its range; None where it is undefined or the scorer is of another kind. No query."""
    keys = tuple(map(str, range(vector.items)))
    cases = CaseList(keys, keys, None, ({},) * vector.items)
    samples = samples_from(vector, cases, scorer_version)
    return None if samples.labelled is None else figure_on(samples, np.any(samples.present, axis=1))


def labelled_from(vector: RunVector, scorer_version: ScorerVersion) -> Labelled | None:
    """What a figure over all samples is read from; None for other scorers. No query."""
    if vector.classes is None:
        return None
    shape, cells = (vector.items, vector.repeats), vector.items * vector.repeats
    packed = bytes(vector.classes)
    codes = np.frombuffer(packed, dtype="<i4", count=2 * cells).astype(np.int32, copy=False)
    return Labelled(
        metric=metric_of(scorer_version.kind, scorer_version.config),
        labels=tuple(vector.labels),
        truths=codes[:cells].reshape(shape),
        predictions=codes[cells:].reshape(shape),
        probabilities=_floats(packed[8 * cells :], shape),
    )


def _ones(numerators: Floats) -> Floats:
    """What write_vectors packs for scores that are no ratios."""
    return np.where(np.isnan(numerators), np.nan, 1.0)


def _floats(packed: bytes, shape: tuple[int, int]) -> Floats:
    numbers: Floats = np.frombuffer(packed, dtype="<f8").reshape(shape).astype(np.float64, copy=False)
    return numbers


def _flags(packed: bytes, count: int) -> Flags:
    flags: Flags = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=count).astype(np.bool_)
    return flags


def samples_of(run: Run, scorer_version: ScorerVersion, slice: Slice | None = None) -> Samples:
    """A finished run's scores by one scorer, narrowed to a slice when one is given. Two queries when its evaluation version is loaded.

    Raises RunVector.DoesNotExist when the run was not scored by it.
    """
    vector = RunVector.objects.get(run=run, scorer_version=scorer_version, generation=run.generation)
    cases = cases_of(run.evaluation_version.dataset_version_id)
    samples = samples_from(vector, cases, scorer_version)
    return samples.select(cases.mask(slice)) if slice else samples
