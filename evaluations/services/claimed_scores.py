"""Scores that vendors claim: entered with their source, withdrawn with a reason, never changed. No verdict reads them."""

import math
from datetime import date
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from config.errors import Conflict, Refused
from config.people.models import User
from config.people.services.audit import record
from config.words import FRACTIONS
from evaluations.models import (
    ClaimedScore,
    Evaluation,
    EvaluationScorer,
    ImportedLog,
    ModelVersion,
    Scorer,
    ScorerVersion,
)

LONGEST = 4_000


class Stated(TypedDict, total=False):
    """What a claim says. evaluation and scorer together, or benchmark; unit: taken from the scorer where there is one."""

    evaluation: Evaluation | None
    scorer: Scorer | None
    benchmark: str
    metric: str
    unit: str
    value: float
    source: str
    claimed_on: date
    conditions: str
    n: int | None
    standard_error: float | None
    direction: str
    log: ImportedLog | None


@transaction.atomic
def enter_claim(*, actor: User, version: ModelVersion, **stated: Unpack[Stated]) -> ClaimedScore:
    """Write down what a vendor says of its version. value: in the scorer's unit, a rate is a fraction.

    Raises Refused with the fields at fault: no source, a day to come, a rate beyond 0 and 1, a scorer the evaluation does not have.
    """
    given = _cleaned(stated)
    if problems := _problems(given):
        raise Refused(" ".join(map(str, problems.values())), "claimed_score", problems)
    claim = ClaimedScore.objects.create(model_version=version, author=actor, **given)
    _record(actor, claim, "entered", {"value": claim.value, "unit": claim.unit, "source": claim.source[:200]})
    return claim


@transaction.atomic
def withdraw_claim(*, actor: User, claim: ClaimedScore, reason: str) -> ClaimedScore:
    """Take it back, with the reason; it stays in the list. Raises Refused without a reason, Conflict the second time."""
    claim = ClaimedScore.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    reason = _text(reason)[:LONGEST]
    if claim.withdrawn_at is not None:
        raise Conflict("This claim is withdrawn already.", "withdrawn")
    if not reason:
        wrong = "Say why the claim is withdrawn."
        raise Refused(wrong, "reason", {"reason": wrong})
    claim.withdrawn_at, claim.withdrawn_by, claim.withdrawn_reason = timezone.now(), actor, reason
    claim.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _record(actor, claim, "withdrawn", {"reason": reason})
    return claim


def _cleaned(stated: Stated) -> dict[str, Any]:
    scorer = stated.get("scorer")
    newest = ScorerVersion.objects.filter(scorer=scorer).order_by("-number").first() if scorer else None
    return {
        "evaluation": stated.get("evaluation"),
        "scorer": scorer,
        "benchmark": _text(stated.get("benchmark", ""))[:120],
        "metric": _text(stated.get("metric", ""))[:80],
        "value": stated.get("value", math.nan),
        "unit": newest.unit if newest else _text(stated.get("unit", "rate"))[:20] or "number",
        "source": _text(stated.get("source", "")),
        "claimed_on": stated.get("claimed_on"),
        "conditions": _text(stated.get("conditions", ""))[:LONGEST],
        "n": stated.get("n"),
        "standard_error": stated.get("standard_error"),
        "direction": stated.get("direction", ""),
        "log": stated.get("log"),
    }


def _problems(given: dict[str, Any]) -> dict[str, object]:
    """What is wrong by field. One query at most."""
    found: dict[str, object] = _measure_problem(given)
    value, day = given["value"], given["claimed_on"]
    if not math.isfinite(value) or abs(value) >= 1e15:
        found["value"] = "Enter the score as a number."
    elif given["unit"] in FRACTIONS and not 0 <= value <= 1:
        found["value"] = "A rate lies between 0 % and 100 %."
    if not given["source"] or len(given["source"]) > 1_000:
        found["source"] = (
            "Say where the vendor claims it: an address or a citation of at most 1,000 characters."
        )
    if day is None or day > timezone.localdate():
        found["claimed_on"] = "Give the day it was claimed, not a day to come."
    return found


def _measure_problem(given: dict[str, Any]) -> dict[str, object]:
    evaluation, scorer = given["evaluation"], given["scorer"]
    if evaluation is None and scorer is None:
        return {} if given["benchmark"] else {"benchmark": "Choose an evaluation, or name the benchmark."}
    if evaluation is None or scorer is None:
        missing = "evaluation" if evaluation is None else "scorer"
        return {missing: "Choose an evaluation together with its check."}
    known = EvaluationScorer.objects.filter(
        evaluation_version__evaluation=evaluation, scorer_version__scorer=scorer
    )
    if not known.exists():
        return {"scorer": f"{evaluation.name} does not check by {scorer.name or scorer.slug}."}
    return {}


def _text(words: str) -> str:
    return words.replace("\x00", "").strip()


def _record(actor: User, claim: ClaimedScore, deed: str, after: dict[str, Any]) -> None:
    record(
        actor=actor,
        verb=f"claimed_score.{deed}",
        noun="claimed_score",
        object_id=claim.pk,
        label=f"{claim.model_version.label}: {claim.measure}",
        after=after,
    )
