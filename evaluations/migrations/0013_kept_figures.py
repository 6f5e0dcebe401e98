from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0012_tries_stay_tests")]
    operations = [
        migrations.AddField(
            model_name="runaggregate",
            name="figure",
            field=models.JSONField(
                blank=True,
                help_text="Of a figure over all samples: what it is and its 95 % range, worked out once with its seed.",
                null=True,
            ),
        ),
    ]
