"""What a reader sees of a planned row: each field before and after, told apart word by word when it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.differences import Change, word_diff

LONGEST_COMPARED = 6_000


@dataclass(frozen=True)
class Part:
    label: str
    before: str
    after: str

    @property
    def pieces(self) -> Sequence[Change]:
        """Very long texts count as replaced: comparing them takes longer than anybody waits."""
        if self.before and self.after and len(self.before) + len(self.after) <= LONGEST_COMPARED:
            return word_diff(self.before, self.after)
        sides = (Change("-", self.before), Change("+", self.after))
        return [change for change in sides if change.text]


def shown_examples(examples: Any) -> str:
    """Examples as one text."""
    return "\n".join(
        " · ".join(f"{name}: {text}" for name, text in one.items() if text) for one in examples or ()
    )


def plain_examples(examples: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """As a CSV or Markdown file can say them."""
    return [{part: str(one.get(part) or "") for part in ("input", "good", "bad")} for one in examples]
