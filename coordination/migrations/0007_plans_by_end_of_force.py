from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("coordination", "0006_plans_that_change")]

    operations = [
        BuildIndex(
            model_name="plan",
            index=models.Index(condition=models.Q(("in_force_until__isnull", False), ("status__in", ["draft", "agreed", "submitted", "approved"])), fields=["in_force_until", "id"], name="plans_by_end_of_force"),
        ),
    ]
