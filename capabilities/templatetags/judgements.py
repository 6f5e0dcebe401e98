"""Words of judgements in templates."""

from django import template

from capabilities.models import Criterion, Verdict
from capabilities.queries import release_rows
from capabilities.queries.filters import COVERAGE
from config.words import NOTHING

register = template.Library()


@register.filter
def coverage_label(coverage: str) -> str:
    return COVERAGE.get(coverage, coverage.replace("_", " ").capitalize())


@register.filter
def is_difference(criterion: Criterion) -> bool:
    """Whether its verdict's numbers are ours − theirs."""
    return release_rows.is_difference(criterion)


@register.simple_tag
def verdict_range(verdict: Verdict | None, criterion: Criterion) -> str:
    """Its plausible range as it is shown."""
    return (
        release_rows.range_words(verdict, difference=is_difference(criterion))
        if verdict is not None
        else NOTHING
    )
