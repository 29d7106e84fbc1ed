from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('residents', '0008_words_a_letter_away'),
    ]

    operations = [
        RemoveIndexConcurrently(model_name='case', name='open_cases_of_coordinator'),
        BuildIndex(
            model_name='case',
            index=models.Index(
                condition=models.Q(status='open'),
                fields=['coordinator', 'plan_due_on', 'id'],
                include=['resident', 'restricted_file', 'opened_on', 'plan_approved_on', 'plan_due_moved_on'],
                name='open_cases_of_coordinator',
            ),
        ),
    ]
