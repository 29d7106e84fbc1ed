from django.db import migrations

# Cases whose plan was approved before the case itself kept that day (residents.0002).
FILL = """
UPDATE residents_case SET plan_approved_on = approved.first_on
FROM (
    SELECT plan.case_id, min(version.approved_at AT TIME ZONE 'Europe/Warsaw')::date AS first_on
    FROM coordination_planversion version JOIN coordination_plan plan ON plan.id = version.plan_id
    GROUP BY plan.case_id
) approved
WHERE approved.case_id = residents_case.id AND residents_case.plan_approved_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0002_indexes_of_lists"), ("residents", "0002_case_plan_approved_on")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
