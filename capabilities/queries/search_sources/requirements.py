"""Requirements by key, by the words of what they say now, and by a part of the title."""

from capabilities.queries.search_sources.source import Source, nearest

_FOUND = """
SELECT DISTINCT ON (v.requirement_id) v.id,
       p.key || '-' || r.number = upper(%(text)s) AS exact,
       ts_rank(v.searched, {query}) * CASE WHEN r.lifecycle IN ('rejected', 'retired') THEN 0.3 ELSE 1 END AS rank
FROM capabilities_revision v
JOIN capabilities_requirement r ON r.id = v.requirement_id
JOIN capabilities_product p ON p.id = r.product_id
WHERE r.product_id = ANY(%(products)s) AND v.status = ANY(%(statuses)s) AND (
  v.searched @@ {query}
  OR v.title ILIKE %(like)s
  OR v.requirement_id = ANY (ARRAY(
    SELECT named.id FROM capabilities_requirement named
    WHERE named.number = %(number)s AND named.product_id IN (SELECT id FROM capabilities_product WHERE key = %(prefix)s)
  ))
)"""
# As the index of 0021_spelling has it.
_SAID = """(v.title || ' ' || v.while_part || ' ' || v.when_part || ' ' || v.where_part || ' ' || v.if_part || ' ' || v.shall
  || ' ' || v.rationale || ' ' || v.out_of_scope)"""
_END = " ORDER BY v.requirement_id, rank DESC, v.number DESC LIMIT %(most)s"

REQUIREMENTS = Source(
    kind="requirement",
    label="Requirements",
    found=_FOUND + _END,
    mine=f"{_FOUND} AND (r.owner_id = %(user)s OR v.author_id = %(user)s) {_END}",
    detail="""
SELECT jsonb_build_object(
  'key', p.key || '-' || r.number, 'title', v.title, 'place', p.name, 'note', r.lifecycle, 'old', v.status = 'superseded',
  'body', concat_ws(' · ', nullif(v.while_part, ''), nullif(v.when_part, ''), nullif(v.where_part, ''), nullif(v.if_part, ''),
                    v.shall, nullif(v.rationale, ''), nullif(v.out_of_scope, '')))
FROM capabilities_revision v
JOIN capabilities_requirement r ON r.id = v.requirement_id
JOIN capabilities_product p ON p.id = r.product_id
WHERE v.id = page.id""",
    url=("capabilities:requirement-detail", "key"),
    names=f"""
SELECT {_SAID} AS name FROM capabilities_revision v JOIN capabilities_requirement r ON r.id = v.requirement_id
WHERE {_SAID} %%> ANY(%(words)s) AND r.product_id = ANY(%(products)s) AND v.status IN ('draft', 'in_review', 'approved')
ORDER BY {nearest(_SAID)} DESC""",
)
