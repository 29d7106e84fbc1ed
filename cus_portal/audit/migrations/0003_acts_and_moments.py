from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('audit', '0002_indexes_of_lists'),
    ]

    operations = [
        BuildIndex(
            model_name='auditevent',
            index=models.Index(fields=['action', '-id'], name='audit_of_an_act'),
        ),
        BuildIndex(
            model_name='auditevent',
            index=models.Index(fields=['-at', '-id'], name='audit_by_moment'),
        ),
        migrations.RemoveIndex(model_name='auditevent', name='audit_of_files'),
    ]
