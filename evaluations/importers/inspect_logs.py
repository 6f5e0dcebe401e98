"""Logs of inspect-ai: `.eval` (a ZIP whose newer members are packed by zstd) and `.json`, with the same content in both.

A status of success says nothing about samples: a sample without a score is missing, one with an error too, and none is ever 0 for that.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from evaluations.importers.json_stream import first_mark, mapping, members_of
from evaluations.importers.log_bundle import Bundle
from evaluations.importers.logs import LogFigure, LogSample, LogTask, NotALog, lower_is_better, unit_of
from evaluations.scorers.types import Scored

LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
MEANS = ("accuracy", "mean")
SPREADS = ("stderr", "std", "var", "bootstrap_stderr", "ci_lower", "ci_upper")
SAMPLING = (
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "seed",
    "stop_seqs",
    "frequency_penalty",
    "presence_penalty",
    "system_message",
    "reasoning_effort",
    "reasoning_tokens",
)
ATTACHED = "attachment://"
# What a log in JSON may begin with.
HEAD = frozenset(("version", "status", "eval", "error", "invalidated", "log_updates", "location"))
LONGEST_WHY = 2_000


def read_inspect(bundle: Bundle) -> tuple[LogTask, ...] | None:
    """The task of an inspect log. Raises NotALog."""
    if bundle.is_zip:
        return _read_eval(bundle)
    with bundle.open(bundle.name) as stream:
        if first_mark(stream) != "{":
            return None
    head: dict[str, Any] = {}
    with bundle.open(bundle.name) as stream:
        for name, value in members_of(stream, streamed="samples"):
            if name == "samples":
                head["samples"] = True
                # As inspect writes it, nothing of the head comes after the rows; another tool may have put it in another order.
                if "eval" in head and "status" in head:
                    break
                continue
            head[name] = value
            if len(head) == 1 and name not in HEAD:
                return None
    if not isinstance(head.get("eval"), dict) or "task" not in head["eval"]:
        return None
    read = partial(_json_samples, bundle) if head.get("samples") else None
    return (_task(head, read),)


def _read_eval(bundle: Bundle) -> tuple[LogTask, ...] | None:
    names = set(bundle.names)
    if not names & {"header.json", "_journal/start.json"}:
        if logs := sum(one.endswith(".eval") for one in names):
            raise NotALog(f"The ZIP holds {logs} .eval file{'' if logs == 1 else 's'}: send each by itself.")
        return None
    # A log that was cut off before its end has what was known at its beginning only.
    whole = "header.json" in names
    head = _object(bundle.read("header.json" if whole else "_journal/start.json"))
    if not isinstance(head.get("eval"), dict):
        raise NotALog("The log's header names no evaluation.")
    head.setdefault("status", "" if whole else "started")
    samples = sorted((one for one in names if one.startswith("samples/")), key=_place)
    return (_task(head, partial(_eval_samples, bundle, samples) if samples else None),)


def _place(name: str) -> tuple[int, str, int]:
    """Order of the sample files: by epoch last, numbers as numbers."""
    key, _, epoch = name.removeprefix("samples/").removesuffix(".json").rpartition("_epoch_")
    return (
        int(key) if key.isdecimal() and len(key) < 15 else 1 << 60,
        key,
        int(epoch) if epoch.isdecimal() else 0,
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise NotALog("A part of the log is not JSON, or it is cut off.") from None
    if not isinstance(value, dict):
        raise NotALog("A part of the log is not what inspect writes.")
    return value


def _eval_samples(bundle: Bundle, names: list[str]) -> Iterator[LogSample]:
    for name in names:
        yield _sample(_object(bundle.read(name)))


def _json_samples(bundle: Bundle) -> Iterator[LogSample]:
    with bundle.open(bundle.name) as stream:
        for name, value in members_of(stream, streamed="samples"):
            if name == "samples":
                if not isinstance(value, dict):
                    raise NotALog("A sample of the log is not what inspect writes.")
                yield _sample(value)


def _task(head: Mapping[str, Any], samples: Callable[[], Iterator[LogSample]] | None) -> LogTask:
    said, results = head["eval"], mapping(head.get("results"))
    config = mapping(said.get("config"))
    status = str(head.get("status") or "")
    names = [*_names(said.get("scorers")), *_names(_score_entries(results))]
    return LogTask(
        tool="inspect",
        name=str(said.get("task") or "").rpartition("/")[2],
        model=str(said.get("model") or ""),
        identity={name: str(said[name]) for name in ("eval_id", "run_id", "task_id") if said.get(name)},
        made_on=str(said.get("created") or mapping(head.get("stats")).get("completed_at") or "")[:10],
        status=status,
        version=str(mapping(said.get("packages")).get("inspect_ai") or ""),
        scorers=dict.fromkeys(names, False),
        figures=tuple(_figures(results)),
        samples=samples,
        epochs=config["epochs"] if isinstance(config.get("epochs"), int) else 1,
        setup=_setup(said, mapping(head.get("plan"))),
        meant=results.get("total_samples") if isinstance(results.get("total_samples"), int) else None,
        notes=tuple(_notes(head, status, config)),
    )


def _names(scorers: Any) -> list[str]:
    entries = scorers if isinstance(scorers, list) else []
    named = (str(one["name"]) for one in entries if isinstance(one, dict) and one.get("name"))
    return [name.removeprefix("inspect_ai/") for name in named]


def _score_entries(results: Mapping[str, Any]) -> list[Any]:
    """Logs of the first versions have one scorer, and its metrics beside it."""
    scores = results.get("scores")
    if not isinstance(scores, list) and mapping(results.get("scorer")):
        return [{**mapping(results["scorer"]), "metrics": results.get("metrics")}]
    return scores if isinstance(scores, list) else []


def _setup(said: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked and how: two logs that differ in it did not do the same."""
    config = {**mapping(said.get("model_generate_config")), **mapping(plan.get("config"))}
    steps = plan.get("steps") if isinstance(plan.get("steps"), list) else []
    return {
        "task_args": dict(mapping(said.get("task_args"))),
        "task_version": said.get("task_version") or 0,
        "steps": [
            [one.get("solver"), one.get("params") or {}] for one in steps or [] if isinstance(one, dict)
        ],
        "sampling": {name: config[name] for name in SAMPLING if config.get(name) is not None},
    }


