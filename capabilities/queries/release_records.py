"""A release and its sign-offs as files and the API hold them. No query."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from capabilities.models import SignOff
from capabilities.queries.release_rows import release_rows
from capabilities.queries.releases import Release


def sign_off_record(one: SignOff) -> dict[str, Any]:
    """Its gate, version and signer must be loaded."""
    return {
        "id": one.pk,
        "decision": one.decision,
        "against_gate": one.against_gate,
        "conditions": one.conditions,
        "note": one.note,
        "gate": one.gate.decision,
        "digest": one.gate.digest,
        "version": one.model_version.label,
        "signed_by": one.signed_by.username,
        "signed_at": one.signed_at.isoformat(),
    }


def release_record(found: Release, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Rates are fractions; differences are ours − theirs."""
    return {
        "baseline": found.baseline.key,
        "version": found.version.label,
        "gate": {"decision": reply["decision"], "digest": reply["digest"]},
        "signed": sign_off_record(found.standing) if found.standing else None,
        "history": [sign_off_record(one) for one in found.history],
        "criteria": [
            asdict(row) | {"judged_at": row.judged_at.isoformat() if row.judged_at else None}
            for row in release_rows(found)
        ],
        "slices": [one.as_condition() for one in found.slices],
    }
