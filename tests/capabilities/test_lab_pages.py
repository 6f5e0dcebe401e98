"""The prompt lab's pages: who may, what they show and keep, and what a sheet is turned into."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from capabilities.models import Criterion, Verdict
from config.people.models import Role, User
from evaluations.models import (
    Dataset,
    DatasetVersion,
    Evaluation,
    EvaluationVersion,
    LabMark,
    LabSheet,
    LabVote,
    PromptVersion,
)
from evaluations.queries.lab import answers_of
from evaluations.queries.lab_votes import pairs_of
from evaluations.services.lab import create_sheet
from evaluations.services.lab_plan import plan_of_sheet
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.factories.capabilities import make_membership, make_product, make_requirement
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user
from tests.looking import MOST_BYTES

pytestmark = pytest.mark.django_db
# Style sheets and scripts of the page, compressed.
STATIC_BYTES = 40 * 1024
ROWS = "A yes\tyes\nA no\tno\nStill yes\tyes"
GOOD = {"rows": [{"when": {"text": {"contains": "yes"}}, "then": "yes"}], "default": "no"}
EXACT = {"kind": "exact", "exact__case_sensitive": "on", "exact__strip": "on"}


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM)


@pytest.fixture
def client(pm: User) -> Client:
    return signed_in(pm)


@pytest.fixture
def sheet(client: Client) -> LabSheet:
    reply = client.post("/lab/new/")
    return LabSheet.objects.get(pk=int(reply["Location"].strip("/").split("/")[-1]))


def typed(**changes: Any) -> dict[str, Any]:
    good = make_model_version(parameters={"rule_set": GOOD})
    yes = make_model_version()
    return {
        "name": "Yes or no",
        "a_message": "Well? {{input}}",
        "b_message": "Yes or no? {{input}}",
        "rows_from": "typed",
        "rows": ROWS,
        "models": [good.pk, yes.pk],
        "repeats": "1",
        "max_tokens": "64",
        "cap": "50",
        "cap_unit": "calls",
        "do": "run",
    } | changes


def answer(sheet: LabSheet) -> None:
    for run in sheet.runs.all():
        work_off(run)


def test_from_nothing_to_two_prompts_compared_with_a_range(client: Client, sheet: LabSheet) -> None:
    url = f"/lab/{sheet.pk}/"
    assert client.post(url, typed())["Location"] == f"{url}#answers"
    assert 'data-live="1"' in client.get(url).text
    answer(sheet)
    assert client.post(url, typed(do="add-check", models=[], **EXACT)).status_code == 302
    answer(sheet)
    page = client.get(url).text
    assert "data-live" not in page.split('id="answers"')[1]
    assert "3 of 3" in page and "2 of 3" in page
    assert "Not proven yet" in page and "reads the row, not the prompt" in page
    assert Verdict.objects.count() == 0


def test_a_first_load_of_the_largest_sheet_stays_light_and_the_other_rows_follow(
    client: Client, sheet: LabSheet
) -> None:
    rows = "\n".join(f"{'yes ' * 60}{number}\tyes" for number in range(20))
    good = [make_model_version(parameters={"rule_set": GOOD}).pk for _ in range(4)]
    client.post(f"/lab/{sheet.pk}/", typed(models=good, rows=rows, cap="200"))
    answer(sheet)
    page = client.get(f"/lab/{sheet.pk}/")
    assert len(page.content) < MOST_BYTES - STATIC_BYTES
    assert page.context["shown"].next is not None
    numbers, start = [], 1
    while start:
        part = client.get(f"/lab/{sheet.pk}/answers/?part=rows&from={start}", headers={"HX-Request": "true"})
        numbers += [row.number for row in part.context["shown"].rows]
        start = part.context["shown"].next
    assert numbers == list(range(1, 21))
    assert "<html" not in part.text


def test_the_kinds_of_check_come_when_one_is_added(client: Client, sheet: LabSheet) -> None:
    url = f"/lab/{sheet.pk}/"
    assert 'name="kind"' not in client.get(url).text
    assert 'name="kind"' in client.get(f"{url}?add=check").text
    part = client.get(f"{url}?add=check", headers={"HX-Request": "true"}).text
    assert 'name="kind"' in part and "<html" not in part


def test_everything_that_can_be_read_is_kept_and_the_rest_comes_back(client: Client, sheet: LabSheet) -> None:
    reply = client.post(f"/lab/{sheet.pk}/", typed(repeats="many", a_message="Kept? {{input}}"))
    assert reply.status_code == 422
    assert 'value="many"' in reply.text and "Kept? {{input}}" in reply.text
    sheet.refresh_from_db()
    assert (sheet.prompts[0]["message"], sheet.rows, sheet.repeats) == ("Kept? {{input}}", ROWS, 1)
    assert sheet.round is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.txt", ROWS),
        ("rows.csv", 'input,target\n"A, yes",yes\nA no,no\n'),
        ("rows.jsonl", '{"input": "A yes", "target": "yes"}\n{"input": "A no"}\n'),
    ],
)
def test_the_rows_of_a_file_take_the_place_of_those_typed(
    client: Client, sheet: LabSheet, name: str, content: str
) -> None:
    file = SimpleUploadedFile(name, b"\xef\xbb\xbf" + content.encode())
    reply = client.post(f"/lab/{sheet.pk}/", typed(do="save", rows="typed", rows_file=file))
    assert reply.status_code == 302
    sheet.refresh_from_db()
    assert sheet.rows == content
    assert len(plan_of_sheet(sheet).rows) == content.strip().count("\n") + (name != "rows.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.jsonl", b'{"input": "A"}\n\n{"output": "B"}\n', "Line 3: The field “input” is missing"),
        ("rows.csv", b'input,target\n"A\nB",yes\nC,no,maybe\n', "Line 4: The row has 3 cells"),
        ("rows.csv", b"review,label\nGood,yes\n", "Line 1: The first line names neither"),
        ("rows.txt", b"one\n" * 21, "Line 2: The key"),
        ("rows.txt", "\n".join(map(str, range(21))).encode(), "There are 21 rows"),
        ("rows.txt", b"\xff\xfe\x00", "not text in UTF-8"),
    ],
)
def test_a_file_with_a_line_that_cannot_be_used_changes_nothing_and_says_where(
    client: Client, sheet: LabSheet, name: str, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile(name, content)
    reply = client.post(f"/lab/{sheet.pk}/", typed(do="run", rows="typed", rows_file=file))
    assert reply.status_code == 422
    assert said in reply.text and ">\ntyped</textarea>" in reply.text
    sheet.refresh_from_db()
    assert (sheet.rows, sheet.round) == ("typed", None)


def test_what_is_missing_is_said_beside_its_field(client: Client, sheet: LabSheet) -> None:
    reply = client.post(f"/lab/{sheet.pk}/", typed(rows="", a_schema="{"))
    assert reply.status_code == 422
    assert "at least one row" in reply.text and "not JSON" in reply.text


def test_autosave_answers_with_calls_and_cost_and_starts_nothing(client: Client, sheet: LabSheet) -> None:
    headers = {"HX-Request": "true"}
    reply = client.post(f"/lab/{sheet.pk}/", typed(do="autosave"), headers=headers)
    assert reply.status_code == 200
    assert "<html" not in reply.text and "12" in reply.text and "nothing" in reply.text
    sheet.refresh_from_db()
    assert (sheet.rows, sheet.round, DatasetVersion.objects.count()) == (ROWS, None, 0)


def test_a_thumb_and_a_note_stay_and_are_taken_back(client: Client, sheet: LabSheet) -> None:
    client.post(f"/lab/{sheet.pk}/", typed())
    answer(sheet)
    response = sheet.runs.first().responses.first()  # type: ignore[union-attr]
    note = {f"note-{response.pk}": "Short and right."}  # type: ignore[union-attr]
    said = {"up": response.pk} | note  # type: ignore[union-attr]
    assert client.post(f"/lab/{sheet.pk}/marks/", said).status_code == 302
    mark = LabMark.objects.get()
    assert (mark.thumb, mark.note) == (1, "Short and right.")
    again = {"up": response.pk}  # type: ignore[union-attr]
    part = client.post(f"/lab/{sheet.pk}/marks/", again, headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' not in part.text
    assert part["HX-Retarget"] == f"#mark-{response.pk}"  # type: ignore[union-attr]
    assert not LabMark.objects.exists()


@pytest.mark.parametrize(
    ("kind", "model"), [("prompt", "prompts"), ("dataset", "datasets"), ("evaluation", "evaluations")]
)
def test_one_press_turns_the_sheet_into(client: Client, sheet: LabSheet, kind: str, model: str) -> None:
    client.post(f"/lab/{sheet.pk}/", typed(do="save"))
    reply = client.post(f"/lab/{sheet.pk}/keep/", {"as": kind, "letter": "B", "name": "Yes or no, kept"})
    assert reply["Location"] == f"/{model}/yes-or-no-kept/"
    assert client.get(reply["Location"]).status_code == 200
    if kind == "prompt":
        assert PromptVersion.objects.get().messages == [{"role": "user", "content": "Yes or no? {{input}}"}]
    if kind == "dataset":
        assert Dataset.objects.get().purpose == Dataset.Purpose.DEV
    if kind == "evaluation":
        version = Evaluation.objects.get().versions.get()
        assert version.dataset_version.case_count == 3
        assert version.parameters == {"max_output_tokens": 64}


def test_one_press_turns_the_sheet_into_a_criterion_on_a_draft(client: Client, sheet: LabSheet) -> None:
    requirement = make_requirement(make_product(key="VA"))
    client.post(f"/lab/{sheet.pk}/", typed(do="save"))
    client.post(f"/lab/{sheet.pk}/", typed(do="add-check", **EXACT))
    keep = {"as": "criterion", "requirement": requirement.key, "check": "0", "letter": "A"}
    assert "as a number" in client.post(f"/lab/{sheet.pk}/keep/", keep | {"threshold": "x"}, follow=True).text
    assert not Criterion.objects.exists()
    reply = client.post(f"/lab/{sheet.pk}/keep/", keep | {"threshold": "90"})
    criterion = Criterion.objects.get()
    assert reply["Location"] == f"/requirements/{requirement.key}/"
    assert criterion.threshold == pytest.approx(0.9)
    assert criterion.verifications.get().evaluation_version == EvaluationVersion.objects.get()


def test_a_viewer_reads_and_somebody_else_copies(sheet: LabSheet, client: Client) -> None:
    client.post(f"/lab/{sheet.pk}/", typed(do="save"))
    viewer = signed_in(role=Role.VIEWER)
    page = viewer.get(f"/lab/{sheet.pk}/").text
    assert "A yes" in page and 'value="run"' not in page
    assert viewer.post(f"/lab/{sheet.pk}/", {"do": "run"}).status_code == 403
    other = make_user(Role.RESEARCHER)
    reply = signed_in(other).post(f"/lab/{sheet.pk}/", {"do": "copy"})
    assert LabSheet.objects.get(owner=other).rows == ROWS
    assert reply.status_code == 302
    assert signed_in(make_user(Role.PM)).post(f"/lab/{sheet.pk}/", typed(rows="Mine")).status_code == 422
    sheet.refresh_from_db()
    assert sheet.rows == ROWS


def test_a_sheet_of_a_restricted_product_is_not_there_for_others() -> None:
    product = make_product(key="SECRET", restricted=True)
    owner, member = make_user(Role.PM), make_user(Role.VIEWER)
    make_membership(product, member)
    sheet = create_sheet(actor=owner, name="Zebra stripes", product="SECRET")
    stranger = signed_in(make_user(Role.PM))
    for address in (f"/lab/{sheet.pk}/", f"/lab/{sheet.pk}/answers/"):
        assert stranger.get(address).status_code == 404
    assert "Zebra" not in stranger.get("/lab/").text
    assert signed_in(member).get(f"/lab/{sheet.pk}/").status_code == 200


def test_the_worked_example_is_there_at_one_press(client: Client) -> None:
    make_model_version(slug="review-words")
    client.post("/lab/new/", {"example": "1"})
    page = client.get(f"/lab/{LabSheet.objects.get().pk}/").text
    assert "Analyze user reviews." in page and "three main keywords" in page


def test_the_list_offers_something_to_everybody() -> None:
    assert "Nothing tried yet" in signed_in(role=Role.VIEWER).get("/lab/").text
    assert "New sheet" in signed_in(role=Role.PM).get("/lab/").text


def test_the_same_over_the_api(pm: User) -> None:
    good, yes = make_model_version(slug="good", parameters={"rule_set": GOOD}), make_model_version(slug="yes")
    api = Caller("read", "write", user=pm)
    body = {
        "name": "Yes or no",
        "prompts": [{"message": "Well? {{input}}"}],
        "rows": [{"input": "A yes", "target": "yes"}, {"input": "A no", "target": "no"}],
        "versions": [good.label, yes.label],
        "checks": [{"kind": "exact"}],
    }
    made = api.post("/lab-sheets/", body)
    assert made.status_code == 201, made.content
    url = f"/lab-sheets/{made.json()['id']}/"
    assert api.post(f"{url}preview/").json()["calls"] == 4
    assert len(api.post(f"{url}run/").json()["runs"]) == 2
    assert error_of(api.post(f"{url}run/")) == (422, "moving")
    answer(LabSheet.objects.get())
    found = api.get(f"{url}answers/").json()
    assert [one["passed"]["Exact match"] for one in found["columns"]] == [[2, 2], [1, 2]]
    assert found["rows"][1]["answers"][1]["output"] == "yes"
    assert found["columns"][1]["difference"]["point"] == pytest.approx(-0.5)
    assert "Not proven yet" in found["columns"][1]["sentence"]
    assert api.post(f"{url}score/").status_code == 200
    refused = api.patch(url, {"checks": [{"kind": "nothing"}]})
    assert refused.status_code == 400 and "nothing" in refused.content.decode()
    assert api.patch(url, {"repeats": 2}).json()["repeats"] == 2


def test_people_vote_without_names_and_the_preference_has_a_range(client: Client, sheet: LabSheet) -> None:
    client.post(f"/lab/{sheet.pk}/", typed(b_message=""))
    answer(sheet)
    url = f"/lab/{sheet.pk}/blind/"
    for voted in range(3):
        page = client.get(url)
        pair = page.context["pair"]
        assert f"{voted} of 3 voted" in page.text and "What people preferred" not in page.text
        side = "right" if pair.swapped else "left"
        client.post(url, {"row": pair.row.number, "vote": "tie" if voted == 2 else side})
    done = client.get(url)
    result = done.context["preference"].result
    assert (result.point, result.n) == (pytest.approx(5 / 6), 3)
    assert "a tie counting half" in done.text and "Not proven yet" in done.text
    told = Caller("read", user=make_user(Role.VIEWER)).get(f"/lab-sheets/{sheet.pk}/votes/").json()
    assert sorted(one["choice"] for one in told["votes"]) == ["first", "first", "neither"]
    assert told["preference"]["point"] == pytest.approx(5 / 6)
    assert told["preference"]["low"] < 5 / 6 < told["preference"]["high"]
    client.post(url, {"vote": "undo"})
    assert "2 of 3 voted" in client.get(url).text
    skipped = client.get(f"{url}?skip={client.get(url).context['pair'].row.number}")
    assert skipped.context["pair"] is not None
    assert [vote.choice for vote in LabVote.objects.all()] == [1, 1]
    assert client.post(url, {"row": "99", "vote": "left"}).status_code == 404


def test_sides_and_order_are_drawn_for_each_voter(client: Client, sheet: LabSheet) -> None:
    client.post(f"/lab/{sheet.pk}/", typed(b_message="", rows="\n".join(f"yes {n}" for n in range(18))))
    answer(sheet)
    drawn = []
    for _ in range(2):
        voter = make_user(Role.RESEARCHER)
        found = answers_of(sheet, voter)
        pairs = pairs_of(sheet, found, (found.columns[0], found.columns[1]), voter)
        again = pairs_of(sheet, found, (found.columns[0], found.columns[1]), voter)
        drawn.append([(pair.row.number, pair.swapped) for pair in pairs])
        assert drawn[-1] == [(pair.row.number, pair.swapped) for pair in again]
    assert drawn[0] != drawn[1]
    assert {swapped for _, swapped in drawn[0]} == {True, False}
