import json
from io import BytesIO

import pytest
from django.test import Client

from config.people.models import Role
from evaluations.models import Case, Dataset, DatasetVersion, Exposure
from tests.factories.evaluations import make_dataset_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
SECRET = "the secret question"
CASES = [{"key": "a", "input": SECRET, "slices": {"lang": "de"}}, {"key": "b", "slices": {"lang": "en"}}]


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER, may_read_test=True))
    return client


def text(response) -> str:
    return str(response.content.decode())


def draft(slug: str = "d", **fields) -> DatasetVersion:
    return make_dataset_version(CASES, slug=slug, frozen=False, **fields)


def carried(page: str) -> str:
    return page.split('name="carried" value="')[1].split('"')[0]


def test_a_dataset_is_listed_with_its_size_and_draft(researcher):
    make_dataset_version(7, slug="seven")
    page = text(researcher.get("/datasets/"))
    assert "/datasets/seven/" in page
    assert "7<span" in page


def test_a_new_dataset_leads_to_its_first_cases(researcher):
    response = researcher.post("/datasets/new/", {"name": "App reviews", "purpose": "dev"})
    assert response.url == "/datasets/app-reviews/import/"
    assert Dataset.objects.get().purpose == "dev"


def test_test_cases_are_hashes_for_those_who_may_not_read_them(researcher):
    make_dataset_version(CASES, slug="d")
    page = text(researcher.get("/datasets/d/"))
    assert SECRET not in page
    assert Case.objects.get(key="a").hash[:16] in page
    assert not Exposure.objects.exists()


def test_reading_test_cases_is_counted(reader):
    version = make_dataset_version(CASES, slug="d")
    assert SECRET in text(reader.get("/datasets/d/"))
    exposure = Exposure.objects.get()
    assert (exposure.dataset_version, exposure.samples, exposure.via) == (version, 2, "page")
    assert "2 cases shown" in text(reader.get("/datasets/d/"))


def test_development_cases_are_open_and_leave_no_note(researcher):
    make_dataset_version(CASES, slug="d", purpose="dev")
    assert SECRET in text(researcher.get("/datasets/d/"))
    assert not Exposure.objects.exists()


def test_slices_are_counted(researcher):
    make_dataset_version(CASES, slug="d")
    assert '<span class="quiet">lang=</span>de' in text(researcher.get("/datasets/d/"))


def test_nothing_is_imported_until_somebody_says_so(researcher):
    version = make_dataset_version(0, slug="d", frozen=False)
    file = BytesIO(b"key,input,target\na,one,1\nb,,2\n")
    file.name = "cases.csv"
    page = text(researcher.post("/datasets/d/import/", {"file": file}))
    assert "Import the 1 good rows" in page
    assert "The cell “input” is empty." in page
    assert not version.entries.exists()
    researcher.post("/datasets/d/import/", {"carried": carried(page)})
    assert list(version.entries.values_list("key", flat=True)) == ["a"]


def test_pasted_lines_become_cases_and_open_a_draft_of_what_is_published(researcher):
    make_dataset_version(CASES, slug="d")
    page = text(researcher.post("/datasets/d/import/", {"text": "Hello\tgreeting\nBye\tfarewell"}))
    researcher.post("/datasets/d/import/", {"carried": carried(page)})
    version = DatasetVersion.objects.get(number=2)
    assert (version.state, version.case_count) == ("draft", 4)


def test_keys_that_are_there_are_left_out(researcher):
    draft()
    file = BytesIO(b'{"key": "a", "input": "again"}\n{"key": "z", "input": "new"}\n')
    file.name = "more.jsonl"
    page = text(researcher.post("/datasets/d/import/", {"file": file}))
    assert "1 key is there already" in page
    assert "Import the 1 good rows" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [({"text": ""}, "Choose a file or paste some lines."), ({"text": "\tonly a target"}, "No new case")],
)
def test_what_holds_no_case_says_what_to_do(researcher, data, sentence):
    draft()
    assert sentence in text(researcher.post("/datasets/d/import/", data))


