"""A vendor's claim is shown and counted nowhere: verdicts, gates, ranks, leads and fingerprints are what they were."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches

from capabilities.models import Requirement, Standing, Verdict, VerdictLine
from capabilities.queries.intents import intent_rows
from capabilities.queries.lead_board import lead_board
from capabilities.queries.products import judged_versions
from capabilities.services.gate import gate_preview
from capabilities.services.judging import judge_run
from capabilities.services.standings import catch_up
from evaluations.models import EvaluationVersion, Run
from evaluations.queries.boards import board_of
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import make_baseline, make_evidence, make_product, make_rival_set
from tests.factories.evaluations import (
    make_claimed_score,
    make_finished_run,
    make_model,
    make_model_version,
    make_suite,
)

ROOT = Path(__file__).parents[2]
# What may name a claim: its own files, and what only shows it.
MAY_READ = {
    "capabilities/queries/criterion_claims.py",
    "capabilities/queries/gap_charts.py",
    "capabilities/queries/intent_extras.py",
    "capabilities/queries/requirement_page.py",
    "capabilities/services/version_profiles.py",
    "capabilities/views/gap_files.py",
    "evaluations/urls.py",
    "evaluations/views/board_cells.py",
    "evaluations/views/boards.py",
    "evaluations/api/urls.py",
    "evaluations/admin/__init__.py",
    "evaluations/models/__init__.py",
    "evaluations/models/frozen.py",
    # It only enters what a log reports.
    "evaluations/services/log_imports.py",
}


def test_nothing_that_judges_ranks_or_compares_can_read_a_claim() -> None:
    found = set()
    for app in ("capabilities", "evaluations"):
        for path in (ROOT / app).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            own = path.name == "claimed_scores.py" or "/migrations/" in name
            if not own and re.search(
                r"claimed_score|ClaimedScore|criterion_claims|FROZEN_CLAIMS", path.read_text()
            ):
                found.add(name)
    assert found == MAY_READ


@pytest.mark.django_db
def test_verdicts_gate_boards_leads_and_fingerprints_are_unchanged_by_a_claim() -> None:
    rival = make_model(side="competitor", kind="llm", name="Rival")
    ours, theirs = make_model_version(make_model(kind="llm")), make_model_version(rival)
    product = make_product(subjects=[ours.model], candidate_version=ours)
    make_rival_set(product, [rival])
    link = make_evidence(100, product=product)
    runs = [
        make_finished_run([1.0] * right + [0.0] * (100 - right), link.evaluation_version, version)
        for right, version in ((97, ours), (80, theirs))
    ]
    baseline = make_baseline(product, [link.criterion.revision.requirement])
    suite = make_suite([link.evaluation_version.evaluation])

    def stands() -> dict[str, Any]:
        """Everything is judged and ranked again, and read from the database."""
        for run in runs:
            judge_run(run)
        catch_up(product)
        caches["default"].clear()
        versions = judged_versions(product)
        gate = gate_preview(baseline, ours)
        return {
            "verdicts": list(
                Verdict.objects.order_by("pk").values_list("pk", "outcome", "evidence", "point")
            ),
            "lines": list(VerdictLine.objects.order_by("pk").values_list("pk", "point", "low", "outcome")),
            "standings": list(Standing.objects.order_by("pk").values_list("requirement", "outcome", "lean")),
            "gate": (gate["digest"], gate["decision"]),
            "board": [(line.version, line.places, line.overall) for line in board_of(suite).lines],
            "leads": [row.cells for row in lead_board(product, versions).rows],
            "intent": [(row.key, row.shown, row.gap, row.takes) for row in intent_rows(product, versions)],
            "fingerprints": list(EvaluationVersion.objects.order_by("pk").values_list("pk", "fingerprint")),
            "runs": list(Run.objects.order_by("pk").values_list("pk", "state", "generation")),
        }

    before = stands()
    assert before["verdicts"] and before["gate"][1] == "pass"
    make_claimed_score(ours, link.evaluation_version, value=0.01)
    make_claimed_score(theirs, link.evaluation_version, value=1.0)
    assert stands() == before


@pytest.fixture
def judged(db: None) -> Requirement:
    return make_judged(make_product(key="VA"), point=0.93, low=0.90, high=0.95)


def measured_by(requirement: Requirement) -> EvaluationVersion:
    criterion = requirement.revisions.get().criteria.get()
    link = criterion.verifications.get()
    if criterion.scorer is None or criterion.scorer != link.evaluation_version.scorers.get().scorer:
        raise AssertionError("The criterion and its evidence name one scorer.")
    return link.evaluation_version


def test_the_gap_line_shows_a_hollow_mark_with_its_source_in_words_picture_and_file(
    judged: Requirement,
) -> None:
    nova = make_model_version(make_model(side="competitor", name="Nova", slug="nova"), name="2")
    claim = make_claimed_score(nova, measured_by(judged), value=0.97, conditions="five examples")
    page = signed_in().get(f"/requirements/{judged.key}/").text
    assert page.count('class="claimed"') == 2  # wide and narrow
    assert "nova@2: 97.0 % claimed by the vendor, not measured here; https://vendor.example/card" in page
    assert "claimed by the vendor, not measured here" in page and "five examples" in page
    assert f"/claimed-scores/{claim.pk}/withdraw/" in page
    text = signed_in().get(f"/requirements/{judged.key}/criteria/AC-1/gap.csv").content.decode()
    ours, theirs = csv.DictReader(io.StringIO(text))
    assert (ours["source"], theirs["source"]) == ("measured here", "https://vendor.example/card")
    assert (theirs["model"], theirs["value"], theirs["low"]) == ("nova@2", "0.97", "")


def test_a_withdrawn_claim_and_one_of_our_other_versions_are_not_on_the_line(judged: Requirement) -> None:
    version = measured_by(judged)
    make_claimed_score(
        make_model_version(make_model(side="competitor")),
        version,
        withdrawn_at="2026-10-02T00:00Z",
        withdrawn_reason="Wrong.",
    )
    make_claimed_score(make_model_version(make_model(side="own")), version)
    assert 'class="claimed"' not in signed_in().get(f"/requirements/{judged.key}/").text


@pytest.mark.django_db
def test_the_profile_names_what_its_vendor_claims_on_page_markdown_and_api() -> None:
    nova = make_model_version(make_model(side="competitor", kind="llm", name="Nova", slug="nova"), name="2")
    make_claimed_score(nova, benchmark="MMLU-Pro", metric="accuracy", value=0.81)
    client = signed_in()
    page = client.get("/models/nova/profile/", {"version": nova.label})
    assert "MMLU-Pro, accuracy" in page.text and "81.0\u00a0%" in page.text
    markdown = client.get("/models/nova/profile/", {"version": nova.label, "format": "markdown"}).text
    assert "## Claimed by the vendor, not measured here (1)" in markdown
    assert (
        client.get("/models/nova/profile/", {"version": nova.label, "format": "json"}).json()["claimed"][0][
            "claimed"
        ]
        == 0.81
    )
