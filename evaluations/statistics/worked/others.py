"""Questions about judges, ratings, drift, tries, roll-ups and expectations."""

import numpy as np

from evaluations.statistics.agreement import cohen_kappa, krippendorff_alpha
from evaluations.statistics.calibration import share_that_held
from evaluations.statistics.confirmation import confirmed
from evaluations.statistics.drift import SMOOTHING, WIDTH, ewma, in_control, spent_at
from evaluations.statistics.judges import win_rate
from evaluations.statistics.predictions import prediction_powered_mean
from evaluations.statistics.ratings import bradley_terry, on_rating_scale
from evaluations.statistics.repeats import pass_at_k, pass_hat_k
from evaluations.statistics.results import Claim, Outcome, Reason, Result
from evaluations.statistics.rollup import roll_up
from evaluations.statistics.samples import Floats
from evaluations.statistics.worked.reading import Answer, Given, ends, rule_of, told

JUDGED = {"A": 1.0, "B": 0.0, "tie": 0.5}


def judged_wins(given: Given) -> Answer:
    """counts by the winner in both orders, such as A/A, A/B, tie/A; A is ours."""
    orders = [order.split("/") for order, times in given["counts"].items() for _ in range(times)]
    first, second = (
        np.array([JUDGED[order[place]] for order in orders], dtype=np.float64) for place in (0, 1)
    )
    found = win_rate(tuple(map(str, range(len(orders)))), first, second, rule_of(given))
    return told(found.result) | {
        "win_rate": found.result.point,
        "consistency": found.consistency,
        "first_position_rate": found.first_position_rate,
    }


def rating(given: Given) -> Answer:
    """games: winner, loser and how often; two that tie have a fourth value, tie, or stand under ties."""
    games = [(str(one), str(other), float(times), bool(rest)) for one, other, times, *rest in given["games"]]
    games += [(str(one), str(other), float(times), True) for one, other, times in given.get("ties", ())]
    models = sorted({name for one, other, _, _ in games for name in (one, other)})
    wins = np.zeros((len(models), len(models)))
    for one, other, times, tie in games:
        row, column = models.index(one), models.index(other)
        wins[row, column] += times / 2 if tie else times
        wins[column, row] += times / 2 if tie else 0.0
    strengths = bradley_terry(wins)
    if strengths is None:
        return {
            "verdict": "not_comparable",
            "reason": "not_comparable",
            "strength_geomean1": None,
            "elo_mean1000": None,
        }
    return {
        "strength_geomean1": dict(zip(models, map(float, strengths), strict=True)),
        "elo_mean1000": dict(zip(models, map(float, on_rating_scale(strengths)), strict=True)),
    }


def powered_mean(given: Given) -> Answer:
    """human and judge_on_labelled by item, and the judge's other scores, as a list or as how many of how many are 1."""
    if "judge_unlabelled" in given:
        rest = _numbers(given["judge_unlabelled"])
    else:
        ones, many = given["judge_unlabelled_ones"], given["judge_unlabelled_n"]
        rest = np.repeat([1.0, 0.0], [ones, many - ones])
    human, judge = _numbers(given["human"]), _numbers(given["judge_on_labelled"])
    found = prediction_powered_mean(human, judge, rest, given.get("confidence", 0.95))
    return (
        {"point": None, "ci": None}
        if found is None
        else {"point": found.point, "ci": ends(found.interval), "se": found.se}
    )


def agreement(given: Given) -> Answer:
    """ratings: a row for each rater, null where one did not rate."""
    ratings = _numbers([[np.nan if one is None else one for one in row] for row in given["ratings"]])
    kappa = cohen_kappa(ratings) if len(ratings) == 2 else None
    numeric = krippendorff_alpha(ratings, numeric=True)
    return {"nominal": krippendorff_alpha(ratings), "interval": numeric, "kappa": kappa}


def _numbers(values: object) -> Floats:
    return np.array(values, dtype=np.float64)


def drift(given: Given) -> Answer:
    """series against mean and sigma, or against a history of good runs; look and alpha for what a confirming look may spend."""
    if "look" in given:
        return {"alpha": spent_at(given["look"], given["alpha"])}
    known = in_control(given["history"]) if "history" in given else (given["mean"], given["sigma"])
    if known is None:
        return {"ewma": None, "limits": None, "first_alarm_run_1based": None}
    mean, sigma = known
    chart = ewma(given["series"], mean, sigma, given.get("lam", SMOOTHING), given.get("L", WIDTH))
    return {
        "ewma": list(chart.values),
        "limits": list(chart.limits),
        "first_alarm_run_1based": chart.first_alarm,
    }


def tries(given: Given) -> Answer:
    """c passes in n tries: the chance of one pass, and of nothing but passes, in k; null where k is no number of tries."""
    n, c, wanted = given["n"], given["c"], given["k"]
    several = [k if 1 <= k <= n else None for k in (wanted if isinstance(wanted, list) else [wanted])]
    at = [None if k is None else float(pass_at_k(n, c, k)) for k in several]
    hat = [None if k is None else float(pass_hat_k(n, c, k)) for k in several]
    if isinstance(wanted, list):
        return {"pass_at_k": at, "pass_hat_k": hat}
    return {"pass_at_k": at[0], "pass_hat_k": hat[0], "valid": at[0] is not None}


def confirmation(given: Given) -> Answer:
    """standing, first and second (if there is one): the outcomes of a floating version so far and of its newest runs."""
    standing = None if given.get("standing") is None else Outcome(given["standing"])
    runs = [given["first"], given.get("second")]
    first, second = (
        None if one is None else Result(Outcome(one), Reason.NONE, "none/1", Claim.THRESHOLD) for one in runs
    )
    if first is None:
        return {"verdict": None if standing is None else str(standing), "reason": ""}
    found = confirmed(standing, first, second)
    return {"verdict": str(found.outcome), "reason": str(found.reason), "looks": found.looks}


def requirement(given: Given) -> Answer:
    """statuses: the outcome of each must criterion, or waived."""
    return {"verdict": str(roll_up(given["statuses"]))}


def expectations(given: Given) -> Answer:
    """expected: low and high of each; measured: what came."""
    pairs = [(float(low), float(high)) for low, high in given["expected"]]
    found = share_that_held(pairs, given["measured"], given.get("confidence", 0.95))
    return {"held": found.held, "n": found.n, "point": found.share, "ci": ends(found.interval)}
