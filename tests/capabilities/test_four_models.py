"""Four models over 1,319 shared items, pushed over HTTP: comparisons, gate and ranks against a computation of its own.

The second computation knows nothing of the package: numpy, scipy and the formulas as their papers print them.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from capabilities.models import Verdict, VerdictLine
from capabilities.services.judging import judge_unjudged_runs
from evaluations.models import Run
from evaluations.queries.vectors import cases_of, samples_from, vectors_of
from evaluations.statistics import rank_intervals
from tests.api_client import Caller
from tests.engine import work_off
from tests.factories.capabilities import (
    make_baseline,
    make_evidence,
    make_product,
    make_requirement,
    make_rival_set,
    make_verification,
)
from tests.factories.evaluations import make_model, make_provider
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
ITEMS = 1_319
LEVELS = ("easy", "hard")
Floats = NDArray[np.float64]


def four_models(seed: int = 20260101) -> dict[str, Floats]:
    """Scores by model, NaN missing. Items are hard or easy for all at once, so errors go together; the last two are nearly equal."""
    random = np.random.default_rng(seed)
    difficulty = random.normal(0, 1.4, ITEMS) + np.where(np.arange(ITEMS) % 2, 0.8, 0.0)
    own = {name: random.normal(0, 0.7, ITEMS) for name in ("new", "old", "rival", "twin")}
    ability = {"new": 1.9, "old": 2.4, "rival": 1.2}
    scores = {name: (ability[name] - difficulty + own[name] > 0).astype(float) for name in ability}
    scores["twin"] = scores["rival"].copy()
    changed = random.choice(ITEMS, 40, replace=False)
    scores["twin"][changed] = 1 - scores["twin"][changed]
    for name, missing in (("new", 11), ("old", 6), ("twin", 25)):
        scores[name][random.choice(ITEMS, missing, replace=False)] = np.nan
    return scores


def tango_by_roots(b: int, c: int, n: int, confidence: float) -> tuple[float, float]:
    """Tango (1998), eq. 4: where the score with the restricted estimate of q21 crosses ± z."""
    z = stats.norm.ppf(0.5 + confidence / 2)

    def score(delta: float) -> float:
        first, second, third = 2 * n, -b - c + (2 * n - b + c) * delta, -c * delta * (1 - delta)
        q21 = (math.sqrt(max(second**2 - 4 * first * third, 0.0)) - second) / (2 * first)
        return float((b - c - n * delta) / math.sqrt(n * (2 * q21 + delta * (1 - delta))))

    point = (b - c) / n
    low = optimize.brentq(lambda delta: score(delta) - z, -1 + 1e-9, point, xtol=1e-13)
    high = optimize.brentq(lambda delta: score(delta) + z, point, 1 - 1e-9, xtol=1e-13)
    return float(low), float(high)


def exact(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson (1934) by the quantiles of beta."""
    tail = (1 - confidence) / 2
    return float(stats.beta.ppf(tail, k, n - k + 1)), float(stats.beta.ppf(1 - tail, k + 1, n - k))


