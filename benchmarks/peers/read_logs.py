"""A log read by inspect-ai, nothing stored; one JSON line: seconds, processor, peak MB, rows and how many were right.

python benchmarks/peers/read_logs.py read_eval_log|samples_df|floor FILE
"""

import json
import resource
import sys
import time
import zipfile


def read_eval_log(path: str) -> tuple[int, float]:
    from inspect_ai.log import read_eval_log as read

    samples = read(path).samples
    return len(samples), sum(sample.scores["match"].value == "C" for sample in samples)


def samples_df(path: str) -> tuple[int, float]:
    from inspect_ai.analysis import samples_df as frame

    found = frame(path, quiet=True)
    return len(found), float((found["score_match"] == "C").sum())


def floor(path: str) -> tuple[int, float]:
    rows, right = 0, 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("samples/"):
                rows += 1
                right += json.loads(archive.read(name))["scores"]["match"]["value"] == "C"
    return rows, right


def main(way: str, path: str) -> dict[str, float]:
    # What has to be loaded is no part of the reading.
    if way != "floor":
        import inspect_ai.analysis
        import inspect_ai.log  # noqa: F401
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, processor = time.perf_counter(), time.process_time()
    rows, right = {"read_eval_log": read_eval_log, "samples_df": samples_df, "floor": floor}[way](path)
    taken = {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken | {"rows": rows, "right": right, "peak": peak / 1024, "grown": (peak - before) / 1024}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3])))
