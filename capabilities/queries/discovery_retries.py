"""What a new model version may be able to do by now: discoveries that ended before it was registered and were never tried on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from capabilities.models import Discovery, DiscoveryEvidence, Product
from evaluations.models import ModelVersion, Run

TRIED = (DiscoveryEvidence.Kind.TRIED, DiscoveryEvidence.Kind.RETRIED)
ENDED = (Discovery.State.DISMISSED, Discovery.State.PACKAGED)


@dataclass(frozen=True)
class Retry:
    """A version with the discoveries worth a retry on it. tries: the step of each that is made again."""

    version: ModelVersion
    discoveries: Sequence[Discovery]
    tries: Sequence[DiscoveryEvidence]


def worth_retrying(product: Product, version: ModelVersion | None = None) -> list[Retry]:
    """Of every active version, or of this one; newest version first. Four queries.

    A discovery counts where it was tried before, ended before the version was registered, on a version of the same kind, and nobody
    tried it on this version since.
    """
    ended = Discovery.objects.filter(product=product, state__in=ENDED).select_related("product")
    found = {one.pk: one for one in ended}
    steps: dict[int, list[DiscoveryEvidence]] = {}
    rows = DiscoveryEvidence.objects.filter(discovery__in=found, kind__in=TRIED)
    for step in rows.select_related("evaluation_version", "judge").order_by("id"):
        steps.setdefault(step.discovery_id, []).append(step)
    run_ids = {run for of_one in steps.values() for step in of_one for run in step.runs}
    runs = Run.objects.filter(pk__in=run_ids).select_related("model_version__model").in_bulk()
    oldest = min(
        (one.settled_at for one in found.values() if one.pk in steps and one.settled_at), default=None
    )
    if oldest is None:
        return []
    newer = ModelVersion.objects.active().filter(created_at__gt=oldest, model__provider__enabled=True)
    if version is not None:
        newer = newer.filter(pk=version.pk)
    return [
        retry
        for one in newer.select_related("model").order_by("-id")[:50]
        if (retry := _retry(one, found, steps, runs)).discoveries
    ]


def _retry(
    version: ModelVersion,
    found: dict[int, Discovery],
    steps: dict[int, list[DiscoveryEvidence]],
    runs: dict[int, Run],
) -> Retry:
    picked: list[Discovery] = []
    tries: list[DiscoveryEvidence] = []
    for pk, of_one in steps.items():
        discovery = found[pk]
        tried = [runs[run].model_version for step in of_one for run in step.runs if run in runs]
        kinds = {one.model.kind for one in tried}
        is_new = discovery.settled_at is not None and version.created_at > discovery.settled_at
        if is_new and version.model.kind in kinds and version.pk not in {one.pk for one in tried}:
            picked.append(discovery)
            tries.append(of_one[-1])
    return Retry(version, picked, tries)
