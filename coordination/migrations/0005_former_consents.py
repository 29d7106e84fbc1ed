from django.db import migrations

MARK_FORMER = """
UPDATE residents_consent SET for_protected = true
WHERE id IN (SELECT consent_id FROM coordination_referral WHERE confidentiality = 'protected')
  AND id NOT IN (SELECT consent_id FROM coordination_referral WHERE confidentiality <> 'protected' AND consent_id IS NOT NULL)
"""


class Migration(migrations.Migration):
    """Marks the consents that were recorded for protected referrals before that was kept."""

    dependencies = [("coordination", "0004_times_of_our_answers"), ("residents", "0002_consents_for_protected")]

    operations = [migrations.RunSQL(MARK_FORMER, migrations.RunSQL.noop)]
