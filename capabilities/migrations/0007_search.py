"""Revisions carry their words, made by the database; names of a product's things are indexed by word and by spelling."""

from django.db import migrations

from capabilities.models.frozen import FROZEN
from config.freezing import removal, statements

REVISION = [rule for rule in FROZEN if rule.table == "capabilities_revision"]
PARTS = "while_part || ' ' || when_part || ' ' || where_part || ' ' || if_part || ' ' || out_of_scope"
WEIGHTS = {"title": "A", "shall": "B", "rationale": "C", PARTS: "D"}
# All words as written stand before all stems, so that words in quotes never meet across the two.
WORDS = " || ".join(
    f"setweight(to_tsvector('pg_catalog.{config}'::regconfig, {text}), '{weight}')"
    for config in ("simple", "english")
    for text, weight in WEIGHTS.items()
)
COLUMN = f"""
ALTER TABLE capabilities_revision ADD COLUMN searched tsvector GENERATED ALWAYS AS ({WORDS}) STORED;
CREATE INDEX revision_searched ON capabilities_revision USING gin (searched);
CREATE INDEX revision_spelled ON capabilities_revision USING gin (title gin_trgm_ops);
"""
NAMED = {
    "capabilities_capability": ("name", "slug", "description"),
    "capabilities_objective": ("title", "''::text", "narrative"),
}
INDEXES = "".join(
    f"""
CREATE INDEX {table.partition('_')[2]}_searched ON {table} USING gin (search_words({name}, {key}, {more}));
CREATE INDEX {table.partition('_')[2]}_spelled ON {table} USING gin ({name} gin_trgm_ops);"""
    for table, (name, key, more) in NAMED.items()
)
INDEXES_BACK = "".join(
    f"DROP INDEX {table.partition('_')[2]}_searched; DROP INDEX {table.partition('_')[2]}_spelled;" for table in NAMED
)


class Migration(migrations.Migration):
    dependencies = [("capabilities", "0006_standing_index"), ("evaluations", "0003_search")]

    operations = [
        # The new column is no part of what a revision says: the guard is made again without it.
        migrations.RunSQL(removal(REVISION) + statements(REVISION), migrations.RunSQL.noop),
        migrations.RunSQL(
            COLUMN, "DROP INDEX revision_spelled; ALTER TABLE capabilities_revision DROP COLUMN searched;"
        ),
        migrations.RunSQL(INDEXES, INDEXES_BACK),
    ]
