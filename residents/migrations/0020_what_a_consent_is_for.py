from django.db import migrations, models

# Consents that need or letter of a request rests on were given for passing that request on.
OF_PASSING_ON = """
UPDATE residents_consent SET purpose = 'forwarding'
WHERE id IN (SELECT consent_id FROM residents_requestitem WHERE consent_id IS NOT NULL)
   OR id IN (SELECT consent_id FROM residents_letter WHERE consent_id IS NOT NULL)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0019_needs_unexamined_or_discontinued'),
    ]

    operations = [
        migrations.RenameField(model_name='consent', old_name='purpose', new_name='purpose_note'),
        migrations.AlterField(
            model_name='consent',
            name='purpose_note',
            field=models.CharField(blank=True, max_length=300, verbose_name='what for, in words'),
        ),
        migrations.AddField(
            model_name='consent',
            name='purpose',
            field=models.CharField(choices=[('help', 'help of this institution'), ('forwarding', 'dealing with a matter that is passed on'), ('cooperation', 'working together on the case'), ('information', 'information that we ask for')], default='help', max_length=12, verbose_name='what for'),
            preserve_default=False,
        ),
        migrations.RunSQL(OF_PASSING_ON, migrations.RunSQL.noop),
    ]
