"""The range of a difference is shown within what is possible through every door, while what is stored and decides stays whole."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from drf_spectacular import generators

from capabilities.models import Verdict
from capabilities.services.standings import refresh_due
from tests.capabilities.test_honesty import FILES, GATE, PAIR, PAIR_API, World
from tests.factories.capabilities import make_expectation
from tests.factories.evaluations import make_model, make_model_version

pytestmark = pytest.mark.django_db
# Two sources of cases: the t range of their difference reaches far beyond what two scores can lie apart.
FEW = [{"key": f"case-{place}", "cluster": "ab"[place > 0]} for place in range(3)]
TRAINING = "/models/aria/training/?run=autumn"
PROFILE = "/models/aria/profile/?version=aria@2&against=aria@1"
CUT = "−100.0 to +100.0"
# Doors that tell of a lead over a rival, with what they say of one of which nothing is known.
LEAD = [
    *(
        (door, CUT)
        for door in ("/requirements/{key}/", "/requirements/{key}/brief/", GATE[0], GATE[2], PAIR[0])
    ),
    *((door, CUT) for door in FILES if "csv" not in door and "json" not in door),
    ("/baselines/{base}/release/?version=aria@2", CUT),
    ("/baselines/{base}/release/?version=aria@2&format=csv", ",-1.0,1.0,"),
    ("/baselines/{base}/release/?version=aria@2&format=json", '"low": -1.0, "high": 1.0'),
    ("/requirements/?product=VA", CUT),
    ("/requirements/?product=VA&format=csv", ",-1.0,1.0,"),
    ("api/requirements/?product=VA", '"low":-1.0,"high":1.0'),
    ("/?product=VA", CUT),
    ("/status/?product=VA", CUT),
    ("/status/?product=VA&format=markdown", CUT),
    ("/intent/?product=VA", CUT),
    ("/intent/?product=VA&format=markdown", CUT),
    ("/intent/?product=VA&format=csv", ",-1.0,1.0,"),
    ("api/intent/?product=VA", '"low":-1.0,"high":1.0'),
    ("/board/capabilities/?product=VA", CUT),
    ("/board/capabilities/rows.csv?product=VA", ",-1.0,1.0,"),
    ("api/products/VA/board/", '"low":-1.0,"high":1.0'),
    ("/expectations/?product=VA", CUT),
    ("/expectations/?product=VA&format=csv", ",-1.0,1.0,"),
    ("/requirements/{key}/criteria/AC-1/gap.svg", "−100.0"),
    ("/requirements/{key}/criteria/AC-1/gap.csv", ",-1.0,1.0,"),
    ("/requirements/{key}/criteria/AC-1/trend/", CUT),
    ("/requirements/{key}/criteria/AC-1/trend.svg", "−100.0"),
    ("/requirements/{key}/criteria/AC-1/trend.csv", ",-1.0,1.0,"),
    ("/models/aria/versions/2/card/", CUT),
    ("/models/aria/versions/2/card/?format=markdown", "VA-1"),
    (PAIR_API, '"low":-1.0,"high":1.0'),
]
# Doors that tell of the step from the version before.
STEP = [
    (TRAINING, CUT),
    (TRAINING + "&format=csv", ",-1.0,1.0,"),
    ("api/training/?model=aria&run=autumn", '"low":-1.0,"high":1.0'),
    (PROFILE, CUT),
    (PROFILE + "&format=markdown", CUT),
    (PROFILE + "&format=json", '"low": -1.0'),
    ("/models/aria/profile/trend.csv?version=aria@2&against=aria@1", ",-1.0,1.0,"),
    ("/models/aria/profile/trend.svg?version=aria@2&against=aria@1", "−100.0"),
    ("api/models/aria/versions/2/profile/", '"low":-1.0,"high":1.0'),
]


def impossible(text: str) -> list[str]:
    """Signed points beyond a hundred, and fractions beyond one with all their digits."""
    points = [one for one in re.findall(r"[+−]\d[\d,]*\.\d", text) if float(one[1:].replace(",", "")) > 100]
    return points + re.findall(r"-?\b[1-9]\d*\.\d{9,}", text)


def beyond(world: World, doors: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{door} says {found}" for door, _ in doors if (found := impossible(world.read(door)))]


def far_apart(ours: list[float], theirs: list[float], **fields: Any) -> World:
    """A rival, a version before and a newer one of ours on a handful of cases, with an expectation of the newer one."""
    model = make_model(slug="aria", side="own", kind="llm")
    before = make_model_version(model, name="1", training_run="autumn", step=1)
    version = {"model": model, "parent": before, "training_run": "autumn", "step": 2}
    world = World(against="competitors", margin=0.0, version=version, **fields)
    make_expectation(world.link.criterion, world.ours, low=-0.1, high=0.1)
    for of in (world.theirs, before):
        world.run(theirs, of)
    world.run(ours)
    refresh_due()
    return world


def test_the_range_of_a_difference_is_shown_within_what_is_possible_through_every_door() -> None:
    world = far_apart([0.0, 1.0, 1.0], [0.0, 0.0, 0.0], cases=FEW)
    doors = [*LEAD, *STEP]
    assert world.amiss(doors, ()) + beyond(world, doors) == []


def test_a_proven_lead_is_shown_within_what_is_possible_too() -> None:
    world = far_apart([1.0] * 4, [0.0, 0.0, 0.0, 0.4], cases=4, scorer={"value_kind": "bounded"})
    lead = Verdict.objects.get(model_version=world.ours)
    assert lead.outcome == "met" and lead.high is not None and lead.high > 1
    doors = [(door, "") for door, _ in (*LEAD, *STEP)]
    told = [(PROFILE, "to +100.0 vs rival"), (PROFILE + "&format=markdown", "to +100.0, n 4) vs rival")]
    assert world.amiss(told, ()) + beyond(world, doors) == []


def test_the_api_of_verdicts_says_that_it_gives_the_whole_range() -> None:
    world = far_apart([0.0, 1.0, 1.0], [0.0, 0.0, 0.0], cases=FEW)
    lead = Verdict.objects.get(model_version=world.ours)
    assert lead.low is not None and lead.low < -1
    assert f'"low":{lead.low},' in world.read("api/verdicts/")
    schema = generators.SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    for name in ("Verdict", "VerdictLine", "ListedVerdict"):
        for end in ("low", "high"):
            assert "beyond what is possible" in schema[name]["properties"][end]["description"]
