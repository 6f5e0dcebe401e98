from django.db import migrations

from config.freezing import Frozen, operations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = operations([Frozen("people_auditentry")])
