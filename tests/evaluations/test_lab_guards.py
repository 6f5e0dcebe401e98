"""Sheets of the lab are held to the same budgets, guards and faults as any other run."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import LazySettings

from config.errors import Refused
from config.people.models import Role
from evaluations.models import LabSheet, ModelVersion, Run, Score
from evaluations.queries.lab import answers_of
from evaluations.services.budgets import save_budget
from evaluations.services.lab import create_sheet, run_sheet
from tests.engine import work_off
from tests.evaluations.providers.billing_server import BillingServer
from tests.factories.evaluations import make_model, make_model_version, make_price, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings: LazySettings) -> Iterator[BillingServer]:
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def version(server: BillingServer) -> ModelVersion:
    provider = make_provider("openai_like", base_url=server.base_url, max_concurrency=1)
    version = make_model_version(make_model("llm", provider=provider), api_id="echo", parameters={})
    make_price(version, "call", "1")
    return version


def sheet_of(version: ModelVersion, rows: str = "one\ntwo\nthree", **fields: object) -> LabSheet:
    return create_sheet(actor=make_user(Role.PM), name="Guarded", rows=rows, versions=[version], **fields)


def ran(sheet: LabSheet) -> Run:
    return work_off(run_sheet(actor=sheet.owner, sheet=sheet).runs.get())


def test_a_private_address_that_is_not_allowed_is_not_called(
    server: BillingServer, version: ModelVersion, settings: LazySettings
) -> None:
    settings.PRIVATE_ENDPOINTS = []
    run = ran(sheet_of(version))
    assert (server.seen, run.done) == (0, 0)
    assert "PLUMBLINE_PRIVATE_ENDPOINTS" in run.failure


def test_a_months_budget_of_the_provider_holds_for_sheets_too(
    server: BillingServer, version: ModelVersion
) -> None:
    save_budget(actor=None, scope="provider", provider=version.model.provider, cap=Decimal(1))
    run = ran(sheet_of(version))
    assert len(server.bill()) == 1
    assert "budget of 1 USD a month" in run.paused_reason


def test_money_is_no_budget_without_a_price(version: ModelVersion) -> None:
    version.prices.all().delete()
    sheet = sheet_of(version, cap=Decimal(1), cap_unit="money")
    with pytest.raises(Refused, match="has no price"):
        run_sheet(actor=sheet.owner, sheet=sheet)


def test_a_row_the_provider_refuses_is_missing_with_the_reason_and_never_scored(
    server: BillingServer, version: ModelVersion
) -> None:
    sheet = sheet_of(version, rows="one\n[[policy]]\nthree")
    run = ran(sheet)
    assert (run.state, run.done, run.failed) == (Run.State.PARTIAL, 2, 1)
    cells = [row.cells[0] for row in answers_of(sheet, sheet.owner).rows]
    assert [len(cell.tries) for cell in cells] == [1, 0, 1]
    assert "flagged" in cells[1].failure and not cells[0].failure
    assert Score.objects.filter(response__run=run).count() == 2
