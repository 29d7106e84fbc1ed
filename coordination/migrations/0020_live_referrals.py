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
# The same expression as PostgreSQL is asked for it: its statistics tell how few of all referrals are live.
COUNT_LIVE = """
    CREATE STATISTICS live_referrals_are_few ON (
        CASE WHEN (acknowledged_at IS NULL AND status IN (
            'draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed',
            'not_fulfilled', 'rejected', 'expired')) THEN true ELSE false END
    ) FROM coordination_referral
"""


def build(**index):
    return BuildIndex(model_name='referral', index=models.Index(condition=LIVE, **index))


def replace(**index):
    return [RemoveIndexConcurrently(model_name='referral', name=index['name']), build(**index)]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('coordination', '0019_keep_complaints_and_volunteers'),
    ]

    operations = [
        migrations.RunSQL(
            f'DROP STATISTICS IF EXISTS live_referrals_are_few; {COUNT_LIVE}',
            'DROP STATISTICS live_referrals_are_few',
        ),
        build(
            name='live_referrals_of_a_case',
            fields=['case'],
            include=['id', 'receiver', 'area', 'status', 'priority', 'respond_by', 'opened_at', 'sent_at', 'confidentiality'],
        ),
        *replace(name='live_referrals_by_due', fields=['respond_by', 'id']),
        *replace(name='live_referrals_of_receiver', fields=['receiver', 'status', 'respond_by']),
        *replace(name='live_referrals_by_priority', fields=['-priority', 'respond_by', 'id']),
        # What the new statistics say is known when the table is analysed, at the latest in the night.
        migrations.RunSQL('ANALYZE coordination_referral', migrations.RunSQL.noop),
    ]
