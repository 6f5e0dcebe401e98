"""Labels on pages of samples: who may set them, with which keys, and the list narrowed to one."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from config.people.access import may
from evaluations.models import FailureMode, Run
from evaluations.queries.case_filters import CaseFilter
from evaluations.views.content import may_see_content

KEYS = "123456789"


def labelling(request: HttpRequest, run: Run) -> dict[str, Any]:
    """The vocabulary, the modes in use with their keys, and whether this person may label. One query."""
    modes = list(FailureMode.objects.all())
    in_use = [mode for mode in modes if not mode.retired_at]
    keys = [*KEYS, *[""] * len(in_use)]
    return {
        "modes": modes,
        "keyed_modes": list(zip(in_use, keys, strict=False)),
        "may_label": may(request.user, "write_facts") and may_see_content(request, run),
    }


def with_mode(wanted: CaseFilter, asked: str, notes: list[str]) -> CaseFilter:
    """The filter narrowed to `?mode=`: a slug, or `none` for cases without any label. At most one query."""
    if asked == "none":
        return replace(wanted, unlabelled=True)
    mode = FailureMode.objects.filter(slug=asked).first() if asked else None
    if asked and mode is None:
        notes.append(f"There is no failure mode “{asked}”.")
    return replace(wanted, mode=mode)
