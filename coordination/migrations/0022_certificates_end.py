"""Help may end for want of a certificate; the history of certificates goes through the door with its person.

Whoever changes the function of the door writes the whole of it anew in a migration of his own, and says what is new.
New here: residents_disabilitycertificateevent.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("coordination.migrations.0019_keep_complaints_and_volunteers").DOOR
DOOR = """
CREATE OR REPLACE FUNCTION coordination_take_out(line_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    line record;
    people bigint[] := '{}';
    cases bigint[] := '{}';
    requests bigint[] := '{}';
    reports bigint[] := '{}';
    asked bigint[] := '{}';
    complaints bigint[] := '{}';
    volunteers bigint[] := '{}';
    plans bigint[];
    referrals bigint[];
    what text;
    ids bigint[];
    rows integer := 0;
BEGIN
    SELECT l.kind, l.object_id INTO line
        FROM coordination_destructionline l
        JOIN coordination_destructionlist d ON d.id = l.destruction_list_id
        WHERE l.id = line_id AND l.done_at IS NULL AND l.taken_off_at IS NULL
            AND d.status = 'signed' AND d.signed_by_id IS NOT NULL
            AND EXISTS (SELECT FROM audit_auditevent a WHERE a.object_type = 'coordination.destructionlist'
                AND a.object_id = d.id AND a.action = 'destructionlist.sign' AND a.actor_id = d.signed_by_id)
        FOR UPDATE OF l;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No signed destruction list holds this line.';
    END IF;

    -- The owner passes the triggers that stop everybody else, from here to the end of the function.
    PERFORM set_config('pgtrigger.ignore', '{pgtrigger_append_only_00dfa,pgtrigger_append_only_855fd,pgtrigger_append_only_2aeef,pgtrigger_what_was_sent_stays_2861c}', true);

    -- A year of reads, some at a time; never of the last two years (Dz.U. 2024 poz. 773).
    IF line.kind = 'log' THEN
        DELETE FROM audit_auditevent WHERE id IN (
            SELECT id FROM audit_auditevent
            WHERE at >= make_timestamptz(line.object_id::int, 1, 1, 0, 0, 0, 'Europe/Warsaw')
                AND at < make_timestamptz(line.object_id::int + 1, 1, 1, 0, 0, 0, 'Europe/Warsaw')
                AND at < now() - interval '2 years' AND action = 'read'
            LIMIT 5000);
        GET DIAGNOSTICS rows = ROW_COUNT;
        PERFORM set_config('pgtrigger.ignore', '{}', true);
        RETURN rows;
    END IF;

    CASE line.kind
        WHEN 'case' THEN cases := ARRAY[line.object_id];
        WHEN 'request' THEN requests := ARRAY[line.object_id];
        WHEN 'report' THEN reports := ARRAY[line.object_id];
        WHEN 'data_request' THEN asked := ARRAY[line.object_id];
        WHEN 'complaint' THEN complaints := ARRAY[line.object_id];
        WHEN 'volunteer' THEN volunteers := ARRAY[line.object_id];
        WHEN 'person' THEN people := ARRAY(
            SELECT id FROM residents_resident WHERE id = line.object_id OR merged_into_id = line.object_id);
    END CASE;
    IF line.kind = 'case' THEN
        requests := ARRAY(SELECT id FROM residents_servicerequest WHERE case_id = line.object_id);
    END IF;
    IF requests <> '{}' THEN
        reports := ARRAY(SELECT id FROM residents_needreport WHERE request_id = ANY(requests));
    END IF;
    plans := ARRAY(SELECT id FROM coordination_plan WHERE case_id = ANY(cases));
    referrals := ARRAY(SELECT id FROM coordination_referral WHERE case_id = ANY(cases));

    UPDATE coordination_referral SET need = '–', disclosed = '{}' WHERE id = ANY(referrals);
    DELETE FROM coordination_planversion WHERE plan_id = ANY(plans);

    UPDATE residents_queueevent SET reason = '–' WHERE reason <> ''
        AND item_id IN (SELECT id FROM residents_requestitem WHERE request_id = ANY(requests));

    UPDATE coordination_settlementline SET reason = '–' WHERE reason <> ''
        AND provision_id IN (SELECT id FROM coordination_provision WHERE case_id = ANY(cases));
    DELETE FROM coordination_provisionevent WHERE pgh_obj_id IN (SELECT id FROM coordination_provision WHERE case_id = ANY(cases));
    DELETE FROM coordination_servicerecordevent WHERE provision_id IN (SELECT id FROM coordination_provision WHERE case_id = ANY(cases));

    DELETE FROM residents_residentevent WHERE pgh_obj_id = ANY(people);
    DELETE FROM residents_identifierevent WHERE resident_id = ANY(people);
    DELETE FROM residents_residencetitleevent WHERE resident_id = ANY(people);
    DELETE FROM residents_disabilitycertificateevent WHERE resident_id = ANY(people);
    DELETE FROM residents_residentaddressevent WHERE resident_id = ANY(people);
    DELETE FROM residents_residentcontactevent WHERE resident_id = ANY(people);
    DELETE FROM residents_householdmemberevent WHERE resident_id = ANY(people);
    DELETE FROM residents_representationevent WHERE resident_id = ANY(people) OR representative_id = ANY(people);
    DELETE FROM residents_caseevent WHERE pgh_obj_id = ANY(cases);
    DELETE FROM residents_servicerequestevent WHERE pgh_obj_id = ANY(requests);
    DELETE FROM residents_requestitemevent WHERE request_id = ANY(requests);
    DELETE FROM coordination_planevent WHERE pgh_obj_id = ANY(plans);
    DELETE FROM coordination_planitemevent WHERE plan_id = ANY(plans);
    DELETE FROM coordination_referralevent WHERE pgh_obj_id = ANY(referrals);

    -- That somebody acted stays; what he wrote about a person goes, and who looked once that need not be known.
    FOR what, ids IN
        SELECT * FROM (VALUES
            ('residents.resident', people),
            ('residents.case', cases),
            ('residents.servicerequest', requests),
            ('residents.needreport', reports),
            ('coordination.datarequest', asked),
            ('residents.complaint', complaints),
            ('coordination.volunteer', volunteers),
            ('coordination.plan', plans),
            ('coordination.referral', referrals),
            ('coordination.provision', ARRAY(SELECT id FROM coordination_provision WHERE case_id = ANY(cases))),
            ('coordination.servicerecord',
                ARRAY(SELECT id FROM coordination_servicerecord WHERE provision_id IN (SELECT id FROM coordination_provision WHERE case_id = ANY(cases)))),
            ('residents.requestitem',
                ARRAY(SELECT id FROM residents_requestitem WHERE request_id = ANY(requests))),
            ('residents.attachment',
                ARRAY(SELECT id FROM residents_attachment WHERE request_id = ANY(requests))),
            ('residents.letter',
                ARRAY(SELECT id FROM residents_letter WHERE request_id = ANY(requests))),
            ('residents.requestmessage',
                ARRAY(SELECT id FROM residents_requestmessage WHERE request_id = ANY(requests)))
        ) AS things
    LOOP
        DELETE FROM audit_auditevent WHERE object_type = what AND object_id = ANY(ids)
            AND action = 'read' AND at < now() - interval '2 years';
        UPDATE audit_auditevent SET reason = '' WHERE object_type = what AND object_id = ANY(ids) AND reason <> '';
    END LOOP;
    PERFORM set_config('pgtrigger.ignore', '{}', true);
    RETURN rows;
END
$$;
REVOKE ALL ON FUNCTION coordination_take_out(bigint) FROM PUBLIC;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0021_no_such_help_with_us'),
        ('residents', '0011_disability_certificates'),
    ]

    operations = [
        migrations.AlterField(
            model_name='plan',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why ended early'),
        ),
        migrations.AlterField(
            model_name='planevent',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why ended early'),
        ),
        migrations.AlterField(
            model_name='provision',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why it ended'),
        ),
        migrations.AlterField(
            model_name='provisionevent',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why it ended'),
        ),
        migrations.RunSQL(DOOR, reverse_sql=BEFORE),
    ]
