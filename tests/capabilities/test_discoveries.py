"""Discoveries: from an answer to a packaged requirement, what is refused on the way, and what a new version brings back."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from capabilities.models import Discovery, DiscoveryEvidence, Product, Requirement
from capabilities.queries.discoveries import history_of
from capabilities.queries.discovery_rates import rates_of
from capabilities.queries.discovery_retries import worth_retrying
from capabilities.queries.things_to_try import things_to_try
from capabilities.services.discoveries import dismiss, take_up_again
from capabilities.services.discovery_tries import Trial, confirm_reproduced, judge_try, start_tries
from config.errors import Refused
from config.people.models import AuditEntry, Role, User
from evaluations.models import Dataset, Exposure, ModelVersion, Origin, Response, Round, Run
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.factories.capabilities import make_discovery, make_product
from tests.factories.evaluations import (
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
PARAMETERS = {"temperature": 0.2, "max_output_tokens": 64}
YES = {"rows": [{"when": {"text": {"contains": "good"}}, "then": "yes"}], "default": "no"}

WISH: dict[str, Any] = {
    "title": "Says yes to good things",
    "shall": "say yes to a good thing",
    "rationale": "People like it.",
    "threshold": 80,
    "check": "exact",
    "capability_name": "Kindness",
    "cap_unit": "calls",
}


@pytest.fixture
def pm() -> User:
    return make_user(Role.PM, approver=True)


@pytest.fixture
def product() -> Product:
    return make_product(key="VA")


def answered(version: ModelVersion, purpose: str = "dev") -> Response:
    """An answer of this version to "good day", where yes is right."""
    cases = make_dataset_version([{"key": "c1", "input": "good day", "target": "yes"}], purpose=purpose)
    asked = make_evaluation_version(cases, parameters=PARAMETERS)
    return make_finished_run([1.0], asked, version).responses.get()


def rules() -> ModelVersion:
    return make_model_version(make_model(), parameters={"rule_set": YES})


def new_cases(count: int) -> str:
    return "\n".join(f"good thing {number}\tyes" for number in range(count))


def finish(discovery: Discovery) -> DiscoveryEvidence:
    """Work off the newest step's runs."""
    step = next(one for one in reversed(history_of(discovery)) if one.runs)
    for pk in step.runs:
        work_off(Run.objects.get(pk=pk))
    return step


def test_from_an_answer_to_a_packaged_requirement(pm: User, product: Product) -> None:
    version = rules()
    response, client = answered(version), signed_in(pm)
    made = client.post(
        f"/discoveries/new/?response={response.pk}", {"title": "Says yes", "statement": "says yes"}
    )
    assert made["Location"] == "/discoveries/VA-D1/"
    tries = {
        "with_found": "on",
        "tries": 5,
        "rows": "good night\tyes\nso good\tyes",
        "judge": "exact",
        "target": 50,
    }
    tries |= {"models": version.pk, "cap_unit": "calls", "cap": 100}
    shown = client.post("/discoveries/VA-D1/tries/", tries | {"do": "preview"})
    assert "<dt>Calls</dt><dd>15</dd>" in shown.text
    assert not Dataset.objects.filter(slug="discovery-va-d1").exists()
    client.post("/discoveries/VA-D1/tries/", tries | {"do": "run"})
    discovery = Discovery.objects.get()
    step = finish(discovery)
    assert {run.origin for run in Run.objects.filter(pk__in=step.runs)} == {Origin.LAB}
    [rate] = rates_of(step)
    assert (rate.good, rate.judged, rate.result.clusters if rate.result else 0) == (15, 15, 3)
    client.post("/discoveries/VA-D1/move/", {"to": "reproduced"})
    # Three inputs right every time prove no half: Clopper and Pearson's lower end for 3 of 3 is 29 %.
    discovery.refresh_from_db()
    assert discovery.state == "spotted"
    more = "\n".join(f"good {number}\tyes" for number in range(9))
    client.post("/discoveries/VA-D1/tries/", tries | {"do": "run", "tries": 2, "rows": more})
    finish(discovery)
    client.post("/discoveries/VA-D1/move/", {"to": "reproduced"})
    client.post("/discoveries/VA-D1/measures/", {"measures": "f1"})
    finish(discovery)
    client.post("/discoveries/VA-D1/move/", {"to": "characterised"})
    page = client.get("/discoveries/VA-D1/")
    assert "artefact of the measure" in page.text
    assert "f1" in page.text
    package = WISH | {"models": version.pk}
    few = client.post("/discoveries/VA-D1/package/", package | {"cases": "good day\tyes\n" + new_cases(20)})
    assert "used to find it" in few.text
    few = client.post("/discoveries/VA-D1/package/", package | {"cases": new_cases(3)})
    assert "17 new cases are needed to prove 80 %; there are 3." in few.text
    assert not Requirement.objects.exists()
    done = client.post("/discoveries/VA-D1/package/", package | {"cases": new_cases(17)})
    assert done["Location"] == "/requirements/VA-1/"
    discovery.refresh_from_db()
    requirement = Requirement.objects.get()
    assert (discovery.state, discovery.requirement) == ("packaged", requirement)
    steps = [one.evaluation_version for one in history_of(discovery) if one.evaluation_version]
    assert [one.parameters for one in steps] == [PARAMETERS] * len(steps)
    assert discovery.evaluation_version == steps[-1]
    assert requirement.capability is not None
    assert requirement.capability.name == "Kindness"
    assert Run.objects.latest("pk").state == Run.State.QUEUED
    assert "VA-D1" in client.get("/requirements/VA-1/").text
    verbs = list(AuditEntry.objects.filter(noun="discovery").order_by("pk").values_list("verb", flat=True))
    assert verbs[0] == "discovery.recorded"
    assert verbs[-1] == "discovery.packaged"


