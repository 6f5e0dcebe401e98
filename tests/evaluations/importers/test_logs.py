"""What logs of each tool say, read from small ones as the tools write them; and real ones, where PLUMBLINE_TEST_LOGS names their folder."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from evaluations.importers import LaidOut, LogTask, NotALog, laid_out, read_log
from tests.evaluations.made_logs import zip_of

REAL = Path(os.environ.get("PLUMBLINE_TEST_LOGS", "no folder is named"))
real_logs = pytest.mark.skipif(not REAL.is_dir(), reason="PLUMBLINE_TEST_LOGS names no folder of real logs")


def read(data: bytes, name: str = "log") -> tuple[LogTask, ...]:
    return read_log(io.BytesIO(data), name)


def figure(tasks: tuple[LogTask, ...], task: str, metric: str) -> Any:
    [found] = [one for each in tasks if each.name == task for one in each.figures if one.metric == metric]
    return found


def means(found: LaidOut) -> dict[str, float | None]:
    return {one.name: one.mean for one in found.scorers.values()}


LM_EVAL = {
    "results": {
        "asdiv": {"alias": "asdiv", "acc,none": 0.5, "acc_stderr,none": 0.0, "perplexity,none": 5.5},
        "mmlu": {"alias": "mmlu", "acc,none": 0.6},
        "tg": {"mae,strict": float("inf"), "mae_stderr,strict": "N/A"},
        "empty": {"alias": "a group's name alone", " ": ""},
    },
    "group_subtasks": {"mmlu": ["mmlu_law"], "asdiv": []},
    "configs": {"asdiv": {"metric_list": [{"metric": "acc", "aggregation": "mean"}]}},
    "higher_is_better": {"asdiv": {"acc": True, "perplexity": False}, "tg": {"mae": False}},
    "n-samples": {"asdiv": {"original": 2305, "effective": 2}},
    "config": {
        "model": "hf",
        "model_args": "pretrained=acme/small,dtype=auto",
        "model_sha": "e1945c40cd546c78",
    },
    "date": 1724211836.1,
}
ROWS = [
    {
        "doc_id": 0,
        "doc": {"q": "2 + 2?"},
        "target": "4",
        "filtered_resps": ["4"],
        "acc": 1,
        "perplexity": -3.5,
    },
    {
        "doc_id": 1,
        "doc": {"q": "3 + 3?"},
        "target": "6",
        "filtered_resps": [["-0.1", "True"]],
        "acc": 0,
        "perplexity": -2,
    },
]


def lines(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def test_lm_eval_counts_what_was_scored_and_a_standard_error_of_0_is_unknown() -> None:
    tasks = read(json.dumps(LM_EVAL).encode())
    assert {task.name for task in tasks} == {"asdiv", "mmlu", "tg"}
    acc, perplexity = figure(tasks, "asdiv", "acc"), figure(tasks, "asdiv", "perplexity")
    assert (acc.n, acc.standard_error, acc.unit, acc.lower_is_better) == (2, None, "rate", False)
    assert (perplexity.lower_is_better, perplexity.unit) == (True, "number")
    assert figure(tasks, "mmlu", "acc").n is None
    mae = figure(tasks, "tg", "mae")
    assert (mae.value, mae.said, mae.scorer, mae.lower_is_better) == (None, "inf", "mae,strict", True)
    assert (tasks[0].model, tasks[0].revision) == ("acme/small", "e1945c40cd54")


def test_lm_eval_rows_score_by_means_only_and_each_filter_is_a_scorer() -> None:
    strict = [{**row, "filter": "strict", "acc": 0} for row in ROWS]
    files = {
        "results.json": json.dumps(LM_EVAL).encode(),
        "samples_asdiv_2024-08-21.jsonl": lines(ROWS + strict),
    }
    [task] = [one for one in read(zip_of(files)) if one.samples]
    with laid_out(task) as found:
        assert (task.name, found.rows, means(found)) == ("asdiv", 2, {"acc": 0.5, "acc,strict": 0.0})
        assert [(row.key, row.input, row.target) for row in found.case_rows()][0] == (
            "0",
            {"q": "2 + 2?"},
            "4",
        )


def stat(name: str, mean: float) -> dict[str, Any]:
    return {"name": {"name": name, "split": "valid"}, "count": 1, "sum": mean, "mean": mean}


def helm_run() -> dict[str, bytes]:
    instance = {
        "id": "id7",
        "split": "valid",
        "input": {"text": "Which?"},
        "references": [
            {"output": {"text": "this"}, "tags": ["correct"]},
            {"output": {"text": "that"}, "tags": []},
        ],
    }
    done = {"success": True, "completions": [{"text": " A"}], "request_time": 0.25}
    gone = {"success": False, "error": "timeout", "completions": []}
    states = [
        {"instance": instance, "train_trial_index": 0, "result": done},
        {"instance": {**instance, "id": "id8"}, "train_trial_index": 0, "result": gone},
    ]
    adapter = {"method": "multiple_choice_joint", "model": "acme/small"}
    stats = [stat("exact_match", 1.0), stat("num_prompt_tokens", 12), stat("inference_runtime", 9.0)]
    files = {
        "run_spec.json": {"name": "mmlu:subject=law,model=acme_small", "adapter_spec": adapter},
        "scenario_state.json": {"adapter_spec": adapter, "request_states": states},
        "per_instance_stats.json": [{"instance_id": "id7", "train_trial_index": 0, "stats": stats}],
        "stats.json": stats,
    }
    return {f"runs/one/{name}": json.dumps(value).encode() for name, value in files.items()}


def test_helm_counts_cases_and_never_the_trials_of_a_statistic() -> None:
    [task] = read(zip_of(helm_run()))
    assert (task.name, task.model) == ("mmlu:subject=law", "acme/small")
    assert [(one.metric, one.value, one.n) for one in task.figures] == [("exact_match", 1.0, 1)]
    with laid_out(task) as found:
        [case, _] = found.case_rows()
        assert (case.input, case.target) == ({"input": "Which?", "choices": ["this", "that"]}, "this")
        assert (found.rows, found.errors, means(found)) == (2, 1, {"exact_match": 1.0})


def test_every_eval_ever_takes_the_same_sample_again_as_another_try() -> None:
    metric = {"metric_id": "wer", "lower_is_better": True, "metric_unit": "proportion"}
    doubt = {"standard_error": {"value": 0.02}, "num_samples": 100}
    result = {
        "evaluation_name": "speech",
        "metric_config": metric,
        "score_details": {"score": 0.1, "uncertainty": doubt},
    }
    head = {"evaluation_id": "e/1", "model_info": {"id": "acme/small"}, "evaluation_results": [result]}
    row = {"evaluation_name": "speech", "sample_id": "s1", "input": {"raw": "Hi", "reference": ["hi"]}}
    rows = [{**row, "output": {"raw": ["ho"]}, "evaluation": {"score": value}} for value in (0.5, 0.0)]
    [task] = read(zip_of({"e.json": json.dumps(head).encode(), "e_samples.jsonl": lines(rows)}))
    [found] = task.figures
    assert (found.n, found.standard_error, found.lower_is_better, found.unit) == (100, 0.02, True, "rate")
    with laid_out(task) as laid:
        assert (laid.rows, len(laid.cases), laid.epochs, means(laid)) == (2, 1, 2, {"wer": 0.25})


def test_rows_that_are_cut_off_are_refused() -> None:
    files = {"results.json": json.dumps(LM_EVAL).encode(), "samples_asdiv_2024-08-21.jsonl": lines(ROWS)[:-9]}
    [task] = [one for one in read(zip_of(files)) if one.samples]
    with pytest.raises(NotALog, match="Line 2"), laid_out(task):
        pass


REAL_FIGURES = {
    "inspect/data_arc_qwen.json": ("arc_easy", "accuracy", 1 / 3, 3),
    "inspect/data_arc_sonnet.json": ("arc_easy", "accuracy", 1.0, 5),
    "lm_eval/qwen2.5-1.5b_results_2025-03-03.json": ("hellaswag", "acc", 0.502092, 10042),
    "lm_eval/qwen2.5-3b_results_2025-03-03.json": ("lambada_openai", "perplexity", 4.559769, 5153),
    "lm_eval/gpt-4o-mini_results_2025-06-30.json": (
        "materials_safety_classification",
        "exact_match",
        0.542857,
        140,
    ),
}


@real_logs
@pytest.mark.parametrize("name", REAL_FIGURES)
def test_real_logs_say_what_they_truly_hold(name: str) -> None:
    task, metric, value, n = REAL_FIGURES[name]
    found = figure(read((REAL / name).read_bytes(), name), task, metric)
    assert found.value == pytest.approx(value, abs=1e-6) and found.n == n


@real_logs
def test_broken_real_logs_are_refused() -> None:
    for path in sorted((REAL / "broken").iterdir()):
        with pytest.raises(NotALog):
            for task in read(path.read_bytes(), path.name):
                with laid_out(task):
                    pass
