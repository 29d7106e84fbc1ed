from django.conf import settings
from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('audit', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BuildIndex(
            model_name='auditevent',
            index=models.Index(fields=['object_type', '-id'], name='audit_of_a_kind_of_object'),
        ),
        BuildIndex(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('action', 'export')), fields=['-id'], name='audit_of_files'),
        ),
    ]
