from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('residents', '0010_restricted_files')]

    operations = [
        BuildIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('restricted_file__isnull', False)), fields=['restricted_file'], name='restricted_cases'),
        ),
        BuildIndex(
            model_name='resident',
            index=models.Index(condition=models.Q(('restricted_file__isnull', False)), fields=['restricted_file'], name='restricted_residents'),
        ),
        BuildIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('restricted_file__isnull', False)), fields=['restricted_file'], name='restricted_requests'),
        ),
    ]
