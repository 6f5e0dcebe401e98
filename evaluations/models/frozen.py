"""Which facts the database refuses to change; migrations make the triggers from this list."""

from config.freezing import Frozen

# A picture or sound that nothing is noted to use may be collected; what was erased stays known as erased.
KEPT = (
    "OLD.media_type IN ('text/plain', 'application/json') OR OLD.purged_at IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM evaluations_mediause AS noted WHERE noted.blob_id = OLD.id)"
)
FROZEN = (
    Frozen(
        "evaluations_blob",
        when=KEPT,
        mutable=("data", "compressed", "purged_at"),
        guard="NEW.purged_at IS NOT NULL",
    ),
    Frozen("evaluations_case", deletable=True),
    Frozen(
        "evaluations_datasetversion",
        when="OLD.frozen_at IS NOT NULL",
        mutable=("retired_at", "retired_reason"),
        children=(("evaluations_datasetversioncase", "version_id"),),
    ),
    Frozen("evaluations_promptversion"),
    Frozen("evaluations_scorerversion"),
    Frozen(
        "evaluations_evaluationversion",
        when="OLD.frozen_at IS NOT NULL",
        children=(("evaluations_evaluationscorer", "evaluation_version_id"),),
    ),
    Frozen(
        "evaluations_modelversion",
        mutable=("stage", "released_on", "shutdown_on", "held_to", "context_window", "modalities"),
    ),
    Frozen("evaluations_response"),
    Frozen("evaluations_score"),
    Frozen("evaluations_exposure"),
)
# Since the migration that froze the above.
FROZEN_CLAIMS = (
    Frozen(
        "evaluations_claimedscore",
        mutable=("withdrawn_at", "withdrawn_by_id", "withdrawn_reason"),
        guard="OLD.withdrawn_at IS NULL OR to_jsonb(NEW) = to_jsonb(OLD)",
    ),
)
FROZEN_PAIRS = (Frozen("evaluations_pairjudging"), Frozen("evaluations_pairopinion"))
FROZEN_LOGS = (Frozen("evaluations_importedlog"),)
