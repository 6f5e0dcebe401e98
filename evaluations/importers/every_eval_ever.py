"""Logs in the schema of Every Eval Ever: figures in one JSON file, and a row a sample in a JSONL file where it came along."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from evaluations.importers.json_stream import first_mark, json_lines, mapping
from evaluations.importers.log_bundle import Bundle
from evaluations.importers.logs import LogFigure, LogSample, LogTask, NotALog, unit_of
from evaluations.scorers.types import Scored


def read_every_eval_ever(bundle: Bundle) -> tuple[LogTask, ...] | None:
    """A task for each result. Raises NotALog."""
    found = [
        head for name in bundle.names if name.lower().endswith(".json") and (head := _head(bundle, name))
    ]
    if len(found) > 1:
        raise NotALog("There are several evaluations of Every Eval Ever; send each by itself.")
    if not found:
        return None
    rows = [name for name in bundle.names if name.lower().endswith(".jsonl")]
    results = [one for one in found[0]["evaluation_results"] if isinstance(one, dict)]
    tasks = [_task(bundle, found[0], one, rows, alone=len(results) == 1) for one in results]
    return tuple(task for task in tasks if task.samples or task.figures)


def _head(bundle: Bundle, name: str) -> dict[str, Any] | None:
    with bundle.open(name) as stream:
        if first_mark(stream) != "{":
            return None
    try:
        value = json.loads(bundle.read(name))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value.get("evaluation_results"), list) and "model_info" in value else None


def _task(
    bundle: Bundle, head: Mapping[str, Any], result: Mapping[str, Any], rows: Sequence[str], *, alone: bool
) -> LogTask:
    model, metric = mapping(head.get("model_info")), mapping(result.get("metric_config"))
    scorer = str(metric.get("metric_id") or metric.get("metric_name") or "score")
    ours = {str(result.get("evaluation_result_id") or ""), str(result.get("evaluation_name") or "")} - {""}
    detail = mapping(head.get("detailed_evaluation_results"))
    lacking = bool(detail) and not rows
    return LogTask(
        tool="every-eval-ever",
        name=str(
            result.get("evaluation_name") or mapping(result.get("source_data")).get("dataset_name") or "task"
        ),
        model=str(model.get("id") or model.get("name") or ""),
        identity={
            "evaluation": str(head.get("evaluation_id") or ""),
            "result": str(result.get("evaluation_result_id") or scorer),
        },
        made_on=_day(result.get("evaluation_timestamp") or head.get("evaluation_timestamp")),
        version=str(head.get("schema_version") or ""),
        scorers={scorer: metric.get("lower_is_better") is True},
        figures=tuple(_figures(result, metric, scorer)),
        samples=partial(_samples, bundle, rows, scorer, ours, alone) if rows else None,
        setup={"generation": dict(mapping(result.get("generation_config")))} if rows else {},
        meant=detail.get("total_rows") if isinstance(detail.get("total_rows"), int) else None,
        notes=("It names a file of rows that did not come along.",) if lacking else (),
    )


def _day(stamp: Any) -> str:
    try:
        return datetime.fromtimestamp(float(stamp), UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return str(stamp or "")[:10]


def _figures(result: Mapping[str, Any], metric: Mapping[str, Any], scorer: str) -> Iterator[LogFigure]:
    details = mapping(result.get("score_details"))
    value, doubt = details.get("score"), mapping(details.get("uncertainty"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    spread = doubt.get("standard_error")
    spread = mapping(spread).get("value", spread)
    known = math.isfinite(value)
    sure = isinstance(spread, int | float) and math.isfinite(spread) and spread > 0
    lower = metric.get("lower_is_better")
    n = doubt.get("num_samples")
    rate = metric.get("metric_unit") in ("proportion", "fraction") and 0 <= value <= 1
    yield LogFigure(
        metric=str(metric.get("metric_name") or scorer),
        value=float(value) if known else None,
        scorer=scorer,
        standard_error=float(spread) if sure and isinstance(spread, int | float) else None,
        n=n if isinstance(n, int) and n > 0 else None,
        lower_is_better=lower if isinstance(lower, bool) else None,
        unit="rate" if rate else unit_of(scorer, value),
        said="" if known else str(value),
    )


def _samples(
    bundle: Bundle, files: Sequence[str], scorer: str, ours: set[str], alone: bool
) -> Iterator[LogSample]:
    """The rows of one result. The same sample again is another try of it."""
    tries: Counter[str] = Counter()
    for name in files:
        for row in _rows(bundle, name):
            named = {str(row.get("evaluation_result_id") or ""), str(row.get("evaluation_name") or "")}
            if alone or named & ours:
                key = str(row.get("sample_id") or row.get("sample_hash") or "")
                tries[key] += 1
                yield _sample(row, key, tries[key], scorer)


def _rows(bundle: Bundle, name: str) -> Iterator[dict[str, Any]]:
    with bundle.open(name) as stream:
        yield from json_lines(stream, lambda row: isinstance(row, dict), "is no object")


def _sample(row: Mapping[str, Any], key: str, number: int, scorer: str) -> LogSample:
    asked, said, judged = (mapping(row.get(name)) for name in ("input", "output", "evaluation"))
    value = judged.get("score", judged.get("is_correct"))
    scored = isinstance(value, int | float) and math.isfinite(value)
    usage = mapping(row.get("token_usage"))
    error = row.get("error")
    return LogSample(
        key=key,
        input=asked.get("raw") or asked.get("formatted") or row.get("messages") or dict(asked),
        target=_single(asked.get("reference")),
        metadata=mapping(row.get("metadata")),
        epoch=number,
        output=None if error else _text(said.get("raw")),
        scores={scorer: Scored(float(value))} if scored and not error else {},
        error=str(error)[:300] if error else "",
        usage={
            ours: usage[theirs]
            for ours, theirs in (("input", "input_tokens"), ("output", "output_tokens"))
            if isinstance(usage.get(theirs), int)
        },
    )


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _text(value: Any) -> str:
    said = _single(value)
    if said is None:
        return ""
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
