"""Changes of many requirements keep what is the same of several rows once."""

from django.db import migrations

from config.freezing import thawed

TOGETHER = """
UPDATE capabilities_bulkchange AS change SET rows = coalesce((
  SELECT jsonb_agg(jsonb_build_object('ids', alike.ids, 'before', alike.before, 'after', alike.after) ORDER BY alike.first)
  FROM (
    SELECT jsonb_agg(one.row -> 'id' ORDER BY one.place) AS ids, one.row -> 'before' AS before, one.row -> 'after' AS after,
      min(one.place) AS first
    FROM jsonb_array_elements(change.rows) WITH ORDINALITY AS one (row, place)
    GROUP BY one.row -> 'before', one.row -> 'after'
  ) AS alike), '[]')
WHERE change.rows @> '[{}]' AND change.rows -> 0 ? 'id'
"""
APART = """
UPDATE capabilities_bulkchange AS change SET rows = coalesce((
  SELECT jsonb_agg(jsonb_build_object('id', requirement.id, 'key', product.key || '-' || requirement.number,
    'before', alike.row -> 'before', 'after', alike.row -> 'after') ORDER BY alike.place, requirement.id)
  FROM jsonb_array_elements(change.rows) WITH ORDINALITY AS alike (row, place)
  CROSS JOIN LATERAL jsonb_array_elements_text(alike.row -> 'ids') AS one (id)
  JOIN capabilities_requirement requirement ON requirement.id = one.id::bigint
  JOIN capabilities_product product ON product.id = requirement.product_id), '[]')
WHERE change.rows -> 0 ? 'ids'
"""


def together(apps, schema_editor):
    with thawed("capabilities_bulkchange"):
        schema_editor.execute(TOGETHER)


def apart(apps, schema_editor):
    with thawed("capabilities_bulkchange"):
        schema_editor.execute(APART)


class Migration(migrations.Migration):

    dependencies = [
        ('capabilities', '0011_comment_words'),
    ]

    operations = [
        migrations.RunPython(together, apart),
    ]
