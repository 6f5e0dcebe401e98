"""Which changes make a requirement's standings due; migrations make the triggers from this list.

A new source is one line here, and `*marks_by("its_table")` among the operations of the migration that makes its table.
"""

from django.db.migrations.operations.special import RunSQL

from config.marking import Source, again, operations

MARKS = "capabilities_standingmark"
_OF_VERDICTS = """JOIN capabilities_verification verification ON verification.id = verdict.verification_id
JOIN capabilities_criterion criterion ON criterion.id = verification.criterion_id
JOIN capabilities_revision revision ON revision.id = criterion.revision_id"""
_OF_EVALUATIONS = """JOIN capabilities_verification verification ON verification.evaluation_version_id = version.id
JOIN capabilities_criterion criterion ON criterion.id = verification.criterion_id
JOIN capabilities_revision revision ON revision.id = criterion.revision_id"""

# A verdict's lines are written in the transaction of their verdict or never (models/frozen.py): its mark speaks for them.
MARKED = (
    Source("capabilities_requirement", "SELECT id FROM changed", ("product_id",)),
    Source(
        "capabilities_revision",
        """SELECT requirement_id FROM changed UNION ALL SELECT link.source_id FROM changed
        JOIN capabilities_link link ON link.target_id = changed.requirement_id AND link.kind = 'depends_on'""",
        ("requirement_id", "number", "status", "title", "fingerprint"),
    ),
    Source(
        "capabilities_link",
        "SELECT source_id FROM changed WHERE kind = 'depends_on'",
        ("source_id", "target_id", "kind"),
    ),
    Source(
        "capabilities_criterion",
        "SELECT revision.requirement_id FROM changed JOIN capabilities_revision revision ON revision.id = changed.revision_id",
    ),
    Source(
        "capabilities_verification",
        """SELECT revision.requirement_id FROM changed JOIN capabilities_criterion criterion ON criterion.id = changed.criterion_id
        JOIN capabilities_revision revision ON revision.id = criterion.revision_id""",
    ),
    Source("capabilities_verdict", f"SELECT revision.requirement_id FROM changed verdict {_OF_VERDICTS}"),
    Source("capabilities_waiver", "SELECT requirement_id FROM changed"),
    Source(
        "capabilities_product",
        "SELECT requirement.id FROM changed JOIN capabilities_requirement requirement ON requirement.product_id = changed.id",
        ("evidence_max_age_days",),
    ),
    Source(
        "evaluations_run",
        f"SELECT revision.requirement_id FROM changed JOIN capabilities_verdict verdict ON verdict.run_id = changed.id {_OF_VERDICTS}",
        ("finished_at",),
    ),
    Source(
        "evaluations_evaluationversion",
        f"""SELECT revision.requirement_id FROM changed
        JOIN evaluations_evaluationversion version ON version.evaluation_id = changed.evaluation_id {_OF_EVALUATIONS}""",
        ("evaluation_id", "number", "dataset_version_id"),
    ),
    Source(
        "evaluations_datasetversion",
        f"""SELECT revision.requirement_id FROM changed
        JOIN evaluations_datasetversion dataset ON dataset.dataset_id = changed.dataset_id
        JOIN evaluations_evaluationversion version ON version.dataset_version_id = dataset.id {_OF_EVALUATIONS}
        WHERE changed.frozen_at IS NOT NULL""",
        ("dataset_id", "number", "frozen_at"),
    ),
    Source(
        "evaluations_scorerversion",
        """SELECT revision.requirement_id FROM changed JOIN capabilities_criterion criterion ON criterion.scorer_id = changed.scorer_id
        JOIN capabilities_revision revision ON revision.id = criterion.revision_id""",
    ),
)


def marks_by(*tables: str) -> list[RunSQL]:
    """Migration operations for the sources of these tables; reversible. Each migration names its own: later ones are not there yet."""
    return operations([source for source in MARKED if source.table in tables], MARKS, "requirement_id")


def marks_anew_by(*tables: str) -> list[RunSQL]:
    """Migration operations for sources whose line here changed after their triggers were made."""
    return again([source for source in MARKED if source.table in tables], MARKS, "requirement_id")
