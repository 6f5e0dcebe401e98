"""Discoveries by key, by their words and by a part of the title."""

from capabilities.queries.search_sources.source import Source

_WORDS = "search_words(t.title, '', t.statement)"

DISCOVERIES = Source(
    kind="discovery",
    label="Discoveries",
    found=f"""
SELECT t.id, p.key || '-D' || t.number = upper(%(text)s) AS exact, ts_rank({_WORDS}, {{query}}) AS rank
FROM capabilities_discovery t JOIN capabilities_product p ON p.id = t.product_id
WHERE t.product_id = ANY(%(products)s)
  AND ({_WORDS} @@ {{query}} OR t.title ILIKE %(like)s OR p.key || '-D' || t.number = upper(%(text)s))
LIMIT %(most)s""",
    detail="""
SELECT jsonb_build_object('key', p.key || '-D' || t.number, 'title', t.title, 'place', p.name, 'note', t.state,
  'body', concat_ws(' · ', nullif(t.statement, ''), nullif(t.reason, '')))
FROM capabilities_discovery t JOIN capabilities_product p ON p.id = t.product_id WHERE t.id = page.id""",
    url=("capabilities:discovery-detail", "key"),
    names="""
SELECT t.title AS name FROM capabilities_discovery t WHERE t.product_id = ANY(%(products)s) AND t.title %%> ANY(%(words)s)""",
)
