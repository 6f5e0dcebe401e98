"""A judge asked about several runs at once: every two of them, within one budget."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import combinations

from django.db import transaction
from django.utils import timezone

from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import Cap, Case, ModelVersion, Origin, Round, Run
from evaluations.scorers.pairs import ORDERS
from evaluations.services.judging_calls import pair_plan
from evaluations.services.pair_judging import (
    Asking,
    PairAsked,
    asked_before,
    asking_of,
    start_pair_judging,
)
from evaluations.services.requests import NotCallable, cost_range, tokens_of
from evaluations.services.spend import prices_of

MOST_RUNS = 8
SAMPLED_CALLS = 40


@dataclass(frozen=True)
class PairsAsked:
    """Which judge is asked what about every two of two to eight runs. cap: of all of it, in cap_unit, None = none.

    Needs the runs' versions and dataset loaded.
    """

    runs: Sequence[Run]
    judge: ModelVersion
    question: str
    cap: Decimal | None = None
    cap_unit: str = Cap.MONEY

    @cached_property
    def pairs(self) -> list[PairAsked]:
        return [
            PairAsked(first, second, self.judge, self.question, self.cap, self.cap_unit)
            for first, second in combinations(self.runs, 2)
        ]


@dataclass(frozen=True)
class PairsAsking:
    """What it would take. new: pairs that were not asked about; known: judge's runs about the others.

    tokens: a guess; cost: from the least to the most, None where no price is known; 0 where calls are free. problems, warnings: sentences.
    """

    new: Sequence[tuple[PairAsked, Asking]]
    known: Sequence[Run]
    tokens: int = 0
    cost: tuple[Decimal, Decimal] | None = None
    currency: str = "USD"
    problems: Sequence[str] = ()
    warnings: Sequence[str] = field(default_factory=tuple)

    @property
    def calls(self) -> int:
        return sum(asking.calls for _, asking in self.new)

    @property
    def cases(self) -> int:
        """The most that any pair is asked about."""
        return max((len(asking.cases) for _, asking in self.new), default=0)

    @property
    def tries(self) -> int:
        return max((place for _, asking in self.new for _, place in asking.answers), default=1)

    @property
    def left_out(self) -> int:
        return max((asking.left_out for _, asking in self.new), default=0)


def asking_of_pairs(asked: PairsAsked) -> PairsAsking:
    """Calls, tokens and money, and what stands in the way. Five queries a pair, and two for each call that is sampled."""
    if not 2 <= len(asked.runs) <= MOST_RUNS:
        return PairsAsking([], [], problems=[f"A judge compares two to {MOST_RUNS} runs at once."])
    known = {pair: run for pair in asked.pairs if (run := asked_before(pair))}
    new = [(pair, asking_of(pair)) for pair in asked.pairs if pair not in known]
    problems = list(dict.fromkeys(problem for _, asking in new for problem in asking.problems))
    warnings = list(dict.fromkeys(warning for _, asking in new for warning in asking.warnings))
    if problems or not new:
        return PairsAsking(new, list(known.values()), problems=problems, warnings=warnings)
    tokens, cost, currency = _expected(new)
    return PairsAsking(new, list(known.values()), tokens, cost, currency, problems, warnings)


def _expected(
    new: Sequence[tuple[PairAsked, Asking]],
) -> tuple[int, tuple[Decimal, Decimal] | None, str]:
    """Tokens (a guess), the range of cost, and its currency, from a few calls of each pair."""
    judge, total, ends = new[0][0].judge, 0, [Decimal(0), Decimal(0)]
    prices = prices_of(judge, timezone.now().date())
    try:
        for pair, asking in new:
            plan = pair_plan(judge, pair.judging)
            if plan.adapter.free:
                continue
            sampled = asking.answers[: max(SAMPLED_CALLS // len(new), 2)]
            cases = Case.objects.select_related("content").in_bulk([case for case, _ in sampled])
            calls = [(cases[case], ORDERS * (place - 1) + 1) for case, place in sampled]
            tokens = tokens_of(plan, calls)
            total += tokens[0] * asking.calls
            if prices is not None:
                ends = [
                    end + more
                    for end, more in zip(ends, cost_range(plan, prices, asking.calls, tokens), strict=True)
                ]
    except NotCallable:
        return 0, None, "USD"
    free = not total
    cost = (ends[0], ends[1]) if prices is not None or free else None
    return total, cost, prices.currency if prices else "USD"


@transaction.atomic
def start_pairs(*, actor: User | None, asked: PairsAsked) -> tuple[list[Run], int]:
    """The judge's runs about every two of these, and how many of them are new; several new ones share the budget of one round.

    Raises Refused with everything that stands in the way.
    """
    # Whoever asks at the same moment waits here, and then finds what was asked.
    list(
        Run.objects.select_for_update(no_key=True)
        .filter(pk__in=[one.pk for one in asked.runs])
        .order_by("pk")
    )
    asking = asking_of_pairs(asked)
    if asking.problems:
        raise Refused(" ".join(asking.problems), code="cannot_run")
    round = _round_for(actor, asked, asking) if len(asking.new) > 1 else None
    made = [
        start_pair_judging(actor=actor, asked=_within(pair, round), round=round)[0] for pair, _ in asking.new
    ]
    return [*made, *asking.known], len(made)


def _within(pair: PairAsked, round: Round | None) -> PairAsked:
    """In a round the round's budget holds, and no run has one of its own."""
    return pair if round is None else replace(pair, cap=None)


def _round_for(actor: User | None, asked: PairsAsked, asking: PairsAsking) -> Round:
    low, high = asking.cost or (None, None)
    created = Round.objects.create(
        name=f"{asked.judge.label} compares {len(asked.runs)} runs of {asked.runs[0].evaluation_version}"[
            :160
        ],
        origin=Origin.JUDGE,
        cap=asked.cap,
        cap_unit=asked.cap_unit,
        charged_to=asked.runs[0].charged_to,
        created_by=actor,
        preview={
            "calls": asking.calls,
            "reused": 0,
            "exact": True,
            "tokens": asking.tokens,
            "cost_low": None if low is None else f"{low:f}",
            "cost_high": None if high is None else f"{high:f}",
            "currency": asking.currency,
        },
    )
    record(
        actor=actor,
        verb="round.started",
        noun="round",
        object_id=created.pk,
        label=created.name,
        after={"runs": len(asking.new), "cap": created.cap, "cap_unit": created.cap_unit, "problems": []},
    )
    return created
