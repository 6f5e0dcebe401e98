"""A worker that takes one run to its verdict, in a process of its own so that its memory is its own: prints what it took as JSON."""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


def processor_of(pid: int) -> float:
    """Seconds of a processor that a process has used, of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(run_id: int) -> dict[str, Any]:
    """Seconds of each stage on the clock, seconds of a processor here and in the database, peak of memory in MB.

    processor counts from the start of the process, of which `started` went by before the run was taken up.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection

    from capabilities.services.judging import judge_run
    from evaluations.engine.advance import advance_run
    from evaluations.engine.chain import Onward
    from evaluations.models import Run
    from evaluations.tasks import prepare_worker

    prepare_worker()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    run = Run.objects.get(pk=run_id)
    onward: Onward | None = Onward(run.pk, run.chain_token)
    start, database, started = time.perf_counter(), processor_of(backend), time.process_time()
    stages = {"calls": 0.0, "scoring": 0.0, "judging": 0.0}
    while onward is not None:
        time.sleep(onward.delay)
        before = time.perf_counter()
        stage = "scoring" if Run.objects.get(pk=run_id).state == Run.State.SCORING else "calls"
        onward = advance_run(onward.run_id, onward.token)
        stages[stage] += time.perf_counter() - before
    before = time.perf_counter()
    verdicts = judge_run(Run.objects.get(pk=run_id))
    stages["judging"] = time.perf_counter() - before
    return {
        "seconds": time.perf_counter() - start,
        "stages": stages,
        "processor": time.process_time(),
        "started": started,
        "database": processor_of(backend) - database,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "verdicts": [(verdict.outcome, verdict.n, verdict.point) for verdict in verdicts],
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
