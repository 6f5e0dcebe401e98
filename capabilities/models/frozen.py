"""Which judgements the database refuses to change; migrations make the triggers from this list."""

from config.freezing import Frozen

FROZEN = (
    Frozen(
        "capabilities_revision",
        when="OLD.status IN ('approved', 'superseded')",
        # The database computes `searched` after its triggers have run.
        mutable=("status", "superseded_at", "searched"),
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
# Since the migration that froze the above; each has its own.
FROZEN_REVIEWS = (
    Frozen("capabilities_submission"),
    Frozen(
        "capabilities_review",
        mutable=("withdrawn_at", "withdrawn_reason"),
        guard="OLD.withdrawn_at IS NULL OR to_jsonb(NEW) = to_jsonb(OLD)",
    ),
)
FROZEN_RELEASES = (Frozen("capabilities_signoff"),)
BULK_CHANGE = Frozen(
    "capabilities_bulkchange", mutable=("undone_at", "undone_by_id"), guard="OLD.undone_at IS NULL"
)
FROZEN_EXPECTATIONS = (Frozen("capabilities_expectation"),)
FROZEN_ASSESSMENTS = (
    Frozen("capabilities_assessment", born_with=(("capabilities_assessmentevidence", "assessment_id"),)),
    Frozen("capabilities_assessmentevidence"),
    Frozen("capabilities_remark"),
    # Numbers of problems are never given twice, so none goes.
    Frozen("capabilities_problem", when="TG_OP = 'DELETE'"),
)
FROZEN_DISCOVERIES = (Frozen("capabilities_discoveryevidence"), Frozen("capabilities_discoverythumb"))
# An expectation is written on what is agreed, before any sample of its version was answered. Runs under way are locked meanwhile, so that
# none of them ends between the look and the commit; the moment is the database's own.
EXPECTED_FIRST = """
CREATE OR REPLACE FUNCTION expectation_comes_first() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked capabilities_criterion%ROWTYPE;
  owner capabilities_revision%ROWTYPE;
  seen boolean := FALSE;
BEGIN
  SELECT * INTO asked FROM capabilities_criterion WHERE id = NEW.criterion_id;
  SELECT * INTO owner FROM capabilities_revision WHERE id = asked.revision_id;
  IF owner.status <> 'approved' THEN
    RAISE EXCEPTION 'expectation_on_what_is_agreed' USING ERRCODE = '23514';
  END IF;
  IF NEW.model_version_id IS NULL THEN
    seen := EXISTS (SELECT 1 FROM evaluations_modelversion WHERE model_id = NEW.model_id AND id > COALESCE(NEW.after_id, 0))
      OR (NEW.after_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM evaluations_modelversion WHERE model_id = NEW.model_id AND id = NEW.after_id));
  ELSE
    IF NOT EXISTS (SELECT 1 FROM evaluations_modelversion WHERE model_id = NEW.model_id AND id = NEW.model_version_id) THEN
      RAISE EXCEPTION 'expectation_of_a_version_of_its_model' USING ERRCODE = '23514';
    END IF;
    SELECT COALESCE(bool_or(found.answered), FALSE) INTO seen FROM (
      SELECT run.state IN ('scoring', 'done', 'partial') OR run.done > 0 AS answered
      FROM evaluations_run run
      WHERE run.model_version_id = NEW.model_version_id AND run.evaluation_version_id IN (
        SELECT link.evaluation_version_id FROM capabilities_verification link
        JOIN capabilities_criterion same ON same.id = link.criterion_id
        JOIN capabilities_revision other ON other.id = same.revision_id
        WHERE other.requirement_id = owner.requirement_id AND same.key = asked.key AND same.fingerprint = asked.fingerprint)
      FOR SHARE OF run) found;
  END IF;
  IF seen THEN
    RAISE EXCEPTION 'expectation_before_the_result' USING ERRCODE = '23514';
  END IF;
  NEW.created_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER expectation_comes_first BEFORE INSERT ON capabilities_expectation
FOR EACH ROW EXECUTE FUNCTION expectation_comes_first();"""
EXPECTED_FIRST_GONE = "DROP FUNCTION IF EXISTS expectation_comes_first() CASCADE;"
# Since reminders are looked at again; the trigger of the migration before is made anew.
FROZEN_REMARKS = (
    Frozen(
        "capabilities_remark",
        mutable=("settled_at", "settled_by_id", "found"),
        guard="OLD.settled_at IS NULL OR to_jsonb(NEW) = to_jsonb(OLD)",
    ),
)
