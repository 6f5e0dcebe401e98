"""What a child process does: one call after the other from its standard input, under limits that hold inside native code too.

    python -m evaluations.providers.child MODULE MEMORY_MB

MODULE has TASKS: name → function of (facts, content) that returns (facts, content). It raises ValueError with a sentence.
"""

import importlib
import os
import resource
import select
import signal
import sys

from evaluations.providers.children import receive, send

IDLE_SECONDS = 60.0


def main(module: str, memory_mb: int) -> None:
    """Serve until the parent closes the pipe or nobody asks for a minute."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # Libraries that print must not print into the answers.
    os.dup2(2, 1)
    # A handler would wait for native code to come back; the default action of the alarm does not.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks = importlib.import_module(module).TASKS
    while select.select([requests], [], [], IDLE_SECONDS)[0]:
        asked = receive(requests)
        if asked is None:
            return
        facts, content = asked
        signal.setitimer(signal.ITIMER_REAL, facts["limit_s"])
        try:
            made, made_content = tasks[facts["task"]](facts, content)
        except MemoryError:
            made, made_content = {"problem": f"it needed more than {memory_mb} MB of memory"}, b""
        except ValueError as refusal:
            made, made_content = {"problem": str(refusal)[:500], "final": True}, b""
        except Exception as raised:
            made, made_content = {"problem": f"{type(raised).__name__}: {raised}"[:500]}, b""
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(answers, made, made_content)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
