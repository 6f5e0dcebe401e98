"""The statement that tells changes of many requirements in one go.

What `states.py`, `change_items.py` and `change_rivals.py` say of loaded rows is said here once more in SQL; a test holds the two together
over whatever may happen.
"""

AGREED_THEN = """{text}.approved_at <= %(moment)s AND NOT EXISTS (
    SELECT FROM capabilities_revision later WHERE later.requirement_id = {text}.requirement_id AND later.number > {text}.number
    AND later.approved_at <= %(moment)s AND later.status <> 'discarded')"""
# Requirements that may stand otherwise, as `touched.py` says, and where all stand now, as `change_objectives.py` does.
GIVEN = """{touched},
standing (requirement_id, outcome) AS ({standing})"""
PLAIN = """plain AS MATERIALIZED (
    SELECT own.id, own.number, own.objective_id, own.kind, own.revision_id
    FROM own JOIN touched USING (id)
    WHERE own.lifecycle = 'approved' AND own.created_at <= %(moment)s AND own.agreed_then AND NOT EXISTS (
        SELECT FROM capabilities_revision later WHERE later.requirement_id = own.id AND later.number > own.revision_number
        AND later.approved_at <= %(moment)s AND later.status <> 'discarded')
    AND NOT EXISTS (SELECT FROM capabilities_waiver waiver WHERE waiver.requirement_id = own.id)
    AND NOT EXISTS (
        SELECT FROM capabilities_criterion criterion JOIN capabilities_verification link ON link.criterion_id = criterion.id
        WHERE criterion.revision_id = own.revision_id AND link.confirmed_at > %(moment)s)
    AND NOT EXISTS (
        SELECT FROM people_auditentry deed
        WHERE deed.noun = 'requirement' AND deed.object_id = own.id::text AND deed.at > %(moment)s
        AND (deed.verb = ANY(%(deeds)s) OR deed.after ? 'lifecycle' OR deed.before ?| ARRAY['kind', 'objective']))
    AND NOT EXISTS (
        SELECT FROM capabilities_link needs
        WHERE needs.source_id = own.id AND needs.kind = 'depends_on' AND (
            needs.created_at > %(moment)s OR NOT EXISTS (
                SELECT FROM capabilities_revision text
                WHERE text.requirement_id = needs.target_id AND text.status = 'approved' AND {target_agreed}
                AND NOT EXISTS (
                    SELECT FROM capabilities_criterion criterion
                    JOIN capabilities_verification link ON link.criterion_id = criterion.id
                    WHERE criterion.revision_id = own.revision_id
                    AND link.stamp->'depends_on'->(needs.target_id::text) <> to_jsonb(text.fingerprint))))))"""
# What is not agreed and never was changes nothing, whatever its versions were judged.
OTHER = """other AS MATERIALIZED (
    SELECT own.id FROM (SELECT id FROM touched EXCEPT SELECT id FROM plain) AS rest JOIN own USING (id)
    WHERE own.lifecycle = 'approved' OR own.id IN (SELECT requirement_id FROM capabilities_revision WHERE approved_at <= %(moment)s))"""
# The newest numbers of what measures, now and then.
NEWEST = """newest_scorer AS MATERIALIZED (
    SELECT scorer_id AS id, max(number) AS now, max(number) FILTER (WHERE created_at <= %(moment)s) AS before
    FROM evaluations_scorerversion GROUP BY scorer_id),
measured AS MATERIALIZED (
    SELECT version.id, evaluation.now AS evaluation_now, evaluation.before AS evaluation_before,
      dataset.now AS dataset_now, dataset.before AS dataset_before
    FROM evaluations_evaluationversion version
    JOIN evaluations_datasetversion cases ON cases.id = version.dataset_version_id
    LEFT JOIN (
        SELECT evaluation_id AS id, max(number) AS now, max(number) FILTER (WHERE created_at <= %(moment)s) AS before
        FROM evaluations_evaluationversion GROUP BY evaluation_id) evaluation ON evaluation.id = version.evaluation_id
    LEFT JOIN (
        SELECT dataset_id AS id, max(number) AS now, max(number) FILTER (WHERE frozen_at <= %(moment)s) AS before
        FROM evaluations_datasetversion WHERE frozen_at IS NOT NULL GROUP BY dataset_id) dataset ON dataset.id = cases.dataset_id)"""
