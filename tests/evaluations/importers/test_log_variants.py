"""Logs of older and newer versions of each tool, and odd ones: read right, or refused in a sentence."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from evaluations.importers import LaidOut, LogTask, NotALog, laid_out
from evaluations.queries.logs import scorers_of
from tests.evaluations.importers.test_logs import LM_EVAL, ROWS, helm_run, lines, means, read
from tests.evaluations.made_logs import eval_log, head, json_log, sample, zip_of


def laid(task: LogTask) -> LaidOut:
    with laid_out(task) as found:
        return found


def log_with(scores: list[dict[str, Any]], samples: list[dict[str, Any]], **said: Any) -> LogTask:
    made = head(**said)
    made["results"]["scores"] = scores
    [task] = read(eval_log(samples, made))
    return task


def test_an_inspect_log_with_its_members_in_another_order_is_read_whole() -> None:
    made = {**head(accuracy=1.0), "status": "error", "samples": [sample(1)], "error": {"message": "gone"}}
    [task] = read(json.dumps(made, sort_keys=True).encode(), "a.json")
    assert (task.status, laid(task).rows, len(task.figures)) == ("error", 1, 1)
    assert "gone" in task.notes[0]


def test_an_inspect_log_of_the_first_versions_has_one_scorer() -> None:
    made = {**head(), "version": 1}
    made["results"] = {"scorer": {"name": "match"}, "metrics": {"accuracy": {"value": 0.5}}}
    rows = [{**sample(number, None), "score": {"value": value}} for number, value in ((1, "C"), (2, "I"))]
    [task] = read(json_log(rows, made))
    assert [(one.scorer, one.metric, one.value) for one in task.figures] == [("match", "accuracy", 0.5)]
    assert means(laid(task)) == {"score": 0.5}


@pytest.mark.parametrize("status", ["error", "cancelled", "started"])
def test_an_inspect_log_that_did_not_end_well_says_so(status: str) -> None:
    [task] = read(eval_log([sample(1)], {**head(), "status": status}))
    assert status in task.notes[0] and laid(task).rows == 1


def test_a_figure_that_takes_tries_together_is_named_by_how() -> None:
    scores = [
        {"name": "match", "reducer": reducer, "metrics": {"accuracy": {"value": value}}}
        for reducer, value in (("mean", 0.5), ("pass_at_2", 1.0))
    ]
    task = log_with(scores, [sample(1), sample(1, "I", epoch=2)], config={"epochs": 2})
    assert [(one.metric, one.value) for one in task.figures] == [
        ("accuracy", 0.5),
        ("accuracy (pass_at_2)", 1.0),
    ]


def test_figures_of_a_part_of_a_score_belong_to_that_part() -> None:
    scores = [
        {"name": part, "scorer": "judge", "metrics": {"mean": {"value": 0.5}}} for part in ("style", "sense")
    ]
    row = sample(1, None) | {"scores": {"judge": {"value": {"style": 0.5, "sense": 0.25}}}}
    task = log_with(scores, [row], scorers=[{"name": "judge"}])
    assert [one.name for one in scorers_of(task, laid(task))] == ["judge.style", "judge.sense"]


def test_the_tools_own_name_before_a_scorer_is_left_out() -> None:
    task = log_with([], [sample(1)], scorers=[{"name": "inspect_ai/match"}])
    assert [one.name for one in scorers_of(task, laid(task))] == ["match"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, [], {}, "", "maybe"])
def test_a_value_that_says_nothing_is_missing(value: Any) -> None:
    row = sample(1) | {"scores": {"match": {"value": value}}}
    [task] = read(json_log([row]))
    assert laid(task).scorers == {} and laid(task).unscored == 1


def test_an_inspect_log_without_samples_has_figures_alone() -> None:
    made = head(accuracy=0.5)
    [zipped], [plain] = read(eval_log([], made)), read(json.dumps(made).encode())
    assert zipped.samples is None and plain.samples is None and zipped.figures == plain.figures


def test_content_kept_apart_is_put_in_its_place() -> None:
    long = "x" * 2_000_000
    row = sample(1, input="attachment://abc", attachments={"abc": long})
    [task] = read(eval_log([row]))
    with laid_out(task) as found:
        assert next(found.case_rows()).input == long


def test_choices_are_part_of_what_was_asked() -> None:
    [task] = read(eval_log([sample(1, choices=["yes", "no"], target="A")]))
    with laid_out(task) as found:
        assert next(found.case_rows()).input == {"input": "Question 1?", "choices": ["yes", "no"]}


def test_a_zip_of_logs_says_that_each_is_sent_by_itself() -> None:
    with pytest.raises(NotALog, match="2 .eval files: send each by itself"):
        read(zip_of({"a.eval": eval_log([sample(1)]), "b.eval": eval_log([sample(1)])}))


def lm_eval(**files: bytes) -> tuple[LogTask, ...]:
    named = {f"{name.replace('__', '-')}.jsonl": data for name, data in files.items()}
    return read(zip_of({"results.json": json.dumps(LM_EVAL).encode(), **named}))


def test_rows_of_a_task_that_the_results_do_not_have_belong_to_none() -> None:
    with pytest.raises(NotALog, match="not in the results"):
        lm_eval(samples_mmlu_law_2024__08__21=lines(ROWS))


def test_two_files_of_rows_for_a_task_are_refused() -> None:
    with pytest.raises(NotALog, match="two files of rows"):
        lm_eval(samples_asdiv_2024__08__21=lines(ROWS), samples_asdiv_2024__08__22=lines(ROWS))


def test_each_task_of_a_folder_has_its_own_rows() -> None:
    tasks = lm_eval(samples_asdiv_2024__08__21=lines(ROWS), samples_tg_2024__08__21=lines(ROWS[:1]))
    assert {task.name: laid(task).rows for task in tasks if task.samples} == {"asdiv": 2, "tg": 1}


def test_results_of_lm_eval_before_its_filters_are_read() -> None:
    old = {
        "results": {"arc": {"acc": 0.4, "acc_stderr": 0.01, "word_perplexity": 9.0}},
        "versions": {"arc": 0},
        "config": {"model": "gpt2", "model_args": "pretrained=gpt2"},
    }
    [task] = read(json.dumps(old).encode())
    known = [(one.metric, one.scorer, one.n, one.standard_error, one.lower_is_better) for one in task.figures]
    assert known == [
        ("acc", "acc", None, 0.01, None),
        ("word_perplexity", "word_perplexity", None, None, True),
    ]


def test_a_group_has_no_n_even_where_it_names_a_length() -> None:
    grouped = {**LM_EVAL, "results": {"mmlu": {"acc,none": 0.6, "sample_len": 4}}}
    [task] = read(json.dumps(grouped).encode())
    assert task.figures[0].n is None


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("scenario_state.json", "figures and no rows"),
        ("per_instance_stats.json", "rows have no scores"),
        ("run_spec.json", ""),
        ("stats.json", ""),
    ],
)
def test_a_helm_folder_that_lacks_a_file_is_read_as_far_as_it_goes(lacking: str, said: str) -> None:
    files = {name: data for name, data in helm_run().items() if not name.endswith(lacking)}
    [task] = read(zip_of(files))
    assert task.model == "acme/small" and said in " ".join(task.notes)
    assert laid(task).rows == (0 if lacking == "scenario_state.json" else 2)


def test_helm_statistics_alone_name_no_model() -> None:
    files = {name: data for name, data in helm_run().items() if "stats" in name}
    with pytest.raises(NotALog, match="which model"):
        read(zip_of(files))


def test_a_result_of_every_eval_ever_without_a_number_is_passed_over() -> None:
    results = [
        {"evaluation_name": "a", "score_details": {"score": 0.5}},
        {"evaluation_name": "b", "score_details": {"score": None}},
    ]
    made = {"schema_version": "0.1.0", "model_info": {"name": "small"}, "evaluation_results": results}
    assert [task.name for task in read(json.dumps(made).encode())] == ["a"]


def wrecked(value: Any, chance: random.Random, depth: int = 0) -> Iterator[Any]:
    """The value with one part of it, somewhere inside, of another kind."""
    odd: Any = chance.choice([None, 7, "text", [], {}, [1], {"a": []}, True, -0.5, float("nan")])
    if isinstance(value, dict) and value and depth < 9 and chance.random() < 0.85:
        name = chance.choice(list(value))
        yield value | {name: next(wrecked(value[name], chance, depth + 1))}
    elif isinstance(value, list) and value and depth < 9 and chance.random() < 0.85:
        place = chance.randrange(len(value))
        yield [*value[:place], next(wrecked(value[place], chance, depth + 1)), *value[place + 1 :]]
    else:
        yield odd


@pytest.mark.parametrize("seed", range(300))
def test_whatever_kind_a_part_is_of_a_log_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    whole = json.loads(json_log([sample(1), sample(2, "I")], head(accuracy=0.5)))
    helm = {name: json.loads(data) for name, data in helm_run().items()}
    name = chance.choice(list(helm))
    result = {"evaluation_name": "a", "score_details": {"score": 0.5}, "metric_config": {"metric_id": "x"}}
    other = {"evaluation_id": "e", "model_info": {"id": "m"}, "evaluation_results": [result]}
    rows = [next(wrecked(ROWS[0], chance)), ROWS[1]]
    results = json.dumps(LM_EVAL).encode()
    helm[name] = next(wrecked(helm[name], chance))
    logs = [
        json.dumps(next(wrecked(whole, chance))).encode(),
        json.dumps(next(wrecked(LM_EVAL, chance))).encode(),
        json.dumps(next(wrecked(other, chance))).encode(),
        zip_of({one: json.dumps(data).encode() for one, data in helm.items()}),
        zip_of({"r.json": results, "samples_asdiv_2024-01-01.jsonl": lines(rows)}),
    ]
    for data in logs:
        try:
            for task in read(data):
                with laid_out(task) as found:
                    scorers_of(task, found)
        except NotALog as refusal:
            assert str(refusal).endswith(".")
