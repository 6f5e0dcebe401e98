"""The statement that tells changes of many requirements in one go.

What `states.py`, `change_items.py` and `change_rivals.py` say of loaded rows is said here once more in SQL; a test holds the two together
over whatever may happen.
"""

# Every verdict that may count, read in one go, since looking each pair of then and now up by itself takes longer. place_now, place_then:
# how good a choice its version is for the kind of the requirement, 1 the best; null where it may not be spoken of, or came later.
SAID = """choice AS MATERIALIZED (
    SELECT * FROM unnest(%(kinds)s::text[], %(versions_of_kinds)s::bigint[], %(places_now)s::int[], %(places_then)s::int[])
    AS choice (kind, model_version_id, now, before)),
placed AS MATERIALIZED (
    SELECT plain.id AS requirement_id, link.criterion_id, link.id AS link_id, verdict.id, verdict.model_version_id, verdict.run_id,
      verdict.outcome, verdict.trend, verdict.pending_confirmation, verdict.created_at, verdict.detail,
      choice.now AS place_now, CASE WHEN verdict.created_at <= %(moment)s THEN choice.before END AS place_then
    FROM plain JOIN capabilities_criterion criterion ON criterion.revision_id = plain.revision_id
    JOIN capabilities_verification link ON link.criterion_id = criterion.id
    JOIN capabilities_verdict verdict ON verdict.verification_id = link.id AND verdict.model_version_id = ANY(%(versions)s::bigint[])
    LEFT JOIN choice ON choice.kind = plain.kind AND choice.model_version_id = verdict.model_version_id)"""
# A requirement speaks of the first version with a verdict, as `StateRows.first_judged` chooses; each of its criteria of the newest evidence
# that has one for it and of that the newest, as `states.py` chooses. Of `=` the planner expects next to nothing, and then loops.
SPOKEN = """spoken AS MATERIALIZED (
    SELECT requirement_id, min(place_now) AS now, min(place_then) AS before FROM placed GROUP BY requirement_id),
present AS MATERIALIZED ({present}),
past AS MATERIALIZED ({past})"""
NEWEST_SAID = """SELECT DISTINCT ON (criterion_id) placed.*, nullif(detail->>'ages_from', '')::timestamptz AS ages_from,
      coalesce((detail->>'higher_is_better')::boolean, true) AS higher
    FROM placed JOIN spoken USING (requirement_id)
    WHERE {place} <= spoken.{first} ORDER BY criterion_id, link_id DESC, id DESC"""
BESIDE = """LEFT JOIN {name} ON {name}.criterion_id = criterion.id
    LEFT JOIN capabilities_verification {name}_link ON {name}_link.id = {name}.link_id
    LEFT JOIN evaluations_run {name}_run ON {name}_run.id = {name}.run_id
    LEFT JOIN evaluations_modelversion {name}_version ON {name}_version.id = {name}.model_version_id
    LEFT JOIN measured {name}_measured ON {name}_measured.id = {name}_link.evaluation_version_id"""
AGREED_THEN = """{text}.approved_at <= %(moment)s AND NOT EXISTS (
    SELECT FROM capabilities_revision later WHERE later.requirement_id = {text}.requirement_id AND later.number > {text}.number
    AND later.approved_at <= %(moment)s AND later.status <> 'discarded')"""
# Requirements that may stand otherwise, as `touched.py` says, and where all stand now, as `change_objectives.py` does.
GIVEN = """touched (id) AS MATERIALIZED ({touched}),
standing (requirement_id, objective_id, number, outcome) AS ({standing})"""
PLAIN = """plain AS MATERIALIZED (
    SELECT requirement.id, requirement.number, requirement.objective_id, requirement.kind, revision.id AS revision_id
    FROM capabilities_requirement requirement
    JOIN capabilities_revision revision ON revision.requirement_id = requirement.id AND revision.status = 'approved'
    WHERE requirement.id IN (SELECT id FROM touched) AND requirement.product_id = %(product)s AND requirement.lifecycle = 'approved'
    AND requirement.created_at <= %(moment)s AND {agreed}
    AND NOT EXISTS (SELECT FROM capabilities_waiver waiver WHERE waiver.requirement_id = requirement.id)
    AND NOT EXISTS (
        SELECT FROM capabilities_criterion criterion JOIN capabilities_verification link ON link.criterion_id = criterion.id
        WHERE criterion.revision_id = revision.id AND link.confirmed_at > %(moment)s)
    AND NOT EXISTS (
        SELECT FROM people_auditentry deed
        WHERE deed.noun = 'requirement' AND deed.object_id = requirement.id::text AND deed.at > %(moment)s
        AND (deed.verb = ANY(%(deeds)s) OR deed.after ? 'lifecycle' OR deed.before ?| ARRAY['kind', 'objective']))
    AND NOT EXISTS (
        SELECT FROM capabilities_link needs
        WHERE needs.source_id = requirement.id AND needs.kind = 'depends_on' AND (
            needs.created_at > %(moment)s OR NOT EXISTS (
                SELECT FROM capabilities_revision text
                WHERE text.requirement_id = needs.target_id AND text.status = 'approved' AND {target_agreed}
                AND NOT EXISTS (
                    SELECT FROM capabilities_criterion criterion
                    JOIN capabilities_verification link ON link.criterion_id = criterion.id
                    WHERE criterion.revision_id = revision.id
                    AND link.stamp->'depends_on'->(needs.target_id::text) <> to_jsonb(text.fingerprint))))))"""
