"""The command against the site itself: each decision is an exit code, and what is recorded is what was shown."""

import io
import json
import threading
import time
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from capabilities.models import GateDecision
from capabilities.services.judging import judge_run
from plumbline_gate.command import main
from tests.factories.capabilities import make_baseline, make_evidence, make_membership, make_product
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_token, make_user
from tests.gate_command.calling import Called, call

ROOT = Path(__file__).resolve().parents[2]
GOOD, POOR, UNSURE = [1.0] * 100, [1.0] * 60 + [0.0] * 40, [1.0] * 91 + [0.0] * 9


class World:
    """A baseline with one criterion, versions that pass, fail, leave it open, and one whose run nobody judged."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.product = make_product(key="VA")
        self.evidence = make_evidence(100, product=self.product, threshold=0.9)
        self.baseline = make_baseline(self.product, [self.evidence.criterion.revision.requirement])
        self.model = make_model(slug="aria")
        for name, scores in {"good": GOOD, "poor": POOR, "unsure": UNSURE}.items():
            judge_run(self.run(name, scores))
        self.waiting = self.run("fresh", GOOD)
        self.person = make_user("researcher")
        self.token = make_token(self.person, ("read", "gate"))[1]

    def run(self, name: str, scores: list[float]) -> Any:
        version = make_model_version(self.model, name=name)
        return make_finished_run(scores, self.evidence.evaluation_version, version)

    def ask(
        self, version: str, *arguments: str, token: str = "", baseline: str = "", **around: str
    ) -> Called:
        given = {"PLUMBLINE_URL": self.url, "PLUMBLINE_TOKEN": token or self.token} | around
        called = call(baseline or self.baseline.key, version, *arguments, **given)
        assert given["PLUMBLINE_TOKEN"] not in called.out + called.err
        return called


@pytest.fixture
def world(live_server: Any) -> World:
    return World(live_server.url)


def test_each_decision_is_an_exit_code_and_told_with_its_sentences(world: World) -> None:
    decisions = {name: world.ask(f"aria@{name}") for name in ("good", "poor", "unsure", "fresh")}
    allowed = world.ask("aria@unsure", "--undecided=allow")
    as_json = world.ask("aria@poor", "--json")

    assert {name: called.code for name, called in decisions.items()} == {
        "good": 0,
        "poor": 1,
        "unsure": 2,
        "fresh": 3,
    }
    assert decisions["good"].out.startswith(f"Go: aria@good against {world.baseline.key} (nothing recorded)")
    assert "VA-1 AC-1  NOT MET: Not met" in decisions["poor"].out
    assert f"{world.url}/baselines/{world.baseline.key}/?version=aria%40poor" in decisions["poor"].out
    assert (allowed.code, "let through here" in allowed.out) == (0, True)
    assert (as_json.code, json.loads(as_json.out)["decision"]) == (1, "fail")
    assert GateDecision.objects.count() == 0


def test_a_record_is_kept_once_and_the_summary_is_appended_for_the_page_of_the_job(
    world: World, tmp_path: Path
) -> None:
    ours, job = tmp_path / "gate.md", tmp_path / "job.md"
    job.write_text("Before.\n\n")
    for _ in range(2):
        world.ask("aria@good", "--record", f"--summary={ours}", GITHUB_STEP_SUMMARY=str(job))
    again = world.ask("aria@good", "--record", PLUMBLINE_SUMMARY=str(job), GITHUB_STEP_SUMMARY=str(job))

    kept = GateDecision.objects.get()
    assert (again.code, kept.created_by, kept.decision) == (0, world.person, "pass")
    assert "(recorded)" in again.out
    assert ours.read_text().count("## Go: ") == 2
    assert job.read_text().startswith("Before.\n\n## Go: ")
    assert job.read_text().count("## Go: ") == 3


def test_it_waits_for_runs_and_passes_when_they_are_judged(world: World) -> None:
    err, ended = io.StringIO(), []
    around = {"PLUMBLINE_URL": world.url, "PLUMBLINE_TOKEN": world.token}
    arguments = (world.baseline.key, "aria@fresh", "--wait=60", "--record")
    job = threading.Thread(target=lambda: ended.append(call(*arguments, err=err, **around)))
    job.start()
    while "waiting for up to" not in err.getvalue() and job.is_alive():
        time.sleep(0.02)
    judge_run(world.waiting)
    job.join(60)

    assert [called.code for called in ended] == [0]
    assert GateDecision.objects.get().decision == "pass"


def test_what_is_wrong_is_one_sentence_that_helps(world: World) -> None:
    wrong = world.ask("aria@good", token="plb_unknown")
    scope = world.ask("aria@good", "--record", token=make_token(world.person, ("read",))[1])
    viewer = make_user("researcher")
    make_membership(world.product, viewer, "viewer")
    role = world.ask("aria@good", "--record", token=make_token(viewer, ("read", "gate"))[1])
    baseline, version = world.ask("aria@good", baseline="R999"), world.ask("aria@godo")

    assert [one.code for one in (wrong, scope, role, baseline, version)] == [7, 8, 8, 9, 9]
    assert "unknown, revoked or expired" in wrong.err
    assert (
        f"There is no baseline “R999”, or you may not see it. Perhaps you meant {world.baseline.key}."
        in baseline.err
    )
    assert "Perhaps you meant aria@good" in version.err
    assert {called.err.count("\n") for called in (wrong, scope, role, baseline, version)} == {1}
    assert GateDecision.objects.count() == 0


def test_a_baseline_of_a_product_one_may_not_see_is_neither_found_nor_near(world: World) -> None:
    hidden = make_baseline(make_product(restricted=True))

    called = world.ask("aria@good", baseline=hidden.key)

    assert called.code == 9
    assert f"Perhaps you meant {world.baseline.key}." in called.err


def test_the_installed_command_is_this_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["plumbline-gate"].partition(":")
    assert getattr(import_module(module), name) is main
