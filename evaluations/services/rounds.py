"""Rounds: evaluations × model versions started together within one budget."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations import signals
from evaluations.models import Cap, EvaluationVersion, ModelVersion, Round, Run, Schedule, Suite
from evaluations.providers import get_adapter
from evaluations.services.guards import call_problems
from evaluations.services.once import take_turn
from evaluations.services.requests import cost_range, expected_tokens, plan_for
from evaluations.services.reuse import Expected, expected_reuse
from evaluations.services.runs import cancel_run, start_run
from evaluations.services.spend import prices_of

Pair = tuple[EvaluationVersion, ModelVersion]


class RoundFacts(TypedDict, total=False):
    """How a round is started, beside what it runs.

    run_cap: of each run, in cap_unit. charged_to: key of a product. reuse: False calls every sample again. until_settled: each run
    stops as soon as the targets that rest on it are settled.
    """

    suite: Suite | None
    origin: str
    priority: int
    cap: Decimal | None
    cap_unit: str
    run_cap: Decimal | None
    schedule: Schedule | None
    charged_to: str
    idempotency_key: str
    idempotency_digest: str
    reuse: bool
    until_settled: bool


@dataclass(frozen=True)
class RoundPreview:
    """What a round would take: calls, tokens (a guess) and a range of cost; None where a price is not known.

    reused: samples that earlier calls answer already, beside the calls; exact where every case was looked at.
    at_most: its runs may stop earlier. problems: a sentence for each pair that cannot run.
    """

    calls: int
    reused: int
    exact: bool
    tokens: int
    cost_low: Decimal | None
    cost_high: Decimal | None
    currency: str
    problems: list[str]
    at_most: bool = False


@transaction.atomic
def start_round(
    *,
    actor: User | None,
    name: str,
    evaluation_versions: Sequence[EvaluationVersion],
    model_versions: Sequence[ModelVersion],
    **facts: Unpack[RoundFacts],
) -> Round:
    """A round with a run for each pair that can run; pairs that cannot are named in its summary.

    Raises Refused when no pair can run, Conflict when the idempotency key came with another body.
    """
    if existing := _same_key(actor, facts):
        return existing
    able, problems = _sorted_out(evaluation_versions, model_versions, facts)
    if not able:
        raise Refused(" ".join(problems) or "There is nothing to run.", code="cannot_run")
    expected = _previewed(able, problems, facts)
    created = _create(actor, name, facts, expected)
    for evaluation_version, model_version in able:
        start_run(
            actor=actor,
            evaluation_version=evaluation_version,
            model_version=model_version,
            round=created,
            origin=created.origin,
            priority=created.priority,
            cap=facts.get("run_cap"),
            cap_unit=created.cap_unit,
            reuse=facts.get("reuse", True),
            until_settled=facts.get("until_settled", False),
            charged_to=created.charged_to,
        )
    record(
        actor=actor,
        verb="round.started",
        noun="round",
        object_id=created.pk,
        label=name,
        after={"runs": len(able), "cap": created.cap, "cap_unit": created.cap_unit, "problems": problems},
    )
    transaction.on_commit(lambda: signals.round_created.send(Round, round_id=created.pk))
    return created


def preview_round(
    *,
    evaluation_versions: Sequence[EvaluationVersion],
    model_versions: Sequence[ModelVersion],
    cap: Decimal | None = None,
    cap_unit: str = Cap.MONEY,
    reuse: bool = True,
    until_settled: bool = False,
) -> RoundPreview:
    """What starting these would take, without starting them. Tokens are estimated from a few cases of each evaluation."""
    facts = RoundFacts(cap=cap, cap_unit=cap_unit, reuse=reuse, until_settled=until_settled)
    return _previewed(*_sorted_out(evaluation_versions, model_versions, facts), facts)


def _previewed(able: Sequence[Pair], problems: list[str], facts: RoundFacts) -> RoundPreview:
    estimates = [_estimate(pair, reuse=facts.get("reuse", True)) for pair in able]
    return RoundPreview(
        calls=sum(one.calls for one in estimates),
        reused=sum(one.reused.samples for one in estimates),
        exact=all(one.reused.exact for one in estimates),
        tokens=sum(one.tokens for one in estimates),
        cost_low=_total([one.low for one in estimates]),
        cost_high=_total([one.high for one in estimates]),
        currency=next((one.currency for one in estimates if one.currency), "USD"),
        problems=problems,
        at_most=facts.get("until_settled", False),
    )


def cancel_round(*, actor: User | None, round: Round, reason: str = "") -> int:
    """Cancel every run of a round that is not over; returns how many were.

    Each in a transaction of its own: a worker that settles one run's calls holds that run and waits for the round.
    """
    cancelled = 0
    for run in Run.objects.moving().filter(round=round, cancel_requested_at=None).order_by("pk"):
        try:
            cancel_run(actor=actor, run=run, reason=reason)
        except Refused:
            continue  # It ended meanwhile.
        cancelled += 1
    return cancelled


def _sorted_out(
    evaluations: Sequence[EvaluationVersion], versions: Sequence[ModelVersion], facts: RoundFacts
) -> tuple[list[Pair], list[str]]:
    able: list[Pair] = []
    problems: dict[str, None] = {}
    for evaluation_version in evaluations:
        for model_version in versions:
            found = call_problems(
                evaluation_version=evaluation_version,
                model_version=model_version,
                cap=facts.get("cap") if facts.get("cap") is not None else facts.get("run_cap"),
                cap_unit=facts.get("cap_unit", Cap.MONEY),
            )
            problems.update(dict.fromkeys(found))
            if not found:
                able.append((evaluation_version, model_version))
    return able, list(problems)


def _same_key(actor: User | None, facts: RoundFacts) -> Round | None:
    key = facts.get("idempotency_key", "")
    if not key:
        return None
    take_turn(actor, key)
    existing = Round.objects.filter(created_by=actor, idempotency_key=key).first()
    if existing and existing.idempotency_digest != facts.get("idempotency_digest", ""):
        raise Conflict("This Idempotency-Key was used with another body.", code="idempotency_key")
    return existing


def _create(actor: User | None, name: str, facts: RoundFacts, expected: RoundPreview) -> Round:
    kept = {key: value for key, value in facts.items() if key not in ("reuse", "run_cap", "until_settled")}
    return Round.objects.create(
        name=name[:160],
        created_by=actor,
        preview=_kept(expected),
        summary={"problems": expected.problems},
        **kept,
    )


def _kept(expected: RoundPreview) -> dict[str, Any]:
    """As the round keeps it; money as text, so that no digit of it is lost."""
    kept = asdict(expected)
    del kept["problems"]
    for name in ("cost_low", "cost_high"):
        kept[name] = None if kept[name] is None else f"{kept[name]:f}"
    return kept


@dataclass(frozen=True)
class Estimate:
    """What one pair would take. low, high: money, None without a price."""

    calls: int
    reused: Expected = Expected(0, True)
    tokens: int = 0
    low: Decimal | None = Decimal(0)
    high: Decimal | None = Decimal(0)
    currency: str = ""


def _estimate(pair: Pair, *, reuse: bool) -> Estimate:
    """Two queries for free calls; else four, more where earlier answers are looked for."""
    evaluation_version, model_version = pair
    provider = model_version.model.provider
    samples = evaluation_version.dataset_version.case_count * evaluation_version.repeats
    if provider is None or get_adapter(provider.adapter).free:
        return Estimate(samples)
    plan = plan_for(evaluation_version, model_version)
    reused = expected_reuse(evaluation_version, model_version, plan) if reuse else Expected(0, True)
    calls = samples - reused.samples
    tokens = expected_tokens(plan, evaluation_version)
    prices = prices_of(model_version, timezone.now().date())
    if prices is None:
        return Estimate(calls, reused, tokens[0] * calls, None, None)
    low, high = cost_range(plan, prices, calls, tokens)
    return Estimate(calls, reused, tokens[0] * calls, low, high, prices.currency)


def _total(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
