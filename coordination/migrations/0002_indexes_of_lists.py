from django.conf import settings
from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0003_indexes_of_lists'),
        ('coordination', '0001_initial'),
        ('residents', '0002_case_plan_approved_on'),
        ('services', '0002_whole_record'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BuildIndex(
            model_name='plan',
            index=models.Index(fields=['status', 'id'], name='plans_by_state'),
        ),
        BuildIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('acknowledged_at', None), models.Q(('status__in', ['withdrawn', 'redirected', 'entered_in_error']), _negated=True)), fields=['-priority', 'respond_by', 'id'], name='live_referrals_by_priority'),
        ),
        BuildIndex(
            model_name='referral',
            index=models.Index(fields=['status', 'id'], name='referrals_by_state'),
        ),
        BuildIndex(
            model_name='referral',
            index=models.Index(fields=['receiver', 'ended_at', 'id'], name='referrals_of_receiver_by_end'),
        ),
        migrations.RemoveIndex(
            model_name='plan',
            name='plans_to_approve',
        ),
    ]
