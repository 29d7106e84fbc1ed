from django.db import migrations

# A consent was recorded with its referral: it was given for what the newest one that went out on it asks for.
PURPOSE = """
UPDATE residents_consent SET purpose = CASE used.kind
    WHEN 'handover' THEN 'forwarding'
    WHEN 'cooperation_request' THEN 'cooperation'
    WHEN 'information_request' THEN 'information'
    ELSE 'help' END
FROM (
    SELECT DISTINCT ON (consent_id) consent_id, kind
    FROM coordination_referral
    WHERE consent_id IS NOT NULL AND statute = ''
    ORDER BY consent_id, sent_at DESC NULLS LAST, id DESC
) AS used
WHERE used.consent_id = residents_consent.id
"""

# What a consent said in words alone are the data that lawfully went out on it, and no more.
FIELDS = """
UPDATE residents_consent SET data_fields = used.names
FROM (
    SELECT consent_id, jsonb_agg(DISTINCT name) AS names
    FROM coordination_referral, jsonb_array_elements_text(disclosed_fields) AS name
    WHERE consent_id IS NOT NULL AND statute = '' AND sent_at IS NOT NULL
    GROUP BY consent_id
) AS used
WHERE used.consent_id = residents_consent.id AND residents_consent.data_fields = '[]'::jsonb
"""


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0031_sex_kept_for_figures'),
        ('residents', '0020_what_a_consent_is_for'),
    ]

    operations = [
        migrations.RunSQL(PURPOSE, migrations.RunSQL.noop),
        migrations.RunSQL(FIELDS, migrations.RunSQL.noop),
    ]
