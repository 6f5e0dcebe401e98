from django.db import migrations

from evaluations.models.frozen import FROZEN
from config.freezing import operations


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]
    operations = operations(FROZEN)
