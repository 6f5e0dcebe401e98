"""Comments are found by their words; the number that stands for whoever is named in one is no word."""

from django.db import migrations

INDEX = r"""
CREATE INDEX comment_searched ON capabilities_comment
USING gin (search_words('', '', regexp_replace(text || ' ' || closing, '@\{\d{1,18}\}', ' ', 'g')));
"""


class Migration(migrations.Migration):
    dependencies = [("capabilities", "0010_bulk_changes")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX comment_searched;")]
