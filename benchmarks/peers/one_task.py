"""The usual way: one Celery task for a whole run, acknowledged when it has ended, its calls four at a time, its results kept at the end.

Started as a worker by `benchmarks/kills.py`; the broker's address and the seconds after which it hands an unfinished task out again
come from the environment.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from celery import Celery

app = Celery("one_task", broker=os.environ["BROKER_URL"])
app.conf.broker_transport_options = {
    "global_keyprefix": os.environ["ONE_TASK_PREFIX"],
    "visibility_timeout": int(os.environ["ONE_TASK_VISIBILITY"]),
}
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1


@app.task(name="one_task.run")
def run(port: int, samples: int, done: str) -> None:
    def ask(number: int) -> str:
        body = {"model": "echo", "messages": [{"role": "user", "content": f"Say {number}"}]}
        asked = Request(
            f"http://127.0.0.1:{port}/v1/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=60) as reply:
            return str(json.load(reply)["choices"][0]["message"]["content"])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(samples)))
    with open(done, "w") as file:
        json.dump(answers, file)
