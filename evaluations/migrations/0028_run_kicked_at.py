from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('evaluations', '0027_imported_logs'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='kicked_at',
            field=models.DateTimeField(blank=True, help_text='When its token was last sent once more; no sign that work moved.', null=True),
        ),
    ]
