"""What vendors claim: entered with its source, shown beside what is measured, withdrawn with a reason."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.errors import Conflict, Refused
from config.people.models import AuditEntry, Role
from evaluations.models import ClaimedScore, EvaluationVersion
from evaluations.queries.claimed_scores import beside, claims
from evaluations.services.claimed_scores import enter_claim, withdraw_claim
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.evaluations import (
    make_claimed_score,
    make_dataset_version,
    make_evaluation_version,
    make_finished_run,
    make_model,
    make_model_version,
    make_scorer_version,
)
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
URL = "/claimed-scores/"
CARD = "https://vendor.example/card"


def stated(version: EvaluationVersion | None = None, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"value": 0.92, "source": CARD, "claimed_on": date(2026, 10, 1)}
    if version is None:
        return given | {"benchmark": "MMLU-Pro"} | fields
    scorer = version.scorers.get().scorer
    return given | {"evaluation": version.evaluation, "scorer": scorer} | fields


def sentence(claim: ClaimedScore) -> str:
    return beside([claims().get(pk=claim.pk)])[0].words.replace("\u00a0", " ")


def test_a_claim_is_entered_and_withdrawn_once_with_the_reason_and_both_are_on_record() -> None:
    actor = make_user(Role.RESEARCHER)
    claim = enter_claim(actor=actor, version=make_model_version(), **stated())
    with pytest.raises(Refused):
        withdraw_claim(actor=actor, claim=claim, reason=" ")
    claim = withdraw_claim(actor=actor, claim=claim, reason="The card was corrected.")
    assert claim.withdrawn_reason == "The card was corrected." and claim.withdrawn_by == actor
    with pytest.raises(Conflict):
        withdraw_claim(actor=actor, claim=claim, reason="Again.")
    verbs = AuditEntry.objects.filter(noun="claimed_score").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["claimed_score.entered", "claimed_score.withdrawn"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": "  "}, "source"),
        ({"value": 92.0}, "value"),
        ({"value": float("nan")}, "value"),
        ({"claimed_on": timezone.localdate() + timedelta(days=1)}, "claimed_on"),
        ({"benchmark": ""}, "benchmark"),
    ],
)
def test_what_cannot_be_is_refused_by_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        enter_claim(actor=make_user(), version=make_model_version(), **stated(**wrong))
    assert list(refusal.value.fields) == [field]


def test_a_scorer_belongs_to_the_evaluation_and_gives_the_unit() -> None:
    version = make_evaluation_version(
        scorer_versions=[make_scorer_version("latency_ms", unit="ms", direction="lower", high=1e9)]
    )
    claim = enter_claim(
        actor=make_user(), version=make_model_version(), **stated(version, value=120.0, unit="rate")
    )
    assert claim.unit == "ms"
    with pytest.raises(Refused) as refusal:
        other = make_scorer_version().scorer
        enter_claim(actor=make_user(), version=make_model_version(), **stated(version, scorer=other))
    assert list(refusal.value.fields) == ["scorer"]


def test_the_difference_to_our_newest_run_is_said_without_a_word_on_chance() -> None:
    version, model = make_evaluation_version(make_dataset_version(100)), make_model_version()
    claim = make_claimed_score(model, version, value=0.95)
    assert sentence(claim) == "Not measured here yet."
    make_finished_run([1.0] * 90 + [0.0] * 10, version, model)
    said = sentence(claim)
    assert said.startswith("Measured here: 90.0 % (") and ", n 100." in said
    assert said.endswith("The claim is 5.0 points higher. Conditions may differ.")


def test_a_lab_run_or_another_version_measures_nothing_of_it() -> None:
    version, model = make_evaluation_version(), make_model_version()
    make_finished_run([1.0] * 3, version, model, origin="lab")
    make_finished_run([1.0] * 3, version, make_model_version(model.model))
    assert sentence(make_claimed_score(model, version)) == "Not measured here yet."


def test_people_enter_rates_in_percent_and_find_them_in_list_and_file() -> None:
    model = make_model_version(make_model(name="Nova"), name="2")
    version = make_evaluation_version()
    client = signed_in(role=Role.RESEARCHER)
    scorer = version.scorers.get().scorer
    form = {
        "version": model.pk,
        "measure": f"{version.evaluation.slug}.{scorer.slug}",
        "value": "92,4",
        "source": CARD,
        "claimed_on": "2026-10-01",
        "conditions": "five examples",
    }
    refused = client.post(f"{URL}new/", form | {"value": "0.924"})
    assert refused.status_code == 422 and "would be 0.924 %" in refused.text
    assert client.post(f"{URL}new/", form).status_code == 302
    claim = ClaimedScore.objects.get()
    assert claim.value == 0.924 and claim.scorer == scorer
    page = client.get(URL, {"model": model.model.slug}).text
    assert "92.4\u00a0%" in page and f'href="{CARD}"' in page and "five examples" in page
    row = next(csv.DictReader(io.StringIO(client.get(URL, {"format": "csv"}).content.decode())))
    assert (row["claimed"], row["source"], row["measured_here"]) == ("0.924", CARD, "")
    client.post(f"{URL}{claim.pk}/withdraw/", {"reason": "Wrong model."})
    assert "Wrong model." in client.get(URL, {"state": "withdrawn"}).text
    assert "No claim matches" in client.get(URL, {"state": "standing"}).text


def test_a_viewer_reads_claims_and_enters_none() -> None:
    claim = make_claimed_score(source="javascript:alert(1)")
    viewer = signed_in(role=Role.VIEWER)
    page = viewer.get(URL).text
    assert "javascript:alert(1)" in page and 'href="javascript' not in page
    assert f"{URL}{claim.pk}/withdraw/" not in page
    assert (
        viewer.get(f"{URL}new/").status_code == viewer.post(f"{URL}{claim.pk}/withdraw/").status_code == 403
    )


def test_the_api_enters_lists_beside_what_is_measured_and_withdraws() -> None:
    version, model = make_evaluation_version(), make_model_version()
    run = make_finished_run([1.0] * 3, version, model)
    caller = Caller("read", "write")
    body = {
        "version": model.label,
        "evaluation": version.evaluation.slug,
        "scorer": version.scorers.get().scorer.slug,
        "value": 0.9,
        "source": "Vendor’s card, table 2",
        "claimed_on": "2026-10-01",
    }
    made = caller.post("/claimed-scores/", body).json()
    assert (made["claimed"], made["measured_here"], made["run"]) == (0.9, 1.0, run.pk)
    assert made["claimed_less_measured"] == pytest.approx(-0.1)
    wrong = caller.post("/claimed-scores/", body | {"source": " "})
    assert wrong.status_code in (400, 422) and "source" in wrong.json()["error"]["fields"]
    assert caller.post(f"/claimed-scores/{made['id']}/withdraw/", {"reason": "Typo."}).status_code == 200
    listed = caller.get("/claimed-scores/", {"withdrawn": "false"}).json()
    assert listed["results"] == []
    assert Caller("read").post("/claimed-scores/", body).status_code == 403


def test_the_list_costs_the_same_however_long() -> None:
    client = signed_in()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(URL)
        return len(captured)

    def claim() -> None:
        version, model = make_evaluation_version(), make_model_version()
        make_finished_run([1.0] * 3, version, model)
        make_claimed_score(model, version)

    claim()
    few = queries()
    for _ in range(4):
        claim()
    assert queries() == few
