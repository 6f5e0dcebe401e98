"""A judge compares two finished runs of one evaluation version: asked for here, called by workers, taken in when its run ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations import signals
from evaluations.models import Cap, ModelVersion, Origin, PairJudging, PairOpinion, Response, Round, Run
from evaluations.queries.media import outputs_by_id
from evaluations.scorers import pairs
from evaluations.scorers.opinions import MAX_RUBRIC
from evaluations.scorers.pairs import ORDERS, first_run_first
from evaluations.scorers.reading import Unreadable
from evaluations.services.guards import judging_problems
from evaluations.services.opinion_calls import replies_of
from evaluations.services.runs import label_of
from evaluations.services.scoring import output_of

ENDED = (Run.State.FAILED, Run.State.CANCELLED)
ITEMS = """
INSERT INTO evaluations_workitem
    (run_id, case_id, repeat, state, fence, worker, attempts, crashes, error_class, error, error_digest, error_repeats)
SELECT %s, both_answered, %s * (try - 1) + place, 'pending', 0, '', 0, 0, '', '', '', 0
FROM unnest(%s, %s) WITH ORDINALITY AS asked (both_answered, try, number), generate_series(1, %s) AS place ORDER BY number, place
"""


@dataclass(frozen=True)
class PairAsked:
    """Which judge is asked what about which runs. cap: in cap_unit, None = none. Needs the runs' versions and dataset loaded."""

    first: Run
    second: Run
    judge: ModelVersion
    question: str
    cap: Decimal | None = None
    cap_unit: str = Cap.MONEY

    @property
    def instruction(self) -> str:
        return pairs.instruction(self.question.strip())

    @property
    def judging(self) -> PairJudging:
        """As it would be kept."""
        return PairJudging(
            first=self.first,
            second=self.second,
            question=self.question.strip(),
            instruction=self.instruction,
            fingerprint=fingerprint_of(self.instruction),
        )


@dataclass(frozen=True)
class Asking:
    """What it would take. answers: case and try, of those both runs answered in text; left_out: other cases; the rest: sentences."""

    answers: Sequence[tuple[int, int]]
    left_out: int
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def cases(self) -> list[int]:
        return list(dict.fromkeys(case for case, _ in self.answers))

    @property
    def calls(self) -> int:
        return ORDERS * len(self.answers)


def asking_of(asked: PairAsked) -> Asking:
    """How many calls it takes, and what stands in the way. Three queries at most."""
    first, second, dataset_version = asked.first, asked.second, asked.first.evaluation_version.dataset_version
    problems = _pair_problems(first, second)
    answers: list[tuple[int, int]] = []
    if not problems:
        answers = list(both_answered(first, second))
        if not answers:
            problems.append("No case has an answer in text from both runs, so there is nothing to compare.")
    if not asked.question.strip():
        problems.append("Say what a better answer is, as you would to a person.")
    if len(asked.question) > MAX_RUBRIC:
        problems.append(f"Say it in at most {MAX_RUBRIC:,} characters.")
    problems += judging_problems(
        dataset=dataset_version.dataset, judge=asked.judge, cap=asked.cap, cap_unit=asked.cap_unit
    )
    left_out = dataset_version.case_count - len({case for case, _ in answers})
    return Asking(answers, left_out, problems, _warnings(first, second, asked.judge))


def _pair_problems(first: Run, second: Run) -> list[str]:
    if first.pk == second.pk:
        return ["Choose two different runs."]
    problems = []
    for run in (first, second):
        if run.origin == Origin.JUDGE:
            problems.append(f"Run {run.pk} is a judge's own: it has no answers to compare.")
        elif run.state not in (Run.State.DONE, Run.State.PARTIAL):
            problems.append(
                f"Run {run.pk} is {run.get_state_display().lower()}; a judge compares finished runs."
            )
    if first.evaluation_version_id != second.evaluation_version_id:
        problems.append(
            f"Run {first.pk} is of {first.evaluation_version} and run {second.pk} of {second.evaluation_version}: "
            "a judge compares runs of the same evaluation version."
        )
    return problems


