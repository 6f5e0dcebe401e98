import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capabilities.models import Outcome, Requirement
from tests.api_client import Caller, error_of
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_criterion,
    make_evidence,
    make_membership,
    make_product,
    make_requirement,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer():
    return Caller("read", "write")


def test_title_and_shall_make_a_draft(writer) -> None:
    product = make_product(key="VA")
    reply = writer.post(
        "/requirements/", {"product": "VA", "title": "Names the stop", "shall": "name the stop"}
    )
    body = reply.json()
    assert reply.status_code == 201
    assert (body["key"], body["lifecycle"], body["verdict"]) == ("VA-1", "draft", "no_data")
    assert body["coverage"] == "no_criterion"
    assert body["open_revision"]["shall"] == "name the stop"
    assert body["owner"] == writer.user.username
    assert product.requirements.count() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [([1, 2], "one JSON object"), ({"title": "x", "shall": "y"}, "product"), ({"product": 7}, "product")],
)
def test_a_body_without_a_product_says_what_is_missing(writer, body, words) -> None:
    reply = writer.post("/requirements/", body)
    assert reply.status_code == 400
    assert words in reply.content.decode()


def test_the_text_is_changed_with_the_edit_count_last_seen(writer) -> None:
    requirement = make_requirement()
    path = f"/requirements/{requirement.key}/"
    changed = writer.patch(path, {"title": "New words", "edit_count": 0})
    late = writer.patch(path, {"title": "Others", "edit_count": 0})
    assert (changed.status_code, changed.json()["edit_count"]) == (200, 1)
    assert changed.json()["title"] == "New words"
    assert error_of(late) == (409, "edited_meanwhile")
    assert late.json()["error"]["fields"]["title"] == "New words"
    assert error_of(writer.patch(path, {"title": "Blind"})) == (400, "invalid")


def test_changing_an_approved_text_opens_a_revision_and_the_approved_one_stands(writer) -> None:
    requirement = make_requirement(approved=True, criteria=[{}])
    seen = writer.get(f"/requirements/{requirement.key}/").json()
    changed = writer.patch(
        f"/requirements/{requirement.key}/", {"shall": "do more", "edit_count": seen["edit_count"]}
    ).json()
    assert (changed["revision"], changed["open_revision"]["number"]) == (1, 2)
    assert changed["open_revision"]["shall"] == "do more"
    assert changed["lifecycle"] == "approved"


def test_fields_are_set_without_a_new_revision(writer) -> None:
    requirement = make_requirement(approved=True)
    ability = make_capability(requirement.product, slug="speech")
    changed = writer.patch(
        f"/requirements/{requirement.key}/",
        {"capability": "speech", "intent": "lead", "tags": ["a"], "target": "24.3"},
    ).json()
    assert (changed["capability"], changed["intent"], changed["tags"]) == ("speech", "lead", ["a"])
    assert changed["open_revision"] is None
    refused = writer.patch(f"/requirements/{requirement.key}/", {"capability": make_capability().slug})
    assert error_of(refused) == (400, "invalid")
    assert ability.requirements.get() == requirement


def test_a_requirement_is_submitted_and_agreed_by_its_author(writer) -> None:
    requirement = make_requirement(criteria=[{}])
    submitted = writer.post(f"/requirements/{requirement.key}/submit/")
    agreed = writer.post(f"/requirements/{requirement.key}/approve/")
    assert submitted.json()["lifecycle"] == "in_review"
    assert agreed.json()["lifecycle"] == "approved"
    assert agreed.json()["text"]["self_agreed"] is True
    assert error_of(writer.post(f"/requirements/{requirement.key}/approve/")) == (422, "illegal_move")


def test_what_blocks_a_review_is_named(writer) -> None:
    requirement = make_requirement(revision={"rationale": ""})
    refused = writer.post(f"/requirements/{requirement.key}/submit/")
    assert error_of(refused) == (422, "lint")
    assert refused.json()["error"]["fields"]


