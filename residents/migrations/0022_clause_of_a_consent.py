import django.db.models.deletion
from django.db import migrations, models

# What the person was told with the consent: the clause that held on its day.
OF_ITS_DAY = """
UPDATE residents_consent AS consent SET clause_id = (
    SELECT id FROM residents_privacynotice WHERE valid_from <= consent.given_on ORDER BY valid_from DESC, id DESC LIMIT 1
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0021_places_of_one_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='consent',
            name='clause',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.privacynotice', verbose_name='information clause of that day'),
        ),
        migrations.RunSQL(OF_ITS_DAY, migrations.RunSQL.noop),
    ]
