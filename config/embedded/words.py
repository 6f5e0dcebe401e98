"""What the command says to the person who typed it."""

import sys


class Trouble(Exception):
    """Something the person can put right; its text is one sentence that says what is wrong and what to do."""


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
