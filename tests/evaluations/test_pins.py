from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluations.importers import CaseRow
from evaluations.models import EvaluationVersion, PromptVersion
from evaluations.queries.pins import fit_of, pin_rows, pinnable
from evaluations.services.blobs import store_blob
from evaluations.services.datasets import add_cases, remove_case
from evaluations.services.pins import pin_prompt
from tests.api_client import Caller, error_of
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_prompt_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
CASES: list[dict[str, Any]] = [
    {"key": "a", "input": {"text": "Hi", "lang": "en"}},
    {"key": "b", "input": {"text": "Salut"}},
    {"key": "c", "input": "only text"},
]


def asking(text: str, slug: str = "greet") -> PromptVersion:
    return make_prompt_version([{"role": "user", "content": text}], slug=slug)


def evaluation(slug: str, prompt: PromptVersion | None = None, **fields: Any) -> EvaluationVersion:
    return make_evaluation_version(make_dataset_version(2), slug=slug, prompt_version=prompt, **fields)


@pytest.fixture
def researcher(client):
    client.force_login(make_user("researcher"))
    return client


def test_each_evaluation_gets_a_version_that_differs_in_the_prompt_alone() -> None:
    first, second = asking("Say {{input}}"), asking("Sing {{input}}")
    scorers = [make_scorer_version("exact"), make_scorer_version("includes")]
    before = make_evaluation_version(
        make_dataset_version(2), scorers, slug="one", prompt_version=first, repeats=3, parameters={"seed": 7}
    )
    [done] = pin_prompt(actor=None, prompt_version=second, evaluations=[before.evaluation])
    assert done.version is not None and done.made
    assert (done.version.number, done.version.prompt_version) == (2, second)
    assert (done.version.repeats, done.version.parameters) == (3, {"seed": 7})
    assert done.version.dataset_version == before.dataset_version
    assert list(done.version.evaluation_scorers.values_list("scorer_version", flat=True)) == [
        scorer.pk for scorer in scorers
    ]
    before.refresh_from_db()
    assert before.prompt_version == first


def test_pinning_again_makes_nothing_new() -> None:
    prompt = asking("Say {{input}}")
    one = evaluation("one").evaluation
    pin_prompt(actor=None, prompt_version=prompt, evaluations=[one])
    [again] = pin_prompt(actor=None, prompt_version=prompt, evaluations=[one])
    assert (again.made, again.problem, one.versions.count()) == (False, "", 2)


def test_a_slot_that_cases_lack_is_named_and_only_that_evaluation_stays() -> None:
    prompt = asking("In {{lang}}: {{text}}")
    lacking = make_evaluation_version(make_dataset_version(CASES), slug="lacking").evaluation
    whole = make_evaluation_version(make_dataset_version(CASES[:1]), slug="whole").evaluation
    done = {
        one.evaluation.slug: one
        for one in pin_prompt(actor=None, prompt_version=prompt, evaluations=[lacking, whole])
    }
    assert done["whole"].made and not done["lacking"].made
    assert "“lang” is missing in 2 of 3 cases, first in b" in done["lacking"].problem
    assert "“text” is missing in 1 of 3 cases, first in c" in done["lacking"].problem
    assert "The cases have input, lang, text." in done["lacking"].problem
    assert lacking.versions.count() == 1


def test_what_each_model_brings_itself_cannot_be_pinned() -> None:
    own = evaluation("own", prompt_policy="own").evaluation
    [done] = pin_prompt(actor=None, prompt_version=asking("{{input}}"), evaluations=[own])
    assert done.version is None and "its own prompt" in done.problem


def test_retired_cases_are_said() -> None:
    version = evaluation("old")
    dataset_version = version.dataset_version
    dataset_version.retired_reason = "Labels were wrong."
    dataset_version.retired_at = version.created_at
    dataset_version.save(update_fields=["retired_at", "retired_reason"])
    [done] = pin_prompt(actor=None, prompt_version=asking("{{input}}"), evaluations=[version.evaluation])
    assert "Labels were wrong." in done.problem


