import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0012_tries_stay_tests")]
    operations = [
        migrations.AddField(
            model_name="run",
            name="canary_seen",
            field=models.JSONField(
                blank=True,
                help_text="How many answers hold the dataset's canary string, and the first cases; null where there is none to look for.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="runaggregate",
            name="figure",
            field=models.JSONField(
                blank=True,
                help_text="Of a figure over all samples: what it is and its 95 % range, worked out once with its seed.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Unscored",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "response",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unscored",
                        to="evaluations.response",
                    ),
                ),
                (
                    "scorer_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evaluations.scorerversion",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("response", "scorer_version"), name="unscored_once_per_scorer_version"
                    )
                ],
            },
        ),
    ]