def test_a_requirement_is_sent_back_put_aside_and_reopened(writer) -> None:
    requirement = make_requirement(criteria=[{}])
    path = f"/requirements/{requirement.key}"
    writer.post(f"{path}/submit/")
    assert writer.post(f"{path}/send-back/", {"reason": "Not clear."}).json()["lifecycle"] == "draft"
    assert error_of(writer.post(f"{path}/defer/", {})) == (400, "invalid")
    assert writer.post(f"{path}/defer/", {"reason": "Later."}).json()["lifecycle"] == "deferred"
    assert writer.post(f"{path}/reopen/").json()["lifecycle"] == "draft"
    assert writer.post(f"{path}/reject/", {"reason": "No."}).json()["lifecycle_reason"] == "No."
    approved = make_requirement(approved=True)
    assert (
        writer.post(f"/requirements/{approved.key}/retire/", {"reason": "Gone."}).json()["lifecycle"]
        == "retired"
    )


def test_an_open_revision_is_discarded(writer) -> None:
    requirement = make_requirement(approved=True, criteria=[{}])
    path = f"/requirements/{requirement.key}/"
    writer.patch(path, {"shall": "do more", "edit_count": 0})
    assert writer.post(f"{path}discard/").json()["open_revision"] is None
    assert error_of(writer.post(f"{path}discard/")) == (422, "illegal_move")


def test_somebody_else_reviews_and_withdraws(writer) -> None:
    product = make_product(approvals_required=1)
    requirement = make_requirement(product, criteria=[{}], revision={"author": writer.user})
    path = f"/requirements/{requirement.key}"
    writer.post(f"{path}/submit/")
    other = Caller("read", "write", user=make_user("pm", approver=True))
    unmarked = Caller("read", "write", user=make_user("pm"))
    seen = writer.get(f"{path}/").json()["open_revision"]["fingerprint"]
    approval = {"decision": "approve", "seen": seen}
    assert error_of(writer.post(f"{path}/reviews/", approval)) == (422, "own_revision")
    assert error_of(unmarked.post(f"{path}/reviews/", approval))[0] == 403
    assert error_of(other.post(f"{path}/reviews/", {"decision": "approve"})) == (400, "invalid")
    assert error_of(writer.post(f"{path}/approve/")) == (422, "approvals")
    wish = {"decision": "changes", "comment": "Say which language.", "seen": seen}
    assert other.post(f"{path}/reviews/", wish).status_code == 201
    assert writer.get(f"{path}/").json()["lifecycle"] == "draft"
    writer.post(f"{path}/submit/")
    assert error_of(writer.post(f"{path}/approve/")) == (422, "objection")
    given = writer.get(f"{path}/reviews/").json()[0]
    withdraw = f"{path}/reviews/{given['id']}/withdraw/"
    assert other.post(withdraw, {"reason": "It does."}).json()["withdrawn_reason"] == "It does."
    assert error_of(other.post(withdraw, {"reason": "Again."})) == (422, "withdrawn")
    assert other.post(f"{path}/reviews/", approval).status_code == 201
    agreed = writer.get(f"{path}/").json()
    assert (agreed["lifecycle"], agreed["self_agreed"]) == ("approved", False)
    assert len(writer.get(f"{path}/reviews/").json()) == 2


def test_an_answer_to_a_text_that_changed_shows_both(writer) -> None:
    requirement = make_requirement(
        make_product(approvals_required=1), criteria=[{}], revision={"author": writer.user}
    )
    path = f"/requirements/{requirement.key}"
    seen = writer.post(f"{path}/submit/").json()["open_revision"]["fingerprint"]
    count = writer.post(f"{path}/send-back/").json()["edit_count"]
    writer.patch(f"{path}/", {"shall": "answer in rhyme", "edit_count": count})
    writer.post(f"{path}/submit/")
    other = Caller("read", "write", user=make_user("pm", approver=True))
    refused = other.post(f"{path}/reviews/", {"decision": "approve", "seen": seen})
    assert error_of(refused) == (409, "text_changed")
    fields = refused.json()["error"]["fields"]
    assert fields["then"]["The model shall"] == "answer the question rightly"
    assert fields["now"]["The model shall"] == "answer in rhyme"


