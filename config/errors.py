"""What a rule may answer.

One family of errors that pages and the API both turn into a sentence and a status.
"""

from collections.abc import Mapping
from typing import ClassVar


class Refused(Exception):
    """A rule of the domain says no: 422.

    message: what is wrong and what to do, in a sentence a person can act on. code: a stable word for
    programs. fields: name -> message. Subclasses name one rule each and set `code` (and `status`, when 422 is
    not the right one).
    """

    status: ClassVar[int] = 422
    code: str = "refused"

    def __init__(self, message: str, code: str = "", fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields = dict(fields or {})


class Conflict(Refused):
    """What was asked contradicts what is already stored: 409."""

    status = 409
    code = "conflict"


class NotComparable(Refused):
    """Two runs cannot be set against each other; `fields` may say what differs."""

    code = "not_comparable"


class Gone(Refused):
    """What was here was erased on purpose and does not come back: 410."""

    status = 410
    code = "erased"


class TooLarge(Refused):
    """More bytes, lines or members than a cap allows: 413."""

    status = 413
    code = "too_large"
