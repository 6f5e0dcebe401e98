"""A task's own cases: read in a child process, looked at, and added to a draft when somebody says so."""

from typing import Any

import pytest

from config.people.models import Role
from evaluations.models import Case
from evaluations.providers import task_cases
from evaluations.providers.task_children import TaskChildren
from evaluations.services.task_takeover import cases_of_task
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

STANDIN = "tests.evaluations.providers.standin_tasks"


def test_samples_become_rows_and_an_id_that_is_there_twice_is_a_problem() -> None:
    found = cases_of_task(name="standin/samples", arguments={}, children=TaskChildren(STANDIN))
    assert [(row.key, row.input) for row in found.rows][0] == ("7", "Is it?")
    assert found.rows[1].input == {"input": "Is it?", "choices": ["a", "b"]}
    assert found.rows[1].key.startswith("case-")
    assert [problem.line for problem in found.problems] == [2]


@pytest.mark.django_db
def test_they_are_looked_at_and_added_when_somebody_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(task_cases, "CHILD", STANDIN)
    monkeypatch.setattr(task_cases, "installed", lambda: True)
    dataset = make_dataset_version(0, frozen=False).dataset
    client, url = signed_in(make_user(Role.RESEARCHER)), f"/datasets/{dataset.slug}/task/"
    shown = client.post(url, {"task": "standin/samples", "arguments": "", "most": 2})
    assert shown.status_code == 200 and b"The first 2 were read" not in shown.content
    assert "1 new case" in shown.content.decode() and not Case.objects.exists()
    client.post(url, {"carried": shown.context["carried"]})
    assert Case.objects.get().key == "7"


@pytest.mark.django_db
def test_without_the_package_it_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setattr(task_cases, "installed", lambda: False)
    url = f"/datasets/{make_dataset_version(0, frozen=False).dataset.slug}/task/"
    shown = signed_in(make_user(Role.RESEARCHER)).post(url, {"task": "a/b", "most": 1})
    assert shown.status_code == 422 and "inspect-ai is not installed" in shown.content.decode()
