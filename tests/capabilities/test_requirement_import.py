"""Files with mistakes: each named by its line, and nothing imported unless it is asked for."""

from typing import Any

import pytest
from django.test import Client

from capabilities.exporters.requirements_csv import requirements_csv
from capabilities.exporters.templates import TEMPLATES
from capabilities.importers import Limits, read_requirements
from capabilities.models import Product, Requirement, Revision
from capabilities.queries.import_plan import plan_import
from capabilities.queries.requirement_files import written_requirements
from config.people.models import AuditEntry, Role
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_capability, make_membership, make_product, make_requirement
from tests.factories.evaluations import make_scorer_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
URL = "/requirements/import/"
WRONG_CSV = """Title,The model shall,Priority,Capability,Owner,criterion.1,Key
Hears Swiss,write it down,must,,,exact; target 90 %,
,write it down,must,,,,
Hears Bavarian,write it down,urgent,,,,
Hears Saxon,write it down,must,Telepathy,nobody-here,,
Hears Low German,write it down,must,,,"exact; target 0,9",
Hears Frisian,write it down,must,,,"exact; at least ninety cases; must",
Hears Danish,write it down,must,,,,VA-1
Hears Polish,write it down,must,,,,VA-1
Hears Sorbian,write it down,must,,,unheard; target 0.9,
Hears Czech,write it down,must,,,,XX-7
Hears Dutch,write it down,must,,,exact; target 100 %,
"""
WRONG_MARKDOWN = """# Voice

## Hears Swiss
- The model shall: write it down

### Criteria

- exact; target 90 %

## Hears Bavarian
- Priority: urgent
- The model shall: write it down

### Criteria
- exact; target 0.9
- exact; goal 0.9

## Hears nothing
- Owner: nobody-here
"""


@pytest.fixture
def product() -> Product:
    made = make_product(key="VA")
    make_scorer_version(slug="exact")
    make_capability(made, slug="speech", name="Speech")
    make_requirement(made, revision={"title": "Hears German"})
    return made


def sent(client: Client, product: Product, text: str | bytes, kind: str = "csv") -> Any:
    """The preview of a pasted text."""
    given = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
    return client.post(f"{URL}?product={product.key}", {"text": given, "kind": kind, "file": ""})


def pressed(client: Client, product: Product, looked: Any, deed: str, **more: str) -> Any:
    context = looked.context
    data = {"carried": context["carried"], "seen": context["plan"].seen, "deed": deed, **more}
    if context["columns"]:
        data = {name: field.initial for name, field in context["columns"].fields.items()} | data
    return client.post(f"{URL}?product={product.key}", data)


def mistakes_in(reply: Any) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in reply.context["mistakes"]]


def test_every_mistake_of_a_csv_file_is_named_by_its_line(product: Product) -> None:
    reply = sent(signed_in(), product, WRONG_CSV)
    found = mistakes_in(reply)
    assert [line for line, _ in found] == [3, 4, 5, 5, 6, 7, 9, 10, 11, 12]
    text = "\n".join(f"{line}: {reason}" for line, reason in found)
    for words in (
        "3: Title: There is no title.",
        "4: Priority: “urgent” is no priority; it is one of must, should, could, wont.",
        "5: Capability: There is no capability “Telepathy”; there is Speech.",
        "5: Owner: There is nobody with the user name “nobody-here”.",
        "6: Criterion 1: “0,9” is no number; write 0.9.",
        "7: Criterion 1: “ninety” is no whole number.",
        "9: The key VA-1 is there already, in line 8.",
        "10: Criterion 1: There is no scorer “unheard”.",
        "11: Key: XX-7 is of another product; here keys begin with VA-.",
        "12: Criterion 1: 100 % can never be shown",
    ):
        assert words in text
    assert reply.context["ready"] == "good"


def test_a_file_with_mistakes_imports_nothing_unless_the_good_rows_are_asked_for(product: Product) -> None:
    client = signed_in()
    looked = sent(client, product, WRONG_CSV)
    assert product.requirements.count() == 1

    refused = pressed(client, product, looked, "import")
    assert (refused.status_code, product.requirements.count()) == (422, 1)
    assert b"Nothing was imported" in refused.content

    done = pressed(client, product, looked, "good")
    assert done.status_code == 302
    titles = [one.revisions.latest("number").title for one in product.requirements.order_by("number")]
    assert titles == ["Hears Danish", "Hears Swiss"]