# Every piece of evidence of what is told here. moved: something is newer now than then of what measures it.
LINKED = """linked AS MATERIALIZED (
    SELECT plain.id AS requirement_id, plain.kind, link.criterion_id, link.id AS link_id,
      measured.evaluation_now IS DISTINCT FROM measured.evaluation_before OR measured.dataset_now IS DISTINCT FROM measured.dataset_before
        OR newest_scorer.now IS DISTINCT FROM newest_scorer.before AS moved
    FROM plain JOIN capabilities_criterion criterion ON criterion.revision_id = plain.revision_id
    JOIN capabilities_verification link ON link.criterion_id = criterion.id
    JOIN measured ON measured.id = link.evaluation_version_id
    LEFT JOIN newest_scorer ON newest_scorer.id = criterion.scorer_id)"""
# Every verdict that may count, read off an index alone. place_now, place_then: how good a choice its version is for the kind of the
# requirement, 1 the best; null where it may not be spoken of, or came later.
PLACED = """choice AS MATERIALIZED (
    SELECT * FROM unnest(%(kinds)s::text[], %(versions_of_kinds)s::bigint[], %(places_now)s::int[], %(places_then)s::int[])
    AS choice (kind, model_version_id, now, before)),
placed AS MATERIALIZED (
    SELECT linked.requirement_id, linked.criterion_id, linked.link_id, linked.moved, verdict.id, verdict.model_version_id, verdict.outcome,
      verdict.trend, verdict.pending_confirmation,
      choice.now AS place_now, CASE WHEN verdict.created_at <= %(moment)s THEN choice.before END AS place_then
    FROM linked
    JOIN capabilities_verdict verdict ON verdict.verification_id = linked.link_id AND verdict.model_version_id = ANY(%(versions)s::bigint[])
    LEFT JOIN choice ON choice.kind = linked.kind AND choice.model_version_id = verdict.model_version_id)"""
# A requirement speaks of the first version with a verdict, as `StateRows.first_judged` chooses; each of its criteria of the newest evidence
# that has one for it and of that the newest, as `states.py` chooses. Of `=` the planner expects next to nothing, and then loops.
SPOKEN = """spoken AS MATERIALIZED (
    SELECT requirement_id, min(place_now) AS now, min(place_then) AS before FROM placed GROUP BY requirement_id),
present AS MATERIALIZED ({present}),
past AS MATERIALIZED ({past}),
aging AS MATERIALIZED (
    SELECT id, nullif(detail->>'ages_from', '')::timestamptz AS since FROM capabilities_verdict
    WHERE model_version_id = ANY(%(versions)s::bigint[]) AND detail ? 'ages_from')"""
NEWEST_SAID = """SELECT DISTINCT ON (criterion_id) placed.*, model_version_id = ANY(%(floating)s::bigint[]) AS floating
    FROM placed JOIN spoken USING (requirement_id)
    WHERE {place} <= spoken.{first} ORDER BY criterion_id, link_id DESC, id DESC"""
# Whether a verdict's evidence is to be looked at again, as `stamp_differences` and `freshness_of` say.
AGED = """({name}.id IS NOT NULL AND ((
    SELECT link.stamp->>'criterion' IS DISTINCT FROM criterion.fingerprint
      OR coalesce(link.stamp->'scorer', 'null') <> coalesce(to_jsonb(newest_scorer.{column}), 'null')
      OR coalesce(link.stamp->'evaluation', 'null') <> coalesce(to_jsonb(measured.evaluation_{column}), 'null')
      OR coalesce(link.stamp->'dataset', 'null') <> coalesce(to_jsonb(measured.dataset_{column}), 'null')
    FROM capabilities_verification link JOIN measured ON measured.id = link.evaluation_version_id
    LEFT JOIN newest_scorer ON newest_scorer.id = criterion.scorer_id WHERE link.id = {name}.link_id)
  OR coalesce({at} - least(
    CASE WHEN {name}.floating THEN (
        SELECT coalesce(run.finished_at, verdict.created_at)
        FROM capabilities_verdict verdict JOIN evaluations_run run ON run.id = verdict.run_id WHERE verdict.id = {name}.id) END,
    {name}_aging.since) > %(age)s, false)))"""
# The same evidence, of which nothing moved and that time alone does not touch, is what it was: looked at only where it may not be.
JUDGED = """judged AS MATERIALIZED (
    SELECT plain.id, plain.number, criterion.key, criterion.must, present.id AS present_id, past.id AS past_id,
      coalesce(present.outcome, 'no_data') AS outcome, coalesce(past.outcome, 'no_data') AS was,
      coalesce(present.pending_confirmation, false) AS pending,
      present.trend = 'regressed' AND past.trend IS DISTINCT FROM 'regressed' AS regressed,
      present.id IS NOT NULL AND (present.pending_confirmation OR past.outcome IS DISTINCT FROM present.outcome)
        OR present.id IS NULL AND past.id IS NOT NULL AS flipped,
      CASE WHEN present.link_id = past.link_id AND NOT present.moved AND NOT present.floating AND NOT past.floating
          AND num_nonnulls(present_aging.since, past_aging.since) = 0
        THEN false ELSE {aged_now} AND NOT {aged_then} END AS aged
    FROM plain JOIN capabilities_criterion criterion ON criterion.revision_id = plain.revision_id
    LEFT JOIN present ON present.criterion_id = criterion.id LEFT JOIN aging present_aging ON present_aging.id = present.id
    LEFT JOIN past ON past.criterion_id = criterion.id LEFT JOIN aging past_aging ON past_aging.id = past.id)"""
