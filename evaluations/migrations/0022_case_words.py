"""The words of cases by dataset, so that a misspelled one is read as the one that exists; kept by the database."""

import django.db.models.deletion
from django.db import migrations, models

# Long inputs are read from their beginning, as they are for searching.
WORDS = """
SELECT DISTINCT c.dataset_id, found.word
FROM {texts} t JOIN evaluations_case c ON c.id = t.case_id,
LATERAL unnest(tsvector_to_array(to_tsvector('pg_catalog.simple'::regconfig, t.text))) AS found(word)
WHERE found.word ~ '^[[:alpha:]]{{4,40}}$'
"""
NOTE = """
INSERT INTO evaluations_caseword (dataset_id, word) {words} ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
KEEPING = f"""
CREATE INDEX caseword_spelled ON evaluations_caseword USING gin (word gin_trgm_ops);
CREATE FUNCTION note_case_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {NOTE.format(words=WORDS.format(texts="added"))};
  RETURN NULL;
END $$;
CREATE TRIGGER note_case_words AFTER INSERT ON evaluations_casetext REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION note_case_words();
CREATE FUNCTION forget_case_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM evaluations_caseword w USING ({WORDS.format(texts="gone")}) AS said
  WHERE w.dataset_id = said.dataset_id AND w.word = said.word AND NOT EXISTS (
    SELECT 1 FROM evaluations_casetext t JOIN evaluations_case c ON c.id = t.case_id
    WHERE c.dataset_id = said.dataset_id AND t.searched @@ plainto_tsquery('pg_catalog.simple'::regconfig, said.word));
  RETURN NULL;
END $$;
CREATE TRIGGER forget_case_words AFTER DELETE ON evaluations_casetext REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION forget_case_words();
"""
KEEPING_BACK = "DROP FUNCTION note_case_words() CASCADE; DROP FUNCTION forget_case_words() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0021_rating_notes")]

    operations = [
        migrations.CreateModel(
            name="CaseWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="evaluations.dataset",
                    ),
                ),
                ("word", models.CharField(max_length=40)),
            ],
            options={
                "ordering": ["dataset", "word"],
                "constraints": [models.UniqueConstraint(fields=("dataset", "word"), name="caseword_once")],
            },
        ),
        migrations.RunSQL(NOTE.format(words=WORDS.format(texts="evaluations_casetext")), migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(KEEPING, KEEPING_BACK),
    ]
