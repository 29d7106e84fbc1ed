from django.conf import settings
from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0003_indexes_of_lists'),
        ('residents', '0003_requests_by_due'),
        ('services', '0002_whole_record'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BuildIndex(
            model_name='case',
            index=models.Index(fields=['plan_due_on', 'id'], name='cases_by_plan_due'),
        ),
        BuildIndex(
            model_name='case',
            index=models.Index(fields=['coordinator', 'plan_due_on', 'id'], name='cases_of_coordinator'),
        ),
        BuildIndex(
            model_name='requestitem',
            index=models.Index(condition=models.Q(('status__in', ['submitted', 'refusal_proposed'])), fields=['id'], name='needs_not_decided'),
        ),
        BuildIndex(
            model_name='requestitem',
            index=models.Index(fields=['status', 'id'], name='needs_by_state'),
        ),
        BuildIndex(
            model_name='servicerequest',
            index=models.Index(fields=['status', 'due_on', 'id'], name='requests_by_state_and_due'),
        ),
    ]
