"""A criterion over the versions of the model it is judged by."""

from capabilities.models import Criterion
from capabilities.queries.training import Series, Training, series_of
from evaluations.models import Model

MOST_VERSIONS = 12


def over_versions(criterion: Criterion, model: Model) -> Series:
    """The newest versions in the order they were registered, each with its newest verdict. At most seven queries."""
    newest = list(model.versions.select_related("model", "parent").order_by("-pk")[:MOST_VERSIONS])
    versions = newest[::-1]
    (series,) = series_of(Training(model, "", versions, [criterion], [], []), [criterion])
    return series
