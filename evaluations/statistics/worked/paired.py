"""Questions about two models or more on the same items: a lead, equality, an earlier version, a set of rivals, ranks."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from evaluations.statistics.any_look import against_rival_at_any_look
from evaluations.statistics.earlier import against_earlier
from evaluations.statistics.equivalence import equivalence
from evaluations.statistics.multiplicity import benjamini_hochberg, bonferroni, holm, rejected
from evaluations.statistics.planning import expected_best_of
from evaluations.statistics.ranks import rank_intervals
from evaluations.statistics.results import Result
from evaluations.statistics.rival_sets import against_any, against_every
from evaluations.statistics.rivals import against_rival
from evaluations.statistics.samples import Kind, Rule, Samples, plain
from evaluations.statistics.slices import FALSE_SHARE, where_do_we_lose
from evaluations.statistics.standardise import SliceCounts, standardise
from evaluations.statistics.worked.reading import Answer, Given, clusters_of, ends, higher, rule_of, told


def _alike_but_for(won: int, lost: int, n: int, *, better: bool = True) -> tuple[Samples, Samples]:
    """Two runs of n items that differ where one is right and the other wrong; positive is ours alone."""
    ours = np.repeat([1.0, 0.0], [won, n - won])
    theirs = np.repeat([0.0, 1.0, 0.0], [won, lost, n - won - lost])
    return plain(ours, higher_is_better=better), plain(theirs, higher_is_better=better)


def paired_rates(given: Given) -> Answer:
    """ours_only and theirs_only of n pairs."""
    return _with_mcnemar(against_rival(*_two_rates(given), rule_of(given)))


def pairs_at_any_look(given: Given) -> Answer:
    """ours_only and theirs_only of n pairs so far, looked at as often as one likes; few of them differ."""
    return told(against_rival_at_any_look(*_two_rates(given), rule_of(given), planned_n=given["n"]))


def _two_rates(given: Given) -> tuple[Samples, Samples]:
    won = given["ours_only"] if "ours_only" in given else given["fail_to_pass"]
    lost = given["theirs_only"] if "theirs_only" in given else given["pass_to_fail"]
    return _alike_but_for(won, lost, given["n"], better=higher(given))


def _with_mcnemar(result: Result) -> Answer:
    counts = None if result.counts is None else vars(result.counts).copy()
    return told(result) | {"mcnemar_exact_p": result.p, "counts": counts}


def paired_means(given: Given) -> Answer:
    """ours and theirs by item; or their differences, as a list or as words such as "40 zeros"."""
    return told(against_rival(*_two_means(given), rule_of(given)))


def _two_means(given: Given) -> tuple[Samples, Samples]:
    ours, theirs = given.get("ours"), given.get("theirs")
    low, high = given.get("bounds", (0.0, 1.0))
    if ours is None or theirs is None:
        gaps = given["differences"]
        gaps = [0.0] * int(gaps.split()[0]) if isinstance(gaps, str) else gaps
        ours, theirs = [(low + high + gap) / 2 for gap in gaps], [(low + high - gap) / 2 for gap in gaps]
    kind = Kind(given.get("kind", Kind.BOUNDED))
    names = clusters_of(given, len(ours))

    def side(scores: Sequence[float | None]) -> Samples:
        values = np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
        bounds = (float(low), float(high))
        return plain(values, kind=kind, clusters=names, bounds=bounds, higher_is_better=higher(given))

    return side(ours), side(theirs)


def equal(given: Given) -> Answer:
    """Two one-sided tests: ours and theirs, or ours_only and theirs_only of n, within ± delta at alpha a side."""
    sides = _two_rates(given) if "n" in given else _two_means(given)
    alpha = given.get("alpha", 0.05)
    found = equivalence(*sides, given["delta"], alpha)
    if found is None:
        return {"point": None, "ci90": None, "verdict": "no_data"}
    shown = ends(found.interval)
    verdict = "equivalent" if found.equivalent else "inconclusive"
    return {"point": found.point, "p_tost": found.p, "ci90": shown, "ci": shown, "verdict": verdict}


def earlier(given: Given) -> Answer:
    """fail_to_pass and pass_to_fail of n, or new and baseline by item, with a tolerance."""
    by_item = {**given, "ours": given.get("new"), "theirs": given.get("baseline")}
    sides = _two_rates(given) if "n" in given else _two_means(by_item)
    result = against_earlier(*sides, rule_of(given))
    return told(result) | {"regression_p": result.p}


def rival_set(given: Given) -> Answer:
    """discordant: by rival what ours alone and what it alone has right, of n; quantifier every (the best of them) or any."""
    n = given["n"]
    pairs = {name: _alike_but_for(won, lost, n) for name, (won, lost) in given["discordant"].items()}
    rule = rule_of(given)
    ours, rivals = _one_of_ours(given["discordant"], n)
    judge: Callable[[Samples, Sequence[Samples], Rule], Result] = (
        against_any if given.get("quantifier") == "any" else against_every
    )
    singly = {name: str(against_rival(*sides, rule).outcome) for name, sides in pairs.items()}
    return told(judge(ours, rivals, rule)) | {"per_competitor": singly}


def _one_of_ours(discordant: Mapping[str, Sequence[int]], n: int) -> tuple[Samples, list[Samples]]:
    """One run of ours, half of it right, and rivals that are right and wrong elsewhere as often as said."""
    right = max([n // 2, *[won for won, _ in discordant.values()]])
    if any(lost > n - right for _, lost in discordant.values()):
        raise ValueError("one run of ours cannot win and lose that often against all of them")
    ours = np.repeat([1.0, 0.0], [right, n - right])
    rivals = []
    for won, lost in discordant.values():
        theirs = ours.copy()
        theirs[:won], theirs[n - lost :] = 0.0, 1.0
        rivals.append(plain(theirs))
    return plain(ours), rivals


def ranks(given: Given) -> Answer:
    """models and pass_matrix_bits: a string of 0 and 1 for each, in the same order of items."""
    rows = zip(given["models"], given["pass_matrix_bits"], strict=True)
    runs = {name: plain([float(bit) for bit in bits]) for name, bits in rows}
    found = rank_intervals(runs, given.get("alpha", 0.05))
    return {
        "scores": {one.name: one.score for one in found.standings},
        "pairs": [[test.a, test.b] for test in found.pairs],
        "p_exact": [test.p for test in found.pairs],
        "holm_reject": [test.significant for test in found.pairs],
        "rank_interval": {one.name: [one.best_rank, one.worst_rank] for one in found.standings},
        "best_group": list(found.best_group),
    }


def corrections(given: Given) -> Answer:
    """p: what Holm, Benjamini and Hochberg, and Bonferroni make of them at alpha."""
    p, alpha = given["p"], given.get("alpha", 0.05)
    ways = {"bh": benjamini_hochberg(p), "holm": holm(p), "bonferroni": bonferroni(p)}
    counts = {f"{name}_reject": sum(rejected(adjusted, alpha)) for name, adjusted in ways.items()}
    return counts | {f"{name}_adjusted": adjusted for name, adjusted in ways.items()}


def best_of_equals(given: Given) -> Answer:
    """N: numbers of equal candidates, and how far the best looks above the truth, in standard errors."""
    return {"bias_in_se": [expected_best_of(count) for count in given["N"]]}


def weak_slices(given: Given) -> Answer:
    """slices: by name ours_only, theirs_only and n; min_n; q, the share of false finds allowed. Worst for ours first."""
    rule, masks = rule_of({"min_n": 0, **given}), {}
    ours: list[float] = []
    theirs: list[float] = []
    for name, (won, lost, n) in given["slices"].items():
        masks[name] = (len(ours), len(ours) + n)
        ours += [1.0] * won + [0.0] * (n - won)
        theirs += [0.0] * won + [1.0] * lost + [0.0] * (n - won - lost)
    places = np.arange(len(ours))
    named = {name: (places >= first) & (places < last) for name, (first, last) in masks.items()}
    lines = where_do_we_lose(plain(ours), plain(theirs), named, rule, given.get("q", FALSE_SHARE))
    return {
        "order": [line.name for line in lines],
        "p": {line.name: line.result.p for line in lines},
        "adjusted_p": {line.name: line.adjusted_p for line in lines},
        "supported": [line.name for line in lines if line.supported],
    }


def one_mix(given: Given) -> Answer:
    """By slice what ours and theirs have right, of how many."""
    slices = {name: SliceCounts(*sides["ours"], *sides["theirs"]) for name, sides in given.items()}
    found = standardise(slices)
    if found is None:
        return {"overall": None, "standardised_to_pooled_mix": None}
    rates = {name: [one.ours / one.ours_n, one.theirs / one.theirs_n] for name, one in slices.items()}
    return {
        **rates,
        "overall": [found.ours_overall, found.theirs_overall],
        "standardised_to_pooled_mix": [found.ours, found.theirs],
    }
