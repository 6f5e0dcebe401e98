from typing import Any

import pytest

from capabilities.models import Criterion, Verdict
from capabilities.services.judging import preview_criterion
from config.errors import Refused
from evaluations.models import EvaluationVersion
from tests.factories.capabilities import make_product, make_requirement, make_rival_set
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_scorer_version,
)

pytestmark = pytest.mark.django_db


def tried_on(purpose: str) -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(100, purpose=purpose), [make_scorer_version()])


def unsaved(version: EvaluationVersion, **fields: Any) -> Criterion:
    revision = make_requirement(fields.pop("product", None)).revisions.get()
    fields.setdefault("threshold", 0.9)
    return Criterion(revision=revision, key="AC-1", scorer=version.scorers.get().scorer, **fields)


def test_a_draft_is_tried_on_development_cases_and_nothing_is_stored() -> None:
    version = tried_on("dev")
    run = make_finished_run([1.0] * 99 + [0.0], version)

    found = preview_criterion(
        criterion=unsaved(version), evaluation_version=version, model_version=run.model_version
    )

    assert found is not None
    assert (found.verdict.outcome, found.verdict.n) == ("met", 100)
    assert found.verdict.sentence.startswith("Met: at least 94.6 %")
    assert not Verdict.objects.exists()


def test_a_draft_against_rivals_shows_a_line_for_each() -> None:
    version, product = tried_on("dev"), make_product()
    rival = make_model_version(side="competitor")
    rival_set = make_rival_set(product, [rival.model])
    make_finished_run([0.0] * 100, version, rival)
    run = make_finished_run([1.0] * 100, version)
    criterion = unsaved(version, product=product, against="competitors", rival_set=rival_set)

    found = preview_criterion(
        criterion=criterion, evaluation_version=version, model_version=run.model_version
    )

    assert found is not None
    assert found.verdict.outcome == "met"
    assert [(line.label, line.outcome) for line in found.lines] == [(rival.model.name, "met")]


def test_without_a_run_there_is_nothing_to_show() -> None:
    version = tried_on("dev")

    assert (
        preview_criterion(
            criterion=unsaved(version), evaluation_version=version, model_version=make_model_version()
        )
        is None
    )


def test_test_cases_are_not_looked_at_while_the_target_is_written() -> None:
    version = tried_on("test")
    run = make_finished_run([1.0] * 100, version)

    with pytest.raises(Refused, match="development cases only"):
        preview_criterion(
            criterion=unsaved(version), evaluation_version=version, model_version=run.model_version
        )