def _notes(head: Mapping[str, Any], status: str, config: Mapping[str, Any]) -> Iterator[str]:
    if status and status != "success":
        error = mapping(head.get("error")).get("message")
        yield f"The log ended as “{status}”: rows that never ran are not in it.{f' {error}'[:300] if error else ''}"
    if head.get("invalidated"):
        yield "Its makers marked the log as invalid."
    reducer = config.get("epochs_reducer") or []
    if config.get("epochs") not in (None, 1) and reducer not in ([], ["mean"]):
        yield f"The log takes its tries together by {', '.join(map(str, reducer))}; here each try counts by itself."
    if isinstance(config.get("limit"), int | list):
        yield f"It was limited to {config['limit']} of the task's samples."


def _figures(results: Mapping[str, Any]) -> Iterator[LogFigure]:
    for score in map(mapping, _score_entries(results)):
        metrics = mapping(score.get("metrics"))
        values = {name: mapping(one).get("value") for name, one in metrics.items()}
        spread = values.get("stderr", values.get("bootstrap_stderr"))
        n = score.get("scored_samples")
        for name, value in values.items():
            if name not in SPREADS and isinstance(value, int | float) and not isinstance(value, bool):
                scorer = str(score.get("name") or "").removeprefix("inspect_ai/")
                reduced = score.get("reducer")
                told = f"{name} ({reduced})" if reduced and reduced not in MEANS else name
                yield _figure(scorer, told, float(value), spread, n)


def _figure(scorer: str, metric: str, value: float, spread: Any, n: Any) -> LogFigure:
    known = math.isfinite(value)
    sure = metric in MEANS and isinstance(spread, int | float) and math.isfinite(spread) and spread > 0
    return LogFigure(
        metric=metric,
        value=value if known else None,
        scorer=scorer,
        standard_error=float(spread) if sure else None,
        n=n if isinstance(n, int) and n > 0 else None,
        lower_is_better=lower_is_better(metric) or None,
        unit=unit_of(metric, value),
        said="" if known else str(value),
    )


