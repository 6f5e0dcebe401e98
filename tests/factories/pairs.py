"""What a judge chose between two runs, without calling one."""

from collections.abc import Sequence

from evaluations.models import ModelVersion, Origin, PairJudging, PairOpinion, Response, Run
from evaluations.scorers import pairs
from evaluations.services.pair_judging import fingerprint_of

QUESTION = "The answer says more."


def make_pair_judging(
    first: Run, second: Run, judge: ModelVersion, choices: Sequence[Sequence[int] | None]
) -> Run:
    """A judge's finished run. choices: by case, for each call in order: 1 for the first run's answer, 0, -1; None: no opinion."""
    told = pairs.instruction(QUESTION)
    pair = PairJudging.objects.create(
        first=first, second=second, question=QUESTION, instruction=told, fingerprint=fingerprint_of(told)
    )
    run = Run.objects.create(
        evaluation_version=first.evaluation_version,
        model_version=judge,
        origin=Origin.JUDGE,
        pair=pair,
        state=Run.State.DONE,
        reuse=False,
    )
    entries = first.evaluation_version.dataset_version.entries.order_by("position")
    for entry, chosen in zip(entries, choices, strict=True):
        for repeat, choice in enumerate(chosen or (), start=1):
            reply = Response.objects.create(run=run, case_id=entry.case_id, repeat=repeat)
            PairOpinion.objects.create(response=reply, choice=choice)
    return run