def test_a_changed_preview_is_not_imported(researcher):
    version = draft()
    response = researcher.post("/datasets/d/import/", {"carried": "x.y:1:forged"}, follow=True)
    assert "Send the file or the lines again." in text(response)
    assert version.entries.count() == 2


def test_a_case_of_a_draft_is_changed_and_removed(reader):
    version = draft()
    first, second = version.entries.order_by("position")
    data = {"input": '{"text": "new"}', "target": "yes", "slices": '{"lang": "fr"}'}
    reader.post(f"/datasets/d/cases/{first.pk}/edit/", data)
    reader.post(f"/datasets/d/cases/{second.pk}/remove/")
    entry = version.entries.get()
    assert (entry.case.input, entry.case.slices) == ({"text": "new"}, {"lang": "fr"})


def test_a_case_of_a_published_version_is_refused(reader):
    version = make_dataset_version(CASES, slug="d")
    entry = version.entries.all()[0]
    response = reader.post(f"/datasets/d/cases/{entry.pk}/remove/", follow=True)
    assert "is published and cannot change" in text(response)
    assert version.entries.count() == 2


def test_a_test_case_is_edited_only_by_those_who_may_read_it(researcher):
    entry = draft().entries.all()[0]
    assert researcher.get(f"/datasets/d/cases/{entry.pk}/edit/").status_code == 403


def test_a_draft_is_published_and_retired_with_a_reason(researcher):
    version = draft()
    researcher.post("/datasets/d/v1/publish/")
    refused = researcher.post("/datasets/d/v1/retire/", {"reason": ""})
    researcher.post("/datasets/d/v1/retire/", {"reason": "Labels were wrong"})
    version.refresh_from_db()
    assert refused.status_code == 422
    assert (version.state, version.retired_reason) == ("retired", "Labels were wrong")


def test_two_versions_differ_by_key(researcher):
    first = make_dataset_version(CASES, slug="d")
    make_dataset_version([{"key": "a", "input": "new words"}, {"key": "c"}], dataset=first.dataset)
    page = text(researcher.get("/datasets/d/", {"v": 2, "against": 1}))
    assert all(words in page for words in ("1 case added", "1 case removed", "1 case changed"))


def test_a_download_goes_round_and_counts_as_a_reading(reader):
    make_dataset_version(CASES, slug="d")
    lines = b"".join(reader.get("/datasets/d/v1/cases.jsonl").streaming_content).splitlines()
    assert json.loads(lines[0])["input"] == SECRET
    header = b"".join(reader.get("/datasets/d/v1/cases.csv").streaming_content).splitlines()[0]
    assert header == b"key,input,target,cluster,slice.lang"
    assert Exposure.objects.filter(via="download").count() == 2


def test_test_cases_are_not_downloaded_without_the_permission(researcher):
    make_dataset_version(CASES, slug="d")
    assert researcher.get("/datasets/d/v1/cases.csv").status_code == 403


def test_long_datasets_are_read_page_by_page(researcher):
    make_dataset_version(120, slug="d", purpose="dev")
    first = text(researcher.get("/datasets/d/"))
    assert "case-049" in first
    assert "case-050" not in first
    assert "after=50" in first
    second = text(researcher.get("/datasets/d/", {"after": 50}))
    assert "case-050" in second
    assert "case-049" not in second


def test_a_viewer_changes_nothing(client):
    client.force_login(make_user(Role.VIEWER))
    draft()
    assert client.get("/datasets/d/").status_code == 200
    for url in ("publish", "retire"):
        assert client.post(f"/datasets/d/v1/{url}/").status_code == 403
    assert client.post("/datasets/d/import/").status_code == 403


def test_the_number_of_queries_does_not_grow(researcher, django_assert_max_num_queries):
    make_dataset_version(2, slug="d", purpose="dev")
    with django_assert_max_num_queries(20) as few:
        researcher.get("/datasets/d/")
    make_dataset_version(40, slug="e", purpose="dev")
    with django_assert_max_num_queries(len(few)):
        researcher.get("/datasets/e/")
    with django_assert_max_num_queries(len(few)):
        researcher.get("/datasets/")
