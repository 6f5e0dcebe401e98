"""Cases of datasets by key and by the text of their input; those of test datasets by key alone without the permission to read them."""

from capabilities.queries.search_sources.source import Source, nearest

CASES = Source(
    kind="case",
    label="Cases",
    found="""
SELECT c.id, lower(c.key) = lower(%(text)s) AS exact, coalesce(ts_rank(t.searched, {query}), 0) AS rank
FROM evaluations_case c
JOIN evaluations_dataset d ON d.id = c.dataset_id
LEFT JOIN evaluations_casetext t ON t.case_id = c.id AND (%(may_read_test)s OR d.purpose = 'dev')
WHERE c.id IN (
  (SELECT words.case_id FROM evaluations_casetext words
   JOIN evaluations_case own ON own.id = words.case_id
   JOIN evaluations_dataset origin ON origin.id = own.dataset_id
   WHERE words.searched @@ {query} AND (%(may_read_test)s OR origin.purpose = 'dev') LIMIT %(most)s)
  UNION ALL
  (SELECT id FROM evaluations_case WHERE lower(key) = lower(%(text)s) LIMIT %(most)s)
) AND EXISTS (SELECT 1 FROM evaluations_datasetversioncase e WHERE e.case_id = c.id)
LIMIT %(most)s""",
    detail="""
SELECT jsonb_build_object(
  'key', c.key, 'title', c.key, 'place', d.name, 'slug', d.slug, 'test', d.purpose = 'test',
  'version', newest.id, 'number', newest.number,
  'body', CASE WHEN %(may_read_test)s OR d.purpose = 'dev' THEN (SELECT text FROM evaluations_casetext t WHERE t.case_id = c.id) END)
FROM evaluations_case c
JOIN evaluations_dataset d ON d.id = c.dataset_id
LEFT JOIN LATERAL (
  SELECT v.id, v.number FROM evaluations_datasetversioncase e JOIN evaluations_datasetversion v ON v.id = e.version_id
  WHERE e.case_id = c.id ORDER BY v.number DESC LIMIT 1
) newest ON true
WHERE c.id = page.id""",
    url=("evaluations:dataset-detail", "slug"),
    restricted=False,
    names=f"""
SELECT w.word AS name FROM evaluations_caseword w JOIN evaluations_dataset d ON d.id = w.dataset_id
WHERE w.word %%> ANY(%(words)s) AND (%(may_read_test)s OR d.purpose = 'dev')
ORDER BY {nearest("w.word")} DESC""",
)
