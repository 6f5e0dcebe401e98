"""Benchmarks stay runnable: what they stand on works, and each can be loaded."""

import importlib
import json
from urllib.request import Request, urlopen

import pytest

from benchmarks.engine import bill, model, shown
from benchmarks.shared.calibrated.figures import figures
from benchmarks.shared.calibrated.trials import tried
from benchmarks.shared.scoring import processor_of
from config.embedded.places import ROOT


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")))
def test_each_can_be_loaded_and_says_what_it_measures(name: str) -> None:
    loaded = importlib.import_module(f"benchmarks.{name}")
    assert callable(loaded.main)
    assert f"./plumbline bench {name}" in (loaded.__doc__ or "")


def test_the_model_that_takes_its_time_answers_and_keeps_the_bill() -> None:
    body = {"model": "echo", "messages": [{"role": "user", "content": "Say 1"}]}
    with model(1) as port:
        address = f"http://127.0.0.1:{port}/v1/chat/completions"
        for _ in range(2):
            with urlopen(Request(address, json.dumps(body).encode())) as answer:
                assert json.load(answer)["choices"][0]["message"]["content"] == "Say 1"
        assert bill(port) == 2


def test_sides_are_shown_beside_the_floor() -> None:
    taken = {"ours": [(3.0, 1.0), (2.0, 1.0), (4.0, 1.0)], "asyncio + httpx": [(2.0, 0.5)] * 3}
    ours, floor = shown(1_000, 16, taken)
    assert ours == "| 16 | ours | 1,000 | 3.0 (2.0–4.0) | 1.50 | 1.0 |"
    assert "| 1.00 | 0.5 |" in floor


def test_time_of_a_processor_is_read_of_a_process() -> None:
    assert processor_of(1) >= 0


def test_a_world_of_every_figure_over_all_samples_can_be_drawn() -> None:
    trials = list(figures())
    replies = [tried(trial, 5, seed=1) for trial in trials if trial.n == "100"]
    assert {line.trial.method for line in replies} == {"bootstrap", "bootstrap-t"}
    assert all(line.replicates == 1 and line.coverage is not None for line in replies)
