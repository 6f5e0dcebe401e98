"""What logs of other evaluation tools hold, as plain values. A log is text of strangers: nothing in it is believed about itself.

One reader a tool; each takes the files of an upload and gives the tasks that are in them, or None when they are not its tool's.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from evaluations.scorers.types import Scored

log = logging.getLogger(__name__)

LOWER_IS_BETTER = frozenset(
    {
        "perplexity",
        "word_perplexity",
        "byte_perplexity",
        "bits_per_byte",
        "mae",
        "mse",
        "rmse",
        "wer",
        "cer",
        "ter",
        "loss",
        "nll",
        "brier_score",
        "ece",
        "error",
        "error_rate",
        "latency",
        "toxicity",
    }
)
PROPORTIONS = frozenset(
    {
        "acc",
        "acc_norm",
        "accuracy",
        "exact_match",
        "em",
        "f1",
        "mean",
        "pass@1",
        "precision",
        "recall",
        "quasi_exact_match",
        "prefix_exact_match",
        "quasi_prefix_exact_match",
        "inst_level_strict_acc",
        "prompt_level_strict_acc",
        "win_rate",
    }
)


class NotALog(ValueError):
    """The upload cannot be used as a log; the text says why."""


@contextmanager
def as_written() -> Iterator[None]:
    """Readers take a log for what its tool writes; where a part of it is of another kind, that is said. Raises NotALog."""
    try:
        yield
    except NotALog:
        raise
    except (AttributeError, TypeError, ValueError, LookupError, ArithmeticError) as problem:
        log.warning("A log is not laid out as its tool writes it.", exc_info=problem)
        raise NotALog("A part of the log is not laid out as its tool writes it.") from None


@dataclass(frozen=True, slots=True)
class LogSample:
    """One row of a log: a case, its try (epoch, from 1), what the model said and the scores by scorer.

    A scorer that is absent did not score it. error: why there is no result through no fault of the model; empty otherwise.
    problems: what of the row could not be used. model: the id that the reply named.
    """

    key: str
    input: Any
    target: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    epoch: int = 1
    output: str | None = None
    scores: Mapping[str, Scored] = field(default_factory=dict)
    error: str = ""
    latency_ms: float | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    model: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogFigure:
    """An aggregate as the log reports it. n: cases it was worked out over, None where the log does not say.

    standard_error: None where the log has none, and where it says 0: rows that all agree are no proof that others would.
    value: None where it is no number (NaN, Infinity), which `said` then names.
    """

    metric: str
    value: float | None
    scorer: str = ""
    standard_error: float | None = None
    n: int | None = None
    lower_is_better: bool | None = None
    unit: str = "number"
    said: str = ""


@dataclass(frozen=True)
class LogTask:
    """One task of a log on one model. identity: what names this very evaluation, the same in each format of the log.

    samples: reads the rows one by one, each time anew; None when the log has aggregates only. scorers: those the log names, by the
    name that rows use; True where lower is better. setup: what has to be the same for two logs to be compared. meant: rows the log
    says there should be. revision: of the model's weights. notes: what somebody has to know before they trust it, as sentences.
    """

    tool: str
    name: str
    model: str
    identity: Mapping[str, str]
    made_on: str = ""
    status: str = ""
    version: str = ""
    revision: str = ""
    scorers: Mapping[str, bool] = field(default_factory=dict)
    figures: tuple[LogFigure, ...] = ()
    samples: Callable[[], Iterator[LogSample]] | None = None
    epochs: int = 1
    setup: Mapping[str, Any] = field(default_factory=dict)
    meant: int | None = None
    notes: tuple[str, ...] = ()


def lower_is_better(metric: str) -> bool:
    """By the metric's name, where its log does not say."""
    return metric.lower().rpartition("/")[2] in LOWER_IS_BETTER


def unit_of(metric: str, value: float | None) -> str:
    """rate for what is known as a proportion and lies from 0 to 1, else number."""
    name = metric.lower().rpartition("/")[2]
    return "rate" if name in PROPORTIONS and value is not None and 0 <= value <= 1 else "number"


def scorer_slug(tool: str, name: str) -> str:
    """inspect-match for “match” of inspect: a tool's scorer is no scorer of ours that has the same name."""
    return f"{tool}-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-') or 'score'}"[:50].rstrip("-")
