"""Who was shown the content of test samples."""

from collections.abc import Sequence

from config.people.models import User
from evaluations.models import Dataset, DatasetVersion, Exposure, Run
from evaluations.queries.media import newest_version


def record_exposure(
    *, user: User, dataset_version: DatasetVersion, run: Run | None, samples: int, via: str
) -> Exposure | None:
    """Note a reading of test samples, beside the version they were drawn from; dev samples and empty readings leave nothing."""
    if samples == 0 or dataset_version.dataset.purpose != Dataset.Purpose.TEST:
        return None
    return Exposure.objects.create(
        user=user,
        dataset_version_id=dataset_version.drawn_from_id or dataset_version.pk,
        run=run,
        samples=samples,
        via=via,
    )


def record_media_exposure(*, user: User, datasets: Sequence[Dataset], via: str) -> Exposure | None:
    """Note that a picture or sound of test cases was read by itself, as one sample of the newest published version."""
    version = newest_version(datasets)
    if version is None:
        return None
    return record_exposure(user=user, dataset_version=version, run=None, samples=1, via=via)