# What is not agreed and never was changes nothing, whatever its versions were judged.
OTHER = """other AS MATERIALIZED (
    SELECT requirement.id FROM capabilities_requirement requirement
    WHERE requirement.product_id = %(product)s AND requirement.id IN (SELECT id FROM touched)
    AND requirement.id NOT IN (SELECT id FROM plain) AND (requirement.lifecycle = 'approved' OR EXISTS (
        SELECT FROM capabilities_revision revision
        WHERE revision.requirement_id = requirement.id AND revision.approved_at <= %(moment)s)))"""
NEWEST = """newest_scorer AS MATERIALIZED (
    SELECT scorer_id AS id, max(number) AS now, max(number) FILTER (WHERE created_at <= %(moment)s) AS before
    FROM evaluations_scorerversion GROUP BY scorer_id),
measured AS MATERIALIZED (
    SELECT version.id, coalesce(to_jsonb(evaluation.now), 'null') AS evaluation_now, coalesce(to_jsonb(dataset.now), 'null') AS dataset_now,
      coalesce(to_jsonb(evaluation.before), 'null') AS evaluation_before, coalesce(to_jsonb(dataset.before), 'null') AS dataset_before
    FROM evaluations_evaluationversion version
    JOIN evaluations_datasetversion cases ON cases.id = version.dataset_version_id
    LEFT JOIN (
        SELECT evaluation_id AS id, max(number) AS now, max(number) FILTER (WHERE created_at <= %(moment)s) AS before
        FROM evaluations_evaluationversion GROUP BY evaluation_id) evaluation ON evaluation.id = version.evaluation_id
    LEFT JOIN (
        SELECT dataset_id AS id, max(number) AS now, max(number) FILTER (WHERE frozen_at <= %(moment)s) AS before
        FROM evaluations_datasetversion WHERE frozen_at IS NOT NULL GROUP BY dataset_id) dataset ON dataset.id = cases.dataset_id)"""
# Whether a verdict's evidence is to be looked at again, as `stamp_differences` and `freshness_of` say.
AGED = """({name}.id IS NOT NULL AND (
    {name}_link.stamp->>'criterion' IS DISTINCT FROM criterion.fingerprint
    OR coalesce({name}_link.stamp->'scorer', 'null') <> coalesce(to_jsonb(newest_scorer.{column}), 'null')
    OR coalesce({name}_link.stamp->'evaluation', 'null') <> {name}_measured.evaluation_{column}
    OR coalesce({name}_link.stamp->'dataset', 'null') <> {name}_measured.dataset_{column}
    OR coalesce({at} - least(
        CASE WHEN {name}_version.floating THEN coalesce({name}_run.finished_at, {name}.created_at) END,
        {name}.ages_from) > %(age)s, false)))"""
JUDGED = """judged AS MATERIALIZED (
    SELECT plain.id, plain.number, criterion.key, criterion.must, present.id AS present_id, past.id AS past_id,
      coalesce(present.outcome, 'no_data') AS outcome, coalesce(past.outcome, 'no_data') AS was,
      coalesce(present.pending_confirmation, false) AS pending,
      present.trend = 'regressed' AND past.trend IS DISTINCT FROM 'regressed' AS regressed,
      present.id IS NOT NULL AND (present.pending_confirmation OR past.outcome IS DISTINCT FROM present.outcome)
        OR present.id IS NULL AND past.id IS NOT NULL AS flipped,
      coalesce(present.higher, true) AS higher,
      coalesce(past.higher, true) AS was_higher,
      {aged_now} AND NOT {aged_then} AS aged
    FROM plain JOIN capabilities_criterion criterion ON criterion.revision_id = plain.revision_id
    LEFT JOIN newest_scorer ON newest_scorer.id = criterion.scorer_id
    {beside_present}
    {beside_past})"""
RANK = "CASE {of} WHEN 'not_met' THEN 0 WHEN 'no_data' THEN 1 WHEN 'inconclusive' THEN 2 WHEN 'met' THEN {met} END"
SIDE = """CASE WHEN coalesce({line}.detail->>'reason', '') NOT IN ('', 'straddles') OR {line}.low IS NULL OR {line}.high IS NULL THEN 0
    WHEN {line}.low > 0 THEN CASE WHEN {higher} THEN 1 ELSE -1 END
    WHEN {line}.high < 0 THEN CASE WHEN {higher} THEN -1 ELSE 1 END ELSE 0 END"""
