"""A training run as a series: its checkpoints in order, what changed between them, what breaks the line, and who may see it."""

import csv
import gzip
import io
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Product, Verdict, Verification
from capabilities.queries.products import judged_versions
from capabilities.queries.requirement_page import requirement_page
from capabilities.queries.training import (
    Change,
    Series,
    Step,
    corrected,
    series_of,
    training_of,
    training_runs,
)
from capabilities.queries.training_charts import training_chart
from capabilities.services.checkpoints import since_the_last_checkpoint
from capabilities.services.judging import judge_evidence, judge_run
from config.people.models import Role
from evaluations.models import Model, ModelVersion, Run
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_evidence, make_membership, make_product, make_verification
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_run,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES = 60


@pytest.fixture
def model() -> Model:
    return make_model(kind="llm", slug="aria", name="Aria")


@pytest.fixture
def product(model: Model) -> Product:
    return make_product(key="VA", subjects=[model])


@pytest.fixture
def evidence(product: Product) -> Verification:
    return make_evidence(CASES, product=product)


def checkpoint(model: Model, step: int, parent: ModelVersion | None = None, **fields: Any) -> ModelVersion:
    fields.setdefault("training_run", "autumn")
    return make_model_version(model, name=f"step-{step}", step=step, parent=parent, **fields)


def measured(evidence: Verification, version: ModelVersion, right: int) -> Run:
    run = make_finished_run([1.0] * right + [0.0] * (CASES - right), evidence.evaluation_version, version)
    judge_run(run)
    return run


def trained(
    evidence: Verification, model: Model, rights: list[int], *, parents: bool = True
) -> list[ModelVersion]:
    """Checkpoints every thousand steps that get so many cases right, each made from the one before."""
    versions: list[ModelVersion] = []
    for number, right in enumerate(rights, start=1):
        parent = versions[-1] if versions and parents else None
        versions.append(checkpoint(model, number * 1_000, parent))
        measured(evidence, versions[-1], right)
    return versions


def series(product: Product, model: Model, name: str = "autumn") -> Series:
    found = training_of(model, name, [product])
    return series_of(found, found.criteria)[0]


def latest(product: Product, model: Model) -> Series:
    found = training_of(model, "autumn", [product])
    return since_the_last_checkpoint(series_of(found, found.criteria))[0]


def test_checkpoints_stand_in_the_order_of_their_steps(
    evidence: Verification, product: Product, model: Model
) -> None:
    for step, right in ((2_000, 50), (1_000, 40), (10_000, 55)):
        measured(evidence, checkpoint(model, step), right)
    found = series(product, model)
    assert [step.version.step for step in found.steps] == [1_000, 2_000, 10_000]
    assert [round((step.point or 0) * CASES) for step in found.steps] == [40, 50, 55]


def test_results_pushed_under_the_name_belong_to_it_too(
    evidence: Verification, product: Product, model: Model
) -> None:
    version = make_model_version(model, step=5)
    make_run(evidence.evaluation_version, version, training_run="autumn", state="done")
    measured(evidence, version, 50)
    assert [one.name for one in training_runs(model)] == ["autumn"]
    assert series(product, model).latest.version == version


def test_the_newest_training_run_comes_first(model: Model) -> None:
    checkpoint(model, 1, training_run="spring")
    checkpoint(model, 2, training_run="autumn")
    assert [(one.name, one.checkpoints, one.last_step) for one in training_runs(model)] == [
        ("autumn", 1, 2),
        ("spring", 1, 1),
    ]


def test_a_checkpoint_without_result_leaves_a_gap(
    evidence: Verification, product: Product, model: Model
) -> None:
    measured(evidence, checkpoint(model, 1_000), 40)
    checkpoint(model, 2_000)
    measured(evidence, checkpoint(model, 3_000), 50)
    assert [step.measured for step in series(product, model).steps] == [True, False, True]


@pytest.mark.parametrize(
    ("rights", "trend", "stands"),
    [([20, 55], "improved", False), ([55, 20], "regressed", True), ([50, 50], "unknown", False)],
)
def test_the_latest_is_compared_with_the_checkpoint_before(
    rights: list[int], trend: str, stands: bool, evidence: Verification, product: Product, model: Model
) -> None:
    versions = trained(evidence, model, rights)
    change = latest(product, model).latest.change
    assert change is not None
    assert (change.since, change.trend, change.stands) == (versions[0], trend, stands)


