"""Refusals of the judgements, one class for each rule that callers tell apart."""

from config.errors import Conflict, Refused


class IllegalMove(Refused):
    """A lifecycle step that is not allowed; the sentence says which ones are."""

    code = "illegal_move"


class LintBlocks(Refused):
    """A revision has errors that block review; `fields` lists them."""

    code = "lint"


class EditedMeanwhile(Conflict):
    """Somebody else saved first; nothing was overwritten."""

    code = "edited_meanwhile"


class TextChanged(Conflict):
    """The text is not the one the reviewer read; `fields` shows both where they are known: `then` and `now`, by label."""

    code = "text_changed"


class ChangedMeanwhile(Conflict):
    """What the gate rests on is no longer what the signer saw; the message says what changed."""

    code = "changed_meanwhile"
