from django.db import migrations

from config.freezing import removal, statements
from evaluations.models.frozen import FROZEN

RULES = [rule for rule in FROZEN if rule.table == "evaluations_blob"]


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0014_lab")]
    operations = [migrations.RunSQL(removal(RULES) + statements(RULES), migrations.RunSQL.noop)]
