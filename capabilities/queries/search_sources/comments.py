"""What people say about requirements, replies too: by the words that stand there now; people are shown by their present names."""

from capabilities.queries.search_sources.source import Source, nearest

# As the index of 0011_comment_words has it: the number of whoever is named is no word.
WORDS = r"search_words('', '', regexp_replace(c.text || ' ' || c.closing, '@\{\d{1,18}\}', ' ', 'g'))"
_SPELLED = "(c.text || ' ' || c.closing)"
_FOUND = f"""
SELECT c.id, false AS exact, ts_rank({WORDS}, {{query}}) AS rank
FROM capabilities_comment c
JOIN capabilities_requirement r ON r.id = c.requirement_id
WHERE r.product_id = ANY(%(products)s) AND c.withdrawn_at IS NULL AND {WORDS} @@ {{query}}"""
_END = " LIMIT %(most)s"
# The same words as `shown_text` makes of them: pieces between names as they are, names by id, and a name that is not listed stays as kept.
_SHOWN = r"""
(SELECT string_agg(CASE WHEN u.id IS NULL THEN piece.found[1] ELSE '@' || u.username END, '' ORDER BY piece.place)
 FROM regexp_matches(c.text, '(@\{(\d{1,18})\}|[^@]+|@)', 'g') WITH ORDINALITY AS piece(found, place)
 LEFT JOIN capabilities_comment_mentioned m ON m.comment_id = c.id AND m.user_id::text = piece.found[2]
 LEFT JOIN people_user u ON u.id = m.user_id)"""

COMMENTS = Source(
    kind="comment",
    label="Comments",
    found=_FOUND + _END,
    mine=f"{_FOUND} AND c.author_id = %(user)s {_END}",
    detail=f"""
SELECT jsonb_build_object(
  'key', p.key || '-' || r.number, 'id', c.id, 'place', p.name,
  'note', CASE WHEN c.parent_id IS NOT NULL THEN 'reply' ELSE c.kind END,
  'title', (SELECT v.title FROM capabilities_revision v
            WHERE v.requirement_id = r.id AND v.status IN ('draft', 'in_review', 'approved') ORDER BY v.number DESC LIMIT 1),
  'body', concat_ws(' · ', {_SHOWN}, nullif(c.closing, '')))
FROM capabilities_comment c
JOIN capabilities_requirement r ON r.id = c.requirement_id
JOIN capabilities_product p ON p.id = r.product_id
WHERE c.id = page.id""",
    url=("capabilities:requirement-detail", "key"),
    # As the index of 0021_spelling has it.
    names=f"""
SELECT {_SPELLED} AS name FROM capabilities_comment c JOIN capabilities_requirement r ON r.id = c.requirement_id
WHERE {_SPELLED} %%> ANY(%(words)s) AND r.product_id = ANY(%(products)s) AND c.withdrawn_at IS NULL
ORDER BY {nearest(_SPELLED)} DESC""",
)
