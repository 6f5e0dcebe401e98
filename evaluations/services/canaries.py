"""Whether a model gave a dataset's canary away: then it has seen the cases before."""

from typing import Any

from evaluations.canary import holds, needle_of
from evaluations.models import DatasetVersion, Response, Run
from evaluations.models.blobs import TEXTS

SHOWN = 10
PIECE = 200


def canary_of(version: DatasetVersion) -> str:
    """Of its dataset, or of the one its cases were drawn from; empty without one. At most two queries."""
    source = version.drawn_from
    return version.dataset.canary or (source.dataset.canary if source else "")


def canary_seen(run: Run) -> dict[str, Any] | None:
    """How many of its answers hold the canary, and the keys of the first cases; None where there is none to look for.

    An answer to a case that shows the canary itself says nothing and does not count. Two queries, and one for each 200 answers.
    """
    needle = needle_of(canary_of(run.evaluation_version.dataset_version))
    if not needle:
        return None
    answers = Response.objects.filter(run=run, output__media_type__in=TEXTS, output__purged_at=None)
    keys = []
    for answer in answers.select_related("output", "case__content").order_by("pk").iterator(PIECE):
        if (
            answer.output
            and holds(answer.output.text, needle)
            and not holds(answer.case.content.text, needle)
        ):
            keys.append(answer.case.key)
    return {"answers": len(keys), "cases": list(dict.fromkeys(keys))[:SHOWN]}
