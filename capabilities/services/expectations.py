"""Expectations: what somebody thinks a version will reach, written before it is measured and never changed."""

import math

from django.db import IntegrityError, transaction

from capabilities.models import Criterion, Expectation, Revision
from capabilities.queries.criterion_words import newest_scorers, unit_of_criterion
from capabilities.queries.expectations import expected_already, result_seen
from capabilities.queries.release_rows import is_difference
from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from config.words import FRACTIONS
from evaluations.models import Model, ModelVersion

LONGEST_NOTE = 2_000
LATE = (
    "{0} has answered cases of this evaluation already, and an expectation written after the result says nothing. "
    "Say what you expect of the next version."
)


@transaction.atomic
def record_expectation(  # noqa: PLR0913 - each is a part of what is said
    *,
    actor: User,
    criterion: Criterion,
    of: ModelVersion | Model,
    low: float,
    high: float,
    confidence: float = 0.8,
    note: str = "",
) -> Expectation:
    """Write down a range for a version, or for the next version of a model. low, high: in the criterion's unit.

    Raises Refused for what is not agreed or measurable, for ends that cannot be and once a run of that version on the criterion's
    evidence has answered cases; Conflict when the person said what they expect before. The database refuses the same.
    """
    _check_criterion(criterion)
    _check_range(criterion, low, high, confidence)
    version, model = (of, of.model) if isinstance(of, ModelVersion) else (None, of)
    # Nobody registers a version between the look and the commit.
    Model.objects.select_for_update(no_key=True).get(pk=model.pk)
    after = None if version else model.versions.order_by("-pk").first()
    if version and result_seen(criterion, version):
        raise Refused(LATE.format(version.label), code="after_the_result")
    if expected_already(actor, criterion, version, model, after):
        raise Conflict("You have recorded what you expect here. It cannot be changed.", code="recorded")
    expectation = Expectation(
        criterion=criterion,
        model=model,
        model_version=version,
        after=after,
        low=low,
        high=high,
        confidence=confidence,
        note=note.strip()[:LONGEST_NOTE],
        author=actor,
    )
    _insert(expectation, version)
    _record(actor, expectation)
    return expectation


def _insert(expectation: Expectation, version: ModelVersion | None) -> None:
    """The database has the last word: a run may have begun to answer meanwhile."""
    try:
        with transaction.atomic():
            expectation.save()
    except IntegrityError as error:
        if "expectation_before_the_result" in str(error):
            raise Refused(
                LATE.format(version.label if version else expectation.model.name), "after_the_result"
            ) from error
        if "expectation_once_a_person" in str(error):
            raise Conflict(
                "You have recorded what you expect here. It cannot be changed.", "recorded"
            ) from error
        raise


def _check_criterion(criterion: Criterion) -> None:
    if not criterion.measurable:
        raise Refused(
            f"{criterion.key} cannot be measured yet, so nothing can be expected of it.", "not_measurable"
        )
    if criterion.revision.status != Revision.Status.APPROVED:
        raise Refused(
            "Expectations are recorded on what is agreed. Approve the revision first: until then the criterion may change.",
            code="not_agreed",
        )


def _check_range(criterion: Criterion, low: float, high: float, confidence: float) -> None:
    problems: dict[str, object] = {}
    if not (math.isfinite(low) and math.isfinite(high)):
        problems["low"] = "Both ends are numbers."
    elif low > high:
        problems["low"] = "The lower end is above the upper end."
    elif ends := _ends(criterion):
        bottom, top = ends
        problems |= {"low": f"No value lies below {bottom * 100:g} %."} if low < bottom else {}
        problems |= {"high": f"No value lies above {top * 100:g} %."} if high > top else {}
    if not 0.5 <= confidence < 1:
        problems["confidence"] = "How sure you are lies between 50 % and 99 %."
    if problems:
        raise Refused(" ".join(map(str, problems.values())), code="range", fields=problems)


def _ends(criterion: Criterion) -> tuple[float, float] | None:
    """Between which the value of a rate, or the difference of two, lies. One query."""
    scorer = newest_scorers([criterion.scorer_id] if criterion.scorer_id else [])
    if unit_of_criterion(criterion, scorer.get(criterion.scorer_id or 0)) not in FRACTIONS:
        return None
    return (-1.0, 1.0) if is_difference(criterion) else (0.0, 1.0)


def _record(actor: User, expectation: Expectation) -> None:
    requirement = expectation.criterion.revision.requirement
    version = expectation.model_version
    record(
        actor=actor,
        verb="expectation.recorded",
        noun="requirement",
        object_id=requirement.pk,
        label=f"{requirement.key} {expectation.criterion.key}",
        product=requirement.product.key,
        after={
            "expectation": expectation.pk,
            "version": version.label if version else f"next of {expectation.model.slug}",
            "low": expectation.low,
            "high": expectation.high,
            "confidence": expectation.confidence,
        },
    )
