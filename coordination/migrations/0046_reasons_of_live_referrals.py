from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from cus_portal.db import BuildIndex

LIVE = models.Q(
    models.Case(
        models.When(
            acknowledged_at=None,
            status__in=['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed', 'not_fulfilled', 'rejected', 'expired'],
            then=models.Value(True),
        ),
        default=models.Value(False),
        output_field=models.BooleanField(),
    )
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('coordination', '0045_more_clocks_of_referrals'),
    ]

    operations = [
        RemoveIndexConcurrently(model_name='referral', name='live_referrals_of_a_case'),
        BuildIndex(
            model_name='referral',
            index=models.Index(
                condition=LIVE,
                name='live_referrals_of_a_case',
                fields=['case'],
                include=['id', 'receiver', 'area', 'status', 'priority', 'respond_by', 'opened_at', 'sent_at', 'confidentiality', 'reject_reason'],
            ),
        ),
    ]
