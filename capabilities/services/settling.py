"""A run that stops once it is settled asks between two slices: how do the targets that rest on it stand?"""

from capabilities.models import Look
from capabilities.queries.looks import resting_on
from capabilities.services.judging import matters_so_far
from capabilities.services.judging_drafts import Matter, so_far
from evaluations.models import Run
from evaluations.services.settling import Targets
from evaluations.services.vectors import vectors_so_far
from evaluations.statistics import Outcome, Result, sentence
from evaluations.statistics.stop_sentences import short_of

DECIDED = (Outcome.MET, Outcome.NOT_MET)


def look(run: Run) -> Targets:
    """How the must criteria stand that rest on a run, by the cases it has asked; each is judged as it will be when the run stops.

    Kept as this look's, so that the page shows them; the same look taken twice is kept once. Needs the run's evaluation version and
    model loaded. Twelve queries, at most five more with rivals and a judge; one where nothing rests on it.
    """
    links = resting_on(run)
    if not links:
        return Targets(0, 0)
    found = [(matter, so_far(matter)) for matter in matters_so_far(run, links, vectors_so_far(run))]
    looks = [_look(run, matter, result) for matter, result in found if result is not None]
    Look.objects.bulk_create(
        looks,
        update_conflicts=True,
        unique_fields=["run", "verification", "number"],
        update_fields=["outcome", "n", "sentence", "at"],
    )
    return Targets(len(links), sum(one.outcome in DECIDED for one in looks))


def _look(run: Run, matter: Matter, result: Result) -> Look:
    other = matter.deciding[0].label if matter.deciding else ""
    said = [sentence(result, matter.unit, other), short_of(result, matter.unit)]
    return Look(
        run=run,
        verification=matter.verification,
        number=run.looks + 1,
        outcome=str(result.outcome),
        n=result.n,
        sentence=" ".join(filter(None, said)),
    )
