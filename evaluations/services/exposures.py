"""Who was shown the content of test samples."""

from config.people.models import User
from evaluations.models import Dataset, DatasetVersion, Exposure, Run


def record_exposure(
    *, user: User, dataset_version: DatasetVersion, run: Run | None, samples: int, via: str
) -> Exposure | None:
    """Note a reading of test samples; dev samples and empty readings leave nothing."""
    if samples == 0 or dataset_version.dataset.purpose != Dataset.Purpose.TEST:
        return None
    return Exposure.objects.create(
        user=user, dataset_version=dataset_version, run=run, samples=samples, via=via
    )
