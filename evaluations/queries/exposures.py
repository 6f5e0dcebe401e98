"""How often test content was read."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from evaluations.models import DatasetVersion, Exposure


@dataclass(frozen=True)
class Exposed:
    """readings: pages and downloads; samples: shown in them, the same one counted each time; people: who read."""

    readings: int
    samples: int
    people: int


def exposed(dataset_version: DatasetVersion) -> Exposed:
    """How often samples of these cases were read, over every run. One query."""
    counted = Exposure.objects.filter(dataset_version=dataset_version).aggregate(
        readings=Count("pk"), samples=Sum("samples", default=0), people=Count("user", distinct=True)
    )
    return Exposed(**counted)
