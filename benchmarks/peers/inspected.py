"""The same samples by inspect-ai, scored by exact match, its log written; one JSON line as of `loop.py`.

python benchmarks/peers/inspected.py PORT SAMPLES CONCURRENCY
"""

import json
import os
import sys
import tempfile
import time

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import exact
from inspect_ai.solver import generate


def main(port: int, samples: int, concurrency: int) -> dict[str, float]:
    os.environ["OPENAI_API_KEY"] = "none"
    cases = [Sample(input=f"Say {number}", target=f"Say {number}") for number in range(samples)]
    task = Task(dataset=MemoryDataset(cases), solver=generate(), scorer=exact())
    start, before = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        [log] = eval(
            task,
            model="openai/echo",
            model_base_url=f"http://127.0.0.1:{port}/v1",
            model_args={"responses_api": False},
            max_connections=concurrency,
            max_samples=max(concurrency, 64),
            max_tokens=64,
            log_dir=folder,
            display="none",
            log_realtime=False,
        )
    taken = {"seconds": time.perf_counter() - start, "processor": time.process_time() - before}
    assert log.status == "success" and log.results is not None, log.error
    score = log.results.scores[0].metrics["mean"].value
    return taken | {"right": round(score * samples)}


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:4]))))
