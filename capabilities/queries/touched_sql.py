"""The SQL of which requirements may stand otherwise now than they stood at a moment.

One too many costs a little time, one too few would hide a change: whatever `states.py` and `past.py` read is asked for here.
"""

# The requirements of the product, with the text that is agreed now and whether it was agreed then.
OWN = """own AS MATERIALIZED (
    SELECT requirement.id, requirement.number, requirement.objective_id, requirement.kind, requirement.lifecycle, requirement.created_at,
      text.id AS revision_id, text.number AS revision_number, coalesce(text.approved_at <= %(moment)s, false) AS agreed_then
    FROM capabilities_requirement requirement
    LEFT JOIN capabilities_revision text ON text.requirement_id = requirement.id AND text.status = 'approved'
    WHERE requirement.product_id = %(product)s)"""
# Agreed now on a text that was not agreed then, and agreed then but not now.
TEXTS = """SELECT id FROM own WHERE CASE WHEN lifecycle = 'approved' THEN NOT agreed_then OR created_at > %(moment)s
    ELSE id IN (SELECT requirement_id FROM capabilities_revision WHERE approved_at <= %(moment)s) END"""
# Linked since, or to one whose text of now was not agreed then.
DEPENDENCIES = """SELECT needs.source_id FROM capabilities_link needs
JOIN capabilities_requirement source ON source.id = needs.source_id
WHERE needs.kind = 'depends_on' AND source.product_id = %(product)s AND (
    needs.created_at > %(moment)s OR NOT EXISTS (
        SELECT FROM capabilities_revision same
        WHERE same.requirement_id = needs.target_id AND same.status = 'approved' AND same.approved_at <= %(moment)s))"""
# Evidence linked or confirmed since, evidence of which something is newer than then, and evidence that was judged since, waits for a second
# run, or grew old between then and now: each by an index of its own. Days beside the age allow for any time zone in the text.
EVIDENCE = """SELECT revision.requirement_id FROM (
    SELECT id FROM capabilities_verification WHERE confirmed_at > %(moment)s
    UNION
    SELECT id FROM capabilities_verification
    WHERE evaluation_version_id IN (
        SELECT version.id FROM evaluations_evaluationversion version
        JOIN evaluations_datasetversion cases ON cases.id = version.dataset_version_id
        WHERE version.evaluation_id IN (SELECT evaluation_id FROM evaluations_evaluationversion WHERE created_at > %(moment)s)
        OR cases.dataset_id IN (SELECT dataset_id FROM evaluations_datasetversion WHERE frozen_at > %(moment)s))
    UNION
    SELECT link.id FROM capabilities_criterion criterion JOIN capabilities_verification link ON link.criterion_id = criterion.id
    WHERE criterion.scorer_id IN (SELECT scorer_id FROM evaluations_scorerversion WHERE created_at > %(moment)s)
    UNION
    SELECT verification_id FROM capabilities_verdict
    WHERE model_version_id = ANY(%(spoken_of)s::bigint[]) AND created_at > %(moment)s
    UNION
    SELECT verification_id FROM capabilities_verdict
    WHERE model_version_id = ANY(%(spoken_of)s::bigint[]) AND pending_confirmation
    UNION
    SELECT verification_id FROM capabilities_verdict
    WHERE model_version_id = ANY(%(spoken_of)s::bigint[]) AND detail ? 'ages_from'
    AND detail->>'ages_from' > to_char(%(moment)s - %(age)s - interval '2 days', 'YYYY-MM-DD')
    AND detail->>'ages_from' < to_char(%(now)s - %(age)s + interval '2 days', 'YYYY-MM-DD')
    AND nullif(detail->>'ages_from', '')::timestamptz BETWEEN %(moment)s - %(age)s AND %(now)s - %(age)s
    UNION
    SELECT verdict.verification_id FROM capabilities_verdict verdict JOIN evaluations_run run ON run.id = verdict.run_id
    WHERE verdict.model_version_id = ANY(%(floating)s::bigint[])
    AND coalesce(run.finished_at, verdict.created_at) BETWEEN %(moment)s - %(age)s AND %(now)s - %(age)s
) AS evidence JOIN capabilities_verification link ON link.id = evidence.id
JOIN capabilities_criterion criterion ON criterion.id = link.criterion_id
JOIN capabilities_revision revision ON revision.id = criterion.revision_id AND revision.approved_at IS NOT NULL"""
# Kept standings that are due say nothing.
DUE = """SELECT requirement_id FROM capabilities_standingmark
UNION ALL
SELECT requirement_id FROM capabilities_standing WHERE valid_until < %(now)s AND product_id = %(product)s"""
# Another version may have spoken then of these kinds: of all that one of them judged, but where the same first choice judged.
OTHERS = """SELECT own.id FROM own WHERE own.kind = ANY(%(kinds_{place})s::text[]) AND NOT EXISTS (
    SELECT FROM capabilities_standing standing WHERE standing.product_id = %(product)s AND standing.requirement_id = own.id
    AND coalesce(standing.model_version_id, 0) = %(first_{place})s)
AND EXISTS (
    SELECT FROM capabilities_standing standing
    WHERE standing.requirement_id = own.id AND standing.model_version_id = ANY(%(spoken_{place})s::bigint[]))"""
WAIVERS = """SELECT requirement_id FROM capabilities_waiver
WHERE created_at > %(moment)s OR revoked_at > %(moment)s OR expires_on BETWEEN %(first_day)s AND %(last_day)s"""
# Something was done to it, as the audit tells, of whatever product.
DEEDS = """SELECT object_id::bigint FROM people_auditentry
WHERE noun = 'requirement' AND at > %(moment)s AND object_id ~ '^[0-9]{1,18}$'"""


def touched_statement(others: int) -> str:
    """The requirements of the product and those that something touched, named `own` and `touched`. others: how many of `OTHERS`."""
    several = [OTHERS.format(place=place) for place in range(others)]
    parts = [TEXTS, DEPENDENCIES, EVIDENCE, DUE, *several, WAIVERS, DEEDS]
    return f"{OWN},\ntouched (id) AS MATERIALIZED ({' UNION '.join(parts)})"
