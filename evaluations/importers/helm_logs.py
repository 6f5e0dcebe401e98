"""Run folders of HELM: run_spec, scenario_state, per_instance_stats and stats, in one ZIP or sent together.

A statistic's `count` says over how many trials it was taken, never over how many cases: n comes from the cases themselves.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from evaluations.importers.json_stream import entries_of, mapping, members_of
from evaluations.importers.log_bundle import Bundle
from evaluations.importers.logs import LogFigure, LogSample, LogTask, NotALog, lower_is_better, unit_of
from evaluations.scorers.types import Scored

FILES = ("run_spec.json", "scenario_state.json", "per_instance_stats.json", "stats.json")
COUNTED = ("num_", "training_", "inference_", "finish_reason_")
OF_TEXT = frozenset({"perplexity", "bits_per_byte", "logprob", "logprob_per_byte"})
BESIDE = frozenset({"batch_size", "prompt_truncated", "max_prob"})

Place = tuple[str, int, str]
"""Id of the case, trial from 0, name of the perturbation."""


def read_helm(bundle: Bundle) -> tuple[LogTask, ...] | None:
    """A task for each run folder. Raises NotALog."""
    folders: dict[str, dict[str, str]] = {}
    for name in bundle.names:
        folder, _, base = name.rpartition("/")
        if base in FILES:
            folders.setdefault(folder, {})[base] = name
    tasks = [
        _task(bundle, files) for files in folders.values() if len(files) > 1 or "stats.json" not in files
    ]
    return tuple(tasks) or None


def _loaded(bundle: Bundle, name: str | None) -> Any:
    if name is None:
        return None
    try:
        return json.loads(bundle.read(name))
    except (ValueError, RecursionError):
        raise NotALog(f"“{name[:80]}” is not JSON, or it is cut off.") from None


def _task(bundle: Bundle, files: Mapping[str, str]) -> LogTask:
    spec = mapping(_loaded(bundle, files.get("run_spec.json"))) or _spec_of_state(bundle, files)
    adapter = mapping(spec.get("adapter_spec"))
    parts = [part for part in str(spec.get("name") or "").split(",") if not part.startswith("model")]
    per_case = _per_case(bundle, files.get("per_instance_stats.json"), adapter)
    figures = tuple(_figures(_loaded(bundle, files.get("stats.json")), per_case, spec))
    state = files.get("scenario_state.json")
    scorers = {name: lower_is_better(name) for found in per_case.values() for name in found[0]}
    return LogTask(
        tool="helm",
        name=",".join(parts) or "task",
        model=str(adapter.get("model") or adapter.get("model_deployment") or ""),
        identity={"run": str(spec.get("name") or "")},
        scorers=scorers or {one.scorer: bool(one.lower_is_better) for one in figures},
        figures=figures,
        samples=partial(_samples, bundle, state, per_case) if state else None,
        epochs=max((place[1] + 1 for place in per_case), default=1),
        setup={
            "adapter": {
                name: value for name, value in adapter.items() if name not in ("model", "model_deployment")
            }
        },
        meant=len(per_case) or None,
        notes=tuple(_lacking(files)),
    )


def _lacking(files: Mapping[str, str]) -> Iterator[str]:
    if "scenario_state.json" not in files:
        yield "The file scenario_state.json did not come along: there are figures and no rows."
    elif "per_instance_stats.json" not in files:
        yield "The file per_instance_stats.json did not come along: the rows have no scores."


def _spec_of_state(bundle: Bundle, files: Mapping[str, str]) -> Mapping[str, Any]:
    """Without a run_spec the state still says how the model was asked."""
    if "scenario_state.json" not in files:
        raise NotALog(
            "There is neither run_spec.json nor scenario_state.json: nothing says which model it is."
        )
    with bundle.open(files["scenario_state.json"]) as stream:
        for name, value in members_of(stream, streamed="request_states"):
            if name == "adapter_spec":
                return {"adapter_spec": value}
    raise NotALog("scenario_state.json does not say which model it is of.")


def _is_score(name: str, adapter: Mapping[str, Any]) -> bool:
    if name.startswith(COUNTED) or name in BESIDE:
        return False
    return name not in OF_TEXT or adapter.get("method") == "language_modeling"


def _per_case(
    bundle: Bundle, name: str | None, adapter: Mapping[str, Any]
) -> dict[Place, tuple[dict[str, float], dict[str, int]]]:
    """Scores and counts of tokens by case, trial and perturbation."""
    found: dict[Place, tuple[dict[str, float], dict[str, int]]] = {}
    if name is None:
        return found
    with bundle.open(name) as stream:
        for entry in entries_of(stream):
            one = mapping(entry)
            stats = {
                str(mapping(stat.get("name")).get("name")): float(stat["mean"])
                for stat in one.get("stats") or []
                if isinstance(stat.get("mean"), int | float)
                and math.isfinite(stat["mean"])
                and stat.get("count")
            }
            usage = {
                ours: int(stats[theirs])
                for ours, theirs in (("input", "num_prompt_tokens"), ("output", "num_output_tokens"))
                if stats.get(theirs, -1) >= 0
            }
            scores = {metric: value for metric, value in stats.items() if _is_score(metric, adapter)}
            found[_place(one.get("instance_id"), one)] = (scores, usage)
    return found


def _place(key: Any, entry: Mapping[str, Any]) -> Place:
    trial = entry.get("train_trial_index")
    changed = mapping(entry.get("perturbation")).get("name")
    return (str(key), trial if isinstance(trial, int) else 0, str(changed or ""))


def _figures(stats: Any, per_case: Mapping[Place, Any], spec: Mapping[str, Any]) -> Iterator[LogFigure]:
    adapter = mapping(spec.get("adapter_spec"))
    changed = mapping(spec.get("data_augmenter_spec")).get("perturbation_specs")
    for stat in stats if isinstance(stats, list) else []:
        named = mapping(mapping(stat).get("name"))
        metric, how = str(named.get("name") or ""), mapping(named.get("perturbation"))
        value = mapping(stat).get("mean")
        if not _is_score(metric, adapter) or not isinstance(value, int | float) or (how and not changed):
            continue
        n = sum(metric in found[0] for place, found in per_case.items() if place[1:] == (0, ""))
        known = math.isfinite(value)
        yield LogFigure(
            metric=f"{metric} ({how.get('name')}, {how.get('computed_on')})" if how else metric,
            value=float(value) if known else None,
            scorer=metric,
            n=None if how else n or None,
            lower_is_better=lower_is_better(metric) or None,
            unit=unit_of(metric.partition("@")[0], value),
            said="" if known else str(value),
        )


def _samples(bundle: Bundle, name: str, per_case: Mapping[Place, Any]) -> Iterator[LogSample]:
    """A row a case and trial. Where each choice was asked by itself, the first request stands for the case and its answer is left out."""
    seen: set[Place] = set()
    with bundle.open(name) as stream:
        for member, state in members_of(stream, streamed="request_states"):
            instance = mapping(mapping(state).get("instance")) if member == "request_states" else {}
            if not instance:
                continue
            place = _place(instance.get("id"), {**state, "perturbation": instance.get("perturbation")})
            if place not in seen:
                seen.add(place)
                yield _sample(place, instance, state, *per_case.get(place, ({}, {})))


def _sample(
    place: Place,
    instance: Mapping[str, Any],
    state: Mapping[str, Any],
    scores: Mapping[str, float],
    usage: Mapping[str, int],
) -> LogSample:
    references = [mapping(one) for one in instance.get("references") or []]
    texts = [str(mapping(one.get("output")).get("text", "")) for one in references]
    right = [
        text for one, text in zip(references, texts, strict=True) if "correct" in (one.get("tags") or [])
    ]
    question = mapping(instance.get("input")).get("text", "")
    result = mapping(state.get("result"))
    failed = result.get("success") is False
    took = result.get("request_time")
    said = mapping(next(iter(result.get("completions") or []), {})).get("text", "")
    return LogSample(
        key=f"{place[0]}~{place[2]}" if place[2] else place[0],
        input={"input": question, "choices": texts} if len(texts) > 1 else question,
        target=right[0] if len(right) == 1 else right or None,
        metadata={"split": instance["split"]} if instance.get("split") else {},
        epoch=place[1] + 1,
        output=None if failed or state.get("reference_index") is not None else str(said),
        scores={} if failed else {metric: Scored(value) for metric, value in scores.items()},
        error=str(result.get("error") or "The request failed.") if failed else "",
        latency_ms=float(took) * 1000 if isinstance(took, int | float) and not result.get("cached") else None,
        usage=usage,
    )
