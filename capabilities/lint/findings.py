from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing to mend. blocks: an error, review is refused. sentence: what is wrong and what to do instead."""

    code: str
    field: str
    sentence: str
    blocks: bool = False
