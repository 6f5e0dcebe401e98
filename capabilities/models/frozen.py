"""Which judgements the database refuses to change; migrations make the triggers from this list."""

from config.freezing import Frozen

FROZEN = (
    Frozen(
        "capabilities_revision",
        when="OLD.status IN ('approved', 'superseded')",
        mutable=("status", "superseded_at"),
        guard="NEW.status = OLD.status OR (OLD.status = 'approved' AND NEW.status = 'superseded')",
        children=(("capabilities_criterion", "revision_id"),),
    ),
    Frozen(
        "capabilities_rivalset",
        when="OLD.frozen_at IS NOT NULL",
        children=(("capabilities_rivalsetmodel", "rival_set_id"),),
    ),
    Frozen(
        "capabilities_baseline",
        when="OLD.state = 'closed'",
        children=(("capabilities_baselineitem", "baseline_id"),),
    ),
    Frozen("capabilities_verdict", born_with=(("capabilities_verdictline", "verdict_id"),)),
    Frozen("capabilities_verdictline"),
    Frozen("capabilities_gatedecision"),
)
