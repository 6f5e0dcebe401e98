"""Rows are checked without a query as Django checks them with many."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Criterion, Requirement
from capabilities.services.checking import check_row
from tests.factories.capabilities import make_requirement
from tests.factories.evaluations import make_scorer_version

pytestmark = pytest.mark.django_db


def refused(deed: Any) -> dict[str, list[str]]:
    try:
        deed()
    except ValidationError as problem:
        return dict(problem.message_dict)
    return {}


CRITERIA: list[dict[str, Any]] = [
    {},
    {"confidence": 0.4},
    {"confidence": 1.0},
    {"threshold": None},
    {"threshold": None, "statistic": "pass_all"},
    {"threshold": None, "not_measurable_reason": "No cases"},
    {"scorer": None},
    {"scorer": None, "not_measurable_reason": "No cases"},
    {"statistic": "median"},
    {"slice_name": "x" * 81, "against": "nobody"},
]


@pytest.mark.parametrize("fields", CRITERIA)
def test_a_criterion_is_refused_with_the_same_words(fields: dict[str, Any]) -> None:
    given = {"scorer": make_scorer_version().scorer, "threshold": 0.9} | fields
    row = Criterion(revision=make_requirement().revisions.get(), key="AC-9", **given)
    with CaptureQueriesContext(connection) as asked:
        words = refused(lambda: check_row(row, without=("fingerprint",)))
    assert len(asked) == 0
    assert words == refused(lambda: row.full_clean(exclude=["fingerprint"]))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"priority": "urgent"},
        {"target": "x" * 81},
        {"lifecycle": "deferred"},
        {"lifecycle": "deferred", "lifecycle_reason": "Later"},
        {"commitment": "infeasible"},
        {"tags": ["x" * 41]},
    ],
)
def test_a_requirement_is_refused_with_the_same_words(fields: dict[str, Any]) -> None:
    row = Requirement(product=make_requirement().product, number=900, **fields)
    assert refused(lambda: check_row(row)) == refused(row.full_clean)
