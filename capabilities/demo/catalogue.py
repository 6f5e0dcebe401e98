"""Which models the demo has: ours, rivals' and a simple alternative, none of which needs a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DemoVersion:
    """rule_set: a file of the demo's data. shutdown_in: days from the day the demo is loaded."""

    name: str
    api_id: str = ""
    rule_set: str = ""
    parent: str = ""
    released: bool = True
    shutdown_in: int | None = None


@dataclass(frozen=True)
class DemoModel:
    slug: str
    name: str
    kind: str
    side: Literal["own", "competitor", "simple"]
    vendor: str
    description: str
    versions: Sequence[DemoVersion]

    @property
    def provider(self) -> str:
        return "rules" if self.versions[0].rule_set else "local"


CATALOGUE = (
    DemoModel(
        "aria-drive",
        "Aria Drive",
        "rules",
        "own",
        "Aria",
        "Suggests one thing to a driver, or nothing.",
        [
            DemoVersion("1", rule_set="rules_driving_v1.json"),
            DemoVersion("2", rule_set="rules_driving_v2.json", parent="1", released=False),
        ],
    ),
    DemoModel(
        "nova-drive",
        "Nova Drive",
        "rules",
        "competitor",
        "Nova",
        "A rival's suggestions while driving.",
        [DemoVersion("5.2", rule_set="rules_driving_rival.json", shutdown_in=90)],
    ),
    DemoModel(
        "aria-language",
        "Aria Language",
        "ml",
        "own",
        "Aria",
        "Says which language an utterance is in.",
        [
            DemoVersion("1", api_id="py3langid"),
            DemoVersion("2", api_id="langdetect", parent="1", released=False),
        ],
    ),
    DemoModel(
        "lingo-cloud",
        "Lingo Cloud",
        "ml",
        "competitor",
        "Lingo",
        "A rival's language identification.",
        [DemoVersion("2026-09", api_id="py3langid")],
    ),
    DemoModel(
        "aria-reviews",
        "Aria Reviews",
        "ml",
        "own",
        "Aria",
        "Reads the sentiment of app reviews.",
        [DemoVersion("1", api_id="vader_sentiment", released=False)],
    ),
    DemoModel(
        "review-rules",
        "Keyword rules for reviews",
        "rules",
        "simple",
        "",
        "A list of words: the least any model must beat.",
        [DemoVersion("1", rule_set="rules_reviews.json")],
    ),
)