def test_every_mistake_of_a_markdown_file_is_named_by_its_line(product: Product) -> None:
    found = mistakes_in(sent(signed_in(), product, WRONG_MARKDOWN, "markdown"))
    assert [(line, reason.split(";")[0]) for line, reason in found] == [
        (11, "Priority: “urgent” is no priority"),
        (16, "Criterion: “goal 0.9” is not understood"),
        (18, "The model shall: It is not said what the model shall do."),
        (19, "Owner: There is nobody with the user name “nobody-here”."),
    ]
    assert product.requirements.count() == 1


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"Title,Why\nA,caf\xe9\n", 2, "byte 16 of the file is 0xE9"),
        (b"\xff\xfeT\x00i\x00", 0, "UTF-16"),
        (b'Title,The model shall\nA,b\nB,"never\nclosed\nC,d\n', 3, "opened in this line and never closed"),
        (b"Title,The model shall\nA\x00,b\n", 2, "Title: The title holds a NUL character, at place 2."),
        (b"Title,The model shall\n" + b"x" * 201 + b",b\n", 2, "201 characters long; 200 is the most"),
        (b"Title,The model shall\nA\n", 2, "The row has 1 cells and the first line 2."),
        (b"Title,Title\nA,b\n", 1, "The column “Title” is there twice."),
        (b"", 0, "The file is empty."),
        (b"Title,The model shall\n" + b"A,b\n" * 12, 12, "more than 10 rows"),
        (b"Title,The model shall\n" + b"A,b\n" * 400, 0, "larger than 1,000 bytes"),
    ],
)
def test_what_is_no_csv_says_where(data: bytes, line: int, words: str) -> None:
    found = read_requirements(data, "csv", Limits(file_bytes=1_000, rows=10)).mistakes
    assert [one.line for one in found if words in one.reason] == [line]


@pytest.mark.parametrize(
    "data",
    [
        b"{" * 5_000,
        b'{"schema": 1, "requirements": [{"title": NaN}]}',
        b'{"schema": 2, "requirements": []}',
        b'{"schema": 1, "requirements": ["a"]}',
        b'{"schema": 1, "requirements": [{"title": "a", "shall": "b", "surprise": 1}]}',
        b'{"schema": 1, "requirements": [{"title": "a", "shall": "b", "criteria": [{"scorer": 3}]}]}',
        b'{"schema": 1, "requirements": [{"title": "a", "shall": "b", "tags": {"a": 1}}]}',
        b'{"schema": 1, "capabilities": [{"name": "x"}], "requirements": []}',
        b"[1]",
    ],
)
def test_json_that_is_no_export_is_refused_in_a_sentence(data: bytes) -> None:
    found = read_requirements(data, "json", Limits())
    assert found.mistakes
    assert all(one.reason.endswith((".", "}")) or one.reason for one in found.mistakes)


def test_an_unknown_column_keeps_the_file_out_until_it_is_placed_or_left_out(product: Product) -> None:
    client = signed_in()
    looked = sent(client, product, "Title,The model shall,Mood\nHears Swiss,write it down,good\n")
    assert (looked.context["unknown"], looked.context["ready"]) == (["Mood"], "")
    assert pressed(client, product, looked, "import").status_code == 422

    placed = pressed(client, product, looked, "look", **{"column-2": "rationale"})
    assert placed.context["ready"] == "all"
    left_out = pressed(client, product, looked, "look", leave_out="yes")
    assert left_out.context["ready"] == "all"
    assert pressed(client, product, left_out, "import").status_code == 302
    assert product.requirements.latest("number").revisions.get().title == "Hears Swiss"


def test_a_key_changes_that_requirement_and_agreed_text_gets_a_new_revision(product: Product) -> None:
    agreed = make_requirement(product, approved=True, criteria=[{}], revision={"title": "Old title"})
    before = agreed.revisions.get()
    client = signed_in()
    looked = sent(client, product, f"Key,Title\n{agreed.key},New title\nVA-1,Hears German\n")
    states = [(row.row.key, row.state, row.opens_revision) for row in looked.context["rows"]]
    assert states == [(agreed.key, "changed", True), ("VA-1", "unchanged", False)]
    assert b"<del>Old</del>" in looked.content

    pressed(client, product, looked, "import")
    draft = agreed.revisions.latest("number")
    assert (draft.title, draft.status, draft.fingerprint) == ("New title", "draft", before.fingerprint)
    assert draft.criteria.count() == 1
    before.refresh_from_db()
    assert (before.title, before.status) == ("Old title", Revision.Status.APPROVED)


