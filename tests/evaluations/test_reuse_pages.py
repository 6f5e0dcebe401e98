"""Reused answers say so, wherever they are shown."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.people.models import Role
from evaluations.models import Run, Schedule
from evaluations.services.runs import start_run
from evaluations.services.schedules import preview_schedule, run_now, save_schedule
from tests.api_client import ALL_SCOPES, Caller, lines_of
from tests.capabilities.pages import signed_in
from tests.evaluations.providers.billing_server import BillingServer
from tests.evaluations.test_reuse import called_version, evaluation_over, run_of
from tests.factories.evaluations import make_suite
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(settings: Any) -> Iterator[Run]:
    """A run whose answers are those of an earlier one."""
    with BillingServer() as server:
        settings.PRIVATE_ENDPOINTS = [f"127.0.0.1:{server.port}"]
        evaluation, version = evaluation_over(3), called_version(server)
        run_of(evaluation, version)
        yield run_of(evaluation, version)


def source_of(copy: Run) -> int:
    answer = copy.responses.select_related("reused_from").first()
    assert answer is not None and answer.reused_from is not None
    return answer.reused_from.run_id


def test_the_page_of_a_run_counts_and_names_what_was_reused(copy: Run) -> None:
    page = signed_in(role=Role.RESEARCHER).get(f"/runs/{copy.pk}/").content.decode()
    assert f'3 of 3 answers from <a class="link" href="/runs/{source_of(copy)}/">' in page
    assert "which saved" in page and "no further look" in page


def test_a_run_that_reused_nothing_says_why(copy: Run) -> None:
    again = start_run(
        actor=None,
        evaluation_version=copy.evaluation_version,
        model_version=copy.model_version,
        reuse=False,
    )
    page = signed_in(role=Role.VIEWER).get(f"/runs/{again.pk}/").content.decode()
    assert "none: everything was to be called again" in page


def test_a_sample_names_the_run_whose_call_it_is(copy: Run) -> None:
    client = signed_in(role=Role.PM)
    page = client.get(f"/runs/{copy.pk}/samples/?case=case-000").content.decode()
    assert "Reused from" in page and f"/runs/{source_of(copy)}/" in page


def test_files_and_the_api_name_it_too(copy: Run) -> None:
    caller = Caller(*ALL_SCOPES)
    shown = caller.get(f"/runs/{copy.pk}/").json()
    assert (shown["reused"], shown["calls"], shown["saved"]) == (3, 0, "3.00000000")
    lines = lines_of(caller.get(f"/runs/{copy.pk}/samples/?show=reused"))
    assert [(line["reused"], line["reused_from"]) for line in lines] == [(True, source_of(copy))] * 3
    header, row = signed_in(role=Role.VIEWER).get("/runs/?format=csv").content.decode().splitlines()[:2]
    told = dict(zip(header.lstrip("\ufeff").split(","), row.split(","), strict=True))
    assert (told["reused"], told["saved"]) == ("3", "3.00000000")


def test_over_the_api_everything_can_be_called_again(copy: Run) -> None:
    caller = Caller(*ALL_SCOPES)
    pair = {
        "evaluation_version": str(copy.evaluation_version),
        "model_version": copy.model_version.label,
    }
    assert caller.post("/runs/", pair | {"reuse": False}).json()["reuse"] is False
    plan = {"evaluations": [pair["evaluation_version"]], "versions": [pair["model_version"]]}
    told = caller.post("/rounds/preview/", plan).json()
    assert (told["calls"], told["reused"], told["exact"]) == (0, 3, True)
    told = caller.post("/rounds/preview/", plan | {"reuse": False}).json()
    assert (told["calls"], told["reused"]) == (3, 0)


def test_start_again_reuses_unless_everything_is_to_be_called(copy: Run) -> None:
    client = signed_in(role=Role.RESEARCHER)
    client.post(f"/runs/{copy.pk}/again/", {"key": "a"})
    client.post(f"/runs/{copy.pk}/again/", {"key": "b", "reuse": "no"})
    assert list(Run.objects.order_by("-pk").values_list("reuse", flat=True)[:2]) == [False, True]


@pytest.mark.parametrize("flag", ["", "call_again", "rerun_frozen"])
def test_a_schedule_reuses_unless_it_is_to_call(flag: str, copy: Run) -> None:
    flags: dict[str, Any] = {flag: True} if flag else {}
    schedule: Schedule = save_schedule(
        actor=make_user(),
        name="Nightly",
        suite=make_suite([copy.evaluation_version.evaluation]),
        cron="0 2 * * *",
        selector={"models": [copy.model_version.model.slug]},
        **flags,
    )
    assert preview_schedule(schedule).each.calls == (3 if flag == "rerun_frozen" else 0)
    (run,) = run_now(actor=make_user(), schedule=schedule).runs.all()
    assert run.reuse is not bool(flag)
