"""A person says go or no go: signed on the gate's decision as it was seen, for ever; a later one supersedes."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from capabilities.errors import ChangedMeanwhile
from capabilities.models import Baseline, GateDecision, SignOff
from capabilities.queries.gate import gate_states
from capabilities.queries.releases import inputs_of, measured_slices, standing_sign_off, what_changed
from capabilities.services.gate import record_gate
from config.errors import Refused
from config.people.models import User
from config.people.services.audit import record
from evaluations.models import ModelVersion

Decision = SignOff.Decision
GOES = (Decision.GO, Decision.CONDITIONAL)


@transaction.atomic
def sign_off(  # noqa: PLR0913 - each is a part of what is signed
    *,
    actor: User,
    baseline: Baseline,
    model_version: ModelVersion,
    decision: str,
    digest: str,
    conditions: Sequence[str] = (),
    note: str = "",
    seen: str = "",
) -> SignOff:
    """Sign for a version. digest: of the gate as the signer saw it; seen: its inputs in short, to say what changed.

    conditions: of a conditional go, slices as `VA-12 AC-1 lang=de`. Raises ChangedMeanwhile when the gate rests on something else by
    now, Refused for a go without the reason it needs, for conditions that are not measured, or where they do not belong.
    """
    locked = Baseline.objects.select_for_update(of=("self",)).select_related("product").get(pk=baseline.pk)
    gate = _as_seen(actor, locked, model_version, digest, seen)
    if decision not in (*GOES, Decision.NO_GO):
        raise Refused("Choose go, conditional go or no go.", code="decision")
    note = note.strip()
    if decision in GOES and gate.decision != GateDecision.Decision.PASS and not note:
        said = gate.get_decision_display().lower()
        raise Refused(
            f"The gate says {said}. Write down why this is a go all the same.",
            code="reason",
            fields={"note": f"Needed: the gate says {said}."},
        )
    signed = SignOff.objects.create(
        baseline=locked,
        model_version=model_version,
        decision=decision,
        conditions=_conditions(locked, model_version, decision, conditions),
        note=note,
        gate=gate,
        against_gate=decision in GOES and gate.decision == GateDecision.Decision.FAIL,
        signed_by=actor,
    )
    _record(actor, signed, "release.signed")
    return signed


@transaction.atomic
def withdraw_sign_off(
    *, actor: User, baseline: Baseline, model_version: ModelVersion, reason: str
) -> SignOff:
    """Take the standing word back, with the reason, as a row of its own. Raises Refused when there is none."""
    locked = Baseline.objects.select_for_update(of=("self",)).select_related("product").get(pk=baseline.pk)
    standing = standing_sign_off(locked, model_version)
    if standing is None:
        raise Refused(f"Nothing is signed for {model_version.label} on {locked.key}.", code="not_signed")
    if not reason.strip():
        raise Refused("Say why it is withdrawn.", code="reason", fields={"note": "Say why."})
    withdrawn = SignOff.objects.create(
        baseline=locked,
        model_version=model_version,
        decision=Decision.WITHDRAWN,
        note=reason.strip(),
        gate=standing.gate,
        signed_by=actor,
    )
    _record(actor, withdrawn, "release.withdrawn", before={"decision": standing.decision})
    return withdrawn


def _as_seen(actor: User, baseline: Baseline, version: ModelVersion, digest: str, seen: str) -> GateDecision:
    """The gate recorded now, which must be what the signer saw."""
    gate = record_gate(actor=actor, baseline=baseline, model_version=version)
    if gate.digest == digest:
        return gate
    changed = what_changed(seen or inputs_of(digest), gate.body["inputs"])
    what = f" Changed: {'; '.join(changed[:8])}." if changed and (seen or inputs_of(digest)) else ""
    raise ChangedMeanwhile(
        f"Since you looked, something the gate rests on changed; it now says {gate.get_decision_display().lower()}."
        f"{what} Look again, then sign.",
        fields={"digest": gate.digest},
    )


def _conditions(
    baseline: Baseline, version: ModelVersion, decision: str, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    if decision != Decision.CONDITIONAL:
        if wanted:
            raise Refused("Only a conditional go leaves slices out.", code="conditions")
        return []
    if not wanted:
        raise Refused(
            "Choose the slices this go does not speak for.",
            code="conditions",
            fields={"conditions": "Choose at least one measured slice."},
        )
    measured = {one.value: one for one in measured_slices(gate_states(baseline, version).states)}
    unknown = [value for value in wanted if value not in measured]
    if unknown:
        raise Refused(
            f"Not a measured slice: {', '.join(unknown[:3])}.",
            code="conditions",
            fields={"conditions": "Choose among the measured slices."},
        )
    return [measured[value].as_condition() for value in dict.fromkeys(wanted)]


def _record(actor: User, signed: SignOff, verb: str, before: dict[str, object] | None = None) -> None:
    record(
        actor=actor,
        verb=verb,
        noun="baseline",
        object_id=signed.baseline_id,
        label=f"{signed.baseline.key} {signed.model_version.label}",
        product=signed.baseline.product.key,
        before=before,
        after={
            "decision": signed.decision,
            "conditions": [
                f"{one['requirement']} {one['criterion']} {one['slice']}" for one in signed.conditions
            ],
            "note": signed.note,
            "against_gate": signed.against_gate,
            "gate": signed.gate_id,
        },
    )
