from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('notifications', '0002_mails_that_came_back')]

    operations = [
        BuildIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('seen_to_at', None), models.Q(('dead_at__isnull', False), ('bounced_at__isnull', False), _connector='OR')), fields=['recipient_type', 'recipient_id'], name='messages_undelivered'),
        ),
    ]