def test_a_person_judges_and_ten_tries_are_the_least(pm: User, product: Product) -> None:
    version = rules()
    discovery = make_discovery(product, answered(version))
    with pytest.raises(Refused, match="at least 10"):
        start_tries(actor=pm, discovery=discovery, trial=Trial([version], tries=9))
    step = start_tries(actor=pm, discovery=discovery, trial=Trial([version], tries=10))
    finish(discovery)
    answers = list(Response.objects.filter(run__in=step.runs).order_by("pk"))
    for answer in answers[:9]:
        judge_try(actor=pm, evidence=step, response=answer, good=True)
    with pytest.raises(Refused, match="9 of 10 tries are judged"):
        confirm_reproduced(actor=pm, discovery=discovery)
    judge_try(actor=pm, evidence=step, response=answers[9], good=False)
    judge_try(actor=pm, evidence=step, response=answers[9], good=True)
    [rate] = rates_of(step)
    # Ten of ten tries of one input: Clopper and Pearson's lower end, on this input only.
    assert rate.low == pytest.approx(0.025**0.1)
    assert "on this" in rate.sentence or "on these" in rate.sentence
    assert confirm_reproduced(actor=pm, discovery=discovery).state == "reproduced"


def test_every_illegal_move_says_what_is_allowed(pm: User, product: Product) -> None:
    discovery = make_discovery(product)
    with pytest.raises(Refused, match="it can become dismissed or reproduced"):
        take_up_again(actor=pm, discovery=discovery)
    with pytest.raises(Refused, match="Say why"):
        dismiss(actor=pm, discovery=discovery, reason=" ")
    with pytest.raises(Refused, match="Try it first"):
        confirm_reproduced(actor=pm, discovery=discovery)
    assert dismiss(actor=pm, discovery=discovery, reason="Luck.").reason == "Luck."
    again = take_up_again(actor=pm, discovery=discovery)
    assert (again.state, again.reason, again.settled_at) == ("spotted", "", None)
    assert "Luck." in signed_in(pm).get(f"/discoveries/{discovery.key}/").text


def test_a_dismissed_one_comes_back_with_a_new_version(pm: User, product: Product) -> None:
    version = rules()
    discovery = make_discovery(product, answered(version))
    start_tries(actor=pm, discovery=discovery, trial=Trial([version], tries=10))
    finish(discovery)
    dismiss(actor=pm, discovery=discovery, reason="Not steady.")
    assert worth_retrying(product) == []
    newer = make_model_version(version.model, name="newer", parameters={"rule_set": YES})
    assert f"discovery:{discovery.key}" in [thing.key for thing in things_to_try(pm, newer)]
    client = signed_in(pm)
    assert f"{newer.label}</b> is new: 1 discovery worth a retry" in client.get("/discoveries/").text
    assert "<dt>Calls</dt><dd>10</dd>" in client.post("/discoveries/retry/", {"version": newer.label}).text
    run = {"version": newer.label, "do": "run", "cap_unit": "calls"}
    assert "greater than or equal" in client.post("/discoveries/retry/", run | {"cap": "-1"}).text
    client.post("/discoveries/retry/", run | {"cap": "40"})
    step = finish(discovery)
    assert step.round is not None
    assert step.round.cap == 40
    assert (step.kind, Run.objects.get(pk=step.runs[0]).model_version) == ("retried", newer)
    assert worth_retrying(product) == []


def test_the_database_keeps_evidence_as_it_was(product: Product) -> None:
    evidence = make_discovery(product).evidence.get()
    for deed in (evidence.delete, lambda: DiscoveryEvidence.objects.update(text="Other.")):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()


