"""By which digest the same input is found in another dataset, and why a version may share inputs with the other purpose."""

import json

import zstandard
from django.db import migrations, models

from evaluations.likeness import input_digest
from evaluations.models.case_texts import words_in

BATCH = 2_000


def read_cases(apps, schema_editor):
    """The digests of the cases that are there already, also of those whose input holds no words."""
    Blob, Case, CaseText = (apps.get_model("evaluations", name) for name in ("Blob", "Case", "CaseText"))
    after = 0
    while rows := list(Case.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "content_id")[:BATCH]):
        blobs = Blob.objects.in_bulk([content for _, content in rows])
        texts = []
        for pk, content in rows:
            data, packed = bytes(blobs[content].data), blobs[content].compressed
            if data:
                body = json.loads(zstandard.decompress(data) if packed else data)
                value = body.get("input")
                texts.append(CaseText(case_id=pk, text=words_in(value), digest=input_digest(value)))
        CaseText.objects.bulk_create(
            texts, update_conflicts=True, update_fields=["digest"], unique_fields=["case"]
        )
        after = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0006_reuse")]

    operations = [
        migrations.AddField(
            model_name="casetext",
            name="digest",
            field=models.CharField(
                blank=True,
                default="",
                help_text="SHA-256 of the input without regard to capital letters and spaces.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="datasetversion",
            name="overlap_reason",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Why it may hold inputs that are in a dataset of the other purpose, too.",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(read_cases, migrations.RunPython.noop),
        # The rows' references are checked at the commit, and a table with such checks waiting cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="casetext",
            name="digest",
            field=models.CharField(
                blank=True,
                db_index=True,
                help_text="SHA-256 of the input without regard to capital letters and spaces.",
                max_length=64,
            ),
        ),
    ]
