from django.db import migrations, models

# A refusal for not belonging to the programme, or not meeting its condition, was written down as "no programme".
REFUSED = """
    UPDATE residents_unmetneed AS line SET reason = '{new}'
    FROM residents_refusaldecision AS refusal JOIN residents_requestitem AS item ON item.id = refusal.item_id
    WHERE line.item_id = item.id AND item.status = 'refused' AND line.reason = '{old}'
        AND refusal.ground IN ('group', 'condition')
"""


class Migration(migrations.Migration):
    dependencies = [("residents", "0024_decisions_that_discontinue")]

    operations = [
        migrations.AlterField(
            model_name="unmetneed",
            name="reason",
            field=models.CharField(
                choices=[
                    ("waiting", "waits for its turn or the next edition"),
                    ("no_place", "waits, no place is free"),
                    ("forwarded", "passed on to another body"),
                    ("no_service", "no such service here"),
                    ("no_programme", "no programme covers it"),
                    ("no_partner", "no institution gives it here"),
                    ("partner_full", "the institution has no place"),
                    ("no_answer", "the institution did not answer"),
                    ("not_eligible", "refused: conditions not met"),
                ],
                max_length=12,
                verbose_name="reason",
            ),
        ),
        migrations.RunSQL(
            REFUSED.format(old="no_programme", new="not_eligible"),
            REFUSED.format(old="not_eligible", new="no_programme"),
        ),
    ]
