"""Go or no go: what a baseline asks of a version, decided by one table, recorded with everything it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from capabilities.models import Baseline, Criterion, GateDecision, Verdict, VerdictLine
from capabilities.queries.briefs import settling
from capabilities.queries.gate import GateStates, gate_states
from capabilities.queries.states import CriterionState, RequirementState
from capabilities.services.gate_rules import Held, Regression, decide, regressions, worst_of_each
from capabilities.services.gate_summary import Told, summary
from config.people.models import User
from config.people.services.audit import record
from evaluations.canonical import sha256_of
from evaluations.models import ModelVersion

GATE = "gate/1"


def gate_preview(baseline: Baseline, model_version: ModelVersion, site: str = "") -> dict[str, Any]:
    """The gate's reply for a version, nothing stored. At most sixteen queries, however many requirements there are.

    site: address that the summary's links begin with; without one the configured one, if any.
    """
    return _body(baseline, model_version, site)[0]


def gate_look(baseline: Baseline, model_version: ModelVersion) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reply and the inputs it rests on, nothing stored. Queries as for a preview."""
    return _body(baseline, model_version)


@transaction.atomic
def record_gate(
    *, actor: User | None, baseline: Baseline, model_version: ModelVersion, site: str = ""
) -> GateDecision:
    """Record the decision as it stands; the same inputs give the same record, whoever asks. site: as for a preview."""
    reply, inputs = _body(baseline, model_version, site)
    decision, created = GateDecision.objects.get_or_create(
        digest=reply["digest"],
        defaults={
            "baseline": baseline,
            "model_version": model_version,
            "decision": reply["decision"],
            "body": reply | {"inputs": inputs},
            "created_by": actor,
        },
    )
    if created:
        record(
            actor=actor,
            verb="gate.recorded",
            noun="gate",
            object_id=decision.pk,
            label=f"{baseline.key} {model_version.label}",
            product=baseline.product.key,
            after={"decision": decision.decision, "evidence": decision.digest},
        )
    return decision


def recompute(decision: GateDecision) -> tuple[str, str]:
    """The decision and the digest again, from nothing but the rows and facts the record cites. Three queries.

    They equal the record's own unless somebody changed what can no longer be changed.
    """
    inputs = decision.body["inputs"]
    cited = inputs["criteria"]
    verdicts = Verdict.objects.in_bulk([row["verdict"] for row in cited if row["verdict"]])
    lines: dict[int, list[VerdictLine]] = {}
    for line in VerdictLine.objects.filter(verdict__in=verdicts):
        lines.setdefault(line.verdict_id, []).append(line)
    criteria = Criterion.objects.in_bulk([row["id"] for row in cited])
    held = [_again(row, criteria[row["id"]], verdicts, lines) for row in cited]
    again = inputs | {"criteria": [_cite(one) for one in held]}
    return str(decide(held, regressions(held))), sha256_of(again)


def _body(baseline: Baseline, version: ModelVersion, site: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    found = gate_states(baseline, version)
    by_requirement = [[_held(found, state, one) for one in state.criteria] for state in found.states]
    held = [one for group in by_requirement for one in group]
    claims = regressions(held)
    decision, worst = decide(held, claims), worst_of_each(claims)
    told = Told(decision, baseline.key, version.label, held, claims, site or settings.SITE_URL)
    inputs = {
        "gate": GATE,
        "baseline": baseline.key,
        "version": version.pk,
        "revisions": [state.revision.pk for state in found.states],
        "criteria": [_cite(one) for one in held],
    }
    reply = {
        "decision": str(decision),
        "version": version.label,
        "baseline": baseline.key,
        "digest": sha256_of(inputs),
        "requirements": [
            {
                "key": state.requirement.key,
                "state": state.outcome,
                "criteria": [_shown(one, worst.get(one.criterion_id)) for one in group],
            }
            for state, group in zip(found.states, by_requirement, strict=True)
        ],
        "summary": summary(told),
    }
    return reply, inputs


def _held(found: GateStates, state: RequirementState, one: CriterionState) -> Held:
    waiver = one.waiver
    return Held(
        requirement=state.requirement.key,
        criterion=one.criterion.key,
        criterion_id=one.criterion.pk,
        fingerprint=one.criterion.fingerprint,
        must=one.criterion.must,
        verdict=one.verdict,
        lines=one.lines,
        freshness=one.freshness,
        coverage=one.coverage,
        waiver_id=waiver.pk if waiver else None,
        waived_until=waiver.expires_on.isoformat() if waiver else None,
        waiting=found.waiting.get(one.criterion.pk, ()),
        sentence=one.verdict.sentence if one.verdict else _absence(one),
        reasons=one.reasons if one.freshness == "needs_recheck" else (),
        settles=settling(one),
        waiver_reason=waiver.reason if waiver else "",
        compared=one.criterion.against != "threshold" and one.criterion.statistic != "pass_all",
    )


def _absence(one: CriterionState) -> str:
    return {
        "not_measurable": f"Not measurable yet: {one.criterion.not_measurable_reason}",
        "not_linked": "No evidence is linked to this criterion.",
    }.get(one.coverage, "This version has not been run for this criterion.")


def _shown(one: Held, claim: Regression | None) -> dict[str, Any]:
    return {
        "key": one.criterion,
        "must": one.must,
        "verdict": str(one.outcome),
        "trend": str(one.trend),
        "freshness": one.freshness or None,
        "waived_until": one.waived_until,
        "sentence": one.sentence,
        "reasons": list(one.reasons),
        "settles": one.settles,
        "regression": {"against": claim.line.label, "p": claim.p, "stands": claim.stands} if claim else None,
    }


def _cite(one: Held) -> dict[str, Any]:
    """Everything that decides, by what never changes: the verdict's id and the digest of its evidence."""
    return {
        "id": one.criterion_id,
        "requirement": one.requirement,
        "key": one.criterion,
        "fingerprint": one.fingerprint,
        "must": one.must,
        "verdict": one.verdict.pk if one.verdict else None,
        "evidence": one.verdict.evidence if one.verdict else None,
        "freshness": one.freshness,
        "coverage": one.coverage,
        "waiver": one.waiver_id,
        "waived_until": one.waived_until,
        "waiting": list(one.waiting),
    }


def _again(
    row: Mapping[str, Any],
    criterion: Criterion,
    verdicts: Mapping[int, Verdict],
    lines: Mapping[int, Sequence[VerdictLine]],
) -> Held:
    verdict = verdicts.get(row["verdict"])
    return Held(
        requirement=row["requirement"],
        criterion=criterion.key,
        criterion_id=criterion.pk,
        fingerprint=criterion.fingerprint,
        must=criterion.must,
        verdict=verdict,
        lines=lines.get(verdict.pk, ()) if verdict else (),
        freshness=row["freshness"],
        coverage=row["coverage"],
        waiver_id=row["waiver"],
        waived_until=row["waived_until"],
        waiting=row["waiting"],
        sentence=verdict.sentence if verdict else "",
    )
