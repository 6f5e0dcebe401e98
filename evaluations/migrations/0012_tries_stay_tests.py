import django.db.models.deletion
from django.db import migrations, models

# Cases of test datasets that were tried stood in open datasets: what holds one becomes a test dataset of its own name.
GUARD = """
UPDATE evaluations_dataset AS kept
SET purpose = 'test', slug = regexp_replace(kept.slug, '^(tries-[0-9]+)', '\\1-test')
WHERE kept.slug ~ '^tries-[0-9]+(-may-leave)?$' AND kept.purpose = 'dev' AND EXISTS (
    SELECT 1 FROM evaluations_case AS tried
    JOIN evaluations_case AS source ON source.hash = tried.hash AND source.dataset_id <> tried.dataset_id
    JOIN evaluations_dataset AS other ON other.id = source.dataset_id AND other.purpose = 'test'
    WHERE tried.dataset_id = kept.id)
"""


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0011_arrivals")]
    operations = [
        migrations.AddField(
            model_name="datasetversion",
            name="drawn_from",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose cases were tried with it: readings count there.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="evaluations.datasetversion",
            ),
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
