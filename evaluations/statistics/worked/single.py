"""Questions about one run: a rate, a mean, a ratio, a percentile, with errors, at any look, and how many items it takes."""

import numpy as np

from evaluations.statistics.any_look import against_threshold_at_any_look
from evaluations.statistics.decisions import decide
from evaluations.statistics.missing import filled
from evaluations.statistics.pass_all import pass_all
from evaluations.statistics.percentiles import order_indices, percentile_interval, share_within, within
from evaluations.statistics.planning import (
    allowed_failures,
    minimum_detectable_effect,
    required_n_mean,
    required_n_rate,
    smallest_deciding_n,
)
from evaluations.statistics.proportions import clopper_pearson, wilson
from evaluations.statistics.results import Result
from evaluations.statistics.samples import Kind, Reach, Samples, plain
from evaluations.statistics.sequences import log_evidence, mixture_scale, sequence_mean
from evaluations.statistics.thresholds import against_threshold
from evaluations.statistics.units import collapse
from evaluations.statistics.worked.reading import (
    Answer,
    Given,
    by_item,
    clusters_of,
    ends,
    higher,
    passes,
    rule_of,
    told,
)


def _judged(samples: Samples, given: Given, reach: Reach = Reach.IN_GENERAL) -> Answer:
    """Without a threshold only the estimate is told, not which side it is on."""
    asked = given if given.get("threshold") is not None else {**given, "threshold": 0.0}
    answer = told(against_threshold(samples, rule_of(asked, reach=reach)))
    if given.get("threshold") is None:
        del answer["verdict"], answer["lean"], answer["needed_n"]
    return answer


def rate(given: Given) -> Answer:
    """successes of n, one try a case and no clusters."""
    failures = given["n"] - given["successes"]
    return _judged(passes(given["successes"], failures, higher_is_better=higher(given)), given)