RANK = "CASE {of} WHEN 'not_met' THEN 0 WHEN 'no_data' THEN 1 WHEN 'inconclusive' THEN 2 WHEN 'met' THEN {met} END"
SIDE = """CASE WHEN coalesce({line}.detail->>'reason', '') NOT IN ('', 'straddles') OR {line}.low IS NULL OR {line}.high IS NULL THEN 0
    WHEN {line}.low > 0 THEN CASE WHEN {line}.higher THEN 1 ELSE -1 END
    WHEN {line}.high < 0 THEN CASE WHEN {line}.higher THEN -1 ELSE 1 END ELSE 0 END"""
# The newest line of each rival beside a verdict, looked up verdict by verdict: a change has few lines, the table very many.
LINES = """SELECT DISTINCT ON (line.verdict_id, version.model_id) {named}, line.*, version.model_id,
      coalesce((verdict.detail->>'higher_is_better')::boolean, true) AS higher
    FROM {beside} CROSS JOIN LATERAL (
        SELECT * FROM capabilities_verdictline line
        WHERE line.verdict_id = {verdict} AND line.kind = 'rival' AND line.point IS NOT NULL OFFSET 0) line
    CROSS JOIN LATERAL (SELECT detail FROM capabilities_verdict WHERE id = line.verdict_id OFFSET 0) verdict
    JOIN evaluations_modelversion version ON version.id = line.model_version_id
    ORDER BY line.verdict_id, version.model_id, line.id DESC"""
RIVALS = """differing AS (
    SELECT id AS requirement_id, number, key, must, present_id, past_id
    FROM judged WHERE past_id IS NOT NULL AND past_id IS DISTINCT FROM present_id),
line AS MATERIALIZED ({lines_now}),
former AS MATERIALIZED ({lines_then})"""

ITEMS = """item AS (
    SELECT CASE WHEN regressed OR present_id IS NULL THEN 'worse' WHEN pending THEN 'pending'
        WHEN {rank_now} > {rank_then} THEN 'better' ELSE 'worse' END AS told,
      CASE WHEN NOT flipped OR pending THEN 3 ELSE {severity} END AS severity, id, number, key, must, present_id, past_id
    FROM judged WHERE flipped OR regressed
    UNION ALL SELECT 'stale', 3, id, number, key, must, present_id, past_id FROM judged WHERE aged
    UNION ALL
    SELECT 'rivals', 3, line.requirement_id, line.number, line.key, line.must, line.present_id, line.past_id
    FROM line LEFT JOIN former ON former.verdict_id = line.past_id AND former.model_id = line.model_id
    WHERE (former.id IS NULL OR former.model_version_id <> line.model_version_id
        OR num_nulls(line.their_low, line.their_high, former.their_low, former.their_high) = 0
          AND NOT (line.their_low <= former.their_high AND former.their_low <= line.their_high)
        OR {side_now} <> {side_then})
), ranked AS (
    SELECT *, count(*) OVER (PARTITION BY told) AS total,
      row_number() OVER (PARTITION BY told ORDER BY must DESC, severity, number, key COLLATE "C") AS place
    FROM item
)"""
ROLLED = """CASE WHEN count(judged.id) FILTER (WHERE must) = 0 THEN 'no_data'
    WHEN bool_or({of} = 'not_met') FILTER (WHERE must) THEN 'not_met'
    WHEN min({of}) FILTER (WHERE must) = max({of}) FILTER (WHERE must) THEN min({of}) FILTER (WHERE must) ELSE 'inconclusive' END"""
TALLIES = """rolled AS (
    SELECT plain.objective_id, plain.number, {then} AS was, {now} AS outcome
    FROM plain LEFT JOIN judged ON judged.id = plain.id WHERE plain.objective_id IS NOT NULL
    GROUP BY plain.id, plain.objective_id, plain.number)"""