# The newest line of each rival beside a verdict, looked up verdict by verdict: a change has few lines, the table very many.
LINES = """SELECT DISTINCT ON (line.verdict_id, version.model_id) {named}, line.*, version.model_id
    FROM {beside} CROSS JOIN LATERAL (
        SELECT * FROM capabilities_verdictline line
        WHERE line.verdict_id = {verdict} AND line.kind = 'rival' AND line.point IS NOT NULL OFFSET 0) line
    JOIN evaluations_modelversion version ON version.id = line.model_version_id
    ORDER BY line.verdict_id, version.model_id, line.id DESC"""
RIVALS = """differing AS (
    SELECT id AS requirement_id, number, key, must, present_id, past_id, higher, was_higher
    FROM judged WHERE past_id IS NOT NULL AND past_id IS DISTINCT FROM present_id),
line AS MATERIALIZED ({lines_now}),
former AS MATERIALIZED ({lines_then})"""
ITEMS = """item AS (
    SELECT CASE WHEN regressed OR present_id IS NULL THEN 'worse' WHEN pending THEN 'pending'
        WHEN {rank_now} > {rank_then} THEN 'better' ELSE 'worse' END AS told,
      CASE WHEN NOT flipped OR pending THEN 3 ELSE {severity} END AS severity, id, number, key, must
    FROM judged WHERE flipped OR regressed
    UNION ALL SELECT 'stale', 3, id, number, key, must FROM judged WHERE aged
    UNION ALL
    SELECT 'rivals', 3, line.requirement_id, line.number, line.key, line.must
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
UNTOLD = """SELECT count(*) FROM capabilities_requirement requirement
WHERE requirement.product_id = %(product)s AND requirement.lifecycle = 'approved' AND requirement.created_at <= %(moment)s
AND requirement.id NOT IN (SELECT id FROM other) AND NOT EXISTS (
    SELECT FROM people_auditentry deed
    WHERE deed.noun = 'requirement' AND deed.object_id = requirement.id::text AND deed.at <= %(moment)s
    AND (deed.verb = 'requirement.created' OR deed.verb = ANY(%(deeds)s) OR deed.after ? 'lifecycle'))"""
# Five kinds of rows of one pass over what changed.
TOLD = """SELECT 'other' AS kind, coalesce(jsonb_agg(id), '[]') AS row FROM other
UNION ALL
SELECT 'untold', to_jsonb(({untold}))
UNION ALL
SELECT 'stands', jsonb_build_array(objective_id, outcome, outcome, count(*), to_jsonb((array_agg(number ORDER BY number))[:%(named)s]))
FROM standing WHERE requirement_id NOT IN (SELECT id FROM touched) GROUP BY objective_id, outcome
UNION ALL
SELECT 'item', jsonb_build_array(told, total, must, severity, number, key, id) FROM (SELECT * FROM ranked ORDER BY told, place) AS ranked
WHERE place <= CASE WHEN told = %(chosen)s THEN %(most_chosen)s ELSE %(most)s END
UNION ALL
SELECT 'objective', jsonb_build_array(objective_id, was, outcome, count(*), to_jsonb((array_agg(number ORDER BY number))[:%(named)s]))
FROM rolled GROUP BY objective_id, was, outcome"""


def statement(touched: str, standing: str) -> str:
    """touched, standing: the SQL of the two querysets that it begins with."""
    given = GIVEN.format(touched=touched, standing=standing)
    plain = PLAIN.format(
        agreed=AGREED_THEN.format(text="revision"), target_agreed=AGREED_THEN.format(text="text")
    )
    spoken = SPOKEN.format(
        present=NEWEST_SAID.format(place="place_now", first="now"),
        past=NEWEST_SAID.format(place="place_then", first="before"),
    )
    judged = JUDGED.format(
        aged_now=AGED.format(name="present", column="now", at="%(now)s"),
        aged_then=AGED.format(name="past", column="before", at="%(moment)s"),
        beside_present=BESIDE.format(name="present"),
        beside_past=BESIDE.format(name="past"),
    )
    items = ITEMS.format(
        rank_now=RANK.format(of="outcome", met=3),
        rank_then=RANK.format(of="was", met=3),
        severity=RANK.format(of="outcome", met=4),
        side_now=SIDE.format(line="line", higher="line.higher"),
        side_then=SIDE.format(line="former", higher="line.was_higher"),
    )
    rivals = RIVALS.format(
        lines_now=LINES.format(named="differing.*", beside="differing", verdict="differing.present_id"),
        lines_then=LINES.format(named="beside.past_id", beside="line beside", verdict="beside.past_id"),
    )
    tallies = TALLIES.format(then=ROLLED.format(of="judged.was"), now=ROLLED.format(of="judged.outcome"))
    parts = [given, plain, OTHER, SAID, spoken, NEWEST, judged, rivals, items, tallies]
    return f"WITH {', '.join(parts)} {TOLD.format(untold=UNTOLD)}"
