"""How the command ends: its exit codes, and the two ways in which it does not come to a decision."""

from enum import IntEnum


class Exit(IntEnum):
    """What a CI job reads. The first four are the gate's decisions, the others say why there is none."""

    PASS = 0
    FAIL = 1
    UNDECIDED = 2
    PENDING = 3
    USAGE = 4
    UNREACHABLE = 5
    UNREADABLE = 6
    TOKEN = 7
    FORBIDDEN = 8
    NOT_FOUND = 9
    REFUSED = 10
    INTERRUPTED = 130


class Stop(Exception):
    """No decision, and asking again would not help. The sentence says what to do."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class Trouble(Stop):
    """No answer this time; it may come later. after: seconds the site asked to wait, or None."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(Exit.UNREACHABLE, sentence)
        self.after = after