# Of requirements that are not worked out, how many of those agreed then the audit does not tell of, as `Trail.lifecycle_at` reads it.
UNTOLD = """SELECT count(*) FROM own
WHERE own.lifecycle = 'approved' AND own.created_at <= %(moment)s AND own.id NOT IN (SELECT id FROM other) AND NOT EXISTS (
    SELECT FROM people_auditentry deed
    WHERE deed.noun = 'requirement' AND deed.object_id = own.id::text AND deed.at <= %(moment)s
    AND (deed.verb = 'requirement.created' OR deed.verb = ANY(%(deeds)s) OR deed.after ? 'lifecycle'))"""
# What is told of a row beside what changed: the name of its requirement, whether what it says now waited for a second run since, and of
# evidence to look at again what it was linked to and what is there now.
TITLE = "(SELECT title FROM capabilities_revision WHERE capabilities_revision.id = plain.revision_id)"
WAITED = """coalesce((
    SELECT true FROM capabilities_verdict present JOIN capabilities_verdict waiting USING (verification_id, model_version_id)
    WHERE present.id = present_id AND waiting.pending_confirmation AND waiting.created_at > %(moment)s LIMIT 1), false)"""
STAMPS = """CASE WHEN told = 'stale' THEN (
    SELECT jsonb_build_array(link.stamp, jsonb_build_object('criterion', criterion.fingerprint, 'scorer', newest_scorer.now,
      'evaluation', measured.evaluation_now, 'dataset', measured.dataset_now))
    FROM capabilities_verdict present JOIN capabilities_verification link ON link.id = present.verification_id
    JOIN capabilities_criterion criterion ON criterion.id = link.criterion_id
    JOIN measured ON measured.id = link.evaluation_version_id LEFT JOIN newest_scorer ON newest_scorer.id = criterion.scorer_id
    WHERE present.id = present_id) END"""
# Five kinds of rows of one pass over what changed.
TOLD = """SELECT 'other' AS kind, coalesce(jsonb_agg(id), '[]') AS row FROM other
UNION ALL
SELECT 'untold', to_jsonb(({untold}))
UNION ALL
SELECT 'stands', jsonb_build_array(objective_id, outcome, outcome, count(*), to_jsonb((array_agg(number ORDER BY number))[:%(named)s]))
FROM standing JOIN own ON own.id = standing.requirement_id
WHERE own.objective_id IS NOT NULL AND own.lifecycle = 'approved' AND own.id NOT IN (SELECT id FROM touched) GROUP BY objective_id, outcome
UNION ALL
SELECT 'item', jsonb_build_array(told, total, must, severity, number, key, id, present_id, past_id, title, waited, stamps) FROM (
    SELECT ranked.*, {title} AS title, {waited} AS waited, {stamps} AS stamps
    FROM ranked JOIN plain USING (id, number)
    WHERE place <= CASE WHEN told = %(chosen)s THEN %(most_chosen)s ELSE %(most)s END ORDER BY told, place) AS shown
UNION ALL
SELECT 'objective', jsonb_build_array(objective_id, was, outcome, count(*), to_jsonb((array_agg(number ORDER BY number))[:%(named)s]))
FROM rolled GROUP BY objective_id, was, outcome"""


def statement(touched: str, standing: str) -> str:
    """touched, standing: what is touched, as `touched.py` asks, and the SQL of how every requirement stands now."""
    plain = PLAIN.format(target_agreed=AGREED_THEN.format(text="text"))
    spoken = SPOKEN.format(
        present=NEWEST_SAID.format(place="place_now", first="now"),
        past=NEWEST_SAID.format(place="place_then", first="before"),
    )
    judged = JUDGED.format(
        aged_now=AGED.format(name="present", column="now", at="%(now)s"),
        aged_then=AGED.format(name="past", column="before", at="%(moment)s"),
    )
    items = ITEMS.format(
        rank_now=RANK.format(of="outcome", met=3),
        rank_then=RANK.format(of="was", met=3),
        severity=RANK.format(of="outcome", met=4),
        side_now=SIDE.format(line="line"),
        side_then=SIDE.format(line="former"),
    )
    rivals = RIVALS.format(
        lines_now=LINES.format(named="differing.*", beside="differing", verdict="differing.present_id"),
        lines_then=LINES.format(named="beside.past_id", beside="line beside", verdict="beside.past_id"),
    )
    tallies = TALLIES.format(then=ROLLED.format(of="judged.was"), now=ROLLED.format(of="judged.outcome"))
    given = GIVEN.format(touched=touched, standing=standing)
    parts = [given, plain, OTHER, NEWEST, LINKED, PLACED, spoken, judged, rivals, items, tallies]
    told = TOLD.format(untold=UNTOLD, title=TITLE, waited=WAITED, stamps=STAMPS)
    return f"WITH {', '.join(parts)} {told}"
