"""Words of judgements in templates."""

from django import template

from capabilities.models import Criterion
from capabilities.queries import release_rows
from capabilities.queries.filters import COVERAGE

register = template.Library()


@register.filter
def coverage_label(coverage: str) -> str:
    return COVERAGE.get(coverage, coverage.replace("_", " ").capitalize())


@register.filter
def is_difference(criterion: Criterion) -> bool:
    """Whether its verdict's numbers are ours − theirs."""
    return release_rows.is_difference(criterion)
