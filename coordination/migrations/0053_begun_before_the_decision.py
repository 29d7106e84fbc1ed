from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coordination", "0052_plan_worded_on")]

    operations = [
        migrations.RemoveConstraint("provision", "a_service_without_a_need_says_why"),
        migrations.AddConstraint(
            "provision",
            models.CheckConstraint(
                name="a_service_without_a_need_says_why",
                condition=models.Q(("item__isnull", False), models.Q(("crisis_reason", ""), _negated=True), _connector="OR"),
            ),
        ),
    ]
