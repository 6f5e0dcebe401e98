"""Which evaluations can ask with a prompt version, and what would stand in the way: slots that their cases cannot fill."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from evaluations.models import DatasetVersion, Evaluation, EvaluationVersion, PromptVersion
from evaluations.prompting import slots
from evaluations.prompting.conversations import values_of
from evaluations.queries.cases import inputs_of_version
from evaluations.queries.selection import newest_versions_of

MOST_CHECKED = 500


@dataclass(frozen=True)
class MissingSlots:
    """A slot that cases lack. first: the key of the first such case; cases: how many of those checked."""

    slot: str
    cases: int
    first: str


@dataclass(frozen=True)
class Fit:
    """How a prompt goes with cases. checked: how many of the first 500 were read; without slots none need be."""

    missing: Sequence[MissingSlots]
    checked: int
    offered: Sequence[str]

    @property
    def problem(self) -> str:
        """A sentence that names every slot that is lacking; empty when all are there."""
        if not self.missing:
            return ""
        named = ", ".join(
            f"“{one.slot}” is missing in {one.cases:,} of {self.checked:,} cases, first in {one.first}"
            for one in self.missing
        )
        return f"The slot {named}. The cases have {', '.join(self.offered) or 'nothing'}."


@dataclass(frozen=True)
class PinRow:
    """An evaluation that might ask with the version. asks: it does already; same_prompt: it asks with another version of it."""

    current: EvaluationVersion
    asks: bool
    same_prompt: bool
    problem: str

    @property
    def evaluation(self) -> Evaluation:
        return self.current.evaluation

    @property
    def ready(self) -> bool:
        return not (self.asks or self.problem)


def pinnable() -> QuerySet[Evaluation]:
    """Evaluations one may choose from; what was only tried out is not among them."""
    return (
        Evaluation.objects.filter(versions__frozen_at__isnull=False)
        .exclude(slug__startswith="tries-")
        .distinct()
    )


def pin_rows(prompt_version: PromptVersion, evaluations: Sequence[Evaluation]) -> list[PinRow]:
    """Those that ask with another version of this prompt first. One query, and at most four for each dataset version with slots."""
    fits: dict[int, Fit] = {}
    rows = []
    for current in newest_versions_of(evaluations):
        version = current.dataset_version
        if version.pk not in fits:
            fits[version.pk] = fit_of(prompt_version, version)
        asked = current.prompt_version
        rows.append(
            PinRow(
                current=current,
                asks=asked == prompt_version,
                same_prompt=asked is not None and asked.prompt_id == prompt_version.prompt_id,
                problem=_in_the_way(current) or fits[version.pk].problem,
            )
        )
    return sorted(rows, key=lambda row: (not row.same_prompt, row.evaluation.name, row.evaluation.pk))


def fit_of(prompt_version: PromptVersion, version: DatasetVersion) -> Fit:
    """Which slots of the prompt the cases cannot fill, over the first 500. Four queries; none where there is only {{input}}."""
    wanted = [name for name in slots(prompt_version.messages) if name != "input"]
    if not wanted:
        return Fit((), 0, ())
    lacking: dict[str, list[str]] = {name: [] for name in wanted}
    offered: dict[str, None] = {}
    checked = 0
    for key, case_input, media in inputs_of_version(version, MOST_CHECKED):
        values = values_of(case_input) | media
        offered |= dict.fromkeys(values)
        checked += 1
        for name in wanted:
            if name not in values:
                lacking[name].append(key)
    missing = [MissingSlots(name, len(keys), keys[0]) for name, keys in lacking.items() if keys]
    return Fit(missing, checked, sorted(offered)[:20])


def _in_the_way(current: EvaluationVersion) -> str:
    if current.prompt_policy == EvaluationVersion.PromptPolicy.OWN:
        return "Each model version brings its own prompt here."
    version = current.dataset_version
    return f"{version} was retired: {version.retired_reason}" if version.retired_at else ""
