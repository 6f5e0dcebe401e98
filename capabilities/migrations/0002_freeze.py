from django.db import migrations

from capabilities.models.frozen import FROZEN
from config.freezing import operations


class Migration(migrations.Migration):
    dependencies = [("capabilities", "0001_initial")]
    operations = operations(FROZEN)
