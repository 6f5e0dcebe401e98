"""Words of judgements in templates."""

from django import template

from capabilities.queries.filters import COVERAGE

register = template.Library()


@register.filter
def coverage_label(coverage: str) -> str:
    return COVERAGE.get(coverage, coverage.replace("_", " ").capitalize())