@pytest.mark.parametrize("rights", [[20, 55], [55, 20], [50, 47]])
def test_what_is_worked_out_now_is_what_would_have_been_judged(
    rights: list[int], evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, rights)
    judged = latest(product, model).latest.change
    other = make_model(kind="llm", slug="other")
    trained(evidence, other, rights, parents=False)
    worked_out = latest(product, other).latest.change
    assert judged is not None and worked_out is not None
    assert replace(worked_out, since=judged.since) == judged


def test_a_gap_is_passed_over_for_the_last_measured_checkpoint(
    evidence: Verification, product: Product, model: Model
) -> None:
    first = checkpoint(model, 1_000)
    measured(evidence, first, 20)
    checkpoint(model, 2_000)
    measured(evidence, checkpoint(model, 3_000), 55)
    change = latest(product, model).latest.change
    assert change is not None and (change.since, change.trend) == (first, "improved")


def test_another_version_of_the_evaluation_breaks_the_line_and_is_not_compared(
    evidence: Verification, product: Product, model: Model
) -> None:
    measured(evidence, checkpoint(model, 1_000), 55)
    first = evidence.evaluation_version
    newer = make_evaluation_version(
        first.dataset_version, list(first.scorers.all()), evaluation=first.evaluation, repeats=2
    )
    second = checkpoint(model, 2_000)
    link = make_verification(evidence.criterion, newer)
    make_finished_run([[1.0, 1.0]] * 20 + [[0.0, 0.0]] * (CASES - 20), newer, second)
    judge_evidence(link)
    step = series(product, model).latest
    assert step.event == f"measured by {newer}"
    change = latest(product, model).latest.change
    assert change is not None and (change.trend, change.why) == ("unknown", f"Not comparable: {step.event}.")
    assert training_chart(series(product, model)).svg.count('class="event"') == 1


def test_a_regression_is_marked_only_where_it_stands_after_correction() -> None:
    version = ModelVersion(name="one")
    step = Step(version, point=0.5)
    weak = replace(step, change=Change(version, "regressed", p=0.03))
    alone, _ = corrected([weak])
    among, count = corrected(
        [weak, *(replace(step, change=Change(version, "no_worse", p=0.5)) for _ in range(4))]
    )
    assert alone[0].change is not None and alone[0].change.stands
    assert among[0].change is not None and not among[0].change.stands
    assert count == 5


def test_the_page_shows_chart_changes_and_where_the_latest_stands(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [20, 58, 20])
    page = signed_in().get("/models/aria/training/", {"product": "VA"}).content.decode()
    assert "regressed, also after correction" in page
    assert "Since the step before" in page
    assert "3 checkpoints of Aria" in page
    assert 'data-live="5"' in page


def test_a_run_under_way_is_told(evidence: Verification, product: Product, model: Model) -> None:
    versions = trained(evidence, model, [40])
    make_run(evidence.evaluation_version, versions[0], state="running", done=7)
    page = signed_in().get("/models/aria/training/", {"product": "VA"}).content.decode()
    assert f"is under way: 7 of {CASES}" in page


@pytest.mark.parametrize(
    ("registered", "query", "told"),
    [
        (False, {}, "No training run yet"),
        (True, {}, "None of its checkpoints was measured"),
        (True, {"run": "winter"}, "There is no such training run"),
    ],
)
def test_an_empty_page_says_what_to_do(
    registered: bool, query: dict[str, str], told: str, evidence: Verification, product: Product, model: Model
) -> None:
    if registered:
        checkpoint(model, 1)
    assert told in signed_in().get("/models/aria/training/", {"product": "VA"} | query).content.decode()


def test_one_checkpoint_is_drawn_without_a_change(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [40])
    page = signed_in().get("/models/aria/training/", {"product": "VA"}).content.decode()
    assert "No earlier checkpoint was measured" in page
    assert "<circle" in page


def test_two_hundred_checkpoints_stay_a_light_chart(
    evidence: Verification, product: Product, model: Model
) -> None:
    versions = [checkpoint(model, number * 100) for number in range(1, 201)]
    measured(evidence, versions[0], 40)
    found = series(product, model)
    one = found.steps[0]
    many = replace(found, steps=[replace(one, version=version) for version in versions])
    chart = training_chart(many)
    assert len(chart.rows) == 200
    assert chart.svg.count("<circle") == 2
    assert len(chart.svg) < 40_000


