"""An expectation beside what was found, as plain values for files and programs. No query."""

from typing import Any

from capabilities.queries.expectations import Reading

COLUMNS = (
    "requirement", "criterion", "words", "version", "next_of", "author", "low", "high", "confidence", "note", "recorded_at",
    "state", "found", "found_low", "found_high", "unit", "difference", "n", "run", "reaches", "sentence",
)  # fmt: skip


def as_record(one: Reading) -> dict[str, Any]:
    """Numbers in the criterion's unit; reaches: the found value is outside, but its own plausible range is not."""
    expectation, found = one.expectation, one.found if one.settled else None
    values = (
        expectation.criterion.revision.requirement.key,
        expectation.criterion.key,
        one.words,
        one.version.label if one.version else None,
        None if expectation.model_version_id else expectation.model.slug,
        expectation.author.username,
        expectation.low,
        expectation.high,
        expectation.confidence,
        expectation.note,
        expectation.created_at.isoformat(),
        one.standing,
        found.point if found else None,
        *one.found_ends,
        one.unit,
        one.compared,
        found.n if found else None,
        found.run_id if found else None,
        one.reaches,
        one.sentence,
    )
    return dict(zip(COLUMNS, values, strict=True))