def test_a_prompt_with_the_input_alone_reads_no_case() -> None:
    version, prompt = make_dataset_version(CASES), asking("Say {{input}}")
    with CaptureQueriesContext(connection) as caught:
        assert fit_of(prompt, version).problem == ""
    assert len(caught) == 0


def test_pictures_of_a_case_fill_the_slots_that_name_them() -> None:
    version = make_dataset_version(["seen"], frozen=False)
    picture = store_blob(data=b"a picture", media_type="image/png")
    row = CaseRow(line=1, key="look", input="What is it?", attachments=(picture.sha256,))
    remove_case(actor=None, version=version, key="seen")
    add_cases(actor=None, version=version, cases=[row])
    assert fit_of(asking("{{image}} {{image_1}} {{input}}"), version).problem == ""
    assert "“image_2” is missing in 1 of 1" in fit_of(asking("{{image_2}}"), version).problem


def test_evaluations_of_the_same_prompt_come_first_and_reading_costs_the_same_for_many() -> None:
    first, second = asking("Say {{input}}"), asking("In {{lang}} {{input}}")
    evaluation("a-other")
    evaluation("z-same", first)
    assert [row.evaluation.slug for row in pin_rows(second, list(pinnable()))] == ["z-same", "a-other"]
    shared = make_dataset_version(CASES)
    for number in range(8):
        make_evaluation_version(shared, slug=f"more-{number}")
    with CaptureQueriesContext(connection) as caught:
        assert len(pin_rows(second, list(pinnable()))) == 10
    assert len(caught) <= 2 + 3 * 2


def test_the_page_shows_what_would_happen_and_then_what_happened(researcher) -> None:
    first, second = asking("Say {{input}}"), asking("In {{lang}} {{input}}")
    make_evaluation_version(make_dataset_version(CASES[:1]), slug="fits", prompt_version=first)
    make_evaluation_version(make_dataset_version(CASES), slug="lacks", prompt_version=first)
    url = f"/prompts/{second.prompt.slug}/v2/pin/"
    html = researcher.get(url).content.decode()
    assert (
        'value="fits" aria-label="fits" checked' in html
        and 'value="lacks" aria-label="lacks" disabled' in html
    )
    done = researcher.post(url, {"evaluations": ["fits", "lacks"]}).content.decode()
    assert "v2 asks with it" in done and "nothing changed" in done


def test_nothing_ticked_is_said_and_what_is_unknown_changes_nothing(researcher) -> None:
    asking("Say {{input}}")
    version = evaluation("one")
    assert researcher.post("/prompts/greet/v1/pin/", {}).status_code == 422
    assert researcher.post("/prompts/greet/v1/pin/", {"evaluations": ["nobody"]}).status_code == 422
    assert researcher.get("/prompts/greet/v9/pin/").status_code == 404
    assert version.evaluation.versions.count() == 1


def test_a_viewer_pins_nothing(client) -> None:
    asking("Say {{input}}")
    client.force_login(make_user("viewer"))
    assert client.post("/prompts/greet/v1/pin/", {"evaluations": ["one"]}).status_code == 403


def test_over_the_api_with_a_preview() -> None:
    asking("Say {{input}}")
    one = evaluation("one").evaluation
    api = Caller("read", "write")
    body = {"evaluations": ["one"], "preview": True}
    foretold = api.post("/prompts/greet/pin/", body).json()
    assert foretold == [{"evaluation": "one", "version": None, "made": True, "problem": ""}]
    assert one.versions.count() == 1
    done = api.post("/prompts/greet/pin/", {"evaluations": ["one"]}).json()
    assert done == [{"evaluation": "one", "version": 2, "made": True, "problem": ""}]
    assert error_of(api.post("/prompts/greet/pin/", {"evaluations": ["nobody"]}))[0] == 400
    assert api.post("/prompts/greet/pin/", {"evaluations": ["one"], "version": 9}).status_code == 404
