"""Problems by key, title and words, a declined one by its reason too."""

from capabilities.queries.search_sources.source import Source

_KEY = "(SELECT p.key FROM capabilities_product p WHERE p.id = t.product_id) || '-P' || t.number"
_WORDS = """search_words(t.title, '', t.who || ' ' || t.what || ' ' || t.today || ' ' || t.data || ' ' || t.state_reason)"""
_FOUND = f"""
SELECT t.id, {_KEY} = upper(%(text)s) AS exact, ts_rank({_WORDS}, {{query}}) AS rank
FROM capabilities_problem t
WHERE t.product_id = ANY(%(products)s) AND ({_WORDS} @@ {{query}} OR t.title ILIKE %(like)s OR {_KEY} = upper(%(text)s))"""

PROBLEMS = Source(
    kind="problem",
    label="Problems",
    found=f"{_FOUND} LIMIT %(most)s",
    mine=f"{_FOUND} AND t.created_by_id = %(user)s LIMIT %(most)s",
    detail=f"""
SELECT jsonb_build_object('key', {_KEY}, 'title', t.title, 'note', t.state,
  'place', (SELECT p.name FROM capabilities_product p WHERE p.id = t.product_id),
  'body', concat_ws(' · ', t.what, nullif(t.who, ''), nullif(t.state_reason, ''), nullif(t.today, ''), nullif(t.data, '')))
FROM capabilities_problem t WHERE t.id = page.id""",
    url=("capabilities:problem-detail", "key"),
    names="""
SELECT t.title AS name FROM capabilities_problem t
WHERE t.product_id = ANY(%(products)s) AND t.title %%> ANY(%(words)s)""",
)
