"""One import of a log in a process of its own: an emptied database, then from the file to stored scores; one JSON line.

python -m benchmarks.shared.imported FILE
"""

import json
import os
import resource
import sys
import time
from typing import Any


def imported(path: str) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db.models import Sum

    from config.people.models import User
    from evaluations.models import Score
    from evaluations.services.log_imports import TakenAs, import_log

    call_command("flush", interactive=False, verbosity=0)
    user = User.objects.create(username="bench", role="researcher")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, processor = time.perf_counter(), time.process_time()
    with open(path, "rb") as stream:
        [taken] = import_log(actor=user, stream=stream, name="bench.eval", taken_as=TakenAs())
    found = {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scores = Score.objects.filter(response__run=taken.log.run)
    right = scores.aggregate(right=Sum("numerator"))["right"]
    return found | {
        "rows": scores.count(),
        "right": right,
        "peak": peak / 1024,
        "grown": (peak - before) / 1024,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print(json.dumps(imported(sys.argv[1])))
