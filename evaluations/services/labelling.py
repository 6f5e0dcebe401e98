"""People's labels: one more word of a rater on an answer. Nothing is ever changed; the newest word counts."""

from django.db import transaction
from django.db.models import Max

from config.errors import Refused
from config.people.access import demand
from config.people.models import User
from evaluations import signals
from evaluations.models import Dataset, HumanScore, Response, ScorerVersion
from evaluations.queries.human_scores import labelled_by_scorer
from evaluations.queries.labelling import rater_of
from evaluations.scorers import judge_of
from evaluations.scorers.opinions import Choice


def choices_of(scorer: ScorerVersion) -> list[Choice]:
    """What may be said by this scorer's rubric; empty where nothing is labelled by it."""
    judge = judge_of(scorer.kind)
    return judge.choices(scorer.config) if judge else []


@transaction.atomic
def label_answer(
    *, actor: User, response: Response, scorer: ScorerVersion, said: str, settles: bool = False
) -> HumanScore:
    """What this person says of an answer; said again it is a correction. settles: the word that decides between two.

    Raises Refused for a word the rubric does not know, an answer of another evaluation and a settlement of nothing; PermissionDenied.
    """
    response = _locked(actor, response, scorer)
    choice = next((one for one in choices_of(scorer) if one.said == said), None)
    if choice is None:
        words = ", ".join(one.said for one in choices_of(scorer))
        raise Refused(f"“{said}” is not among what may be said: {words}.", code="unknown_label")
    if settles and not _is_double(scorer, response):
        raise Refused(
            "There is nothing to settle: two people must have labelled it first.", code="not_double"
        )
    return _write(actor, response, scorer, choice.value, choice.said, settles=settles)


@transaction.atomic
def take_label_back(*, actor: User, response: Response, scorer: ScorerVersion) -> HumanScore | None:
    """Undo: the person's word on this answer no longer counts. Nothing when there was none. Raises PermissionDenied."""
    response = _locked(actor, response, scorer)
    mine = HumanScore.objects.filter(
        response=response, scorer_version=scorer, rater=rater_of(actor.pk), settles=False
    )
    newest = mine.order_by("-number").first()
    if newest is None or newest.value is None:
        return None
    return _write(actor, response, scorer, None, "", settles=False)


def _locked(actor: User, response: Response, scorer: ScorerVersion) -> Response:
    """The answer under lock, so that two tabs of one person number their words one after the other."""
    demand(actor, "write_facts")
    rows = Response.objects.select_for_update(of=("self",), no_key=True).select_related(
        "run__evaluation_version__dataset_version__dataset"
    )
    found = rows.get(pk=response.pk)
    version = found.run.evaluation_version
    if version.dataset_version.dataset.purpose == Dataset.Purpose.TEST:
        demand(actor, "read_test")
    if not version.scorers.filter(pk=scorer.pk).exists():
        raise Refused(f"{scorer} does not score this answer's evaluation.", code="other_scorer")
    return found


def _write(  # noqa: PLR0913 - a field each
    actor: User, response: Response, scorer: ScorerVersion, value: float | None, said: str, *, settles: bool
) -> HumanScore:
    key = {"response": response, "scorer_version": scorer, "rater": rater_of(actor.pk), "settles": settles}
    last = HumanScore.objects.filter(**key).aggregate(last=Max("number"))["last"] or 0
    made = HumanScore.objects.create(**key, number=last + 1, value=value, said=said, entered_by=actor)
    scorer_id = scorer.pk
    transaction.on_commit(lambda: signals.answers_labelled.send(HumanScore, scorer_version_id=scorer_id))
    return made


def _is_double(scorer: ScorerVersion, response: Response) -> bool:
    found = labelled_by_scorer([scorer.pk], [response.run]).get(scorer.pk, {}).get(response.pk)
    return found is not None and found.is_double
