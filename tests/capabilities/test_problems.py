"""Problems: written down, concluded of with evidence, followed by requirements or declined with the reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.errors import EditedMeanwhile, IllegalMove
from capabilities.models import Assessment, Problem, Remark
from capabilities.queries.problem_evidence import choices
from capabilities.queries.problems import as_rows, problem_page, problem_rows
from capabilities.services.assessing import Draft, Evidence, assess, draft_requirements
from capabilities.services.problems import decline, edit_problem, reopen_problem, seen_of
from capabilities.services.remarks import remark
from capabilities.services.telling import tell_of_dates
from capabilities.worksheet import QUESTIONS
from config.errors import Refused
from config.people.models import AuditEntry, Notice, Role
from evaluations.models import Run
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_assessment, make_membership, make_problem, make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def two_runs() -> tuple[Run, Run]:
    """A model right in 18 of 20 cases, and rules right in 8."""
    evaluation = make_evaluation_version(make_dataset_version(20))
    model = make_finished_run([1.0] * 18 + [0.0] * 2, evaluation, make_model_version(kind="llm"))
    simple = make_model_version(make_model(kind="rules", side="simple"))
    return model, make_finished_run([1.0] * 8 + [0.0] * 12, evaluation, simple)


def beside() -> Evidence:
    run, against = two_runs()
    return Evidence(run, against, run.evaluation_version.scorers.get().scorer, "simple")


def test_problems_are_numbered_within_their_product() -> None:
    product = make_product(key="VA")
    assert [make_problem(product).key for _ in range(2)] == ["VA-P1", "VA-P2"]
    assert make_problem(make_product(key="OTHER")).key == "OTHER-P1"
    assert Problem.objects.with_key("va-p2").get().number == 2
    assert not Problem.objects.with_key("VA-2").exists()


def test_editing_keeps_what_was_before_in_the_audit() -> None:
    problem = make_problem(title="Before")
    edit_problem(actor=make_user(Role.PM), problem=problem, title="After")
    entry = AuditEntry.objects.get(verb="problem.changed")
    assert (entry.before, entry.after) == ({"title": "Before"}, {"title": "After"})


def test_nobody_is_overwritten() -> None:
    problem = make_problem()
    seen = seen_of(problem)
    edit_problem(actor=None, problem=problem, title="Theirs")
    with pytest.raises(EditedMeanwhile):
        edit_problem(actor=None, problem=problem, seen=seen, title="Ours")
    assert Problem.objects.get().title == "Theirs"


def test_the_form_says_that_somebody_saved_meanwhile_and_keeps_what_was_typed() -> None:
    problem = make_problem(make_product(key="VA"))
    client = signed_in()
    path = f"/problems/{problem.key}/edit/"
    typed = client.get(path).context["form"].initial | {"title": "Ours"}
    edit_problem(actor=None, problem=problem, title="Theirs")
    page = client.post(path, typed)
    assert page.status_code == 422 and "Somebody else changed" in page.content.decode()
    assert Problem.objects.get().title == "Theirs" and 'value="Ours"' in page.content.decode()
    assert client.post(path, page.context["form"].data.dict()).status_code == 302
    assert Problem.objects.get().title == "Ours"


def test_the_states_follow_each_other_and_nothing_else() -> None:
    problem = make_problem()
    with pytest.raises(IllegalMove, match="from there it can become assessed"):
        decline(actor=None, problem=problem, reason="No.")
    make_assessment(problem)
    with pytest.raises(Refused, match="Say why"):
        decline(actor=None, problem=problem, reason=" ")
    assert decline(actor=None, problem=problem, reason="Too few drivers.").state_reason == "Too few drivers."
    with pytest.raises(IllegalMove, match="is declined; from there it can become open"):
        make_assessment(problem)
    assert reopen_problem(actor=None, problem=problem, reason="More drivers.").state == "open"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": " "}, "Say why"),
        ({"conclusion": "maybe"}, "Conclude one of"),
        ({"conclusion": "hybrid", "rules_part": "Speed"}, "say what AI does"),
        ({"answers": {"colour": {"answer": "yes"}}}, "does not ask colour"),
        ({"answers": {"costly": {"answer": "perhaps"}}}, "the answer is one of"),
    ],
)
def test_a_conclusion_without_its_parts_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told):
        assess(actor=None, problem=make_problem(), **({"conclusion": "ai", "reason": "Why."} | fields))
    assert not Assessment.objects.exists()


def test_evidence_is_read_from_the_runs_with_its_range() -> None:
    problem = make_problem()
    make_assessment(problem, evidence=[beside()])
    page = problem_page(problem)
    assert page.now
    [reading] = page.now.evidence
    assert reading.comparison
    assert (reading.comparison.result.n, reading.what) == (20, "The simple alternative")
    assert reading.comparison.result.interval
    assert reading.words == reading.comparison.sentence


def test_runs_on_other_cases_are_no_evidence() -> None:
    run, other = make_finished_run([1.0] * 5), make_finished_run([1.0] * 5)
    scorer = run.evaluation_version.scorers.get().scorer
    with pytest.raises(Refused, match=f"Run {run.pk} against {other.pk}"):
        make_assessment(evidence=[Evidence(run, other, scorer)])


def test_the_database_refuses_to_change_what_was_concluded() -> None:
    problem = make_problem()
    make_assessment(problem, evidence=[beside()])
    remark(actor=make_user(Role.VIEWER), about=problem, text="Really?")
    for statement in (
        "UPDATE capabilities_assessment SET conclusion = 'rules'",
        "DELETE FROM capabilities_assessment",
        "DELETE FROM capabilities_assessmentevidence",
        "UPDATE capabilities_remark SET text = 'Never said.'",
        "DELETE FROM capabilities_problem",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_another_look_is_offered_when_a_version_of_the_kind_arrives() -> None:
    product = make_product()
    problem, other = make_problem(product, kind="llm"), make_problem(product, kind="asr")
    make_model_version(kind="llm")
    make_assessment(problem)
    make_assessment(other)
    assert not [row for row in as_rows(problem_rows(product, {})) if row.newer]
    newer = make_model_version(kind="llm")
    [row] = as_rows(problem_rows(product, {"conclusion": "due"}))
    assert (row.problem, row.newer) == (problem, newer)


def test_a_hybrid_is_followed_by_two_drafts_of_their_kinds() -> None:
    problem = make_problem(make_product(key="VA"), kind="asr")
    make_assessment(problem, "hybrid")
    drafts = [
        Draft("ai", "Understands", "understand the exit"),
        Draft("rules", "Keeps silent", "say nothing"),
    ]
    made = draft_requirements(actor=make_user(Role.PM), problem=problem, drafts=drafts)
    assert [(one.key, one.kind) for one in made] == [("VA-1", "asr"), ("VA-2", "rules")]
    problem.refresh_from_db()
    assert problem.state == "adopted"
    with pytest.raises(Refused, match="VA-1 is the draft of this part already"):
        draft_requirements(actor=make_user(Role.PM), problem=problem, drafts=drafts[:1])


def test_nothing_follows_from_not_now() -> None:
    problem = make_problem()
    make_assessment(problem, "not_now")
    with pytest.raises(Refused, match="Decline"):
        draft_requirements(actor=make_user(Role.PM), problem=problem, drafts=[Draft("ai", "A", "b")])


def test_comparisons_there_are_set_models_against_the_simple_alternative() -> None:
    run, against = two_runs()
    [choice] = choices("llm")
    assert (choice.run, choice.against, choice.against_is) == (run, against, "simple")


def test_every_question_says_which_way_each_answer_points() -> None:
    for question in QUESTIONS:
        assert len({question.points(answer) for answer in ("yes", "no", "unknown")}) == 3


def test_the_list_filters_searches_and_sorts_by_its_address() -> None:
    product = make_product(key="VA")
    first = make_problem(product, title="Zebra crossing")
    make_assessment(first, "rules")
    second = make_problem(product, title="Apple pie")
    client = signed_in()

    def titles(query: str) -> list[str]:
        page = client.get(f"/problems/?product=VA&{query}")
        return [row.problem.title for row in page.context["rows"]]

    assert titles("sort=title") == ["Apple pie", "Zebra crossing"]
    assert titles("sort=-key") == ["Apple pie", "Zebra crossing"]
    assert titles("state=assessed") == titles("conclusion=rules") == ["Zebra crossing"]
    assert titles("conclusion=none") == titles("q=apple") == titles(f"q={second.key}") == ["Apple pie"]
    assert titles("state=nonsense&conclusion=nonsense&sort=nonsense") == ["Zebra crossing", "Apple pie"]


def test_the_list_takes_as_many_queries_for_many_as_for_few() -> None:
    product = make_product(key="VA")
    make_assessment(make_problem(product))
    client = signed_in()
    client.get("/problems/?product=VA")
    with CaptureQueriesContext(connection) as few:
        client.get("/problems/?product=VA")
    for _ in range(5):
        make_assessment(make_problem(product))
    with CaptureQueriesContext(connection) as many:
        client.get("/problems/?product=VA")
    assert len(many) == len(few) <= 16


def test_the_page_leads_from_the_problem_to_a_draft_and_back() -> None:
    run, against = two_runs()
    scorer = run.evaluation_version.scorers.get().scorer.slug
    product = make_product(key="VA")
    client = signed_in()
    words = {
        "title": "Reviews pile up",
        "who": "Support",
        "what": "Nobody reads them",
        "aim": "help",
        "kind": "llm",
    }
    assert client.post("/problems/new/?product=VA", words)["Location"] == "/problems/VA-P1/"
    given = {
        "conclusion": "ai",
        "reason": "The model finds what rules miss.",
        "answer_perceives": "yes",
        "note_perceives": "Free text",
        "today": f"http://testserver/compare/?run={run.pk}&against={against.pk}&scorer={scorer}",
    }
    assert client.post("/problems/VA-P1/assess/", given)["Location"] == "/problems/VA-P1/"
    page = client.get("/problems/VA-P1/").content.decode()
    assert "20 cases" in page and "today’s way" in page and "Free text" in page
    again = client.get("/problems/VA-P1/assess/")
    assert again.context["form"]["reason"].value() == given["reason"]
    assert [ticked for _, ticked in again.context["form"].offered] == [True]
    draft = {"ai-part": "1", "ai-wanted": "on", "ai-title": "Reads reviews", "ai-shall": "read each review"}
    assert client.post("/problems/VA-P1/drafts/", draft)["Location"] == "/requirements/VA-1/"
    assert "/problems/VA-P1/" in client.get("/requirements/VA-1/").content.decode()
    assert "/requirements/VA-1/" in client.get("/problems/VA-P1/").content.decode()
    assert product.problems.get().state == "adopted"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost() -> None:
    problem = make_problem(make_product(key="VA"))
    client = signed_in()
    given = {
        "conclusion": "ai",
        "reason": "Because",
        "more": "https://example.org/nothing",
        "note_costly": "Very",
    }
    page = client.post(f"/problems/{problem.key}/assess/", given)
    assert page.status_code == 422
    text = page.content.decode()
    assert "is not the address of a comparison" in text and "Because" in text and 'value="Very"' in text
    page = client.post("/problems/new/?product=VA", {"title": "Only this", "aim": "help", "kind": "llm"})
    assert page.status_code == 422 and "Only this" in page.content.decode()


def test_a_declined_problem_is_found_by_its_reason() -> None:
    problem = make_problem(make_product(key="VA"))
    make_assessment(problem)
    client = signed_in()
    client.post(f"/problems/{problem.key}/decline/", {"reason": "Too few zebras on motorways."})
    found = client.get("/search/?q=zebras").content.decode()
    assert problem.key in found and f"/problems/{problem.key}/" in found


def test_a_researcher_reads_and_says_something_but_does_not_write() -> None:
    problem = make_problem(make_product(key="VA"))
    researcher = make_user(Role.RESEARCHER)
    client = signed_in(researcher)
    assert client.post(f"/problems/{problem.key}/edit/", {}).status_code == 403
    client.post(f"/problems/{problem.key}/remarks/", {"text": "We have **data**."})
    assert Remark.objects.get().author == researcher
    assert "<strong>data</strong>" in client.get(f"/problems/{problem.key}/").content.decode()


def test_a_restricted_product_keeps_its_problems_to_its_members() -> None:
    problem = make_problem(make_product(key="VA", restricted=True))
    member = make_user(Role.VIEWER)
    make_membership(problem.product, member, Role.VIEWER)
    assert signed_in().get(f"/problems/{problem.key}/").status_code == 404
    assert signed_in(member).get(f"/problems/{problem.key}/").status_code == 200


def test_the_empty_list_offers_three_actions() -> None:
    make_product(key="VA")
    page = signed_in().get("/problems/?product=VA").content.decode()
    assert "No problem yet" in page
    assert all(url in page for url in ("/problems/new/", "/measure/", "/compare/"))


def test_the_api_goes_from_a_problem_to_its_requirement() -> None:
    run, against = two_runs()
    make_product(key="VA")
    api = Caller("read", "write")
    words = {"product": "VA", "title": "Reviews pile up", "who": "Support", "what": "Nobody reads them"}
    made = api.post("/problems/", words).json()
    assert (made["key"], made["state"], made["assessment"]) == ("VA-P1", "open", None)
    concluded = api.post(
        "/problems/VA-P1/assess/",
        {
            "conclusion": "ai",
            "reason": "It reads.",
            "answers": [{"question": "costly", "answer": "no"}],
            "comparisons": [
                {
                    "run": run.pk,
                    "against": against.pk,
                    "scorer": run.evaluation_version.scorers.get().scorer.slug,
                    "against_is": "simple",
                }
            ],
        },
    )
    assert concluded.status_code == 201
    assert concluded.json()["comparisons"][0]["comparison"]["n"] == 20
    drafted = api.post(
        "/problems/VA-P1/drafts/", {"drafts": [{"part": "ai", "title": "Reads", "shall": "read reviews"}]}
    ).json()
    assert drafted["requirements"] == [{"requirement": "VA-1", "part": "ai", "assessment": 1}]
    refused = api.post("/problems/VA-P1/decline/", {"reason": "No."})
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "illegal_move"
    listed = api.get("/problems/", {"product": "VA", "conclusion": "ai", "due": "false"}).json()["results"]
    assert [one["key"] for one in listed] == ["VA-P1"]


def test_people_are_told_once_on_the_day_and_when_a_version_arrives() -> None:
    author, talker = make_user(Role.PM), make_user(Role.VIEWER)
    problem = make_problem(make_product(key="VA"), actor=author, kind="llm")
    make_assessment(problem)
    today = timezone.localdate()
    remark(actor=talker, about=problem, text="If speech gets cheaper.", remind_on=today + timedelta(days=1))
    tell_of_dates()
    assert not Notice.objects.exists()
    newer = make_model_version(kind="llm")
    Remark.objects.create(problem=problem, text="Prices may have fallen.", author=talker, remind_on=today)
    tell_of_dates()
    tell_of_dates()
    told = {(notice.person_id, notice.text) for notice in Notice.objects.all()}
    arrived = f"is worth another look: {newer.label} arrived"
    again = "wants to be looked at: somebody noted what would change the conclusion"
    assert told == {(author.pk, arrived), (author.pk, again), (talker.pk, again)}
    assert Notice.objects.count() == 3 and Notice.objects.first().url == f"/problems/{problem.key}/"  # type: ignore[union-attr]


def test_a_day_that_is_over_reminds_nobody_and_nothing_typed_is_lost() -> None:
    problem = make_problem(make_product(key="VA"))
    said = {"text": "Look again.", "remind_on": "2020-01-01"}
    page = signed_in().post(f"/problems/{problem.key}/remarks/", said)
    assert page.status_code == 422
    assert "Choose a day after today" in page.content.decode() and "Look again." in page.content.decode()
    assert not Remark.objects.exists()
