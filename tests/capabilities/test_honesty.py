"""What cannot be said is said nowhere: each world through every door that tells of it.

A world is made once and read through all its doors; a failure names the doors that claim too much or say too little.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client

from capabilities.services.judging import judge_run
from tests.api_client import Caller
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import (
    make_baseline,
    make_capability,
    make_evidence,
    make_product,
    make_rival_set,
)
from tests.factories.evaluations import (
    make_evaluation_version,
    make_finished_run,
    make_model_version,
    make_prompt_version,
    make_run,
    make_suite,
)

pytestmark = pytest.mark.django_db
CASES = 200
RIGHT = [1.0] * 180 + [0.0] * 20


class World:
    """A version of ours and a rival on the same cases, one criterion against a target or the rival, and a baseline."""

    def __init__(self, **criterion: Any) -> None:
        self.ours = make_model_version(slug="aria", name="2", side="own", **criterion.pop("version", {}))
        self.theirs = make_model_version(slug="rival", name="1", side="competitor")
        self.product = make_product(key="VA", subjects=[self.ours.model], candidate_version=self.ours)
        if criterion.get("against") == "competitors":
            criterion["rival_set"] = make_rival_set(self.product, [self.theirs.model])
        usual = [{"key": f"c{place:03}", "slices": {"level": "ab"[place % 2]}} for place in range(CASES)]
        cases = criterion.pop("cases", usual)
        self.link = make_evidence(cases, product=self.product, **criterion)
        self.evaluation = self.link.evaluation_version
        self.suite = make_suite([self.evaluation.evaluation], slug="all")
        self.requirement = self.link.criterion.revision.requirement
        self.requirement.capability = make_capability(self.product)
        self.requirement.save()
        self.baseline = make_baseline(self.product, [self.requirement])
        self.client: Client = signed_in()
        self.caller = Caller("read", "gate")

    def run(self, scores: list[Any], version: Any = None, **fields: Any) -> Any:
        run = make_finished_run(scores, self.evaluation, version or self.ours, **fields)
        judge_run(run)
        return run

    def page(self, path: str) -> str:
        reply: Any = self.client.get(path)
        assert reply.status_code == 200, path
        content = b"".join(reply.streaming_content) if reply.streaming else reply.content
        return " ".join(content.decode().replace("\u00a0", " ").split())

    def api(self, path: str, **query: str) -> str:
        reply = self.caller.get(path, query)
        assert reply.status_code == 200, reply.content
        return str(reply.content.decode()).replace("\u00a0", " ")

    def read(self, door: str) -> str:
        """A door is a path of the site, or of the API behind `api`; it may name the requirement, the baseline and runs."""
        path = door.format(
            key=self.requirement.key,
            base=self.baseline.key,
            ours=self.ours.runs.latest("pk").pk,
            theirs=self.theirs.runs.latest("pk").pk if self.theirs.runs.exists() else 0,
        )
        return self.api(path.removeprefix("api")) if path.startswith("api") else self.page(path)

    def amiss(self, doors: Sequence[tuple[str, str]], claims: Sequence[str]) -> list[str]:
        """Doors without the words that belong to them, or with a claim nobody may make."""
        found = []
        for door, words in doors:
            text = self.read(door)
            found += [f"{door} does not say {words}"] if words not in text else []
            found += [f"{door} says {claim}" for claim in claims if claim in text]
        return found


REQUIREMENT = ("/requirements/{key}/", "api/requirements/{key}/", "/requirements/{key}/brief/")
FILES = (
    "/requirements/{key}/brief/?format=markdown",
    "api/requirements/{key}/brief/",
    "/baselines/{base}/release/?format=markdown",
    "/baselines/{base}/release/?format=csv",
    "/baselines/{base}/release/?format=json",
)
GATE = (
    "/baselines/{base}/?version=aria@2",
    "/baselines/{base}/?version=aria@2&format=json",
    "api/gate/?baseline={base}&version=aria@2",
)
COMPARE = "compar{}?run={{ours}}&against={{theirs}}&varies=model"
PAIR = tuple("/" + COMPARE.format(end) for end in ("e/", "e/slices.csv", "e/slices.svg"))
# The colour of a side that is ahead, in a drawing of differences.
COLOURED = ('<g class="ours', '<g class="rival')
PAIR_API = "api/" + COMPARE.format("isons/")
# Every other door that tells who is ahead, what changed, or what is known of a version.
BESIDE = (
    *(
        "/?product=VA",
        "/status/?product=VA&format=markdown",
        "/objectives/?product=VA",
        "/baselines/{base}/release/",
    ),
    *("/intent/?product=VA", "/intent/?product=VA&format=markdown", "/intent/?product=VA&format=csv"),
    *("/board/capabilities/?product=VA", "/board/capabilities/rows.csv?product=VA", "api/products/VA/board/"),
    *(
        "/changes/?product=VA",
        "/changes/?product=VA&format=markdown",
        "api/changes/?product=VA",
        "api/intent/?product=VA",
    ),
    *("/models/aria/profile/?version=aria@2", "/models/aria/profile/?version=aria@2&format=markdown"),
    *("/models/aria/profile/?version=aria@2&format=json", "/models/aria/versions/2/card/?format=markdown"),
    *("/models/rival/profile/?version=rival@1", "/models/rival/profile/?version=rival@1&format=markdown"),
    *("/board/?suite=all", "api/board/?suite=all", "/discoveries/suggested/", "api/requirements/?product=VA"),
    *(
        "/requirements/?product=VA&format=csv",
        "/requirements/{key}/criteria/AC-1/trend/",
        "/compare/?run={ours}&run={theirs}",
    ),
)
# What only a page says that tells of a lead, a lag or a change that stands.
SIDES = (
    *(
        "ours is ahead",
        "ours is behind",
        "we are ahead",
        "we are behind",
        "ours ahead by",
        "ours behind by",
    ),
    *(
        '<b><span aria-hidden="true">▲</span> lead',
        '<b><span aria-hidden="true">▼</span> trail',
        '"stands":"lead"',
        ",lead,",
        ",trail,",
    ),
    *(
        "</span>ahead</span>",
        "</span>behind</span>",
        "Regressed:",
        "Improved:",
        '"ahead":1',
        '"behind":1',
    ),
    *('"ahead": true', "Supported:"),
)


def equal() -> World:
    """As many right, on other cases: nobody is ahead."""
    world = World(against="competitors", margin=0.0)
    world.run(RIGHT, world.theirs)
    world.run(RIGHT[::-1])
    return world


EQUAL = [
    *((door, "Not distinguishable from rival") for door in (*REQUIREMENT, *GATE)),
    *((door, "Not distinguishable from rival") for door in FILES if "csv" in door or "brief" in door),
    ("/baselines/{base}/release/?format=markdown", "Not proven yet"),
    ("/baselines/{base}/release/?format=json", "Not distinguishable from rival"),
    ("api/requirements/{key}/", '"supported":false'),
    ("/requirements/{key}/", '<g class="simple">'),
    ("/requirements/{key}/criteria/AC-1/gap.svg", '<g class="simple">'),
    ("/requirements/{key}/criteria/AC-1/gap.csv", "not distinguishable"),
    ("/status/?product=VA", '<span class="unsupported">'),
    ("/requirements/?product=VA", "unsupported"),
    ("/requirements/?product=VA&gap=level", "VA-1"),
    ("/board/rows.csv?suite=all", ",1,2,true,0,1,0,"),
    ("/board/capabilities/?product=VA", "</span> level</b>"),
    ("/board/capabilities/rows.csv?product=VA", ",level,"),
    ("api/products/VA/board/", '"stands":"level"'),
    ("/requirements/?product=VA&format=csv", ",rival,False,"),
    ("/board/?suite=all", "not distinguishable"),
    (PAIR[0], "Not distinguishable"),
    (PAIR[0], "big unsupported"),
    (PAIR[1], "not distinguishable"),
    (PAIR[2], '<g class="simple overall">'),
    (PAIR_API, '"supported":false'),
    (PAIR_API, "Not distinguishable from rival"),
]


def test_equal_models_are_not_distinguishable_and_grey() -> None:
    world = equal()
    claims = (*COLOURED, 'class="supported"', "Supported:", '"supported":true')
    assert world.amiss(EQUAL, claims) == []
    assert world.amiss([(door, "") for door in BESIDE], SIDES) == []


def test_numbers_stand_in_markdown_as_people_read_them() -> None:
    world = equal()
    for door in (
        "/requirements/{key}/brief/?format=markdown",
        "/models/aria/versions/2/card/?format=markdown",
    ):
        text = world.read(door)
        assert "90.0 %" in text
        assert "&#" not in text


def six_percent_missing(**criterion: Any) -> World:
    """All that was scored is right, and 12 of 200 cases are missing."""
    world = World(**criterion)
    world.run([1.0] * 100 + [0.0] * 100, world.theirs)
    world.run([1.0] * 188 + [None] * 12)
    return world


MISSING = [
    *((door, "6.0 % of the tries are missing") for door in (*REQUIREMENT, *GATE)),
    *((door, "Not proven yet") for door in FILES if "csv" not in door and "json" not in door),
    ("/baselines/{base}/release/?format=csv", "inconclusive"),
    ("/baselines/{base}/release/?format=json", '"verdict": "inconclusive"'),
    ("api/requirements/{key}/", '"verdict":"inconclusive"'),
    ("api/gate/?baseline={base}&version=aria@2", '"decision":"undecided"'),
    ("/coverage/?product=VA&format=json", '"aria@2": "inconclusive"'),
    ("api/coverage/?product=VA", '"verdict":"inconclusive"'),
    ("/board/rows.csv?suite=all", ",partial,"),
]


def test_a_run_with_six_percent_missing_gives_no_verdict() -> None:
    world = six_percent_missing(threshold=0.5)
    claims = ("Met: at least", '"decision":"pass"', '"verdict":"met"', "✓ met", '"outcome":"met"')
    assert world.amiss(MISSING, claims) == []


LEAD = [
    ("/requirements/{key}/", "too much is missing"),
    ("/requirements/{key}/", '<g class="simple">'),
    ("api/requirements/{key}/", '"against":"rival","supported":false'),
    ("/requirements/{key}/criteria/AC-1/gap.csv", "too much is missing"),
    ("/requirements/{key}/criteria/AC-1/gap.svg", '<g class="simple">'),
    ("/status/?product=VA", '<span class="unsupported">'),
    ("/requirements/?product=VA&format=csv", ",rival,False,"),
    ("/requirements/{key}/brief/?format=markdown", "6.0 % of the tries are missing"),
    (PAIR[0], "Too much is missing"),
    (PAIR[0], "big unsupported"),
    (PAIR[1], "too much is missing"),
    (PAIR[2], '<g class="simple overall">'),
    (PAIR_API, '"supported":false'),
]


def test_a_lead_of_a_run_with_six_percent_missing_is_told_nowhere() -> None:
    world = six_percent_missing(against="competitors", margin=0.0)
    claims = (*COLOURED, "Supported:", '"against":"rival","supported":true')
    assert world.amiss(LEAD, claims) == []
    assert world.amiss([(door, "") for door in BESIDE], SIDES) == []


def capped() -> World:
    """The version before was right throughout; the budget ended this run after 100 cases, 60 of them right."""
    before = make_model_version(slug="aria-before", name="1", side="own")
    world = World(threshold=0.3, version={"parent": before})
    world.run([1.0] * 200, before)
    told = "The budget of 3 USD was reached after 100 of 200 samples."
    world.run([1.0] * 60 + [0.0] * 40 + [None] * 100, failure=told)
    return world


def test_a_run_that_its_budget_ended_is_no_regression() -> None:
    doors = [*REQUIREMENT, *GATE, *FILES, "api/coverage/?product=VA", "/status/?product=VA"]
    claims = ("regressed", "Regressed", '"decision":"fail"', "No go", "Got worse", "Not met:")
    world = capped()
    assert world.amiss([(door, "VA-1") for door in doors], claims) == []
    told = ("↘</span>Regressed", "regressed against", "Got worse", *SIDES)
    assert world.amiss([(door, "") for door in BESIDE if "theirs" not in door], told) == []


def test_a_run_that_its_budget_ended_leaves_trend_and_gate_open() -> None:
    world = capped()
    reply = world.caller.get("/gate/", {"baseline": world.baseline.key, "version": "aria@2"}).json()
    [criterion] = reply["requirements"][0]["criteria"]
    assert (reply["decision"], criterion["verdict"], criterion["trend"]) == (
        "undecided",
        "inconclusive",
        "unknown",
    )
    assert criterion["regression"] is None or not criterion["regression"]["stands"]
    assert "50.0 % of the tries are missing" in criterion["sentence"]


def test_a_run_that_waits_for_its_budget_keeps_the_gate_waiting() -> None:
    world = World(threshold=0.3)
    world.run(RIGHT)
    make_run(world.evaluation, world.ours, state="running", paused_reason="The budget is spent.")
    assert '"decision":"pending"' in world.read("api/gate/?baseline={base}&version=aria@2")


UNLIKE = [
    (PAIR[0], "For display only: all else does not match."),
    (PAIR[0], "The prompts differ"),
    (PAIR[0], "big unsupported"),
    (PAIR[1], "for display only"),
    (PAIR[2], "not comparable, display only"),
    (PAIR[2], '<g class="simple overall">'),
    (PAIR_API, '"comparable":{"ok":false'),
    (PAIR_API, "For display only."),
]


def test_a_pair_that_is_not_comparable_says_so() -> None:
    world = World()
    prompted = make_evaluation_version(
        world.evaluation.dataset_version,
        list(world.evaluation.scorers.all()),
        prompt_version=make_prompt_version(),
    )
    make_finished_run([1.0] * 20 + [0.0] * 180, prompted, world.theirs)
    world.run(RIGHT)
    claims = (*COLOURED, "Supported:", '"supported":true')
    assert world.amiss(UNLIKE, claims) == []