def test_people_are_asked_by_name_and_see_what_waits(writer) -> None:
    requirement = make_requirement(criteria=[{}], revision={"author": writer.user})
    path = f"/requirements/{requirement.key}"
    other = Caller("read", "write", user=make_user("pm", approver=True, username="ann"))
    make_user("pm", username="bob")
    for name in ("bob", writer.user.username, "nobody"):
        assert error_of(writer.post(f"{path}/submit/", {"reviewers": [name]}))[0] == 400
    assert writer.post(f"{path}/submit/", {"reviewers": ["ann"]}).status_code == 200
    [waiting] = other.get("/reviews-waiting/").json()
    assert (waiting["requirement"], waiting["reviewer"]) == (requirement.key, "ann")
    assert writer.send("DELETE", f"{path}/review-requests/{waiting['id']}/").status_code == 204
    assert other.get("/reviews-waiting/").json() == []
    assert writer.post(f"{path}/review-requests/", {"reviewers": ["ann"]}).status_code == 201
    assert len(writer.get(f"{path}/review-requests/").json()) == 1


def test_research_answers(writer) -> None:
    requirement = make_requirement(approved=True)
    researcher = Caller("read", "write", user=make_user("researcher"))
    path = f"/requirements/{requirement.key}/commitment/"
    answered = researcher.post(path, {"commitment": "training"}).json()
    assert (answered["commitment"], answered["commitment_by"]) == ("training", researcher.user.username)
    assert answered["commitment_at"]
    assert error_of(researcher.post(path, {"commitment": "infeasible"})) == (422, "reason")
    refused = researcher.patch(f"/requirements/{requirement.key}/", {"intent": "lead"})
    assert error_of(refused) == (403, "permission_denied")


def test_the_detail_says_in_words_where_each_criterion_stands() -> None:
    evidence = make_evidence(3)
    verdict = make_verdict(evidence, outcome=Outcome.NOT_MET, sentence="Not met: 2 of 3.")
    requirement = evidence.criterion.revision.requirement
    make_waiver(requirement)
    body = Caller().get(f"/requirements/{requirement.key}/", {"version": verdict.model_version.label}).json()
    [state] = body["criteria"]
    assert (body["verdict"], body["waived"], body["coverage"]) == ("met", True, "measured")
    assert (state["outcome"], state["verdict"]["sentence"]) == ("not_met", "Not met: 2 of 3.")
    assert state["waived_until"]
    assert state["exposures"] == 0
    assert state["criterion"]["evidence"][0]["evaluation_version"] == str(evidence.evaluation_version)


def test_criteria_are_written_in_the_draft_and_evidence_is_linked(writer) -> None:
    scorer = make_scorer_version(slug="right")
    evaluation = make_evaluation_version(scorer_versions=[scorer])
    requirement = make_requirement()
    path = f"/requirements/{requirement.key}/criteria/"
    made = writer.post(path, {"scorer": "right", "threshold": 0.9, "slice": "lang=de"})
    assert made.status_code == 201
    [state] = made.json()["criteria"]
    assert (state["criterion"]["key"], state["criterion"]["slice"]) == ("AC-1", "lang=de")
    changed = writer.patch(f"{path}AC-1/", {"threshold": 0.8, "slice": ""}).json()
    assert changed["criteria"][0]["criterion"]["threshold"] == 0.8
    linked = writer.post(f"{path}AC-1/evidence/", {"evaluation_version": evaluation.evaluation.slug})
    assert linked.status_code == 201
    confirmed = writer.post(f"{path}AC-1/confirm/", {"evaluation_version": evaluation.pk})
    assert confirmed.json()["criteria"][0]["coverage"] == "never_run"
    assert writer.get(f"{path}AC-1/").json()["criterion"]["scorer"] == "right"
    assert len(writer.get(path).json()) == 1
    assert writer.send("DELETE", f"{path}AC-1/").json()["criteria"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"scorer": "right", "threshold": 1.0},
        {"scorer": "right"},
        {"scorer": "nobody", "threshold": 0.5},
        {"scorer": "right", "threshold": "x"},
        {"scorer": "right", "threshold": 0.5, "confidence": 1.5},
        {"scorer": "right", "threshold": 0.5, "slice": "lang"},
        {"scorer": "right", "threshold": 0.5, "rival_set": 7},
        {"scorer": "right", "threshold": 0.5, "fingerprint": "x"},
        {},
        [],
    ],
)
def test_criteria_that_cannot_be_used_are_refused(writer, body) -> None:
    make_scorer_version(slug="right")
    requirement = make_requirement()
    status, _ = error_of(writer.post(f"/requirements/{requirement.key}/criteria/", body))
    assert status == 400
    assert requirement.revisions.get().criteria.count() == 0


