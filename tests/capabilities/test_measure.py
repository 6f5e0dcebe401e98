"""“Measure this”: who may, what it makes, what it refuses, and that pressing twice is pressing once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from capabilities.models import Requirement, Verification
from config.people.models import Role, User
from evaluations.models import Dataset, EvaluationVersion, ModelVersion, Origin, Prompt, Round, Run, Scorer
from evaluations.services.datasets import publish_version, remove_case
from tests.engine import work_off
from tests.factories.capabilities import make_criterion, make_membership, make_product, make_requirement
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_model_version,
    make_prompt_version,
    make_provider,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
URL = "/measure/"
CASES = "Good\tyes\nBad\tno\nFine\tyes"


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM, approver=True)


@pytest.fixture
def version() -> ModelVersion:
    return make_model_version(slug="ours")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(*versions: ModelVersion, **changes: Any) -> dict[str, Any]:
    """The form as a person leaves it, with these fields otherwise."""
    fields: dict[str, Any] = {
        "token": "once",
        "cases_from": "new",
        "cases": CASES,
        "purpose": "test",
        "prompt_from": "as_is",
        "check_from": "new",
        "kind": "exact",
        "exact__case_sensitive": "on",
        "exact__strip": "on",
        "models": [version.pk for version in versions],
        "repeats": 1,
        "cap_unit": "money",
        "try_case": 1,
        "do": "run",
    }
    return fields | changes


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Says yes to good things",
        "shall": "say yes to a good thing",
        "rationale": "Users like it.",
        "threshold": "80",
    } | changes


def test_everything_is_made_and_started_at_once(pm: User, version: ModelVersion) -> None:
    response = signed_in(pm).post(
        URL, filled(version, name="Good things", prompt_from="new", message="Well? {{input}}")
    )
    started = Round.objects.get()
    made = EvaluationVersion.objects.get()
    assert response.status_code == 302
    assert started.runs.get().model_version == version
    assert (made.dataset_version.case_count, made.evaluation.slug) == (3, "good-things")
    assert made.dataset_version.dataset.purpose == Dataset.Purpose.TEST
    assert Prompt.objects.get().versions.get().messages == [{"role": "user", "content": "Well? {{input}}"}]
    assert Scorer.objects.get().versions.get().config == {}


def test_a_requirement_is_written_and_agreed_along_the_way(pm: User, version: ModelVersion) -> None:
    make_product(key="VA")
    response = signed_in(pm).post(URL, filled(version, agree="on", **wish()))
    requirement = Requirement.objects.get()
    assert response["Location"] == "/requirements/VA-1/"
    assert requirement.lifecycle == Requirement.Lifecycle.APPROVED
    assert requirement.revisions.get().criteria.get().threshold == pytest.approx(0.8)
    assert Verification.objects.get().evaluation_version == EvaluationVersion.objects.get()


def test_a_refused_agreement_leaves_nothing_behind(pm: User, version: ModelVersion) -> None:
    make_product(key="VA")
    response = signed_in(pm).post(URL, filled(version, agree="on", **wish(rationale="")))
    assert response.status_code == 422
    assert "Say why it matters" in response.text
    assert [kind.objects.count() for kind in (Round, Requirement, Dataset, EvaluationVersion)] == [0, 0, 0, 0]


def test_pressing_run_twice_is_pressing_it_once(pm: User, version: ModelVersion) -> None:
    client = signed_in(pm)
    first, second = (client.post(URL, filled(version)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert (Round.objects.count(), Dataset.objects.count()) == (1, 1)


def test_the_same_page_changed_is_another_measurement(pm: User, version: ModelVersion) -> None:
    client = signed_in(pm)
    client.post(URL, filled(version))
    client.post(URL, filled(version, cases="Other\tyes"))
    assert Round.objects.count() == 2
    assert sorted(Dataset.objects.values_list("slug", flat=True)) == ["measurement", "measurement-2"]


def test_what_is_there_already_can_be_chosen(pm: User, version: ModelVersion) -> None:
    dataset, prompt, scorer = make_dataset_version(), make_prompt_version(), make_scorer_version()
    chosen = {"cases_from": "there", "dataset": dataset.pk, "prompt_from": "there", "prompt": prompt.pk}
    signed_in(pm).post(URL, filled(version, cases="", check_from="there", scorer=scorer.pk, **chosen))
    made = EvaluationVersion.objects.get()
    assert (made.dataset_version, made.prompt_version, made.scorers.get()) == (dataset, prompt, scorer)


def test_a_criterion_gets_its_evidence(pm: User, version: ModelVersion) -> None:
    scorer = make_scorer_version(slug="right")
    requirement = make_requirement(make_product(key="VA"), criteria=[{"scorer": scorer.scorer}])
    url = f"{URL}?criterion=VA-1/AC-1"
    page = signed_in(pm).get(url)
    assert "VA-1 AC-1" in page.text
    response = signed_in(pm).post(url, filled(version, check_from="there", scorer=scorer.pk))
    assert response["Location"] == "/requirements/VA-1/"
    link = Verification.objects.get()
    assert link.criterion.revision.requirement == requirement
    assert link.evaluation_version.evaluation.slug == "va-1-ac-1"


def test_a_new_check_for_a_criterion_is_a_version_of_its_scorer(pm: User, version: ModelVersion) -> None:
    scorer = make_scorer_version(slug="right")
    make_requirement(make_product(key="VA"), criteria=[{"scorer": scorer.scorer}])
    signed_in(pm).post(f"{URL}?criterion=VA-1/AC-1", filled(version, kind="includes"))
    assert EvaluationVersion.objects.get().scorers.get().scorer == scorer.scorer
    assert scorer.scorer.versions.count() == 2


def test_criteria_with_the_same_check_are_measured_along(pm: User, version: ModelVersion) -> None:
    scorer = make_scorer_version()
    requirement = make_requirement(make_product(key="VA"), criteria=[{"scorer": scorer.scorer}])
    other = make_criterion(
        requirement.revisions.get(), scorer=scorer.scorer, against="previous", threshold=None
    )
    fields = filled(version, check_from="there", scorer=scorer.pk, also=[other.pk])
    signed_in(pm).post(f"{URL}?criterion=VA-1/AC-1", fields)
    assert set(Verification.objects.values_list("criterion__key", flat=True)) == {"AC-1", "AC-2"}


def test_counting_stores_nothing(pm: User, version: ModelVersion) -> None:
    make_product(key="VA")
    response = signed_in(pm).post(URL, filled(version, do="preview", repeats=2, **wish()))
    assert response.status_code == 200
    assert response.context["findings"].preview.round.calls == 6
    assert "What these cases can decide: AC-1" in response.text
    assert "can never be proven" in response.text
    assert [kind.objects.count() for kind in (Round, Requirement, Dataset, Run)] == [0, 0, 0, 0]


def test_the_report_names_lines_and_cases_that_could_never_be_right(pm: User, version: ModelVersion) -> None:
    cases = "Good\tyes\textra\nBad\nFine\tyes"
    response = signed_in(pm).post(URL, filled(version, do="preview", cases=cases))
    assert "Line 1: The line has 3 cells" in response.text
    assert "1 case could never be right" in response.text


def test_a_file_becomes_text_on_the_page(pm: User, version: ModelVersion) -> None:
    upload = SimpleUploadedFile("cases.csv", b"key,input,target\na,Good,yes\nb,Bad,no\n")
    client = signed_in(pm)
    counted = client.post(URL, filled(version, do="preview", cases="", upload=upload))
    assert "a,Good,yes" in counted.text
    lines = "\n".join(json.dumps({"key": key, "input": key, "target": "yes"}) for key in "xyz")
    client.post(URL, filled(version, cases=lines))
    assert Dataset.objects.get().versions.get().case_count == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cases": ""}, "Paste at least one case"),
        ({"models": []}, "Tick at least one model"),
        ({"prompt_from": "new", "message": ""}, "Write what the model is asked"),
        ({"prompt_from": "new", "message": "{{a.b}}"}, "is not a slot"),
        ({"kind": "pattern"}, "“Pattern” is needed"),
        ({"kind": "json_schema", "json_schema__schema": "{"}, "This is not JSON"),
        ({"kind": "nonsense"}, "nonsense"),
        ({"cases_from": "there"}, "Choose the cases"),
        ({"check_from": "there", "scorer": "999999999999999999999"}, "Select a valid choice"),
        ({"repeats": "0"}, "greater than or equal to 1"),
        ({"threshold": "90"}, "Give the requirement a title"),
        ({"title": "Says yes"}, "Say what the model shall do"),
        ({"upload": SimpleUploadedFile("cases.csv", b"\xff\xfe\x00")}, "not text in UTF-8"),
    ],
)
def test_what_is_wrong_is_said_and_the_words_stay(
    pm: User, version: ModelVersion, changes: dict[str, Any], sentence: str
) -> None:
    make_product(key="VA")
    response = signed_in(pm).post(URL, filled(version, **({"name": "Kept words"} | changes)))
    assert response.status_code == 422
    assert sentence in response.text
    assert "Kept words" in response.text
    assert Round.objects.count() == 0


def test_a_perfect_target_is_refused_with_what_to_ask_instead(pm: User, version: ModelVersion) -> None:
    make_product(key="VA")
    response = signed_in(pm).post(URL, filled(version, **wish(threshold="100")))
    assert response.status_code == 422
    assert "can never be shown" in response.text


def test_competitors_over_the_network_see_only_cases_that_may_leave(pm: User) -> None:
    provider = make_provider("openai_like", base_url="http://127.0.0.1:9/v1")
    rival = make_model_version(slug="rival", side="competitor", provider=provider, kind="llm", parameters={})
    client = signed_in(pm)
    refused = client.post(URL, filled(rival))
    assert "may not leave" in refused.text
    assert Round.objects.count() == 0
    assert client.post(URL, filled(rival, may_leave="on")).status_code == 302


def test_one_case_is_tried_on_three_models_and_gives_no_verdict(pm: User) -> None:
    versions = [make_model_version() for _ in range(4)]
    client = signed_in(pm)
    response = client.post(URL, filled(*versions, do="try"))
    runs = list(Run.objects.order_by("pk"))
    assert (len(runs), {run.origin for run in runs}) == (3, {Origin.LAB})
    assert EvaluationVersion.objects.get().dataset_version.dataset.purpose == Dataset.Purpose.TEST
    assert not Run.objects.judgeable().exists()
    for run in runs:
        work_off(run)
    ids = ",".join(str(run.pk) for run in runs)
    assert f'value="{ids}"' in response.text
    tried = client.get(f"/measure/tries/?runs={ids}", headers={"HX-Request": "true"})
    assert tried.text.count("Right") == 3
    assert "data-live" not in tried.text


def test_tries_are_kept_in_one_place_for_each_person(pm: User, version: ModelVersion) -> None:
    client = signed_in(pm)
    for number in (1, 2, 2):
        client.post(URL, filled(version, do="try", try_case=number))
    assert Dataset.objects.get().versions.count() == 2
    assert EvaluationVersion.objects.values("evaluation").distinct().count() == 1


def test_a_case_that_is_not_there_is_said(pm: User, version: ModelVersion) -> None:
    response = signed_in(pm).post(URL, filled(version, do="try", try_case=9))
    assert "There is no case 9" in response.text


def test_a_model_that_cannot_be_called_says_why_beside_those_that_can(
    pm: User, version: ModelVersion
) -> None:
    provider = make_provider("openai_like", base_url="http://127.0.0.1:9/v1")
    rival = make_model_version(slug="rival", side="competitor", provider=provider, kind="llm", parameters={})
    response = signed_in(pm).post(URL, filled(version, rival, do="try"))
    assert "may not leave" in response.text
    assert Run.objects.get().model_version == version


def test_others_cannot_see_what_was_tried(pm: User, version: ModelVersion) -> None:
    signed_in(pm).post(URL, filled(version, do="try"))
    response = signed_in(make_user(Role.PM)).get(f"/measure/tries/?runs={Run.objects.get().pk}")
    assert "somebody else" in response.text


def test_test_cases_are_tried_only_by_those_who_may_read_them(pm: User, version: ModelVersion) -> None:
    dataset = make_dataset_version()
    fields = filled(version, do="try", cases_from="there", dataset=dataset.pk)
    refused = signed_in(pm).post(URL, fields)
    assert "may not read" in refused.text
    reader = make_user(Role.PM, may_read_test=True)
    signed_in(reader).post(URL, fields)
    assert dataset.exposures.get().user == reader


def test_a_test_case_that_was_tried_stays_a_test_case(pm: User, version: ModelVersion) -> None:
    source = make_dataset_version([{"key": "a", "input": "a protected question"}], may_leave=True)
    reader = make_user(Role.PM, may_read_test=True)
    signed_in(reader).post(URL, filled(version, do="try", cases_from="there", dataset=source.pk))
    run = Run.objects.get()
    kept = run.evaluation_version.dataset_version
    assert (kept.dataset.purpose, kept.dataset.may_leave, kept.drawn_from) == ("test", True, source)
    work_off(run)
    for page in (f"/datasets/{kept.dataset.slug}/", f"/runs/{run.pk}/samples/"):
        assert "a protected question" not in signed_in(pm).get(page).text
    before = source.exposures.count()
    assert "a protected question" in signed_in(reader).get(f"/datasets/{kept.dataset.slug}/").text
    assert source.exposures.count() == before + 1
    tries = f"/measure/tries/?runs={run.pk}"
    assert "right</span>" in signed_in(reader).get(tries).text.lower()
    reader.may_read_test = False
    reader.save()
    assert "right</span>" not in signed_in(reader).get(tries).text.lower()


def test_the_numbers_of_cases_are_those_of_the_order_and_not_of_the_places(
    pm: User, version: ModelVersion
) -> None:
    dataset = make_dataset_version(3, frozen=False, purpose="dev")
    remove_case(actor=pm, version=dataset, key="case-001")
    publish_version(actor=pm, version=dataset)
    signed_in(pm).post(URL, filled(version, do="try", try_case=2, cases_from="there", dataset=dataset.pk))
    assert Run.objects.get().evaluation_version.dataset_version.entries.get().key == "case-002"


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.RESEARCHER, 200), (Role.PM, 200)])
def test_whoever_may_start_runs_may_measure(role: str, status: int) -> None:
    assert signed_in(make_user(role)).get(URL).status_code == status


def test_strangers_sign_in_first(client: Client) -> None:
    assert client.get(URL)["Location"].startswith("/sign-in/")


def test_a_criterion_of_a_restricted_product_is_not_there_for_others(pm: User) -> None:
    product = make_product(key="SE", restricted=True)
    make_requirement(product, criteria=[{}])
    assert signed_in(pm).get(f"{URL}?criterion=SE-1/AC-1").status_code == 404
    make_membership(product, pm)
    assert signed_in(pm).get(f"{URL}?criterion=SE-1/AC-1").status_code == 200


def test_a_viewer_of_the_product_cannot_link_evidence(pm: User) -> None:
    product = make_product(key="VA")
    make_requirement(product, criteria=[{}])
    make_membership(product, pm, Role.VIEWER)
    assert signed_in(pm).get(f"{URL}?criterion=VA-1/AC-1").status_code == 403


def test_a_viewer_of_the_product_cannot_write_its_requirements(pm: User, version: ModelVersion) -> None:
    make_membership(make_product(key="VA"), pm, Role.VIEWER)
    assert signed_in(pm).post(URL, filled(version, **wish())).status_code == 403
    assert Requirement.objects.count() == 0


@pytest.mark.parametrize("asked", ["VA-1/AC-9", "VA-9/AC-1", "nonsense", "VA-1"])
def test_an_unknown_criterion_is_not_found(pm: User, asked: str) -> None:
    make_requirement(make_product(key="VA"), criteria=[{}])
    assert signed_in(pm).get(URL, {"criterion": asked}).status_code == 404


def test_an_empty_site_can_be_measured_from(pm: User) -> None:
    page = signed_in(pm).get(URL)
    assert "Make a product" in page.text
    assert "None can be called" in page.text


def test_the_page_costs_the_same_however_much_there_is(
    pm: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in(pm)
    make_product(key="VA")
    for _ in range(2):
        make_model_version()
        make_evaluation_version()
        make_prompt_version()
        with django_assert_max_num_queries(14):
            client.get(reverse("capabilities:measure"))
        for _ in range(5):
            make_model_version()
            make_evaluation_version()
