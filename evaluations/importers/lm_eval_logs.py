"""Logs of lm-eval: the results of a run over many tasks, and the rows of a task where they were kept.

n is what was scored (`effective`), not what the task has (`original`); a group of tasks has none. What a metric makes of a row is a score
only where the metric is the mean over rows: a perplexity's rows are log-likelihoods.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from evaluations.importers.json_stream import LONGEST, first_mark, json_lines, mapping
from evaluations.importers.log_bundle import Bundle
from evaluations.importers.logs import LogFigure, LogSample, LogTask, NotALog, lower_is_better, unit_of
from evaluations.scorers.types import Scored

NO_METRIC = frozenset({"alias", "sample_len", "samples", "name", "sample_count"})
NO_SCORE = frozenset(
    {
        "doc_id",
        "doc",
        "target",
        "arguments",
        "resps",
        "filtered_resps",
        "doc_hash",
        "prompt_hash",
        "target_hash",
        "filter",
        "metrics",
    }
)
NO_MEAN = frozenset(
    {
        "perplexity",
        "word_perplexity",
        "byte_perplexity",
        "bits_per_byte",
        "f1",
        "mcc",
        "bleu",
        "ter",
        "chrf",
    }
)
ASKED = (
    "doc_to_text",
    "doc_to_target",
    "doc_to_choice",
    "description",
    "num_fewshot",
    "output_type",
    "generation_kwargs",
)
TASK_IN_NAME = re.compile(r"samples_(.+?)_\d{4}-\d\d-\d\d")


def read_lm_eval(bundle: Bundle) -> tuple[LogTask, ...] | None:
    """Each task of the results; rows where a file of them is there. Raises NotALog."""
    rows = [name for name in bundle.names if name.lower().endswith(".jsonl")]
    found = [head for name in bundle.names if name not in rows and (head := _results(bundle, name))]
    if len(found) > 1:
        raise NotALog("There are results of several lm-eval runs; send each by itself.")
    if not found:
        return _rows_alone(bundle, rows)
    head = found[0]
    of_task = _by_task(rows, head["results"])
    tasks = [
        _task(
            head,
            task,
            metrics,
            partial(_samples, bundle, of_task[task], head, task) if task in of_task else None,
        )
        for task, metrics in head["results"].items()
        if isinstance(metrics, dict)
    ]
    # A group may hold nothing but its name.
    return tuple(task for task in tasks if task.samples or task.figures)


def _results(bundle: Bundle, name: str) -> dict[str, Any] | None:
    if not name.lower().endswith(".json"):
        return None
    with bundle.open(name) as stream:
        if first_mark(stream) != "{":
            return None
    try:
        value = json.loads(bundle.read(name))
    except (ValueError, RecursionError):
        return None
    known = isinstance(value.get("results"), dict) and ("configs" in value or "versions" in value)
    return value if known else None


def _rows_alone(bundle: Bundle, rows: Sequence[str]) -> tuple[LogTask, ...] | None:
    """Rows whose results did not come along: the model is not named in them."""
    ours = [name for name in rows if "doc_id" in _first(bundle, name)]
    if not ours or len(ours) < len(bundle.names):
        return None
    tasks = {name: found[1] if (found := TASK_IN_NAME.search(name)) else "task" for name in ours}
    note = "The results file did not come along: the rows do not say which model they are of."
    return tuple(
        LogTask(
            "lm-eval",
            task,
            "",
            {"task": task},
            samples=partial(_samples, bundle, name, {}, ""),
            notes=(note,),
        )
        for name, task in tasks.items()
    )


def _first(bundle: Bundle, name: str) -> Mapping[str, Any]:
    with bundle.open(name) as stream:
        line = stream.readline(LONGEST)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return mapping(value)


def _by_task(rows: Sequence[str], results: Mapping[str, Any]) -> dict[str, str]:
    """The file of rows of each task that has one."""
    found: dict[str, str] = {}
    for name in rows:
        task = _task_of(name, results)
        if task in found:
            raise NotALog(f"There are two files of rows for “{task[:80]}”; send the one of this run.")
        found[task] = name
    return found


def _task_of(name: str, results: Mapping[str, Any]) -> str:
    """Whose rows a file holds: as lm-eval names it; else the longest name of a task that is in its own, or the only task there is."""
    base = name.rpartition("/")[2]
    if given := TASK_IN_NAME.search(base):
        whose = [task for task in results if re.sub(r"\W+", "_", task) == re.sub(r"\W+", "_", given[1])]
        if not whose:
            raise NotALog(f"“{base[:80]}” holds rows of a task that is not in the results.")
        return whose[0]
    named = sorted((task for task in results if task in base), key=len)
    if not named and len(results) != 1:
        raise NotALog(f"“{base[:80]}” names no task of the results, so its rows belong to none.")
    return named[-1] if named else next(iter(results))


def _task(head: Mapping[str, Any], task: str, metrics: Mapping[str, Any], samples: Any) -> LogTask:
    config, settings = mapping(mapping(head.get("configs")).get(task)), mapping(head.get("config"))
    counts = mapping(mapping(head.get("n-samples")).get(task))
    figures = tuple(_figures(head, task, metrics, counts))
    is_group = bool(mapping(head.get("group_subtasks")).get(task))
    return LogTask(
        tool="lm-eval",
        name=task,
        model=_model(head, settings),
        identity={"date": str(head.get("date") or ""), "git": str(head.get("git_hash") or "")},
        made_on=_day(head.get("date")),
        version=str(head.get("lm_eval_version") or ""),
        revision=str(settings.get("model_sha") or settings.get("model_revision") or "")[:12],
        scorers={
            one.scorer: bool(one.lower_is_better)
            for one in figures
            if samples and _is_mean(config, one.metric)
        },
        figures=figures,
        samples=samples,
        setup=_setup(head, config) if samples else {},
        meant=counts.get("effective"),
        notes=("It is a group of tasks: the log does not say over how many cases.",) if is_group else (),
    )


def _model(head: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    if named := head.get("model_name") or mapping(settings.get("model_args")).get("pretrained"):
        return str(named)
    found = re.search(r"(?:pretrained|model)=([^,]+)", str(settings.get("model_args") or ""))
    return found[1] if found else str(settings.get("model") or "")


def _day(date: Any) -> str:
    try:
        return datetime.fromtimestamp(float(date), UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return str(date or "")[:10]


def _setup(head: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: config[name] for name in ASKED if config.get(name) not in (None, "")}
    told = head.get("system_instruction")
    return asked | ({"system_instruction": told} if told else {})


def _figures(
    head: Mapping[str, Any], task: str, metrics: Mapping[str, Any], counts: Mapping[str, Any]
) -> Iterator[LogFigure]:
    better = mapping(mapping(head.get("higher_is_better")).get(task))
    is_group = bool(mapping(head.get("group_subtasks")).get(task))
    n = None if is_group else counts.get("effective", metrics.get("sample_len"))
    for name, value in metrics.items():
        metric, _, kept = name.partition(",")
        if (
            metric in NO_METRIC
            or metric.endswith("_stderr")
            or isinstance(value, bool | str)
            or value is None
        ):
            continue
        if not isinstance(value, int | float):
            continue
        spread = metrics.get(f"{metric}_stderr,{kept}" if kept else f"{metric}_stderr")
        higher = better.get(metric)
        known = math.isfinite(value)
        sure = isinstance(spread, int | float) and math.isfinite(spread) and spread > 0
        yield LogFigure(
            metric=metric,
            value=float(value) if known else None,
            scorer=metric if kept in ("", "none") else f"{metric},{kept}",
            standard_error=float(spread) if sure and isinstance(spread, int | float) else None,
            n=n if isinstance(n, int) and n > 0 else None,
            lower_is_better=not higher if isinstance(higher, bool) else lower_is_better(metric) or None,
            unit=unit_of(metric, value),
            said="" if known else str(value),
        )


def _is_mean(config: Mapping[str, Any], metric: str) -> bool:
    listed = config.get("metric_list")
    for one in listed if isinstance(listed, list) else []:
        if mapping(one).get("metric") == metric and "aggregation" in one:
            return bool(one["aggregation"] == "mean")
    return metric not in NO_MEAN


def _samples(bundle: Bundle, name: str, head: Mapping[str, Any], task: str) -> Iterator[LogSample]:
    """A row a document. A file with several filters has each document once for each of them, one filter after the other."""
    config = mapping(mapping(head.get("configs")).get(task))
    scores: dict[str, dict[str, Scored]] = {}
    for row in _rows(bundle, name):
        scores.setdefault(str(row.get("doc_id")), {}).update(_scores(row, config))
    seen: set[str] = set()
    bundle.begin()
    for row in _rows(bundle, name):
        key = str(row.get("doc_id"))
        if key not in seen:
            seen.add(key)
            yield LogSample(
                key=key,
                input=row.get("doc", row.get("arguments")),
                target=row.get("target"),
                output=_answer(row),
                scores=scores[key],
            )


def _rows(bundle: Bundle, name: str) -> Iterator[dict[str, Any]]:
    with bundle.open(name) as stream:
        yield from json_lines(stream, lambda row: "doc_id" in mapping(row), "is not what lm-eval writes")


def _scores(row: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Scored]:
    kept = str(row.get("filter") or "none")
    found = {}
    named = row.get("metrics")
    for metric in named if isinstance(named, list) else [name for name in row if name not in NO_SCORE]:
        value = row.get(metric)
        if isinstance(value, int | float) and math.isfinite(value) and _is_mean(config, str(metric)):
            found[str(metric) if kept == "none" else f"{metric},{kept}"] = Scored(float(value))
    return found


def _answer(row: Mapping[str, Any]) -> str:
    """What it said, or the likelihoods that the choices got."""
    said = row.get("filtered_resps", row.get("resps"))
    while isinstance(said, list) and len(said) == 1:
        said = said[0]
    return said if isinstance(said, str) else json.dumps(said)