@dataclass(frozen=True)
class Table:
    """Two models on the items both scored."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.only_a + self.only_b + self.neither

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        return tango_by_roots(self.only_a, self.only_b, self.n, confidence)

    @property
    def mcnemar(self) -> float:
        unlike = self.only_a + self.only_b
        return float(stats.binomtest(self.only_a, unlike).pvalue) if unlike else 1.0


def table(a: Floats, b: Floats) -> Table:
    seen = ~(np.isnan(a) | np.isnan(b))
    right, wrong = a[seen] == 1, a[seen] == 0
    theirs = b[seen] == 1
    both, only_a, only_b = (right & theirs).sum(), (right & ~theirs).sum(), (wrong & theirs).sum()
    return Table(int(both), int(only_a), int(only_b), int((wrong & ~theirs).sum()))


def read_as(scores: Floats, value: float) -> Floats:
    return np.where(np.isnan(scores), value, scores)


def leads(a: Floats, b: Floats) -> str:
    """Whether a leads, trails or neither, whichever way the missing are read."""
    readings = [table(a, b), table(read_as(a, 0), read_as(b, 1)), table(read_as(a, 1), read_as(b, 0))]
    ends = [one.interval() for one in readings]
    if all(low >= 0 for low, _ in ends):
        return "leads"
    return "trails" if all(high < 0 for _, high in ends) else "neither"


def holm(p: Mapping[Any, float]) -> dict[Any, float]:
    """Holm (1979): the smallest against all, the next against the rest, never lower than the one before."""
    adjusted, so_far = {}, 0.0
    for done, name in enumerate(sorted(p, key=lambda name: p[name])):
        so_far = max(so_far, min(1.0, (len(p) - done) * p[name]))
        adjusted[name] = so_far
    return adjusted


class World:
    """The four pushed, judged and ready, with one evaluation that three requirements rest on."""

    def __init__(self, scores: Mapping[str, Floats]) -> None:
        self.scores = scores
        self.levels = np.array([LEVELS[place % 2] for place in range(len(scores["new"]))])
        cases = [
            {"key": f"item-{place:04}", "slices": {"level": level}} for place, level in enumerate(self.levels)
        ]
        self.caller = Caller("read", "push", "gate", "write", user=make_user("admin"))
        stored = make_provider("stored")
        aria = make_model(kind="llm", slug="aria", provider=stored)
        rivals = [
            make_model(kind="llm", slug=name, side="competitor", provider=stored)
            for name in ("rival", "twin")
        ]
        self.product = make_product(key="VA", subjects=[aria])
        scorer = {"kind": "external", "slug": "judged"}
        self.target = make_evidence(cases, product=self.product, scorer=scorer, threshold=0.75)
        self.evaluation = self.target.evaluation_version
        self.links = [
            self.target,
            self.link(against="competitors", rival_set=make_rival_set(self.product, rivals), margin=0.0),
            self.link(threshold=0.5, slice_name="level", slice_value="easy"),
            self.link(threshold=0.5, slice_name="level", slice_value="hard", tolerance=0.01),
        ]
        self.names = {"old": "aria@1", "new": "aria@2", "rival": "rival@1", "twin": "twin@1"}
        self.runs = {name: self.push(name) for name in ("old", "rival", "twin", "new")}
        judge_unjudged_runs()

    def link(self, **criterion: Any) -> Any:
        scorer = self.target.criterion.scorer
        requirement = make_requirement(
            self.product, approved=True, criteria=[{"scorer": scorer, **criterion}]
        )
        return make_verification(requirement.revisions.get().criteria.get(), self.evaluation)

    def push(self, name: str) -> int:
        slug, _, version = self.names[name].partition("@")
        parent = {"parent": self.names["old"]} if name == "new" else {}
        put = self.caller.put(f"/models/{slug}/versions/{version}/", parent)
        assert put.status_code == 201, put.content
        body = {
            "evaluation_version": str(self.evaluation),
            "model_version": self.names[name],
            "origin": "push",
        }
        run = self.caller.post("/runs/", body, Idempotency_Key=name).json()["id"]
        lines = [
            {"case": f"item-{place:04}", "scores": {"judged": int(score)}}
            if not np.isnan(score)
            else {"case": f"item-{place:04}", "error": {"class": "infrastructure", "message": "Lost."}}
            for place, score in enumerate(self.scores[name])
            # Every third missing item is simply never sent.
            if not np.isnan(score) or place % 3
        ]
        content = b"\n".join(json.dumps(line).encode() for line in lines)
        assert self.caller.upload(f"/runs/{run}/results/", content).json()["rejected"] == []
        assert self.caller.post(f"/runs/{run}/finish/").status_code == 200
        ended = work_off(Run.objects.get(pk=run)).state
        assert ended == ("partial" if np.isnan(self.scores[name]).any() else "done")
        return int(run)


def test_every_pair_and_every_rank_agree_with_a_second_computation() -> None:
    scores = four_models()
    world = World(scores)

    for a, b in combinations(scores, 2):
        reply = world.caller.get("/comparisons/", {"run": world.runs[a], "against": world.runs[b]}).json()
        wanted = table(scores[a], scores[b])
        low, high = wanted.interval()
        assert reply["comparable"] == {"ok": True, "differs": []}
        assert (reply["n"], reply["counts"]) == (wanted.n, vars(wanted))
        assert reply["points"]["a"] == pytest.approx((wanted.both + wanted.only_a) / wanted.n, abs=1e-12)
        assert reply["points"]["b"] == pytest.approx((wanted.both + wanted.only_b) / wanted.n, abs=1e-12)
        assert reply["difference"]["method"] == "tango/1"
        assert [reply["difference"][end] for end in ("low", "high")] == pytest.approx([low, high], abs=1e-9)
        assert reply["missing"] == {"a": int(np.isnan(scores[a]).sum()), "b": int(np.isnan(scores[b]).sum())}
        assert reply["supported"] is (leads(scores[a], scores[b]) != "neither"), (a, b)
        assert (
            reply["sentence"].startswith(("Not distinguishable", "Not proven yet")) is not reply["supported"]
        )
        for part in reply["slices"]:
            mask = world.levels == part["slice"].split("=")[1]
            within = table(scores[a][mask], scores[b][mask])
            ends = [part["difference"][end] for end in ("low", "high")]
            assert part["n"] == within.n
            assert ends == pytest.approx(list(within.interval()), abs=1e-9)
    check_ranks(world, scores)


def check_ranks(world: World, scores: Mapping[str, Floats]) -> None:
    """All pairs by exact McNemar on the items all four scored, Holm over the six."""
    common = ~np.isnan(np.array(list(scores.values()))).any(axis=0)
    pairs = {(a, b): table(scores[a][common], scores[b][common]) for a, b in combinations(scores, 2)}
    adjusted = holm({pair: one.mcnemar for pair, one in pairs.items()})
    better = dict.fromkeys(scores, 0)
    worse = dict.fromkeys(scores, 0)
    for (a, b), one in pairs.items():
        if adjusted[a, b] <= 0.05:
            winner, loser = (a, b) if one.only_a > one.only_b else (b, a)
            better[loser] += 1
            worse[winner] += 1

    rows = Run.objects.in_bulk(world.runs.values())
    scorer = world.evaluation.scorers.get()
    cases = cases_of(world.evaluation.dataset_version_id)
    vectors = vectors_of(rows.values(), {scorer.pk})
    stored = {name: samples_from(vectors[run, scorer.pk], cases, scorer) for name, run in world.runs.items()}
    ranking = rank_intervals({name: stored[name] for name in scores})

    assert ranking.n == int(common.sum())
    assert {(one.a, one.b): one.adjusted_p for one in ranking.pairs} == pytest.approx(adjusted, abs=1e-12)
    assert {one.name: (one.best_rank, one.worst_rank) for one in ranking.standings} == {
        name: (1 + better[name], 4 - worse[name]) for name in scores
    }
    assert {one.name: one.score for one in ranking.standings} == pytest.approx(
        {name: float(values[common].mean()) for name, values in scores.items()}
    )


def test_the_gate_agrees_with_a_second_computation() -> None:
    scores = four_models()
    world = World(scores)
    baseline = make_baseline(world.product, [link.criterion.revision.requirement for link in world.links])

    reply = world.caller.get("/gate/", {"baseline": baseline.key, "version": "aria@2"}).json()

    told = [one["criteria"][0] for one in reply["requirements"]]
    new, old = scores["new"], scores["old"]
    easy, hard = world.levels == "easy", world.levels == "hard"
    readings = [new[~np.isnan(new)], read_as(new, 0), read_as(new, 1)]
    ends = [exact(int(one.sum()), len(one)) for one in readings]
    verdicts = Verdict.objects.filter(model_version__name="2").order_by("verification_id")
    by_link = {one.verification_id: one for one in verdicts}
    target = by_link[world.links[0].pk]
    assert (target.low, target.high) == pytest.approx(ends[0], abs=1e-9)
    assert told[0]["verdict"] == decided(ends, 0.75)

    rivals = [leads(new, scores[name]) for name in ("rival", "twin")]
    wanted = "met" if rivals == ["leads", "leads"] else "not_met" if "trails" in rivals else "inconclusive"
    assert told[1]["verdict"] == wanted
    lines = VerdictLine.objects.filter(verdict=by_link[world.links[1].pk], kind="rival").order_by("label")
    for line, name in zip(lines, ("rival", "twin"), strict=True):
        counted = table(new, scores[name])
        assert (line.both, line.only_ours, line.only_theirs, line.neither) == tuple(vars(counted).values())

    # Each criterion against the version before, beyond its tolerance; corrected over all of them.
    parts = [(slice(None), 0.0), (slice(None), 0.0), (easy, 0.0), (hard, 0.01)]
    raw = {place: p_of_loss(table(new[part], old[part]), limit) for place, (part, limit) in enumerate(parts)}
    adjusted = holm(raw)
    stands = {
        place: p <= 0.05 and regressed(table(new[parts[place][0]], old[parts[place][0]]), parts[place][1])
        for place, p in adjusted.items()
    }
    for place, criterion in enumerate(told):
        claim = criterion["regression"]
        if claim is None:
            assert not stands[place]
        else:
            assert claim["p"] == pytest.approx(adjusted[place], abs=1e-6)
            assert claim["stands"] is stands[place]
    assert any(stands.values())
    assert reply["decision"] == "fail"


def decided(ends: list[tuple[float, float]], target: float) -> str:
    if all(low >= target for low, _ in ends):
        return "met"
    return "not_met" if all(high < target for _, high in ends) else "inconclusive"


def p_of_loss(one: Table, tolerance: float) -> float:
    """1 minus the largest confidence at which the interval still lies below the tolerance, by halving; 1 where the point does not."""
    if (one.only_a - one.only_b) / one.n >= -tolerance:
        return 1.0
    inside, outside = 1e-9, 1 - 1e-15
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if one.interval(middle)[1] < -tolerance else (inside, middle)
    return 1 - inside


def regressed(one: Table, tolerance: float) -> bool:
    low, high = one.interval()
    return high < 0 and low < -tolerance
