from django.db import migrations

from capabilities.models.told import told_anew_of


class Migration(migrations.Migration):

    dependencies = [
        ('capabilities', '0012_bulk_groups'),
    ]

    operations = told_anew_of('deed')
