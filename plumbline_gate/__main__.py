"""`python -m plumbline_gate`, or `python path/to/plumbline_gate` where nothing is installed."""

import sys
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from plumbline_gate.command import main

if __name__ == "__main__":
    sys.exit(main())
