import csv
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Capability, Product, Requirement, VerdictLine
from capabilities.queries.lead_board import LeadBoard, lead_board
from capabilities.queries.products import judged_versions
from capabilities.services.judging import judge_run
from capabilities.services.standings import refresh_due
from evaluations.models import Model
from tests.factories.capabilities import (
    make_capability,
    make_membership,
    make_product,
    make_requirement,
    make_rival_set,
    make_verdict,
    make_verification,
)
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
    make_suite,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
GOOD, POOR = [1] * 57 + [0] * 3, [1] * 20 + [0] * 40


class World:
    """A product with two agreed rivals, and requirements that ours and a rival were measured on."""

    def __init__(self, **product: Any) -> None:
        self.ours = make_model_version(slug="aria", name="2", kind="rules")
        self.product = make_product(key="VA", subjects=[self.ours.model], **product)
        self.product.candidate_version = self.ours
        self.product.save()
        self.nova, self.lingo = (
            make_model(slug=slug, name=slug.title(), side="competitor") for slug in ("nova", "lingo")
        )
        make_rival_set(self.product, [self.nova, self.lingo])
        self.rivals = {model.pk: make_model_version(model, name="1") for model in (self.nova, self.lingo)}

    def measured(
        self,
        ours: list[Any],
        theirs: list[Any],
        capability: Capability | None = None,
        rival: Model | None = None,
        scorer: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Requirement:
        version = make_scorer_version(**(scorer or {}))
        evaluation = make_evaluation_version(make_dataset_version(len(ours)), [version])
        requirement = make_requirement(
            self.product,
            approved=True,
            criteria=[{"scorer": version.scorer}],
            capability=capability,
            kind="rules",
            **fields,
        )
        make_verification(requirement.revisions.get().criteria.get(), evaluation)
        against = self.rivals[(rival or self.nova).pk]
        make_finished_run(theirs, evaluation, against)
        judge_run(make_finished_run(ours, evaluation, self.ours))
        return requirement

    def board(self) -> LeadBoard:
        refresh_due()
        return lead_board(Product.objects.get(pk=self.product.pk), judged_versions(self.product))


def stands(board: LeadBoard) -> dict[str, list[str]]:
    return {
        row.capability.name if row.capability else "": [cell.stands for cell in row.cells]
        for row in board.rows
    }


def test_a_capability_leads_is_level_or_trails_as_the_ranges_say() -> None:
    world = World()
    names = {"Ahead": (GOOD, POOR), "Behind": (POOR, GOOD), "Level": (GOOD, GOOD)}
    for name, (ours, theirs) in names.items():
        world.measured(ours, theirs, make_capability(world.product, name=name))
    found = world.board()
    # Rivals stand by name: Lingo ran nothing.
    assert stands(found) == {
        "Ahead": ["unknown", "lead"],
        "Behind": ["unknown", "trail"],
        "Level": ["unknown", "level"],
    }


def test_a_capability_speaks_for_everything_under_it() -> None:
    world = World()
    top = make_capability(world.product, name="Top")
    world.measured(GOOD, POOR, make_capability(world.product, name="One", parent=top))
    world.measured(POOR, GOOD, make_capability(world.product, name="Two", parent=top))
    assert stands(world.board())["Top"] == ["unknown", "mixed"]


def test_fewer_errors_lead_where_lower_is_better() -> None:
    world = World()
    world.measured(POOR, GOOD, make_capability(world.product, name="Errors"), scorer={"direction": "lower"})
    cell = world.board().rows[0].cells[1]
    assert cell.stands == "lead" and cell.telling is not None and cell.telling.point > 0


def test_what_leads_alone_may_be_level_among_many() -> None:
    world = World()
    close = ([1] * 48 + [0] * 12, [1] * 42 + [0] * 18)
    part = make_capability(world.product, name="Close")
    world.measured(*close, part)
    alone = world.board()
    assert stands(alone) == {"Close": ["unknown", "lead"]} and alone.confidence == pytest.approx(0.95)
    for _ in range(9):
        world.measured(GOOD, GOOD)
    many = world.board()
    assert many.comparisons == 10 and many.confidence == pytest.approx(0.995)
    assert stands(many)["Close"] == ["unknown", "level"]


def test_a_difference_without_a_range_is_grey_and_undecided(client: Any) -> None:
    world = World()
    requirement = world.measured(GOOD, POOR, make_capability(world.product, name="One"))
    link = requirement.revisions.get().criteria.get().verifications.get()
    run, theirs = (
        link.evaluation_version.runs.get(model_version=one)
        for one in (world.ours, world.rivals[world.nova.pk])
    )
    newer = make_verdict(link, run)
    newer.lines.create(
        kind="rival", label="Nova", model_version=theirs.model_version, run=theirs, point=-0.04, n=60
    )
    [_, cell] = world.board().rows[0].cells
    assert cell.stands == "unknown" and cell.telling is not None
    client.force_login(make_user("viewer"))
    page = client.get("/board/capabilities/?product=VA").content.decode()
    assert 'class="cell none"' in page and "undecided</b>" in page
    assert 'class="cell "' not in page and "not compared</b>" not in page


def test_one_comparison_under_two_requirements_is_one() -> None:
    world = World()
    first = world.measured(GOOD, POOR)
    criterion = first.revisions.get().criteria.get()
    evaluation = criterion.verifications.get().evaluation_version
    second = make_requirement(
        world.product, approved=True, criteria=[{"scorer": criterion.scorer}], kind="rules"
    )
    make_verification(second.revisions.get().criteria.get(), evaluation)
    judge_run(evaluation.runs.get(model_version=world.ours))
    assert VerdictLine.objects.filter(kind="rival").count() >= 2
    assert world.board().comparisons == 1


def test_a_rival_outside_the_newest_set_has_no_column() -> None:
    world = World()
    world.measured(GOOD, POOR)
    make_rival_set(world.product, [world.lingo])
    found = world.board()
    assert [rival.slug for rival in found.rivals] == ["lingo"] and found.comparisons == 0


@pytest.mark.parametrize("requirements", [1, 5])
def test_the_board_of_a_product_costs_six_queries(requirements: int) -> None:
    world = World()
    for number in range(requirements):
        world.measured(GOOD, POOR, make_capability(world.product, name=f"Part {number}"), intent="lead")
    refresh_due()
    versions = judged_versions(world.product)
    with CaptureQueriesContext(connection) as captured:
        lead_board(world.product, versions)
    assert len(captured) == 6


@pytest.fixture
def world() -> World:
    made = World()
    made.measured(GOOD, POOR, make_capability(made.product, name="Driving", slug="driving"), intent="lead")
    refresh_due()
    return made


def text(reply: Any) -> str:
    return " ".join(reply.content.decode().split())


def test_each_cell_leads_to_the_comparison_that_shows_it(client, world) -> None:
    client.force_login(make_user("viewer"))
    page = text(client.get("/board/capabilities/?product=VA"))
    line = VerdictLine.objects.get(kind="rival")
    assert f"/compare/?run={line.verdict.run_id}&amp;against={line.run_id}&amp;scorer=" in page
    assert "Driving against Nova: lead" in page


def test_the_file_and_the_api_say_the_same(client, world) -> None:
    client.force_login(make_user("viewer"))
    content = b"".join(client.get("/board/capabilities/rows.csv?product=VA")).decode()
    row = next(csv.DictReader(StringIO(content)))
    reply = client.get("/api/v1/products/VA/board/").json()
    cell = reply["capabilities"][0]["rivals"][1]
    assert (row["capability"], row["rival"], row["stands"]) == ("driving", "nova", "lead")
    assert cell["stands"] == "lead" and cell["comparisons"][0]["difference"] == float(row["difference"])


def test_a_restricted_product_is_not_there_for_others(client) -> None:
    hidden = World(restricted=True)
    hidden.measured(GOOD, POOR, make_capability(hidden.product, name="Secret part"))
    client.force_login(make_user("pm"))
    assert "Secret part" not in text(client.get("/board/capabilities/?product=VA"))
    assert client.get("/board/capabilities/rows.csv?product=VA").status_code == 404
    assert client.get("/api/v1/products/VA/board/").status_code == 404
    member = make_user("viewer")
    make_membership(hidden.product, member, "viewer")
    client.force_login(member)
    assert "Secret part" in text(client.get("/board/capabilities/?product=VA"))


def test_without_rivals_or_comparisons_it_says_what_to_do(client) -> None:
    product = make_product(key="EMPTY")
    client.force_login(make_user("pm"))
    assert "No rivals are agreed yet" in text(client.get("/board/capabilities/?product=EMPTY"))
    make_rival_set(product)
    assert "Nothing is compared yet" in text(client.get("/board/capabilities/?product=EMPTY"))


def test_the_board_of_facts_marks_rivals_nobody_agreed_on(client, world) -> None:
    evaluation = VerdictLine.objects.get(kind="rival").verdict.verification.evaluation_version
    other = make_model_version(slug="other", name="1", side="competitor")
    make_finished_run(GOOD, evaluation, other)
    make_suite([evaluation.evaluation], slug="driving")
    client.force_login(make_user("viewer"))
    lines = client.get("/board/?suite=driving&product=VA").context["lines"]
    assert {line.name: line.outside for line in lines} == {"aria 2": False, "Nova 1": False, "other 1": True}