def _warnings(first: Run, second: Run, judge: ModelVersion) -> list[str]:
    """A judge that is a party is named; nobody is stopped."""
    parties = {run.model_version.model_id for run in (first, second)}
    if judge.model_id not in parties:
        return []
    return [
        f"{judge.label} would judge answers of its own model, and models tend to prefer their own. "
        "Choose a judge that is no party where you can."
    ]


def both_answered(first: Run, second: Run) -> QuerySet[Response, tuple[int, int]]:
    """Case and try of what both runs answered in text. One query."""
    of_second = _texts(second).filter(case=OuterRef("case"), repeat=OuterRef("repeat"))
    return _texts(first).filter(Exists(of_second)).order_by("pk").values_list("case_id", "repeat")


def _texts(run: Run) -> QuerySet[Response]:
    return Response.objects.filter(
        run=run, error_class="", output__purged_at=None, output__media_type__startswith="text/"
    )


@transaction.atomic
def start_pair_judging(
    *, actor: User | None, asked: PairAsked, round: Round | None = None
) -> tuple[Run, bool]:
    """The judge's run, and whether it is new: the same judge asked the same about the same runs is asked once.

    round: whose budget is shared. Raises Refused with everything that stands in the way.
    """
    # Whoever asks at the same moment waits here, and then finds what was asked.
    both = [asked.first.pk, asked.second.pk]
    list(Run.objects.select_for_update(no_key=True).filter(pk__in=both).order_by("pk"))
    if existing := asked_before(asked):
        return existing, False
    asking = asking_of(asked)
    if asking.problems:
        raise Refused(" ".join(asking.problems), code="cannot_run")
    pair = asked.judging
    pair.save(force_insert=True)
    run = Run.objects.create(
        evaluation_version_id=asked.first.evaluation_version_id,
        model_version=asked.judge,
        origin=Origin.JUDGE,
        pair=pair,
        round=round,
        charged_to=asked.first.charged_to,
        cap=asked.cap,
        cap_unit=asked.cap_unit,
        total=asking.calls,
        reuse=False,
        created_by=actor,
    )
    _announce(actor, run, asking)
    return run, True


def _announce(actor: User | None, run: Run, asking: Asking) -> None:
    with connection.cursor() as cursor:
        cases, tries = zip(*asking.answers, strict=True)
        cursor.execute(ITEMS, [run.pk, ORDERS, list(cases), list(tries), ORDERS])
    after = {"origin": str(run.origin), "cap": run.cap, "cap_unit": str(run.cap_unit), "total": run.total}
    record(
        actor=actor,
        verb="run.started",
        noun="run",
        object_id=run.pk,
        label=label_of(run),
        after=after | {"compares": str(run.pair)},
    )
    run_id = run.pk
    transaction.on_commit(lambda: signals.run_started.send(Run, run_id=run_id))


def fingerprint_of(told: str) -> str:
    return sha256(told.encode()).hexdigest()


def asked_before(asked: PairAsked) -> Run | None:
    """The judge's run about the same, whichever run was named first. One query."""
    first, second = asked.first, asked.second
    either_way = Q(pair__first=first, pair__second=second) | Q(pair__first=second, pair__second=first)
    same = Run.objects.filter(
        either_way, model_version=asked.judge, pair__fingerprint=fingerprint_of(asked.instruction)
    )
    return same.exclude(state__in=ENDED).order_by("-pk").first()


def deliver_pair_opinions(judging: Run, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Keep the choices in a judge's replies; how many. Twice changes nothing. Three queries for 500."""
    made = 0
    for chunk in replies_of(judging, go_on):
        opinions = _opinions(chunk)
        PairOpinion.objects.bulk_create(opinions, ignore_conflicts=True)
        made += len(opinions)
    return made


def _opinions(replies: Sequence[Response]) -> list[PairOpinion]:
    outputs = outputs_by_id({one.output_id for one in replies if one.output_id})
    made = []
    for reply in replies:
        blob = outputs.get(reply.output_id) if reply.output_id else None
        if blob is None or blob.purged_at:
            continue
        try:
            shown_first, _ = pairs.read(output_of(reply, blob).text)
        except Unreadable:
            continue
        choice = shown_first if first_run_first(reply.repeat) else -shown_first
        made.append(PairOpinion(response_id=reply.pk, choice=choice))
    return made
