"""Finished runs as the statistics take them: packed vectors with the keys, groups and slices of their cases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from django.db.models import F

from evaluations.models import DatasetVersion, DatasetVersionCase, Run, RunVector, ScorerVersion
from evaluations.statistics import Flags, Floats, Kind, Samples

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
    keys, hashes, clusters, named = tuple(zip(*rows, strict=True)) or ((), (), (), ())
    return CaseList(keys, hashes, _groups(keys, clusters), named)


def _groups(keys: tuple[str, ...], clusters: tuple[str, ...]) -> tuple[str, ...] | None:
    """A case without a group among grouped ones is a group of its own, whatever the others are called."""
    if not any(clusters):
        return None
    pairs = zip(keys, clusters, strict=True)
    return tuple([f"group {cluster}" if cluster else f"case {key}" for key, cluster in pairs])


def vectors_of(
    runs: Iterable[Run], scorer_versions: Iterable[ScorerVersion | int]
) -> dict[tuple[int, int], RunVector]:
    """The present generation's vectors by (run id, scorer version id). One query."""
    wanted = RunVector.objects.filter(
        run__in=list(runs), scorer_version__in=list(scorer_versions), generation=F("run__generation")
    )
    return {(vector.run_id, vector.scorer_version_id): vector for vector in wanted}


def vector_hash(vector: RunVector) -> str:
    """SHA-256 over a vector's numbers."""
    return sha256(bytes(vector.numerators) + bytes(vector.denominators)).hexdigest()


def samples_from(vector: RunVector, cases: CaseList, scorer_version: ScorerVersion) -> Samples:
    """A vector as samples, all cases in the dataset's order. No query."""
    shape = (vector.items, vector.repeats)
    return Samples(
        items=cases.keys,
        numerators=_floats(bytes(vector.numerators), shape),
        denominators=_floats(bytes(vector.denominators), shape),
        clusters=cases.clusters,
        kind=Kind(scorer_version.value_kind),
        bounds=(scorer_version.low, scorer_version.high),
        higher_is_better=scorer_version.direction == ScorerVersion.Direction.HIGHER,
    )


def _floats(packed: bytes, shape: tuple[int, int]) -> Floats:
    numbers: Floats = np.frombuffer(packed, dtype="<f8").reshape(shape).astype(np.float64, copy=False)
    return numbers


def samples_of(run: Run, scorer_version: ScorerVersion, slice: Slice | None = None) -> Samples:
    """A finished run's scores by one scorer, narrowed to a slice when one is given. Two queries when its evaluation version is loaded.

    Raises RunVector.DoesNotExist when the run was not scored by it.
    """
    vector = RunVector.objects.get(run=run, scorer_version=scorer_version, generation=run.generation)
    cases = cases_of(run.evaluation_version.dataset_version_id)
    samples = samples_from(vector, cases, scorer_version)
    return samples.select(cases.mask(slice)) if slice else samples
