from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.models import Baseline, GateDecision, Verdict, Verification
from capabilities.queries.baseline_page import lines
from capabilities.queries.baselines import plan
from capabilities.services.gate import gate_preview, recompute, record_gate
from capabilities.services.judging import judge_run
from config.people.models import AuditEntry, User
from evaluations.models import ModelVersion, Run
from tests.factories.capabilities import (
    make_baseline,
    make_evidence,
    make_product,
    make_requirement,
    make_revision,
    make_rival_set,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model_version, make_run
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

GOOD, POOR, UNSURE = [1.0] * 100, [1.0] * 60 + [0.0] * 40, [1.0] * 91 + [0.0] * 9


class Gate:
    """A baseline of requirements with one criterion each, over 100 cases, and a version that is held to it."""

    def __init__(self, *criteria: dict[str, Any], **version: Any) -> None:
        self.product = make_product()
        self.version: ModelVersion = make_model_version(**version)
        self.links: list[Verification] = [
            make_evidence(100, product=self.product, **criterion) for criterion in criteria or ({},)
        ]
        self.baseline: Baseline = make_baseline(
            self.product, [link.criterion.revision.requirement for link in self.links]
        )

    def run(
        self, scores: list[Any], link: int = 0, version: ModelVersion | None = None, **fields: Any
    ) -> Run:
        evaluation_version = self.links[link].evaluation_version
        run = make_finished_run(scores, evaluation_version, version or self.version, **fields)
        judge_run(run)
        return run

    @property
    def reply(self) -> dict[str, Any]:
        return gate_preview(self.baseline, self.version)

    @property
    def decision(self) -> str:
        return str(self.reply["decision"])


def test_the_reply_has_the_agreed_shape() -> None:
    gate = Gate()
    gate.run(GOOD)

    reply = gate.reply

    verdict = Verdict.objects.get()
    requirement = gate.links[0].criterion.revision.requirement
    assert set(reply) == {"decision", "version", "baseline", "digest", "requirements", "summary"}
    assert (reply["decision"], reply["version"]) == ("pass", gate.version.label)
    assert reply["baseline"] == gate.baseline.key
    assert reply["requirements"] == [
        {
            "key": requirement.key,
            "state": "met",
            "criteria": [
                {
                    "key": "AC-1",
                    "must": True,
                    "verdict": "met",
                    "trend": "unknown",
                    "freshness": "fresh",
                    "waived_until": None,
                    "sentence": verdict.sentence,
                    "reasons": [],
                    "settles": "",
                    "regression": None,
                }
            ],
        }
    ]
    assert reply["summary"].startswith("## Go: ")


def not_run(gate: Gate) -> None:
    """Nothing was run for this version."""


def is_moving(gate: Gate) -> None:
    gate.run(POOR)
    make_run(gate.links[0].evaluation_version, gate.version, state="running")


def is_unjudged(gate: Gate) -> None:
    gate.run(POOR)
    make_finished_run(GOOD, gate.links[0].evaluation_version, gate.version)


def needs_recheck(gate: Gate) -> None:
    gate.run(GOOD)
    link = gate.links[0]
    link.stamp |= {"dataset": 0}
    link.save()


def is_old(gate: Gate) -> None:
    gate.run(GOOD, finished_at=timezone.now() - timedelta(days=31))


def is_waived(gate: Gate) -> None:
    gate.run(POOR)
    make_waiver(gate.links[0].criterion.revision.requirement)


def was_waived(gate: Gate) -> None:
    gate.run(POOR)
    yesterday = timezone.now().date() - timedelta(days=1)
    make_waiver(gate.links[0].criterion.revision.requirement, expires_on=yesterday)


@pytest.mark.parametrize(
    ("arrange", "decision"),
    [
        (lambda gate: gate.run(GOOD), "pass"),
        (lambda gate: gate.run(POOR), "fail"),
        (lambda gate: gate.run(UNSURE), "undecided"),
        (lambda gate: gate.run([None] * 100), "undecided"),
        (not_run, "undecided"),
        (needs_recheck, "undecided"),
        (is_moving, "pending"),
        (is_unjudged, "pending"),
        (is_waived, "pass"),
        (was_waived, "fail"),
    ],
)
def test_the_first_row_of_the_table_that_applies_wins(
    arrange: Callable[[Gate], object], decision: str
) -> None:
    gate = Gate({"threshold": 0.9})
    arrange(gate)

    assert gate.decision == decision


@pytest.mark.parametrize(("floating", "decision"), [(True, "undecided"), (False, "pass")])
def test_only_floating_versions_grow_old(floating: bool, decision: str) -> None:
    gate = Gate(floating=floating)
    is_old(gate)

    assert gate.decision == decision


@pytest.mark.parametrize(("floating", "decision"), [(True, "undecided"), (False, "pass")])
def test_a_floating_rivals_run_grows_old_as_well(floating: bool, decision: str) -> None:
    rival = make_model_version(side="competitor", floating=floating)
    product = make_product()
    rival_set = make_rival_set(product, [rival.model])
    gate = Gate()
    link = make_evidence(100, product=product, against="competitors", rival_set=rival_set)
    gate.links, gate.baseline = [link], make_baseline(product, [link.criterion.revision.requirement])
    gate.run(POOR, version=rival, finished_at=timezone.now() - timedelta(days=31))
    gate.run(GOOD)

    assert gate.decision == decision


def test_a_should_criterion_is_listed_and_changes_nothing() -> None:
    gate = Gate({}, {"must": False})
    gate.run(GOOD)
    gate.run(POOR, link=1)

    reply = gate.reply

    assert reply["decision"] == "pass"
    assert [one["criteria"][0]["verdict"] for one in reply["requirements"]] == ["met", "not_met"]
    assert "not met, should" in reply["summary"]


def test_a_waiver_for_another_version_does_not_count() -> None:
    gate = Gate()
    gate.run(POOR)
    make_waiver(gate.links[0].criterion.revision.requirement, model_version=make_model_version())

    assert gate.decision == "fail"


def test_a_run_of_a_rival_is_waited_for() -> None:
    gate = Gate()
    rival = make_model_version(side="competitor")
    product = make_product()
    rival_set = make_rival_set(product, [rival.model])
    link = make_evidence(100, product=product, against="competitors", rival_set=rival_set)
    gate.links, gate.baseline = [link], make_baseline(product, [link.criterion.revision.requirement])
    gate.run(GOOD)
    make_run(link.evaluation_version, rival, state="queued")

    assert gate.decision == "pending"


def test_a_run_nothing_rests_on_is_not_waited_for() -> None:
    gate = Gate()
    gate.run(GOOD)
    make_run(gate.links[0].evaluation_version, make_model_version(), state="running")
    make_run(gate.links[0].evaluation_version, gate.version, state="running", origin="lab")

    assert gate.decision == "pass"


def test_a_regression_that_stands_fails_the_gate_though_the_target_is_met() -> None:
    parent = make_model_version()
    gate = Gate({"threshold": 0.3}, parent=parent)
    gate.run(GOOD, version=parent)
    gate.run(POOR)

    reply = gate.reply

    assert reply["decision"] == "fail"
    criterion = reply["requirements"][0]["criteria"][0]
    assert criterion["trend"] == "regressed"
    assert criterion["regression"] == {
        "against": f"{parent.model.name} {parent.name}",
        "p": pytest.approx(0, abs=1e-6),
        "stands": True,
    }
    assert "1 got worse than an earlier version" in reply["summary"]
    assert "Worse than before, corrected for many comparisons:" in reply["summary"]


def test_a_regression_that_falls_to_the_correction_does_not() -> None:
    parent = make_model_version()
    gate = Gate(*[{"threshold": 0.3}] * 6, parent=parent)
    slightly_worse = [1.0] * 94 + [0.0] * 6
    for link in range(6):
        gate.run(GOOD, link, version=parent)
        gate.run(slightly_worse if link == 0 else GOOD, link)

    reply = gate.reply

    first, *others = [one["criteria"][0] for one in reply["requirements"]]
    assert first["trend"] == "regressed"
    assert (first["regression"]["against"], first["regression"]["stands"]) == (
        f"{parent.model.name} {parent.name}",
        False,
    )
    assert first["regression"]["p"] > 0.05
    assert [one["regression"] for one in others] == [None] * 5
    assert reply["decision"] == "pass"
    assert "not among all that were compared; stops nothing" in reply["summary"]


@pytest.mark.parametrize(("fallen", "words"), [(40, ": a no go."), (6, "stops nothing.")])
def test_the_page_says_whether_a_regression_stands(fallen: int, words: str) -> None:
    parent = make_model_version()
    gate = Gate(*[{"threshold": 0.3}] * 6, parent=parent)
    for link in range(6):
        gate.run(GOOD, link, version=parent)
        gate.run([1.0] * (100 - fallen) + [0.0] * fallen if link == 0 else GOOD, link)

    first, *others = [line.criteria[0] for line in lines(gate.baseline, gate.reply)]

    assert first.why.startswith(f"Got worse than {parent.model.name} {parent.name}")
    assert first.why.endswith(words)
    assert first.weight == ("stops" if fallen == 40 else "")
    assert {one.why for one in others} == {""}


def test_evidence_that_was_never_linked_leaves_it_undecided() -> None:
    requirement = make_requirement(approved=True, criteria=[{}, {"not_measurable_reason": "No cases yet."}])

    reply = gate_preview(make_baseline(requirements=[requirement]), make_model_version())

    criteria = reply["requirements"][0]["criteria"]
    assert reply["decision"] == "undecided"
    assert [one["verdict"] for one in criteria] == ["no_data", "no_data"]
    assert [one["sentence"] for one in criteria] == [
        "No evidence is linked to this criterion.",
        "Not measurable yet: No cases yet.",
    ]


def test_a_baseline_without_criteria_decides_nothing() -> None:
    assert gate_preview(make_baseline(), make_model_version())["decision"] == "undecided"


def test_the_baselines_revision_counts_not_the_newest() -> None:
    gate = Gate({"threshold": 0.9})
    gate.run(GOOD)
    make_revision(gate.links[0].criterion.revision.requirement, approved=True, criteria=[{"threshold": 0.99}])

    assert gate.decision == "pass"


def test_the_same_inputs_are_the_same_record() -> None:
    gate = Gate()
    gate.run(GOOD)

    def recorded(actor: User | None) -> GateDecision:
        return record_gate(actor=actor, baseline=gate.baseline, model_version=gate.version)

    first, second = recorded(make_user()), recorded(make_user())
    gate.run(POOR)
    third = recorded(None)

    assert first == second
    assert first.digest == first.body["digest"]
    assert [row.decision for row in (first, third)] == ["pass", "fail"]
    assert GateDecision.objects.count() == AuditEntry.objects.filter(verb="gate.recorded").count() == 2


def test_a_record_can_be_worked_out_again_from_what_it_cites() -> None:
    gate = Gate({}, {"threshold": 0.5}, parent=(parent := make_model_version()))
    for link, scores in ((0, GOOD), (1, POOR)):
        gate.run(GOOD, link, version=parent)
        gate.run(scores, link)
    decision = record_gate(actor=None, baseline=gate.baseline, model_version=gate.version)
    gate.run(GOOD, link=1)

    assert decision.decision == "fail"
    assert recompute(decision) == ("fail", decision.digest)


def test_words_of_people_do_not_break_the_summary() -> None:
    gate = Gate()
    gate.run(GOOD)
    gate.version.model.slug = "a|b"

    assert "a\\|b" in gate_preview(gate.baseline, gate.version)["summary"]


def test_the_summary_tells_a_job_page_what_stands_in_the_way_and_what_would_help() -> None:
    gate = Gate(*[{"threshold": 0.9}] * 5)
    for link, scores in enumerate((GOOD, UNSURE, POOR, GOOD, POOR)):
        gate.run(scores, link)
    keys = [link.criterion.revision.requirement.key for link in gate.links]
    stale = gate.links[3]
    stale.stamp |= {"dataset": 0}
    stale.save()
    make_waiver(gate.links[4].criterion.revision.requirement, reason="Only until | spring.")

    site = "https://plumbline.example.com"
    told = gate_preview(gate.baseline, gate.version, site)["summary"]

    query = f"?version={gate.version.model.slug}%40{gate.version.name}"
    rows = [line for line in told.splitlines() if line.startswith("| [")]
    assert f"against [{gate.baseline.key}]({site}/baselines/{gate.baseline.key}/{query})" in told
    assert [row.split("]")[0].removeprefix("| [") for row in rows] == [
        keys[2],
        keys[1],
        keys[3],
        keys[0],
        keys[4],
    ]
    assert (
        f"| [{keys[2]}]({site}/requirements/{keys[2]}/{query}) | AC-1 | ✕ not met | 49.7–69.7\u00a0% | 100 | Not met"
        in rows[0]
    )
    assert "◐ not proven yet, leaning yes | 83.6–95.8\u00a0% | 100 |" in rows[1]
    assert "✓ met, needs re-check" in rows[2]
    assert "| waived until " in rows[4]
    assert "| Only until \\| spring. | ✕ not met. Not met" in rows[4]
    settles = told.split("What would settle it:")[1].split("Evidence that")[0]
    assert settles.count("\n- ") == 1
    assert f"{query}) AC-1: About " in settles
    assert "Evidence that needs a re-check:" in told
    assert "Version 1 of the dataset exists. Confirm that it makes no difference" in told


def test_a_summary_without_an_address_has_no_links() -> None:
    gate = Gate()
    gate.run(GOOD)

    assert "](" not in gate.reply["summary"]


def test_many_requirements_take_no_more_queries() -> None:
    counts = []
    for criteria in (1, 5):
        gate = Gate(*[{}] * criteria)
        for link in range(criteria):
            gate.run(GOOD, link)
        make_run(gate.links[0].evaluation_version, gate.version)
        with CaptureQueriesContext(connection) as queries:
            gate_preview(gate.baseline, gate.version)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 16


def test_the_plan_says_what_to_run_and_what_is_done(query_count: Any) -> None:
    gate = Gate({"min_n": 80, "min_repeats": 1}, {"statistic": "pass_all", "tries": 3})
    done = gate.run([*GOOD[:90], *[None] * 10])
    moving = make_run(gate.links[1].evaluation_version, gate.version, state="running")

    with query_count(4):
        first, second = plan(gate.baseline, gate.version)

    assert first["evaluation"] == str(gate.links[0].evaluation_version)
    assert (first["min_n"], first["repeats"], first["cases"], first["moving"]) == (80, 1, 100, None)
    assert first["done"] == {"run": done.pk, "state": "partial", "samples": 90, "missing": 10}
    assert (second["done"], second["moving"], second["min_repeats"]) == (None, moving.pk, 3)
    assert [one["key"] for one in second["criteria"]] == ["AC-1"]
