"""Any formula of the package asked by name with plain values, as JSON has them: `answer("absolute_binary", {"successes": 81, …})`.

What a verdict does with samples and rules, this does with the numbers of a paper or of another tool, by the very same functions.
"""

from collections.abc import Callable, Mapping

from evaluations.statistics.worked import figures, others, paired, single
from evaluations.statistics.worked.reading import Answer, Given

Question = Callable[[Given], Answer]

QUESTIONS: Mapping[str, Question] = {
    "absolute_binary": single.rate,
    "absolute_binary_clustered": single.clustered_rate,
    "absolute_census": single.census,
    "absolute_bounded_mean": single.bounded_mean,
    "absolute_unbounded_mean": single.unbounded_mean,
    "absolute_ratio": single.ratio,
    "figure_of_labels": figures.figure,
    "relative_figures": figures.difference,
    "errors": single.with_errors,
    "display_interval": single.shown_rate,
    "exact_interval": single.exact_interval,
    "latency_percentile": single.percentile,
    "pass_all": single.all_pass,
    "sequential_binary": single.rate_at_any_look,
    "sequential_mean": single.mean_at_any_look,
    "sequential_constant": single.constant_at_any_look,
    "sequential_pairs": paired.pairs_at_any_look,
    "sample_size": single.sample_size,
    "relative_paired_binary": paired.paired_rates,
    "relative_paired_mean": paired.paired_means,
    "relative_best_of_n": paired.rival_set,
    "equivalence": paired.equal,
    "regression": paired.earlier,
    "ranks": paired.ranks,
    "multiplicity": paired.corrections,
    "winners_curse": paired.best_of_equals,
    "simpson": paired.one_mix,
    "slices": paired.weak_slices,
    "judge_win_rate": others.judged_wins,
    "rating": others.rating,
    "judge_ppi": others.powered_mean,
    "agreement": others.agreement,
    "drift_ewma": others.drift,
    "pass_at_k": others.tries,
    "rollup": others.requirement,
    "confirmation": others.confirmation,
    "calibration": others.expectations,
}

# Every method id that a result may carry, without its version, and the question it answers.
METHODS: Mapping[str, str] = {
    "none": "absolute_binary",
    "clopper-pearson": "absolute_binary",
    "korn-graubard": "absolute_binary_clustered",
    "bounded-mean": "absolute_bounded_mean",
    "constant": "absolute_bounded_mean",
    "t": "absolute_unbounded_mean",
    "ratio": "absolute_ratio",
    "clopper-pearson-clusters": "absolute_ratio",
    "bootstrap-bca": "figure_of_labels",
    "bootstrap-t": "figure_of_labels",
    "perfect-figure": "figure_of_labels",
    "perfect-figures": "relative_figures",
    "census": "absolute_census",
    "census-tries": "absolute_census",
    "pass-all": "pass_all",
    "tango": "relative_paired_binary",
    "paired-t": "relative_paired_mean",
    "paired-constant": "relative_paired_mean",
    "every-rival": "relative_best_of_n",
    "any-rival": "relative_best_of_n",
    "beta-binomial-sequence": "sequential_binary",
    "normal-mixture-sequence": "sequential_mean",
    "constant-sequence": "sequential_constant",
    "beta-binomial-pairs-sequence": "sequential_pairs",
    "one-mix": "simpson",
    "prediction-powered": "judge_ppi",
    "prediction-powered-pair": "judge_ppi",
}


def answer(name: str, given: Given) -> Answer:
    """The answer to a question named as in QUESTIONS, or by a method id such as `tango` or `tango/1`.

    Raises KeyError for a name that is neither, ValueError for values that contradict each other.
    """
    method = name.partition("/")[0]
    return QUESTIONS[METHODS.get(method, name)](given)
