from django.db import migrations, models

from cus_portal.db import BuildIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("coordination", "0009_notes_on_plans")]

    operations = [
        BuildIndex(
            model_name="plan",
            index=models.Index(condition=models.Q(("note_due_on__isnull", False), ("status__in", ["draft", "agreed", "submitted", "approved"])), fields=["note_due_on", "id"], name="plans_by_next_note"),
        ),
    ]