def clustered_rate(given: Given) -> Answer:
    """rows of item, cluster and score; or passes in one cluster of items_per_cluster; or successes of n, each its own cluster."""
    if "rows" in given:
        return _judged(by_item(given["rows"], higher_is_better=higher(given)), given)
    if "items_per_cluster" in given:
        n, groups = given["items_per_cluster"] * given["clusters"], given["clusters"]
        scores = [1.0] * given["passes"] + [0.0] * (n - given["passes"])
        names = [str(place * groups // n) for place in range(n)]
        return _judged(plain(scores, clusters=names, higher_is_better=higher(given)), given)
    return rate(given)


def census(given: Given) -> Answer:
    """rows of item, cluster and score; the claim is about these items only."""
    return _judged(by_item(given["rows"], higher_is_better=higher(given)), given, Reach.THESE_ITEMS)


def bounded_mean(given: Given) -> Answer:
    """scores, or a score that comes count times; bounds; clusters."""
    scores = given["scores"] if "scores" in given else [given["score"]] * given["count"]
    low, high = given.get("bounds", (0, 1))
    samples = plain(
        scores,
        kind=Kind.BOUNDED,
        clusters=clusters_of(given, len(scores)),
        bounds=(float(low), float(high)),
        higher_is_better=higher(given),
    )
    return _judged(samples, given)


def unbounded_mean(given: Given) -> Answer:
    """costs (or values); lower is better unless said."""
    values = given.get("costs", given.get("values"))
    better = higher({"direction": "lower", **given})
    names = clusters_of(given, len(values or ()))
    return _judged(plain(values or [], kind=Kind.UNBOUNDED, clusters=names, higher_is_better=better), given)


def ratio(given: Given) -> Answer:
    """errors and words by utterance; lower is better unless said."""
    count = len(given["errors"])
    names = clusters_of(given, count)
    samples = Samples(
        items=tuple([str(row) for row in range(count)]),
        numerators=np.array(given["errors"], dtype=np.float64).reshape(-1, 1),
        denominators=np.array(given["words"], dtype=np.float64).reshape(-1, 1),
        clusters=None if names is None else tuple(names),
        kind=Kind.RATIO,
        higher_is_better=higher({"direction": "lower", **given}),
    )
    answer = _judged(samples, given)
    return answer | {"corpus_wer": answer["point"]}


def with_errors(given: Given) -> Answer:
    """passed, failed and infra_errors: the verdict, and the three readings it must share."""
    samples = passes(given["passed"], given["failed"], given["infra_errors"], higher_is_better=higher(given))
    scored = passes(given["passed"], given["failed"], higher_is_better=higher(given))

    def reading(of: Samples) -> str:
        return str(against_threshold(of, rule_of(given)).outcome)

    return _judged(samples, given) | {
        "verdict_scored_only": reading(scored),
        "verdict_errors_as_fail": reading(filled(samples, passing=False)),
        "verdict_errors_as_pass": reading(filled(samples, passing=True)),
    }


def shown_rate(given: Given) -> Answer:
    """Wilson's interval of successes in n: to be drawn, never to decide."""
    if given["n"] == 0:
        return {"point": None, "ci": None}
    interval = wilson(given["successes"], given["n"], given.get("confidence", 0.95))
    return {"point": given["successes"] / given["n"], "ci": ends(interval)}


def percentile(given: Given) -> Answer:
    """latencies_ms against a threshold, or how many were within and over it and timed out."""
    if "latencies_ms" in given:
        values, limit = (
            [np.nan if one is None else float(one) for one in given["latencies_ms"]],
            given["threshold"],
        )
        values += [np.inf] * given.get("timeouts", 0)
    else:
        values, limit = [1.0] * given["within"] + [3.0] * given.get("over", 0), 2.0
        values += [np.inf] * given.get("timeouts", 0)
    confidence, wanted = given.get("confidence", 0.95), given["percentile"]
    samples = plain(values, kind=Kind.UNBOUNDED, higher_is_better=False)
    result = share_within(samples, limit, rule_of({"confidence": confidence, "threshold": wanted}))
    scored = samples.numerators[samples.present]
    kept = int(collapse(within(samples, limit)).values.sum()) if len(scored) else 0
    return told(result) | {
        "proportion_ci": ends(result.interval),
        "within": kept,
        "within_limit": kept,
        "ci_order_statistics": ends(percentile_interval(scored, wanted, confidence)),
        "order_indices_1based": list(order_indices(len(scored), wanted, confidence)),
    }


def all_pass(given: Given) -> Answer:
    """rows of item, cluster and score, and how many tries each item must pass."""
    return told(pass_all(by_item(given["rows"]), given["tries"]))


def rate_at_any_look(given: Given) -> Answer:
    """successes of n so far, looked at as often as one likes."""
    successes, n = given["successes"], given["n"]
    samples = passes(successes, n - successes, higher_is_better=higher(given))
    result: Result = against_threshold_at_any_look(samples, rule_of(given), planned_n=max(n, 1))
    evidence = log_evidence(successes, n, given["threshold"]) if n and 0 < given["threshold"] < 1 else None
    return told(result) | {"log_e_value_at_threshold": evidence}


def mean_at_any_look(given: Given) -> Answer:
    """mean and sd of n differences, tightest at n_opt; the verdict is whether it leads by the margin."""
    confidence = given.get("confidence", 0.95)
    interval = sequence_mean(given["mean"], given["sd"], given["n"], given["n_opt"], confidence)
    return {
        "point": given["mean"],
        "rho": mixture_scale(given["n_opt"], confidence),
        "ci": ends(interval),
        "verdict": str(decide(interval, given.get("margin", 0.0))),
    }


def constant_at_any_look(given: Given) -> Answer:
    """A score that comes count times, bounds and threshold; looked at as often as one likes."""
    low, high = given.get("bounds", (0, 1))
    scores, bounds = [given["score"]] * given["count"], (float(low), float(high))
    samples = plain(scores, kind=Kind.BOUNDED, bounds=bounds, higher_is_better=higher(given))
    return told(against_threshold_at_any_look(samples, rule_of(given), planned_n=given["count"]))


def sample_size(given: Given) -> Answer:
    """sd and difference; or p and threshold; or a threshold that all must pass, with n how many may fail; or se, for the gap it shows."""
    confidence, power = given.get("confidence", 0.95), given.get("power", 0.8)
    if "se" in given:
        return {"mde": minimum_detectable_effect(given["se"], confidence, power)}
    if "sd" in given:
        return {"n": required_n_mean(given["sd"], given["difference"], confidence, power)}
    if "p" in given:
        return {"n": required_n_rate(given["p"], given["threshold"], confidence, power)}
    if "n" in given:
        return {"allowed_failures": allowed_failures(given["n"], given["threshold"], confidence)}
    return {"n": smallest_deciding_n(given["threshold"], confidence)}


def exact_interval(given: Given) -> Answer:
    """Clopper and Pearson's interval of successes in n, either of them a fraction."""
    return {"ci": ends(clopper_pearson(given["successes"], given["n"], given.get("confidence", 0.95)))}