def test_test_cases_stay_protected(pm: User, product: Product) -> None:
    version = rules()
    response, blind = answered(version, "test"), signed_in(make_user(Role.PM))
    url = f"/discoveries/new/?response={response.pk}"
    assert "good day" not in blind.get(url).text
    assert blind.post(url, {"title": "Says yes"}).status_code == 403
    assert not Exposure.objects.exists()
    reader = make_user(Role.PM, may_read_test=True)
    assert signed_in(reader).post(url, {"title": "Says yes"}).status_code == 302
    assert Exposure.objects.filter(user=reader, via="discovery").exists()
    assert "good day" not in blind.get("/discoveries/VA-D1/").text
    with pytest.raises(Refused, match="test case"):
        start_tries(actor=reader, discovery=Discovery.objects.get(), trial=Trial([version], tries=10))


def test_the_list_filters_sorts_and_leaves_as_a_file(pm: User, product: Product) -> None:
    client = signed_in(pm)
    assert "No discovery yet" in client.get("/discoveries/").text
    first, second = make_discovery(product, title="Rhymes"), make_discovery(product, title="Counts")
    dismiss(actor=pm, discovery=first, reason="Luck.")
    assert "Counts" not in client.get("/discoveries/?state=dismissed").text
    assert "Rhymes" not in client.get("/discoveries/?q=count").text
    rows = b"".join(client.get("/discoveries/?format=csv&sort=title")).decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["key", second.key, first.key]
    assert (
        client.get(f"/search.json?q={first.key}").json()["results"][0]["url"] == f"/discoveries/{first.key}/"
    )


def rows(*texts: str) -> list[dict[str, str]]:
    return [{"input": text, "target": "yes"} for text in texts]


def test_over_the_api_from_an_answer_to_a_package_and_a_retry(pm: User, product: Product) -> None:
    version, client = rules(), signed_in(pm)
    discovery = make_discovery(product, answered(version))
    make_scorer_version(slug="overlap", kind="f1", value_kind="bounded")
    judge = make_scorer_version(slug="said-yes")

    def post(path: str, body: Any = None) -> Any:
        return client.post(f"/api/v1/discoveries/{path}", body or {}, "application/json")

    one = f"{discovery.pk}"
    few = {"versions": [version.label], "tries": 9, "judge": "said-yes", "cap": "100", "cap_unit": "calls"}
    assert post(f"{one}/tries/", few).json()["error"]["code"] == "too_few_tries"
    many = few | {"tries": 1, "rows": rows(*[f"good {number}" for number in range(9)])}
    assert post(f"{one}/tries/", many).status_code == 201
    finish(discovery)
    [rate] = client.get(f"/api/v1/discoveries/{one}/tries/").json()
    assert (rate["good"], rate["judged"], rate["proven"]) == (10, 10, True)
    answer = Response.objects.latest("pk").pk
    assert (
        post(f"{one}/judge/", {"response": str(answer), "good": True}).json()["error"]["code"]
        == "judged_by_check"
    )
    assert post(f"{one}/move/", {"to": "reproduced"}).json()["state"] == "reproduced"
    assert post(f"{one}/measures/", {"measures": ["overlap"]}).status_code == 201
    finish(discovery)
    assert {line["scorer"] for line in client.get(f"/api/v1/discoveries/{one}/measures/").json()} == {
        "overlap",
        judge.scorer.slug,
    }
    assert post(f"{one}/move/", {"to": "characterised"}).json()["state"] == "characterised"
    wish = {name: WISH[name] for name in ("title", "shall", "rationale", "capability_name")}
    wish |= {"versions": [version.label], "threshold": 0.8, "check": "said-yes"}
    cases = rows(*[f"good thing {number}" for number in range(17)])
    made = post(f"{one}/package/", wish | {"cases": cases})
    assert (made.status_code, made.json()["requirement"]) == (201, "VA-1")
    newer = make_model_version(version.model, name="newer", parameters={"rule_set": YES})
    again = {"product": "VA", "version": newer.label, "cap": "50", "cap_unit": "calls"}
    started = post("retry/", again).json()["round"]
    assert Round.objects.get(pk=started).cap == 50
    assert post("retry/", again).status_code == 422


def test_over_the_api(pm: User, product: Product) -> None:
    response, client = answered(rules()), signed_in(pm)
    body = {"product": "VA", "response": str(response.pk), "title": "Says yes"}
    made = client.post("/api/v1/discoveries/", body, "application/json")
    assert (made.status_code, made.json()["key"]) == (201, "VA-D1")
    pk = made.json()["id"]
    done = client.post(f"/api/v1/discoveries/{pk}/dismiss/", {"reason": "Luck."}, "application/json")
    assert done.json()["state"] == "dismissed"
    listed = client.get("/api/v1/discoveries/?state=dismissed").json()["results"]
    assert [step["kind"] for step in listed[0]["evidence"]] == ["spotted", "dismissed"]