def test_a_change_made_meanwhile_is_looked_at_again(product: Product) -> None:
    client = signed_in()
    looked = sent(client, product, "Key,Title\nVA-1,Hears it\n")
    Revision.objects.filter(requirement__product=product).update(edit_count=5)
    reply = pressed(client, product, looked, "import")
    assert reply.status_code == 422
    assert b"Somebody changed requirements" in reply.content


def test_what_the_list_shows_comes_back_unchanged_from_csv_and_markdown(product: Product) -> None:
    make_requirement(
        product,
        criteria=[{}, {"statistic": "pass_all", "threshold": None, "tries": 3}],
        revision={
            "title": "=HYPERLINK(1)",
            "shall": "# a | b\n## VA-1: c",
            "rationale": "- x\n```\n## y",
            "examples": [{"input": "a"}],
        },
        tags=["a, b"],
    )
    client = signed_in()
    for kind in ("csv", "markdown"):
        reply = client.get(f"/requirements/export/?product=VA&format={kind}")
        text = b"".join(reply.streaming_content)  # type: ignore[attr-defined]
        plan = plan_import(product, read_requirements(text, kind, Limits()))
        assert plan.mistakes == []
        assert plan.counts == {"unchanged": 2}


def test_the_files_to_begin_with_can_be_imported(product: Product) -> None:
    for kind, (_, _, text) in TEMPLATES.items():
        plan = plan_import(product, read_requirements(text.encode(), kind, Limits()))
        assert ([one.reason for one in plan.mistakes], plan.counts) == ([], {"new": 2})


def test_looking_takes_the_same_queries_for_more_rows(
    product: Product, django_assert_num_queries: Any
) -> None:
    for count in (3, 12):
        rows = [make_requirement(product, criteria=[{}]) for _ in range(count)]
        text = "".join(requirements_csv(written_requirements(rows)))
        file = read_requirements(text.encode(), "csv", Limits())
        with django_assert_num_queries(8):
            plan_import(product, file)


def test_the_api_imports_what_it_exports(product: Product) -> None:
    caller = Caller("read", "write")
    document = caller.get("/products/VA/export/").json()
    reply = caller.post("/products/VA/import/", {"document": document})
    assert (reply.status_code, reply.json()["unchanged"]) == (200, 1)

    wrong = caller.post(
        "/products/VA/import/", {"format": "csv", "text": "Title,Priority,Mood\nA,urgent,x\n"}
    )
    assert wrong.status_code == 400
    body = {"format": "csv", "text": "Title,Priority,Mood\nA,urgent,x\n", "leave_out_unknown": True}
    wrong = caller.post("/products/VA/import/", body)
    assert wrong.status_code == 422
    assert {one["line"] for one in wrong.json()["error"]["fields"]["mistakes"]} == {2}
    looked = caller.post("/products/VA/import/", body | {"dry_run": True}).json()
    assert (looked["left_out"], looked["created"]) == (1, [])
    assert product.requirements.count() == 1


def test_one_entry_of_the_trail_counts_what_an_import_did(product: Product) -> None:
    user = make_user(Role.PM)
    client = signed_in(user)
    pressed(client, product, sent(client, product, "Title,The model shall\nA,b\nB,c\n"), "import")
    entry = AuditEntry.objects.get(verb="requirements.imported")
    assert (entry.actor, entry.after) == (user, {"created": 2, "changed": 0, "unchanged": 0, "left_out": 0})
    assert AuditEntry.objects.filter(verb="requirement.created").count() == 2


def test_a_stranger_sees_nothing_of_a_restricted_product() -> None:
    product = make_product(key="SECRET", restricted=True)
    make_requirement(product, revision={"title": "Zebra"})
    client = signed_in(role=Role.PM)
    assert b"Zebra" not in client.get("/requirements/export/?product=SECRET").getvalue()
    assert Caller("read", user=make_user(Role.PM)).get("/products/SECRET/export/").status_code == 404
    viewer = make_membership(product, role=Role.VIEWER).user
    assert signed_in(viewer).get(f"{URL}?product=SECRET").status_code == 403
    assert Requirement.objects.count() == 1
