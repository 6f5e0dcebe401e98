"""Misspelled words are looked for in all that requirements say and in comments, not in titles alone."""

from django.db import migrations

TEXT = """(title || ' ' || while_part || ' ' || when_part || ' ' || where_part || ' ' || if_part || ' ' || shall || ' ' || rationale
  || ' ' || out_of_scope)"""
INDEXES = f"""
CREATE INDEX revision_said_spelled ON capabilities_revision USING gin ({TEXT} gin_trgm_ops);
CREATE INDEX comment_spelled ON capabilities_comment USING gin ((text || ' ' || closing) gin_trgm_ops);
"""
INDEXES_BACK = "DROP INDEX revision_said_spelled; DROP INDEX comment_spelled;"


class Migration(migrations.Migration):
    dependencies = [("capabilities", "0020_remarks_of_requirements")]

    operations = [migrations.RunSQL(INDEXES, INDEXES_BACK)]