def test_evidence_needs_the_scorer_of_the_criterion(writer) -> None:
    requirement = make_requirement(criteria=[{}])
    other = make_evaluation_version()
    path = f"/requirements/{requirement.key}/criteria/AC-1/evidence/"
    assert error_of(writer.post(path, {"evaluation_version": other.pk})) == (422, "scorer")
    assert error_of(writer.post(path.replace("AC-1", "AC-9"), {"evaluation_version": other.pk}))[0] == 404


def test_lists_are_filtered_by_fields_states_and_version() -> None:
    product = make_product()
    caller = Caller()
    met = make_evidence(product=product)
    verdict = make_verdict(met)
    make_requirement(product, intent="lead")
    version = verdict.model_version.label

    def found(**query):
        reply = caller.get("/requirements/", {"product": product.key, **query})
        assert reply.status_code == 200, reply.content
        return [row["key"] for row in reply.json()["results"]]

    first, second = f"{product.key}-1", f"{product.key}-2"
    assert found() == [first, second]
    assert found(sort="-key") == [second, first]
    assert found(verdict="met", version=version) == [first]
    assert found(verdict="met,no_data", version=version) == [first, second]
    assert found(intent="lead") == [second]
    assert found(lifecycle="draft") == [second]
    assert found(coverage="no_criterion") == [second]
    assert found(freshness="fresh", version=version) == [first]
    assert found(q=second) == [second]


@pytest.mark.parametrize(
    "query",
    [
        {"version": "no@body"},
        {"verdict": "splendid"},
        {"freshness": "stale"},
        {"lifecycle": "draft,odd"},
        {"sort": "colour"},
        {"objective": "x"},
        {"objective": "9" * 30},
        {"product": "NOBODY"},
    ],
)
def test_odd_filters_are_a_400_that_says_what_is_possible(query) -> None:
    product = make_product()
    reply = Caller().get("/requirements/", {"product": product.key, **query})
    assert error_of(reply) == (400, "invalid")
    assert set(reply.json()["error"]["fields"]) == set(query)


def test_without_a_product_those_of_every_visible_product_are_listed() -> None:
    caller = Caller("read", user=make_user("viewer"))
    assert caller.get("/requirements/").json()["results"] == []
    first, second = make_requirement(), make_requirement()
    make_requirement(make_product(restricted=True))
    shown = {row["key"] for row in caller.get("/requirements/").json()["results"]}
    assert shown == {first.key, second.key}
    named = caller.get(f"/requirements/?product={first.product.key}").json()["results"]
    assert [row["key"] for row in named] == [first.key]


def test_lists_and_details_take_a_constant_number_of_queries() -> None:
    product = make_product(subjects=[make_model()])
    version = make_model_version(product.subject_models.get())
    caller = Caller()

    def grow(count):
        for _ in range(count):
            evidence = make_evidence(product=product)
            make_verdict(evidence, model_version=version)

    def cost(path):
        caller.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert caller.get(path).status_code == 200
        return len(queries)

    paths = [
        f"/requirements/?product={product.key}",
        f"/requirements/{product.key}-1/",
        "/verdicts/",
        "/waivers/",
        "/baselines/",
        "/products/",
        "/capabilities/",
        "/rival-sets/",
    ]
    grow(2)
    make_waiver(Requirement.objects.get(number=1))
    make_baseline(product, list(product.requirements.all()))
    make_capability(product)
    small = [cost(path) for path in paths]
    grow(4)
    for requirement in product.requirements.all():
        make_waiver(requirement)
    make_baseline(product, list(product.requirements.all()))
    make_product(subjects=[make_model(), make_model()])
    make_capability(product, parent=make_capability(product))
    criterion_count = make_criterion(make_requirement(product).revisions.get())
    assert criterion_count.key == "AC-1"
    assert [cost(path) for path in paths] == small


