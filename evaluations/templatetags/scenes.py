"""The picture of a world model's sample."""

from django import template

from evaluations.queries.case_rows import CaseRow, Try
from evaluations.views.sample_scenes import SceneChart, scene_chart

register = template.Library()


@register.filter
def scene(one: Try, row: CaseRow) -> SceneChart | None:
    """History, prediction and truth of one answer; None for a case that is no scene."""
    return scene_chart(row, one)
