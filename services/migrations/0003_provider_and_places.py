import django.contrib.postgres.fields
from django.db import migrations, models

# What the pages already say, for the versions that were published before the columns were there.
FILL = """
UPDATE services_serviceversion SET
    provider = COALESCE(page -> 'provider' ->> 'code', ''),
    places = ARRAY(
        SELECT place ->> 'code' FROM jsonb_array_elements(COALESCE(page -> 'places', '[]'::jsonb)) AS place
    )
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0002_whole_record")]

    operations = [
        migrations.AddField(
            model_name="serviceversion",
            name="places",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="serviceversion",
            name="provider",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
