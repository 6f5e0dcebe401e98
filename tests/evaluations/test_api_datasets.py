import json

import pytest

from evaluations.models import Case, Exposure
from tests.api_client import Caller, error_of, lines_of
from tests.factories.evaluations import make_dataset_version

pytestmark = pytest.mark.django_db
CSV = b"key,input,target,slice.lang\na,Hallo,greeting,de\nb,Salut,greeting,fr\n"
JSONL = b'{"key": "c", "input": "Hi", "target": "greeting", "slices": {"lang": "en"}}\n'


@pytest.fixture
def writer():
    caller = Caller("read", "write")
    made = caller.post("/datasets/", {"slug": "greetings", "name": "Greetings", "purpose": "test"})
    assert made.status_code == 201
    assert made.json()["versions"][0]["state"] == "draft"
    return caller


def test_cases_come_from_csv_jsonl_and_lists_and_are_published(writer) -> None:
    path = "/datasets/greetings/cases/"
    assert writer.upload(path, CSV, "text/csv").json() == {"imported": 2, "version": 1, "problems": []}
    assert writer.upload(path, JSONL).json()["imported"] == 1
    assert writer.post(path, [{"key": "d", "input": "Hola"}]).json()["imported"] == 1
    published = writer.post("/datasets/greetings/publish/").json()["versions"]
    assert [(one["number"], one["state"], one["case_count"]) for one in published] == [(1, "frozen", 4)]
    assert error_of(writer.post("/datasets/greetings/publish/")) == (422, "no_draft")
    later = writer.post(path, [{"key": "e", "input": "Hej"}])
    assert later.json()["version"] == 2
    retired = writer.post("/datasets/greetings/retire/", {"version": 1, "reason": "Wrong labels."}).json()
    assert retired["versions"][1]["state"] == "retired"


def test_bad_rows_are_reported_by_line_and_nothing_is_imported_until_told(writer) -> None:
    path = "/datasets/greetings/cases/"
    content = JSONL + b'{"key": "x"}\nnot json\n' + JSONL
    refused = writer.upload(path, content)
    assert error_of(refused) == (422, "bad_rows")
    fields = refused.json()["error"]["fields"]
    assert [row["line"] for row in fields["rows"]] == [2, 3, 4]
    assert fields["good_rows"] == 1
    assert Case.objects.count() == 0
    told = writer.upload(f"{path}?good_rows=yes", content).json()
    assert (told["imported"], len(told["problems"])) == (1, 3)


def test_a_key_that_is_there_is_a_conflict(writer) -> None:
    writer.upload("/datasets/greetings/cases/", JSONL)
    assert error_of(writer.upload("/datasets/greetings/cases/", JSONL)) == (409, "conflict")


@pytest.mark.parametrize(
    ("content", "kind", "answer"),
    [
        (b"\n", "text/csv", (422, "bad_rows")),
        (b"\xff\xfe", "text/csv", (422, "bad_rows")),
        (b'{"a": 1}', "application/json", (400, "parse_error")),
        (b"[NaN]", "application/json", (400, "parse_error")),
        (b"\xff", "application/json", (400, "parse_error")),
        (b"[1, null]", "application/json", (422, "bad_rows")),
        (b"[" * 5000, "application/json", (400, "parse_error")),
        (b"PK\x03\x04", "application/zip", (422, "bad_rows")),
        (b"PK\x03\x04", "application/x-tar", (415, "unsupported_media_type")),
        (b"a", "", (415, "unsupported_media_type")),
    ],
)
def test_files_that_cannot_be_read_are_refused(writer, content, kind, answer) -> None:
    assert error_of(writer.upload("/datasets/greetings/cases/", content, kind)) == answer
    assert Case.objects.count() == 0


def test_test_cases_are_hashes_without_the_right_to_read_them() -> None:
    version = make_dataset_version([{"key": "a", "input": "secret", "slices": {"lang": "de"}}])
    path = f"/datasets/{version.dataset.slug}/cases/"
    [line] = lines_of(Caller("read").get(path))
    assert set(line) == {"key", "hash", "slices", "cluster"}
    assert Exposure.objects.count() == 0
    [open_line] = lines_of(Caller("read", "read_test").get(path, {"version": 1}))
    assert (open_line["input"], open_line["target"]) == ("secret", "yes")
    assert Exposure.objects.get().samples == 1


def test_development_cases_are_open() -> None:
    version = make_dataset_version(700, purpose="dev")
    lines = lines_of(Caller("read").get(f"/datasets/{version.dataset.slug}/cases/"))
    assert [line["key"] for line in lines] == [f"case-{number:03}" for number in range(700)]
    assert lines[0]["target"] == "yes"


@pytest.mark.parametrize(
    ("query", "status"), [({"version": 9}, 404), ({"version": "x"}, 400), ({"version": 0}, 400)]
)
def test_versions_that_are_not_there(query, status) -> None:
    version = make_dataset_version()
    assert error_of(Caller().get(f"/datasets/{version.dataset.slug}/cases/", query))[0] == status


def test_a_caller_may_ask_for_lines_by_name() -> None:
    version = make_dataset_version(purpose="dev")
    reply = Caller().get(f"/datasets/{version.dataset.slug}/cases/", Accept="application/x-ndjson")
    assert len(lines_of(reply)) == 3
    gone = Caller().get("/datasets/nothing/cases/", Accept="application/x-ndjson")
    assert json.loads(gone.content)["error"]["code"] == "not_found"


def test_lists_are_filtered_in_a_constant_number_of_queries(django_assert_num_queries) -> None:
    caller = Caller("read")
    make_dataset_version(purpose="dev")
    caller.get("/datasets/")
    with django_assert_num_queries(4):
        assert caller.get("/datasets/").json()["count"] == 1
    for _ in range(4):
        make_dataset_version(["other"], dataset=make_dataset_version().dataset)
    with django_assert_num_queries(4):
        assert caller.get("/datasets/").json()["count"] == 5
    assert caller.get("/datasets/", {"purpose": "dev"}).json()["count"] == 1