@pytest.fixture
def hidden():
    product = make_product(key="SECRET", restricted=True)
    evidence = make_evidence(product=product)
    verdict = make_verdict(evidence)
    requirement = evidence.criterion.revision.requirement
    waiver = make_waiver(requirement)
    baseline = make_baseline(product, [requirement])
    ability = make_capability(product)
    return {
        f"/products/{product.key}/": None,
        f"/requirements/{requirement.key}/": None,
        f"/requirements/{requirement.key}/criteria/": None,
        f"/requirements/{requirement.key}/criteria/AC-1/": None,
        f"/requirements/{requirement.key}/reviews/": None,
        f"/baselines/{baseline.key}/": None,
        f"/baselines/{baseline.key}/plan/?version={verdict.model_version.pk}": None,
        f"/verdicts/{verdict.pk}/": None,
        f"/waivers/{waiver.pk}/": None,
        f"/capabilities/{ability.pk}/": None,
    }


def test_what_is_in_a_restricted_product_is_not_there_for_strangers(hidden) -> None:
    stranger = Caller("read", "write", user=make_user("pm"))
    member = Caller("read", user=make_user("viewer"))
    requirement = Requirement.objects.get()
    make_membership(requirement.product, member.user, "viewer")
    for path in hidden:
        assert error_of(stranger.get(path)) == (404, "not_found"), path
        assert member.get(path).status_code == 200, path
    for noun in ("products", "verdicts", "waivers", "baselines", "capabilities", "requirements"):
        assert stranger.get(f"/{noun}/").json()["results"] == []
        assert len(member.get(f"/{noun}/").json()["results"]) == 1
    refused = stranger.post("/requirements/", {"product": "SECRET", "title": "a", "shall": "b"})
    assert error_of(refused) == (404, "not_found")
    for verb in ("submit", "approve", "reopen", "discard"):
        assert error_of(stranger.post(f"/requirements/{requirement.key}/{verb}/")) == (404, "not_found")
    named = {"baseline": "R1", "version": str(requirement.pk)}
    assert error_of(stranger.get("/gate/", named)) == (400, "invalid")


def test_a_membership_decides_inside_its_product() -> None:
    product = make_product(key="OURS")
    guest, pm = (
        Caller("read", "write", user=make_user("researcher")),
        Caller("read", "write", user=make_user("pm")),
    )
    make_membership(product, guest.user, "pm")
    make_membership(product, pm.user, "viewer")
    body = {"product": "OURS", "title": "a", "shall": "b"}
    assert guest.post("/requirements/", body).status_code == 201
    assert error_of(pm.post("/requirements/", body)) == (403, "permission_denied")
    assert error_of(pm.patch("/requirements/OURS-1/", {"intent": "lead"})) == (403, "permission_denied")
    assert error_of(pm.post("/baselines/", {"product": "OURS", "name": "x"})) == (403, "permission_denied")


def test_a_token_that_only_reads_writes_nothing() -> None:
    requirement = make_requirement()
    reader = Caller("read", "push", "gate")
    for path, body in (
        ("/requirements/", {"product": requirement.product.key, "title": "a", "shall": "b"}),
        (f"/requirements/{requirement.key}/submit/", None),
        (f"/requirements/{requirement.key}/criteria/", {}),
        ("/products/", {"key": "NEW", "name": "New"}),
        ("/waivers/", {}),
        ("/baselines/", {"product": requirement.product.key, "name": "x"}),
    ):
        assert error_of(reader.post(path, body)) == (403, "permission_denied"), path


@pytest.mark.parametrize("key", ["VA-99999999999999", "VA", "VA-", "-1", "VA-x", "%F0%9F%99%82-1"])
def test_keys_of_nothing_are_a_404(key) -> None:
    make_product(key="VA")
    assert error_of(Caller().get(f"/requirements/{key}/")) == (404, "not_found")