def _sample(sample: Mapping[str, Any]) -> LogSample:
    attached = mapping(sample.get("attachments"))
    scores, problems = _scores(mapping(sample.get("scores") or _legacy(sample)), attached)
    output = mapping(sample.get("output"))
    error = sample.get("error")
    usage = mapping(output.get("usage"))
    choices = sample.get("choices")
    question = _whole(sample.get("input"), attached)
    return LogSample(
        key=str(sample.get("id", "")),
        input={"input": question, "choices": choices} if choices else question,
        target=_whole(sample.get("target"), attached),
        metadata=mapping(sample.get("metadata")),
        epoch=sample["epoch"] if isinstance(sample.get("epoch"), int) else 1,
        output=None if error else _text(output, attached),
        scores={} if error else scores,
        error=str(mapping(error).get("message") or "The sample failed.") if error else "",
        latency_ms=_milliseconds(sample, output),
        usage={
            ours: usage[theirs]
            for ours, theirs in (("input", "input_tokens"), ("output", "output_tokens"))
            if isinstance(usage.get(theirs), int)
        },
        model=str(output.get("model") or ""),
        problems=tuple(problems),
    )


def _legacy(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Logs of the first versions have one score, without a name."""
    return {"score": sample["score"]} if isinstance(sample.get("score"), dict) else {}


def _milliseconds(sample: Mapping[str, Any], output: Mapping[str, Any]) -> float | None:
    for value in (sample.get("working_time"), output.get("time")):
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
            return float(value) * 1000
    return None


def _text(output: Mapping[str, Any], attached: Mapping[str, Any]) -> str:
    said = output.get("completion")
    if not isinstance(said, str):
        choices = output.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        said = mapping(mapping(first).get("message")).get("content", "")
    said = _whole(said, attached)
    if isinstance(said, list):
        said = "".join(str(part.get("text", "")) for part in said if isinstance(part, dict))
    return str(said or "")


def _whole(value: Any, attached: Mapping[str, Any], depth: int = 0) -> Any:
    """The value with what the log keeps apart put in its place; of messages role and content alone."""
    if isinstance(value, str):
        return attached.get(value[len(ATTACHED) :], value) if value.startswith(ATTACHED) else value
    if isinstance(value, list) and depth < 8:
        return [_whole(entry, attached, depth + 1) for entry in value]
    if isinstance(value, dict) and depth < 8:
        kept = ("role", "content") if "role" in value and "content" in value else tuple(value)
        return {name: _whole(value[name], attached, depth + 1) for name in kept}
    return value


def _scores(scores: Mapping[str, Any], attached: Mapping[str, Any]) -> tuple[dict[str, Scored], list[str]]:
    """By scorer; an object of values is a score for each of its names. Values that say nothing are left out, with the reason."""
    found: dict[str, Scored] = {}
    problems: list[str] = []
    for scorer, score in scores.items():
        said = mapping(score)
        why = _whole(said.get("explanation"), attached)
        label = said.get("answer")
        for name, value in _values(scorer, said.get("value")):
            number = _number(value)
            if number is None:
                problems.append(f"“{name[:60]}” scored it {str(value)[:60]}, which is no number; missing.")
                continue
            found[name] = Scored(
                number,
                label=label[:120] if isinstance(label, str) else "",
                rationale=why[:LONGEST_WHY] if isinstance(why, str) else "",
            )
    return found, problems


def _values(scorer: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{scorer}.{name}", one) for name, one in value.items())
    elif isinstance(value, list):
        yield from ((f"{scorer}.{place}", one) for place, one in enumerate(value, start=1))
    else:
        yield scorer, value


def _number(value: Any) -> float | None:
    """As inspect counts it: C, I, P, N, yes, no, true, false and numbers. Any other text is no score, where inspect takes it for 0."""
    if isinstance(value, str):
        known = LETTERS.get(value, WORDS.get(value.lower()))
        if known is not None:
            return known
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
