from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('residents', '0033_consents_withdrawn_and_cases_reopened')]

    operations = [
        BuildIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('seen_to_at', None), ('withdrawn_at__isnull', False)), fields=['request'], name='withdrawn_consents_to_see_to'),
        ),
    ]
