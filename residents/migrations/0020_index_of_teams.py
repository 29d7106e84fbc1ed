from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [('residents', '0019_teams_and_papers')]

    operations = [
        BuildIndex(
            model_name='servicerequest',
            index=models.Index(condition=models.Q(('status__in', ['submitted', 'in_review', 'waiting']), models.Q(('team', ''), _negated=True)), fields=['team', '-on_top', 'due_on', 'id'], name='open_requests_of_a_team'),
        ),
    ]