def test_a_page_of_two_hundred_checkpoints_is_light(
    evidence: Verification, product: Product, model: Model
) -> None:
    links = [evidence, *(make_evidence(3, product=product) for _ in range(3))]
    versions = [checkpoint(model, number * 100) for number in range(1, 201)]
    for number, link in enumerate(links):
        runs = Run.objects.bulk_create(
            Run(evaluation_version=link.evaluation_version, model_version=version, state="done")
            for version in versions
        )
        Verdict.objects.bulk_create(
            Verdict(
                verification=link, run=run, model_version=run.model_version, generation=1, outcome="inconclusive",
                method="korn-graubard/1", point=0.5 + place / 500, low=0.4 + place / 517, high=0.6 + place / 533, n=60,
                sentence="", evidence=f"{number}/{place}",
            )
            for place, run in enumerate(runs)
        )  # fmt: skip
    page = signed_in().get("/models/aria/training/", {"product": "VA"}).content
    assert page.count(b"<polygon") == 2 * len(links)
    assert len(gzip.compress(page)) < 60_000


def test_a_stranger_sees_nothing_of_a_restricted_product(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [40, 50])
    Product.objects.update(restricted=True)
    key = evidence.criterion.revision.requirement.key
    stranger, member = make_user(Role.RESEARCHER), make_user(Role.RESEARCHER)
    make_membership(product, member, Role.RESEARCHER)
    assert key not in signed_in(stranger).get("/models/aria/training/", {"product": "VA"}).content.decode()
    assert key in signed_in(member).get("/models/aria/training/", {"product": "VA"}).content.decode()
    told = Caller("read", user=stranger).get("/training/", {"model": "aria", "run": "autumn"}).json()
    assert told["criteria"] == []


def test_the_file_has_a_row_for_every_step(evidence: Verification, product: Product, model: Model) -> None:
    trained(evidence, model, [55, 20])
    reply = signed_in().get("/models/aria/training/", {"product": "VA", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(reply).decode())))
    assert [(row["step"], row["trend"]) for row in rows] == [("1000", ""), ("2000", "regressed")]
    assert (rows[1]["since"], rows[1]["regression_stands"]) == ("aria@step-1000", "True")


def test_the_picture_stands_on_its_own(evidence: Verification, product: Product, model: Model) -> None:
    trained(evidence, model, [40, 50])
    key = evidence.criterion.revision.requirement.key
    path = "/models/aria/training/chart.svg"
    reply = signed_in().get(path, {"product": "VA", "run": "autumn", "criterion": f"{key}/AC-1"})
    assert (reply.status_code, reply["Content-Type"]) == (200, "image/svg+xml")
    assert (
        signed_in().get(path, {"product": "VA", "run": "autumn", "criterion": f"{key}/AC-9"}).status_code
        == 404
    )


def test_a_program_reads_the_series_and_the_change(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [20, 55])
    client = Caller("read", user=make_user(Role.RESEARCHER))
    told = client.get("/training/", {"model": "aria", "run": "autumn"}).json()
    [one] = told["criteria"]
    assert [step["step"] for step in one["steps"]] == [1000, 2000]
    assert (one["latest_change"]["trend"], told["counts"]["improved"]) == ("improved", 1)
    assert client.get("/training/", {"model": "aria", "run": "winter"}).status_code == 404


def queries_of(product: Product, model: Model) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = training_of(model, "autumn", [product])
        series_of(found, found.criteria)
        since_the_last_checkpoint(series_of(found.last(12), found.criteria))
    return len(seen)


def test_more_checkpoints_and_criteria_cost_no_more_queries(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [40, 50], parents=False)
    few = queries_of(product, model)
    for other in [make_evidence(CASES, product=product) for _ in range(2)]:
        for version in model.versions.all():
            measured(other, version, 45)
    trained_later = checkpoint(model, 9_000)
    measured(evidence, trained_later, 52)
    assert queries_of(product, model) == few <= 22


def test_a_requirement_lists_only_the_last_checkpoint_of_a_training_run_as_evidence(
    evidence: Verification, product: Product, model: Model
) -> None:
    versions = trained(evidence, model, [40, 45, 50])
    page = requirement_page(
        evidence.criterion.revision.requirement, judged_versions(product, "aria@step-1000")
    )
    assert {row.version for row in page.evidence} == {versions[0].label, versions[2].label}


def test_a_requirement_leads_to_the_series_of_its_version(
    evidence: Verification, product: Product, model: Model
) -> None:
    trained(evidence, model, [40])
    key = evidence.criterion.revision.requirement.key
    page = signed_in().get(f"/requirements/{key}/", {"version": "aria@step-1000"}).content.decode()
    assert f"/models/aria/training/?run=autumn&amp;requirement={key}" in page
