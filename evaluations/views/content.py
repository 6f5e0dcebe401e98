"""Who sees the content of samples, and the note that each reading of test content leaves."""

from django.http import HttpRequest, QueryDict

from config.people.access import may
from config.people.requests import person
from evaluations.models import Dataset, Run, RunAggregate, ScorerVersion
from evaluations.queries.vectors import Slice, parse_slice
from evaluations.services.exposures import record_exposure


def is_test(run: Run) -> bool:
    return run.evaluation_version.dataset_version.dataset.purpose == Dataset.Purpose.TEST


def may_see_content(request: HttpRequest, run: Run) -> bool:
    """Cases of dev datasets are open; those of test datasets need the permission."""
    return not is_test(run) or may(request.user, "read_test")


def note_exposure(request: HttpRequest, run: Run, samples: int, *, content: bool) -> None:
    """Every page that shows test content leaves a note; hashes and scores leave none."""
    if content and request.method == "GET":
        record_exposure(
            user=person(request),
            dataset_version=run.evaluation_version.dataset_version,
            run=run,
            samples=samples,
            via="page",
        )


def part_of(query: QueryDict, notes: list[str]) -> Slice | None:
    """The slice the address names; a sentence in `notes` where it cannot be read."""
    try:
        return parse_slice(query.get("slice"))
    except ValueError as problem:
        notes.append(str(problem))
        return None


def slices_of(run: Run, scorer: ScorerVersion) -> list[str]:
    """The slices of a finished run as addresses name them, largest first. One query."""
    rows = RunAggregate.objects.filter(run=run, scorer_version=scorer, generation=run.generation)
    named = rows.exclude(slice="").order_by("slice", "-items", "value").values_list("slice", "value")
    return [f"{name}={value}" for name, value in named[:200]]
