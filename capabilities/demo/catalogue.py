"""Which models the demo has: ours, rivals' and a simple alternative, none of which needs a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DemoVersion:
    """rule_set: a file of the demo's data; step: so many of its first rules, a checkpoint of the training run. shutdown_in: days from the
    day the demo is loaded. per_call: what it costs, if not nothing.
    """

    name: str
    api_id: str = ""
    rule_set: str = ""
    parent: str = ""
    released: bool = True
    shutdown_in: int | None = None
    per_call: str = ""
    step: int | None = None


@dataclass(frozen=True)
class DemoModel:
    slug: str
    name: str
    kind: str
    side: Literal["own", "competitor", "simple"]
    vendor: str
    description: str
    versions: Sequence[DemoVersion]
    in_training: bool = False

    @property
    def provider(self) -> str:
        return "rules" if self.versions[0].rule_set else "local"


TRAINING_RUN = "autumn-rules"
CATALOGUE = (
    DemoModel(
        "aria-drive",
        "Aria Drive",
        "rules",
        "own",
        "Aria",
        "Suggests one thing to a driver, or nothing.",
        [
            DemoVersion("1", rule_set="rules_driving_v1.json", per_call="0.0003"),
            DemoVersion("2", rule_set="rules_driving_v2.json", parent="1", released=False, per_call="0.0005"),
        ],
    ),
    DemoModel(
        "aria-drive-next",
        "Aria Drive, in training",
        "rules",
        "own",
        "Aria",
        "Learns one rule after the other; a checkpoint every five rules.",
        [
            DemoVersion(
                f"step-{step}",
                rule_set="rules_driving_v2.json",
                parent=f"step-{step - 5}" if step > 5 else "",
                released=False,
                step=step,
            )
            for step in (5, 10, 15, 20)
        ],
        in_training=True,
    ),
    DemoModel(
        "nova-drive",
        "Nova Drive",
        "rules",
        "competitor",
        "Nova",
        "A rival's suggestions while driving.",
        [DemoVersion("5.2", rule_set="rules_driving_rival.json", shutdown_in=90, per_call="0.0008")],
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
        [DemoVersion("2026-09", api_id="py3langid", per_call="0.002")],
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
