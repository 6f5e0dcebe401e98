"""What search stands on: the extension, one function that turns names and texts into words, and the words of cases."""

import json

import django.db.models.deletion
import zstandard
from django.db import migrations, models

from config.trigrams import Trigrams
from evaluations.models.case_texts import words_in

BATCH = 2_000

FUNCTION = """
CREATE FUNCTION search_words(name text, key text, more text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(to_tsvector('pg_catalog.simple'::regconfig, coalesce(name, '') || ' ' || coalesce(key, '')), 'A')
      || setweight(to_tsvector('pg_catalog.simple'::regconfig, coalesce(more, '')), 'C')
      || setweight(to_tsvector('pg_catalog.english'::regconfig, coalesce(name, '')), 'A')
      || setweight(to_tsvector('pg_catalog.english'::regconfig, coalesce(more, '')), 'C')
$$;
"""
COLUMN = """
ALTER TABLE evaluations_casetext ADD COLUMN searched tsvector GENERATED ALWAYS AS (search_words('', '', text)) STORED;
CREATE INDEX casetext_searched ON evaluations_casetext USING gin (searched);
CREATE INDEX case_key_lower ON evaluations_case (lower(key));
CREATE FUNCTION forget_case_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM evaluations_casetext t USING evaluations_case c WHERE c.id = t.case_id AND c.content_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_case_text AFTER UPDATE ON evaluations_blob
FOR EACH ROW WHEN (NEW.purged_at IS NOT NULL) EXECUTE FUNCTION forget_case_text();
"""
COLUMN_BACK = """
DROP FUNCTION forget_case_text() CASCADE;
DROP INDEX case_key_lower;
DROP INDEX casetext_searched;
ALTER TABLE evaluations_casetext DROP COLUMN searched;
"""
NAMED = {
    "evaluations_model": ("name", "vendor"),
    "evaluations_evaluation": ("name", "description"),
    "evaluations_dataset": ("name", "description"),
    "evaluations_prompt": ("name", "description"),
}
INDEXES = "".join(
    f"""
CREATE INDEX {table.partition('_')[2]}_searched ON {table} USING gin (search_words({name}, slug, {more}));
CREATE INDEX {table.partition('_')[2]}_spelled ON {table} USING gin ({name} gin_trgm_ops);"""
    for table, (name, more) in NAMED.items()
)
INDEXES_BACK = "".join(
    f"DROP INDEX {table.partition('_')[2]}_searched; DROP INDEX {table.partition('_')[2]}_spelled;" for table in NAMED
)


def read_cases(apps, schema_editor):
    """The words of the cases that are there already."""
    Blob, Case, CaseText = (apps.get_model("evaluations", name) for name in ("Blob", "Case", "CaseText"))
    after = 0
    while rows := list(Case.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "content_id")[:BATCH]):
        blobs = Blob.objects.in_bulk([content for _, content in rows])
        texts = []
        for pk, content in rows:
            data, packed = bytes(blobs[content].data), blobs[content].compressed
            body = json.loads(zstandard.decompress(data) if packed else data) if data else {}
            text = words_in(body.get("input"))
            texts += [CaseText(case_id=pk, text=text)] if text else []
        CaseText.objects.bulk_create(texts, ignore_conflicts=True)
        after = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0002_freeze")]

    operations = [
        Trigrams(),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION search_words(text, text, text);"),
        migrations.CreateModel(
            name="CaseText",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="evaluations.case",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(read_cases, migrations.RunPython.noop),
        # The rows' references are checked at the commit, and a table with such checks waiting cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(COLUMN, COLUMN_BACK),
        migrations.RunSQL(INDEXES, INDEXES_BACK),
    ]
