"""The same samples by lm-eval's local-completions, scored by exact match, from a file and to a file; one JSON line as of `loop.py`.

python benchmarks/peers/lm_evaluated.py PORT SAMPLES CONCURRENCY

Nothing comes from the network: the task is a file of this machine, and no tokenizer is asked for.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

import lm_eval  # noqa: E402 - what it loads reads the environment
from lm_eval.loggers import EvaluationTracker  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402


def main(port: int, samples: int, concurrency: int, folder: Path) -> dict[str, float]:
    os.environ["HF_HOME"] = str(folder)
    cases = folder / "cases.jsonl"
    cases.write_text("".join(json.dumps({"words": f"Say {number}"}) + "\n" for number in range(samples)))
    task = {
        "task": "said",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(cases)}, "cache_dir": str(folder / "kept")},
        "test_split": "test",
        "output_type": "generate_until",
        "doc_to_text": "{{words}}",
        "doc_to_target": "{{words}}",
        "generation_kwargs": {"until": [], "max_gen_toks": 64},
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    }
    # Without the index of its own ten thousand tasks, which takes longer than the samples do.
    tasks = TaskManager(include_defaults=False)
    start, before = time.perf_counter(), time.process_time()
    told = lm_eval.simple_evaluate(
        model="local-completions",
        model_args={
            "model": "echo",
            "base_url": f"http://127.0.0.1:{port}/v1/completions",
            "num_concurrent": concurrency,
            "tokenizer_backend": "none",
        },
        tasks=[task],
        task_manager=tasks,
        log_samples=True,
    )
    tracker = EvaluationTracker(output_path=str(folder / "results"))
    tracker.save_results_aggregated(results=told, samples=told["samples"])
    tracker.save_results_samples(task_name="said", samples=told["samples"]["said"])
    taken = {"seconds": time.perf_counter() - start, "processor": time.process_time() - before}
    return taken | {"right": round(told["results"]["said"]["exact_match,none"] * samples)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as kept:
        print(json.dumps(main(*map(int, sys.argv[1:4]), Path(kept))))
