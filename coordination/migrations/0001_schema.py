import coordination.models.webhook
import cus_portal.crypto
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.math
import django.db.models.lookups
import pgtrigger.compiler
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models
from cus_portal.db import CreateTables

# The only way by which anything leaves the evidence: for one line of a signed destruction list. Whoever changes it
# writes the whole function anew in a migration of his own (CREATE OR REPLACE), and says what is new.
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

# Generated by Django 5.2.19 on 2026-11-27 08:49

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Of those that came before it was asked: what is agreed to when such a referral is made.
AGREED = """
UPDATE coordination_incomingreferral SET consent_for = CASE kind
    WHEN 'handover' THEN 'forwarding'
    WHEN 'cooperation_request' THEN 'cooperation'
    WHEN 'information_request' THEN 'information'
    ELSE 'help' END
WHERE consent_told
"""

# A line of a signed list that is being carried out lets the papers of its requests go; else what was sent along stays.
PAPERS = """
CREATE FUNCTION coordination_papers_stay() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM coordination_referral WHERE id = OLD.referral_id AND sent_at IS NOT NULL) THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM residents_attachment a
        JOIN residents_servicerequest r ON r.id = a.request_id
        JOIN coordination_destructionline l ON l.done_at IS NULL AND l.taken_off_at IS NULL
            AND (l.kind = 'request' AND l.object_id = r.id OR l.kind = 'case' AND l.object_id = r.case_id)
        JOIN coordination_destructionlist d ON d.id = l.destruction_list_id AND d.status = 'signed'
        WHERE a.id = OLD.attachment_id
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'What was sent along stays with its referral';
END
$$;
CREATE FUNCTION coordination_sent_file_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM coordination_referral_attachments p JOIN coordination_referral r ON r.id = p.referral_id
        WHERE p.attachment_id = OLD.id AND r.sent_at IS NOT NULL
    ) OR EXISTS (SELECT 1 FROM coordination_referral_returned WHERE attachment_id = OLD.id) THEN
        RAISE EXCEPTION 'What was sent along stays as it was';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER papers_stay BEFORE UPDATE OR DELETE ON coordination_referral_attachments
    FOR EACH ROW EXECUTE FUNCTION coordination_papers_stay();
CREATE TRIGGER papers_stay BEFORE UPDATE OR DELETE ON coordination_referral_returned
    FOR EACH ROW EXECUTE FUNCTION coordination_papers_stay();
-- the check for viruses goes on
CREATE TRIGGER sent_file_stays BEFORE UPDATE ON residents_attachment FOR EACH ROW
    WHEN ((OLD.request_id, OLD.file, OLD.name, OLD.content_type, OLD.size, OLD.sha256)
        IS DISTINCT FROM (NEW.request_id, NEW.file, NEW.name, NEW.content_type, NEW.size, NEW.sha256))
    EXECUTE FUNCTION coordination_sent_file_stays();
"""

# The condition of the indexes of live referrals, as PostgreSQL is asked for it: its statistics tell how few are live.
COUNT_LIVE = """
    CREATE STATISTICS live_referrals_are_few ON (
        CASE WHEN (acknowledged_at IS NULL AND status IN (
            'draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed',
            'not_fulfilled', 'rejected', 'expired')) THEN true ELSE false END
    ) FROM coordination_referral
"""


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('coordination', '0001_initial'),
        ('coordination', '0002_indexes_of_lists'),
        ('coordination', '0003_first_plans_of_older_cases'),
        ('coordination', '0004_requests_about_data'),
        ('coordination', '0005_terms_of_keeping'),
        ('coordination', '0006_plans_that_change'),
        ('coordination', '0007_plans_by_end_of_force'),
        ('coordination', '0008_door_for_the_evidence'),
        ('coordination', '0009_notes_on_plans'),
        ('coordination', '0010_plans_by_next_note'),
        ('coordination', '0011_whole_plan'),
        ('coordination', '0012_door_for_queues'),
        ('coordination', '0013_referrals_passed_on'),
        ('coordination', '0014_answers_taken_down'),
        ('coordination', '0015_surveys'),
        ('coordination', '0016_community'),
        ('coordination', '0017_delivery'),
        ('coordination', '0001_tables'),
        ('coordination', '0018_door_for_delivery'),
        ('coordination', '0002_door'),
        ('coordination', '0003_receiver_of_the_day'),
        ('coordination', '0004_links_to_referrals'),
        ('coordination', '0005_incoming'),
        ('coordination', '0006_what_the_person_says'),
        ('coordination', '0007_answer_speeds'),
        ('coordination', '0008_partner_tokens'),
        ('coordination', '0009_plan_templates'),
        ('coordination', '0010_documents_that_go_along'),
        ('coordination', '0011_calendar_addresses'),
        ('coordination', '0012_in_hand'),
        ('coordination', '0013_who_asks_for_the_person'),
        ('coordination', '0014_papers_and_classes'),
        ('coordination', '0015_protected_referrals'),
        ('coordination', '0016_exchange_and_open_events'),
        ('coordination', '0017_good_practice'),
        ('coordination', '0018_webhooks'),
        ('coordination', '0019_keep_complaints_and_volunteers'),
        ('coordination', '0020_live_referrals'),
        ('coordination', '0021_no_such_help_with_us'),
        ('coordination', '0022_certificates_end'),
        ('coordination', '0023_where_given_and_who_pays'),
        ('coordination', '0024_incoming_life'),
        ('coordination', '0025_plan_approved_alone'),
        ('coordination', '0026_who_pays_after_a_move'),
        ('coordination', '0027_accepted_out_of_turn'),
        ('coordination', '0028_gross_and_net_time'),
        ('coordination', '0029_asked_about_a_service_given'),
        ('coordination', '0030_kept_for_figures'),
        ('coordination', '0031_sex_kept_for_figures'),
        ('coordination', '0032_what_consents_were_used_for'),
        ('coordination', '0033_how_far_an_item_is'),
        ('coordination', '0034_referral_clocks'),
        ('coordination', '0035_indexes_of_visits'),
        ('coordination', '0036_limit_of_one_person'),
        ('coordination', '0037_who_confirmed_a_visit'),
        ('coordination', '0038_surplus_of_a_visit'),
        ('coordination', '0039_what_was_sent_whole'),
        ('coordination', '0040_incoming_conversation'),
        ('coordination', '0041_what_came_stays'),
        ('coordination', '0042_plan_items_as_numbers'),
        ('coordination', '0043_numbers_out_of_words'),
        ('coordination', '0044_service_of_a_plan_item'),
        ('coordination', '0045_more_clocks_of_referrals'),
        ('coordination', '0046_reasons_of_live_referrals'),
        ('coordination', '0047_who_pays_until_when_and_surplus'),
        ('coordination', '0048_how_accepted'),
        ('coordination', '0049_times_passed_up_said_and_seen'),
        ('coordination', '0050_earlier_closings'),
        ('coordination', '0051_refusals_of_the_year_by_reason'),
        ('coordination', '0052_plan_worded_on'),
        ('coordination', '0053_begun_before_the_decision'),
        ('coordination', '0054_services_that_are_given'),
        ('coordination', '0055_words_of_rules'),
        ('coordination', '0056_rules_that_know_all_they_compare'),
    ]

    dependencies = [
        ('cus_portal', '0001_schema'),  # its extensions
        ('accounts', '0001_schema'),
        ('audit', '0001_schema'),  # the door asks it
        ('notifications', '0001_schema'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('residents', '0001_schema'),
        ('services', '0001_schema'),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='CalendarFeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='calendar_feed', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('made_at', models.DateTimeField(verbose_name='made')),
                ],
                options={
                    'verbose_name': 'calendar address',
                    'verbose_name_plural': 'calendar addresses',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Referral',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('number', models.CharField(editable=False, max_length=30, unique=True, verbose_name='number')),
                    ('status', models.CharField(choices=[('draft', 'draft'), ('sent', 'sent'), ('info_requested', 'more information asked for'), ('waitlisted', 'waiting for a place'), ('accepted', 'accepted'), ('in_progress', 'under way'), ('on_hold', 'on hold'), ('completed', 'completed'), ('not_fulfilled', 'not fulfilled'), ('rejected', 'not accepted'), ('redirected', 'passed on'), ('withdrawn', 'withdrawn'), ('expired', 'expired'), ('entered_in_error', 'entered in error')], default='draft', editable=False, max_length=16, verbose_name='state')),
                    ('kind', models.CharField(choices=[('service_referral', 'service referral'), ('handover', 'handover to the proper body'), ('cooperation_request', 'cooperation request'), ('information_request', 'information request'), ('statutory_notice', 'statutory notice')], default='service_referral', max_length=20, verbose_name='kind')),
                    ('priority', models.CharField(choices=[('routine', 'routine'), ('urgent', 'urgent')], default='routine', max_length=8, verbose_name='priority')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='residents.case', verbose_name='case')),
                    ('parent', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='child', to='coordination.referral', verbose_name='passed on from')),
                    ('plan_item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='coordination.planitem', verbose_name='plan item')),
                    ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='from')),
                    ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='to')),
                    ('receiver_name', models.CharField(blank=True, editable=False, max_length=200, verbose_name='name of the receiver on that day')),
                    ('agreement', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.agreement', verbose_name='agreement')),
                    ('area', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.servicearea', verbose_name='area')),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                    ('need', models.TextField(max_length=2000, verbose_name='what is needed')),
                    ('wanted_outcome', models.TextField(blank=True, max_length=1000, verbose_name='wanted outcome')),
                    ('consent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='residents.consent', verbose_name='consent')),
                    ('statute', models.CharField(blank=True, help_text='The act and article that ask for it.', max_length=200, verbose_name='legal basis other than consent')),
                    ('unverified_since', models.DateField(editable=False, null=True, verbose_name='answered by word of mouth only')),
                    ('confidentiality', models.CharField(choices=[('ordinary', 'ordinary'), ('sensitive', 'sensitive: health and the like'), ('protected', "protected: violence, a child's safety")], default='ordinary', max_length=9, verbose_name='confidentiality')),
                    ('disclosed_fields', models.JSONField(default=list, verbose_name='chosen data')),
                    ('disclosed', models.JSONField(default=dict, editable=False, verbose_name='data as sent')),
                    ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sent')),
                    ('respond_by', models.DateField(editable=False, null=True, verbose_name='next answer due')),
                    ('days_left', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='working days left when a question stopped the clock')),
                    ('stopped_on', models.DateField(editable=False, null=True, verbose_name="the receiver's time stands since")),
                    ('asked_days', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='days the receiver waited for an answer to its question')),
                    ('held_days', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='days it stood still because of the person')),
                    ('hold_cause', models.CharField(blank=True, choices=[('person', 'the person: in hospital, away, asks for a pause'), ('institution', 'the institution: no staff, repairs, days off'), ('other', 'other')], editable=False, max_length=11, verbose_name='because of whom it is on hold')),
                    ('opened_at', models.DateTimeField(editable=False, null=True, verbose_name='opened')),
                    ('opened_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
                    ('assigned_to', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='in hand at the institution')),
                    ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='accepted or rejected')),
                    ('kept_age', models.CharField(blank=True, choices=[('child', 'under 18'), ('adult', '18 to 59'), ('older', '60 and over')], editable=False, max_length=5, verbose_name='age group, as it was')),
                    ('kept_sex', models.CharField(blank=True, choices=[('woman', 'women'), ('man', 'men')], editable=False, max_length=5, verbose_name='sex, as it was')),
                    ('kept_locality', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.locality', verbose_name='where the person lived')),
                    ('passed_over', models.PositiveIntegerField(default=0, editable=False, verbose_name='how many had waited longer')),
                    ('is_over_limit', models.BooleanField(default=False, editable=False, verbose_name='accepted though no place was left')),
                    ('planned_start_on', models.DateField(editable=False, null=True, verbose_name='planned start')),
                    ('first_contact_on', models.DateField(editable=False, null=True, verbose_name='first contact')),
                    ('accept_reason', models.CharField(blank=True, choices=[('as_asked', 'as asked'), ('in_part', 'in part'), ('conditions', 'with conditions'), ('other', 'otherwise than asked')], editable=False, max_length=10, verbose_name='how it was accepted')),
                    ('reject_reason', models.CharField(blank=True, choices=[('no_place', 'no place'), ('no_service', 'no such help with us'), ('not_eligible', 'conditions not met'), ('wrong_address', 'not our task'), ('already_served', 'already helped by us'), ('other', 'other')], editable=False, max_length=16, verbose_name='why not accepted')),
                    ('fail_reason', models.CharField(blank=True, choices=[('no_show', 'the person did not come'), ('lost_contact', 'contact lost'), ('moved', 'moved away'), ('died', 'died'), ('resigned', 'the person resigned'), ('no_place', 'no place')], editable=False, max_length=16, verbose_name='why not fulfilled')),
                    ('ask_instead', models.CharField(blank=True, editable=False, max_length=200, verbose_name='whom to ask instead')),
                    ('closing_note', models.TextField(blank=True, editable=False, max_length=2000, verbose_name='in words')),
                    ('outcome', models.CharField(blank=True, choices=[('met', 'need met'), ('partly_met', 'need partly met'), ('not_met', 'need not met')], editable=False, max_length=12, verbose_name='outcome')),
                    ('outcome_on', models.DateField(editable=False, null=True, verbose_name='outcome on')),
                    ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='ended')),
                    ('shut_at', models.DateTimeField(editable=False, null=True, verbose_name='access of the institution ended')),
                    ('reopened_at', models.DateTimeField(editable=False, null=True, verbose_name='reopened by the institution')),
                    ('acknowledged_at', models.DateTimeField(editable=False, null=True, verbose_name='loop closed')),
                    ('acknowledgement', models.TextField(blank=True, editable=False, verbose_name='what changed in the case')),
                    ('person_told', models.BooleanField(editable=False, null=True, verbose_name='the person was told')),
                    ('person_not_told_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why not told')),
                    ('person_said', models.CharField(blank=True, choices=[('confirmed', 'it was so'), ('disputed', 'it was otherwise')], editable=False, max_length=9, verbose_name='what the person says of it')),
                    ('person_said_at', models.DateTimeField(editable=False, null=True, verbose_name='said')),
                    ('person_words', models.TextField(blank=True, editable=False, max_length=600, verbose_name="in the person's words")),
                    ('attachments', models.ManyToManyField(blank=True, related_name='+', to='residents.attachment', verbose_name='documents that go along')),
                    ('returned', models.ManyToManyField(blank=True, related_name='+', to='residents.attachment', verbose_name='documents from the institution')),
                ],
                options={
                    'verbose_name': 'referral',
                    'verbose_name_plural': 'referrals',
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(models.Case(models.When(acknowledged_at=None, status__in=['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed', 'not_fulfilled', 'rejected', 'expired'], then=models.Value(True)), default=models.Value(False), output_field=models.BooleanField())), fields=['respond_by', 'id'], name='live_referrals_by_due'),
                        models.Index(condition=models.Q(models.Case(models.When(acknowledged_at=None, status__in=['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed', 'not_fulfilled', 'rejected', 'expired'], then=models.Value(True)), default=models.Value(False), output_field=models.BooleanField())), fields=['receiver', 'status', 'respond_by'], name='live_referrals_of_receiver'),
                        models.Index(condition=models.Q(models.Case(models.When(acknowledged_at=None, status__in=['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed', 'not_fulfilled', 'rejected', 'expired'], then=models.Value(True)), default=models.Value(False), output_field=models.BooleanField())), fields=['-priority', 'respond_by', 'id'], name='live_referrals_by_priority'),
                        models.Index(condition=models.Q(models.Case(models.When(acknowledged_at=None, status__in=['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed', 'not_fulfilled', 'rejected', 'expired'], then=models.Value(True)), default=models.Value(False), output_field=models.BooleanField())), fields=['case'], include=('id', 'receiver', 'area', 'status', 'priority', 'respond_by', 'opened_at', 'sent_at', 'confidentiality', 'reject_reason'), name='live_referrals_of_a_case'),
                        models.Index(fields=['status', 'id'], name='referrals_by_state'),
                        models.Index(fields=['receiver', 'ended_at', 'id'], name='referrals_of_receiver_by_end'),
                        models.Index(fields=['case', '-id'], name='referrals_of_a_case'),
                        models.Index(fields=['-sent_at', '-id'], name='referrals_by_sending'),
                        models.Index(condition=models.Q(('confidentiality', 'protected')), fields=['case'], name='protected_referrals'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'entered_in_error']), models.Q(('respond_by__isnull', False), ('sent_at__isnull', False)), _connector='OR'), name='a_sent_referral_has_dates'),
                        models.CheckConstraint(condition=models.Q(('status', 'draft'), ('status', 'entered_in_error'), ('consent__isnull', False), models.Q(('statute', ''), _negated=True), _connector='OR'), name='a_sent_referral_rests_on_consent_or_statute'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'info_requested'), _negated=True), ('days_left__isnull', False), _connector='OR'), name='a_stopped_clock_knows_what_is_left'),
                        models.CheckConstraint(condition=models.Q(('receiver', models.F('sender')), _negated=True), name='a_referral_goes_to_another_institution'),
                        models.CheckConstraint(condition=models.Q(('accept_reason', ''), models.Q(('decided_at__isnull', False), ('reject_reason', '')), _connector='OR'), name='only_what_was_accepted_says_how'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'rejected'), _negated=True), models.Q(('reject_reason', ''), _negated=True), _connector='OR'), name='a_rejection_has_a_reason'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'not_fulfilled'), _negated=True), models.Q(('fail_reason', ''), _negated=True), _connector='OR'), name='a_failure_has_a_reason'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'completed'), _negated=True), models.Q(models.Q(('outcome', ''), _negated=True), ('outcome_on__isnull', False)), _connector='OR'), name='a_completed_referral_has_an_outcome'),
                        models.CheckConstraint(condition=models.Q(('acknowledged_at', None), models.Q(('person_told__isnull', False), models.Q(('person_told', True), models.Q(('person_not_told_reason', ''), _negated=True), _connector='OR')), _connector='OR'), name='a_closed_loop_says_whether_the_person_was_told'),
                        models.CheckConstraint(condition=models.Q(models.Q(('person_said', ''), ('person_said_at', None), ('person_words', '')), models.Q(models.Q(('person_said', ''), _negated=True), ('person_said_at__isnull', False)), _connector='OR'), name='what_the_person_says_has_its_moment'),
                        models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold'])), fields=('case', 'service', 'receiver'), name='one_open_referral_for_case_service_receiver', nulls_distinct=False),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='what_was_sent_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sent_at" IS NOT NULL AND (OLD."disclosed" IS DISTINCT FROM (NEW."disclosed") OR OLD."need" IS DISTINCT FROM (NEW."need") OR OLD."receiver_name" IS DISTINCT FROM (NEW."receiver_name") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."service_id" IS DISTINCT FROM (NEW."service_id") OR (OLD."wanted_outcome" IS DISTINCT FROM (NEW."wanted_outcome") AND NOT (NEW."wanted_outcome" = \'\')) OR (OLD."disclosed_fields" IS DISTINCT FROM (NEW."disclosed_fields") AND NOT (NEW."disclosed_fields" = \'[]\'::jsonb))))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='907da9aa70a04a8ea2b81500dfe5bdc2562a3ffd', operation='UPDATE', pgid='pgtrigger_what_was_sent_stays_2861c', table='coordination_referral', when='BEFORE')),
                        pgtrigger.compiler.Trigger(name='what_was_sent_follows_only_into_a_successor', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sent_at" IS NOT NULL AND OLD."receiver_id" IS DISTINCT FROM (NEW."receiver_id"))', func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM accounts_institution\n                        WHERE id = OLD.receiver_id AND merged_into_id = NEW.receiver_id\n                    ) THEN\n                        RAISE EXCEPTION 'Cannot update: a sent referral keeps its receiver';\n                    END IF;\n                    RETURN NEW;\n                ", hash='cd507e7144d331bb09b0f7c8812eedbb66b3401e', operation='UPDATE OF "receiver_id"', pgid='pgtrigger_what_was_sent_follows_only_into_a_successor_fc907', table='coordination_referral', when='BEFORE')),
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_referralevent" ("accept_reason", "acknowledged_at", "acknowledgement", "agreement_id", "area_id", "ask_instead", "asked_days", "assigned_to_id", "case_id", "closing_note", "confidentiality", "consent_id", "created_at", "created_by_id", "days_left", "decided_at", "disclosed_fields", "ended_at", "fail_reason", "first_contact_on", "held_days", "hold_cause", "id", "is_over_limit", "kept_age", "kept_locality_id", "kept_sex", "kind", "need", "number", "opened_at", "opened_by_id", "outcome", "outcome_on", "parent_id", "passed_over", "person_not_told_reason", "person_said", "person_said_at", "person_told", "person_words", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_item_id", "planned_start_on", "priority", "receiver_id", "receiver_name", "reject_reason", "reopened_at", "respond_by", "sender_id", "sent_at", "service_id", "shut_at", "status", "statute", "stopped_on", "unverified_since", "version", "wanted_outcome") VALUES (NEW."accept_reason", NEW."acknowledged_at", NEW."acknowledgement", NEW."agreement_id", NEW."area_id", NEW."ask_instead", NEW."asked_days", NEW."assigned_to_id", NEW."case_id", NEW."closing_note", NEW."confidentiality", NEW."consent_id", NEW."created_at", NEW."created_by_id", NEW."days_left", NEW."decided_at", NEW."disclosed_fields", NEW."ended_at", NEW."fail_reason", NEW."first_contact_on", NEW."held_days", NEW."hold_cause", NEW."id", NEW."is_over_limit", NEW."kept_age", NEW."kept_locality_id", NEW."kept_sex", NEW."kind", NEW."need", NEW."number", NEW."opened_at", NEW."opened_by_id", NEW."outcome", NEW."outcome_on", NEW."parent_id", NEW."passed_over", NEW."person_not_told_reason", NEW."person_said", NEW."person_said_at", NEW."person_told", NEW."person_words", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_item_id", NEW."planned_start_on", NEW."priority", NEW."receiver_id", NEW."receiver_name", NEW."reject_reason", NEW."reopened_at", NEW."respond_by", NEW."sender_id", NEW."sent_at", NEW."service_id", NEW."shut_at", NEW."status", NEW."statute", NEW."stopped_on", NEW."unverified_since", NEW."version", NEW."wanted_outcome"); RETURN NULL;', hash='f59c2bfbdf0ea9cfe6f54735f0fe1830534d48e9', operation='INSERT', pgid='pgtrigger_insert_insert_9012b', table='coordination_referral', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."accept_reason" IS DISTINCT FROM (NEW."accept_reason") OR OLD."acknowledged_at" IS DISTINCT FROM (NEW."acknowledged_at") OR OLD."acknowledgement" IS DISTINCT FROM (NEW."acknowledgement") OR OLD."agreement_id" IS DISTINCT FROM (NEW."agreement_id") OR OLD."area_id" IS DISTINCT FROM (NEW."area_id") OR OLD."ask_instead" IS DISTINCT FROM (NEW."ask_instead") OR OLD."asked_days" IS DISTINCT FROM (NEW."asked_days") OR OLD."assigned_to_id" IS DISTINCT FROM (NEW."assigned_to_id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."closing_note" IS DISTINCT FROM (NEW."closing_note") OR OLD."confidentiality" IS DISTINCT FROM (NEW."confidentiality") OR OLD."consent_id" IS DISTINCT FROM (NEW."consent_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."days_left" IS DISTINCT FROM (NEW."days_left") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."disclosed_fields" IS DISTINCT FROM (NEW."disclosed_fields") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."fail_reason" IS DISTINCT FROM (NEW."fail_reason") OR OLD."first_contact_on" IS DISTINCT FROM (NEW."first_contact_on") OR OLD."held_days" IS DISTINCT FROM (NEW."held_days") OR OLD."hold_cause" IS DISTINCT FROM (NEW."hold_cause") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_over_limit" IS DISTINCT FROM (NEW."is_over_limit") OR OLD."kept_age" IS DISTINCT FROM (NEW."kept_age") OR OLD."kept_locality_id" IS DISTINCT FROM (NEW."kept_locality_id") OR OLD."kept_sex" IS DISTINCT FROM (NEW."kept_sex") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."need" IS DISTINCT FROM (NEW."need") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."opened_by_id" IS DISTINCT FROM (NEW."opened_by_id") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."outcome_on" IS DISTINCT FROM (NEW."outcome_on") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."passed_over" IS DISTINCT FROM (NEW."passed_over") OR OLD."person_not_told_reason" IS DISTINCT FROM (NEW."person_not_told_reason") OR OLD."person_said" IS DISTINCT FROM (NEW."person_said") OR OLD."person_said_at" IS DISTINCT FROM (NEW."person_said_at") OR OLD."person_told" IS DISTINCT FROM (NEW."person_told") OR OLD."person_words" IS DISTINCT FROM (NEW."person_words") OR OLD."plan_item_id" IS DISTINCT FROM (NEW."plan_item_id") OR OLD."planned_start_on" IS DISTINCT FROM (NEW."planned_start_on") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."receiver_id" IS DISTINCT FROM (NEW."receiver_id") OR OLD."receiver_name" IS DISTINCT FROM (NEW."receiver_name") OR OLD."reject_reason" IS DISTINCT FROM (NEW."reject_reason") OR OLD."reopened_at" IS DISTINCT FROM (NEW."reopened_at") OR OLD."respond_by" IS DISTINCT FROM (NEW."respond_by") OR OLD."sender_id" IS DISTINCT FROM (NEW."sender_id") OR OLD."sent_at" IS DISTINCT FROM (NEW."sent_at") OR OLD."service_id" IS DISTINCT FROM (NEW."service_id") OR OLD."shut_at" IS DISTINCT FROM (NEW."shut_at") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."statute" IS DISTINCT FROM (NEW."statute") OR OLD."stopped_on" IS DISTINCT FROM (NEW."stopped_on") OR OLD."unverified_since" IS DISTINCT FROM (NEW."unverified_since") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."wanted_outcome" IS DISTINCT FROM (NEW."wanted_outcome"))', func='INSERT INTO "coordination_referralevent" ("accept_reason", "acknowledged_at", "acknowledgement", "agreement_id", "area_id", "ask_instead", "asked_days", "assigned_to_id", "case_id", "closing_note", "confidentiality", "consent_id", "created_at", "created_by_id", "days_left", "decided_at", "disclosed_fields", "ended_at", "fail_reason", "first_contact_on", "held_days", "hold_cause", "id", "is_over_limit", "kept_age", "kept_locality_id", "kept_sex", "kind", "need", "number", "opened_at", "opened_by_id", "outcome", "outcome_on", "parent_id", "passed_over", "person_not_told_reason", "person_said", "person_said_at", "person_told", "person_words", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_item_id", "planned_start_on", "priority", "receiver_id", "receiver_name", "reject_reason", "reopened_at", "respond_by", "sender_id", "sent_at", "service_id", "shut_at", "status", "statute", "stopped_on", "unverified_since", "version", "wanted_outcome") VALUES (NEW."accept_reason", NEW."acknowledged_at", NEW."acknowledgement", NEW."agreement_id", NEW."area_id", NEW."ask_instead", NEW."asked_days", NEW."assigned_to_id", NEW."case_id", NEW."closing_note", NEW."confidentiality", NEW."consent_id", NEW."created_at", NEW."created_by_id", NEW."days_left", NEW."decided_at", NEW."disclosed_fields", NEW."ended_at", NEW."fail_reason", NEW."first_contact_on", NEW."held_days", NEW."hold_cause", NEW."id", NEW."is_over_limit", NEW."kept_age", NEW."kept_locality_id", NEW."kept_sex", NEW."kind", NEW."need", NEW."number", NEW."opened_at", NEW."opened_by_id", NEW."outcome", NEW."outcome_on", NEW."parent_id", NEW."passed_over", NEW."person_not_told_reason", NEW."person_said", NEW."person_said_at", NEW."person_told", NEW."person_words", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_item_id", NEW."planned_start_on", NEW."priority", NEW."receiver_id", NEW."receiver_name", NEW."reject_reason", NEW."reopened_at", NEW."respond_by", NEW."sender_id", NEW."sent_at", NEW."service_id", NEW."shut_at", NEW."status", NEW."statute", NEW."stopped_on", NEW."unverified_since", NEW."version", NEW."wanted_outcome"); RETURN NULL;', hash='611d2528b3caf18a1ca1e062816ba40d01225e75', operation='UPDATE', pgid='pgtrigger_update_update_ac560', table='coordination_referral', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReferralEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.referral')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('number', models.CharField(editable=False, max_length=30, verbose_name='number')),
                    ('status', models.CharField(choices=[('draft', 'draft'), ('sent', 'sent'), ('info_requested', 'more information asked for'), ('waitlisted', 'waiting for a place'), ('accepted', 'accepted'), ('in_progress', 'under way'), ('on_hold', 'on hold'), ('completed', 'completed'), ('not_fulfilled', 'not fulfilled'), ('rejected', 'not accepted'), ('redirected', 'passed on'), ('withdrawn', 'withdrawn'), ('expired', 'expired'), ('entered_in_error', 'entered in error')], default='draft', editable=False, max_length=16, verbose_name='state')),
                    ('kind', models.CharField(choices=[('service_referral', 'service referral'), ('handover', 'handover to the proper body'), ('cooperation_request', 'cooperation request'), ('information_request', 'information request'), ('statutory_notice', 'statutory notice')], default='service_referral', max_length=20, verbose_name='kind')),
                    ('priority', models.CharField(choices=[('routine', 'routine'), ('urgent', 'urgent')], default='routine', max_length=8, verbose_name='priority')),
                    ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.case', verbose_name='case')),
                    ('parent', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.referral', verbose_name='passed on from')),
                    ('plan_item', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.planitem', verbose_name='plan item')),
                    ('sender', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.institution', verbose_name='from')),
                    ('receiver', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.institution', verbose_name='to')),
                    ('receiver_name', models.CharField(blank=True, editable=False, max_length=200, verbose_name='name of the receiver on that day')),
                    ('agreement', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.agreement', verbose_name='agreement')),
                    ('area', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.servicearea', verbose_name='area')),
                    ('service', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.service', verbose_name='service')),
                    ('need', models.TextField(max_length=2000, verbose_name='what is needed')),
                    ('wanted_outcome', models.TextField(blank=True, max_length=1000, verbose_name='wanted outcome')),
                    ('consent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.consent', verbose_name='consent')),
                    ('statute', models.CharField(blank=True, help_text='The act and article that ask for it.', max_length=200, verbose_name='legal basis other than consent')),
                    ('unverified_since', models.DateField(editable=False, null=True, verbose_name='answered by word of mouth only')),
                    ('confidentiality', models.CharField(choices=[('ordinary', 'ordinary'), ('sensitive', 'sensitive: health and the like'), ('protected', "protected: violence, a child's safety")], default='ordinary', max_length=9, verbose_name='confidentiality')),
                    ('disclosed_fields', models.JSONField(default=list, verbose_name='chosen data')),
                    ('created_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sent')),
                    ('respond_by', models.DateField(editable=False, null=True, verbose_name='next answer due')),
                    ('days_left', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='working days left when a question stopped the clock')),
                    ('stopped_on', models.DateField(editable=False, null=True, verbose_name="the receiver's time stands since")),
                    ('asked_days', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='days the receiver waited for an answer to its question')),
                    ('held_days', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='days it stood still because of the person')),
                    ('hold_cause', models.CharField(blank=True, choices=[('person', 'the person: in hospital, away, asks for a pause'), ('institution', 'the institution: no staff, repairs, days off'), ('other', 'other')], editable=False, max_length=11, verbose_name='because of whom it is on hold')),
                    ('opened_at', models.DateTimeField(editable=False, null=True, verbose_name='opened')),
                    ('opened_by', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
                    ('assigned_to', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='in hand at the institution')),
                    ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='accepted or rejected')),
                    ('kept_age', models.CharField(blank=True, choices=[('child', 'under 18'), ('adult', '18 to 59'), ('older', '60 and over')], editable=False, max_length=5, verbose_name='age group, as it was')),
                    ('kept_sex', models.CharField(blank=True, choices=[('woman', 'women'), ('man', 'men')], editable=False, max_length=5, verbose_name='sex, as it was')),
                    ('kept_locality', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.locality', verbose_name='where the person lived')),
                    ('passed_over', models.PositiveIntegerField(default=0, editable=False, verbose_name='how many had waited longer')),
                    ('is_over_limit', models.BooleanField(default=False, editable=False, verbose_name='accepted though no place was left')),
                    ('planned_start_on', models.DateField(editable=False, null=True, verbose_name='planned start')),
                    ('first_contact_on', models.DateField(editable=False, null=True, verbose_name='first contact')),
                    ('accept_reason', models.CharField(blank=True, choices=[('as_asked', 'as asked'), ('in_part', 'in part'), ('conditions', 'with conditions'), ('other', 'otherwise than asked')], editable=False, max_length=10, verbose_name='how it was accepted')),
                    ('reject_reason', models.CharField(blank=True, choices=[('no_place', 'no place'), ('no_service', 'no such help with us'), ('not_eligible', 'conditions not met'), ('wrong_address', 'not our task'), ('already_served', 'already helped by us'), ('other', 'other')], editable=False, max_length=16, verbose_name='why not accepted')),
                    ('fail_reason', models.CharField(blank=True, choices=[('no_show', 'the person did not come'), ('lost_contact', 'contact lost'), ('moved', 'moved away'), ('died', 'died'), ('resigned', 'the person resigned'), ('no_place', 'no place')], editable=False, max_length=16, verbose_name='why not fulfilled')),
                    ('ask_instead', models.CharField(blank=True, editable=False, max_length=200, verbose_name='whom to ask instead')),
                    ('closing_note', models.TextField(blank=True, editable=False, max_length=2000, verbose_name='in words')),
                    ('outcome', models.CharField(blank=True, choices=[('met', 'need met'), ('partly_met', 'need partly met'), ('not_met', 'need not met')], editable=False, max_length=12, verbose_name='outcome')),
                    ('outcome_on', models.DateField(editable=False, null=True, verbose_name='outcome on')),
                    ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='ended')),
                    ('shut_at', models.DateTimeField(editable=False, null=True, verbose_name='access of the institution ended')),
                    ('reopened_at', models.DateTimeField(editable=False, null=True, verbose_name='reopened by the institution')),
                    ('acknowledged_at', models.DateTimeField(editable=False, null=True, verbose_name='loop closed')),
                    ('acknowledgement', models.TextField(blank=True, editable=False, verbose_name='what changed in the case')),
                    ('person_told', models.BooleanField(editable=False, null=True, verbose_name='the person was told')),
                    ('person_not_told_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why not told')),
                    ('person_said', models.CharField(blank=True, choices=[('confirmed', 'it was so'), ('disputed', 'it was otherwise')], editable=False, max_length=9, verbose_name='what the person says of it')),
                    ('person_said_at', models.DateTimeField(editable=False, null=True, verbose_name='said')),
                    ('person_words', models.TextField(blank=True, editable=False, max_length=600, verbose_name="in the person's words")),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ReferralNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('referral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='coordination.referral', verbose_name='referral')),
                    ('kind', models.CharField(choices=[('question', 'question'), ('answer', 'answer'), ('news', 'news'), ('refusal', 'refusal, taken back'), ('acceptance', 'how it was accepted'), ('taken_down', 'answer taken down by the centre')], max_length=10, verbose_name='kind')),
                    ('text', models.TextField(max_length=2000, verbose_name='text')),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('author_name', models.CharField(blank=True, max_length=160, verbose_name='author without an account')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='written')),
                ],
                options={
                    'verbose_name': 'note on a referral',
                    'verbose_name_plural': 'notes on referrals',
                    'ordering': ['referral', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('author__isnull', False), models.Q(('author_name', ''), _negated=True), _connector='OR'), name='a_note_on_a_referral_names_its_author'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReferralClosing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('referral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closings', to='coordination.referral', verbose_name='referral')),
                    ('closed_at', models.DateTimeField(verbose_name='loop closed')),
                    ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who closed it')),
                    ('acknowledgement', models.TextField(blank=True, verbose_name='what changed in the case')),
                    ('person_told', models.BooleanField(null=True, verbose_name='the person was told')),
                    ('person_not_told_reason', models.CharField(blank=True, max_length=200, verbose_name='why not told')),
                ],
                options={
                    'verbose_name': 'earlier closing of a referral',
                    'verbose_name_plural': 'earlier closings of referrals',
                    'ordering': ['referral', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='ReferralClock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clock', models.CharField(choices=[('unopened', 'nobody opens it: the receiver is reminded, in working days'), ('unopened_still', 'nobody opens it: the sender is told, in working days'), ('answer', 'the receiver answers a routine one, in working days'), ('answer_urgent', 'the receiver answers an urgent one, in working days'), ('complete', 'the sender answers a question, in working days'), ('waiting', 'who waits for a place is asked: still wanted? In days'), ('first_contact', 'the first contact after accepting, in working days'), ('news', 'news while it is under way, in days'), ('acknowledge', 'the sender acknowledges the outcome, in days'), ('unopened_urgent', 'nobody opens an urgent one: the receiver is reminded, in working days'), ('unopened_still_urgent', 'nobody opens an urgent one: the sender is told, in working days'), ('again', 'the answer is late: it is asked for the second time, in working days'), ('expiry', 'the answer is late: the referral expires, in working days'), ('again_urgent', 'an urgent one waits: each so many working days it is told of anew'), ('passed_up_urgent', 'nobody opens an urgent one that came to us: the organiser is told, in working days'), ('passed_up', 'the coordinator lets it lie: so long after the day the organiser is told, in days'), ('still_wanted', 'who waits for a place answers the second question, in days'), ('seen_after_end', 'the receiver sees what has ended, in days')], max_length=24, verbose_name='clock')),
                    ('days', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='how many days')),
                    ('direction', models.CharField(blank=True, choices=[('outgoing', 'from the centre'), ('incoming', 'to the centre')], help_text='Empty: both ways.', max_length=8, verbose_name='which way')),
                    ('institution', models.ForeignKey(blank=True, help_text='Empty: all. What holds for one institution goes before what holds for a kind.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='institution')),
                    ('kind', models.CharField(blank=True, choices=[('service_referral', 'service referral'), ('handover', 'handover to the proper body'), ('cooperation_request', 'cooperation request'), ('information_request', 'information request'), ('statutory_notice', 'statutory notice')], help_text='Empty: all kinds.', max_length=20, verbose_name='kind')),
                    ('valid_from', models.DateField(help_text='Days that were set before stay as they were told to both sides.', verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'referral clock',
                    'verbose_name_plural': 'referral clocks',
                    'ordering': ['clock', '-valid_from', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 365)), name='a_referral_clock_has_days_within_a_year', violation_error_code='days', violation_error_message='Write a number of days from 1 to a year.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('clock', 'again'), _negated=True), ('days__lte', 35), _connector='OR'), name='the_second_reminder_comes_while_mails_go_out', violation_error_code='days', violation_error_message='The second time is 35 working days after the first at the latest.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('clock', 'passed_up'), _negated=True), ('days__lte', 50), _connector='OR'), name='it_is_passed_up_while_mails_go_out', violation_error_code='days', violation_error_message='The organiser is told 50 days after the day at the latest.'),
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_referral_clock_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day comes before the first.'),
                        django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('clock', '='), ('direction', '='), (django.db.models.functions.comparison.Coalesce('institution', 0), '='), ('kind', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_referral_clock_for_the_same_holds_on_a_day', violation_error_code='valid_from', violation_error_message='Another row holds for the same on these days. End that one first.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='CommunityPlan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('year', models.PositiveSmallIntegerField(unique=True, verbose_name='year')),
                    ('status', models.CharField(choices=[('draft', 'being written'), ('adopted', 'adopted'), ('reported', 'summed up')], default='draft', editable=False, max_length=8, verbose_name='state')),
                    ('needs', models.TextField(verbose_name='needs and strengths that were recognised')),
                    ('goals', models.TextField(verbose_name='what is to be reached')),
                    ('adopted_on', models.DateField(editable=False, null=True, verbose_name='adopted on')),
                    ('summary', models.TextField(blank=True, editable=False, verbose_name='what came of it')),
                ],
                options={
                    'verbose_name': 'community plan',
                    'verbose_name_plural': 'community plans',
                    'ordering': ['-year'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('adopted_on', None), ('status', 'draft')), models.Q(models.Q(('status', 'draft'), _negated=True), ('adopted_on__isnull', False)), _connector='OR'), name='an_adopted_community_plan_knows_when', violation_error_code='adopted_on', violation_error_message='An adopted plan has the day of its adoption, and a draft has none.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'reported'), _negated=True), models.Q(('summary', ''), _negated=True), _connector='OR'), name='a_community_plan_is_summed_up_in_words', violation_error_code='summary', violation_error_message='Write what came of the year.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SupportingAction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='coordination.communityplan', verbose_name='community plan')),
                    ('kind', models.CharField(choices=[('neighbours', 'help among neighbours'), ('volunteering', 'volunteering'), ('self_help', 'self-help group'), ('meeting', 'meetings and events')], max_length=12, verbose_name='kind')),
                    ('name', models.CharField(max_length=160, verbose_name='name')),
                    ('goal', models.CharField(max_length=300, verbose_name='goal')),
                    ('with_minors', models.BooleanField(default=False, help_text='Only volunteers who were looked up in the register may help.', verbose_name='with children')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(verbose_name='to')),
                ],
                options={
                    'verbose_name': 'supporting action',
                    'verbose_name_plural': 'supporting actions',
                    'ordering': ['-starts_on', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='a_supporting_action_ends_after_it_begins', violation_error_code='ends_on', violation_error_message='The last day must not be earlier than the first day.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Volunteer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_name', models.CharField(max_length=60, verbose_name='first name')),
                    ('last_name', models.CharField(max_length=80, verbose_name='surname')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('agreement_number', models.CharField(max_length=40, unique=True, verbose_name='number of the agreement')),
                    ('agreement_from', models.DateField(verbose_name='agreement from')),
                    ('agreement_until', models.DateField(blank=True, null=True, verbose_name='agreement to')),
                    ('insured_until', models.DateField(help_text='Against accidents, as art. 46 of that Act asks.', verbose_name='insured until')),
                    ('register_checked_on', models.DateField(blank=True, help_text='Before any contact with children (Act of 13 May 2016, art. 21).', null=True, verbose_name='looked up in the register of sex offenders on')),
                    ('record_certificate_on', models.DateField(blank=True, null=True, verbose_name='certificate of no criminal record of')),
                    ('checks_valid_until', models.DateField(blank=True, help_text='After this day both are looked up anew.', null=True, verbose_name='checks valid until')),
                    ('left_on', models.DateField(blank=True, null=True, verbose_name='left on')),
                ],
                options={
                    'verbose_name': 'volunteer',
                    'verbose_name_plural': 'volunteers',
                    'ordering': ['last_name', 'first_name', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('agreement_until', None), ('agreement_until__gte', models.F('agreement_from')), _connector='OR'), name='a_volunteer_s_agreement_ends_after_it_begins', violation_error_code='agreement_until', violation_error_message='The last day must not be earlier than the first day.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('checks_valid_until', None), ('register_checked_on', None)), models.Q(('checks_valid_until__gte', models.F('register_checked_on')), ('checks_valid_until__isnull', False), ('register_checked_on__isnull', False)), _connector='OR'), name='checks_of_a_volunteer_have_both_days', violation_error_code='checks_valid_until', violation_error_message='Write both the day of the check and until when it holds, in that order, or neither.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='VolunteerHours',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('volunteer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hours', to='coordination.volunteer', verbose_name='volunteer')),
                    ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hours', to='coordination.supportingaction', verbose_name='supporting action')),
                    ('on', models.DateField(verbose_name='day')),
                    ('hours', models.DecimalField(decimal_places=1, max_digits=4, verbose_name='hours')),
                ],
                options={
                    'verbose_name': 'hours of a volunteer',
                    'verbose_name_plural': 'hours of volunteers',
                    'ordering': ['-on', '-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('hours__gt', 0), ('hours__lte', Decimal('24'))), name='a_day_has_its_hours'),
                        models.UniqueConstraint(fields=('volunteer', 'action', 'on'), name='hours_of_a_day_are_written_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='CommunityEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='coordination.supportingaction', verbose_name='supporting action')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('on', models.DateField(verbose_name='day')),
                    ('at', models.TimeField(verbose_name='hour')),
                    ('locality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.locality', verbose_name='town or village')),
                    ('place', models.CharField(max_length=160, verbose_name='place')),
                    ('places', models.PositiveSmallIntegerField(blank=True, help_text='Empty: no limit.', null=True, verbose_name='places')),
                    ('about', models.TextField(blank=True, help_text='For whom it is, what to bring, what it costs.', max_length=2000, verbose_name='what it is about')),
                    ('is_public', models.BooleanField(default=False, help_text='Everybody may come and reads of it on the portal.', verbose_name='on the public page')),
                    ('came', models.PositiveSmallIntegerField(blank=True, editable=False, null=True, verbose_name='how many came')),
                ],
                options={
                    'verbose_name': 'community event',
                    'verbose_name_plural': 'community events',
                    'ordering': ['-on', '-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SignUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ups', to='coordination.communityevent', verbose_name='event')),
                    ('name', models.CharField(max_length=120, verbose_name='name')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('taken_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken by')),
                ],
                options={
                    'verbose_name': 'sign-up',
                    'verbose_name_plural': 'sign-ups',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Contract',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='services.agreement', verbose_name='agreement')),
                    ('basis', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.programmeservice', verbose_name='programme row')),
                    ('status', models.CharField(choices=[('active', 'in force'), ('suspended', 'suspended'), ('ended', 'ended')], default='active', editable=False, max_length=9, verbose_name='state')),
                    ('unit', models.CharField(choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='what is counted')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=8, verbose_name='how many')),
                    ('unit_price', models.DecimalField(decimal_places=2, help_text="0 for the centre's own staff.", max_digits=8, verbose_name='price of one, PLN')),
                    ('pays_no_show', models.BooleanField(default=False, help_text='As the contract says.', verbose_name="a visit missed by the person's fault is paid")),
                    ('valid_from', models.DateField(verbose_name='in force from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ],
                options={
                    'verbose_name': 'contract of a provider',
                    'verbose_name_plural': 'contracts of providers',
                    'ordering': ['-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_contract_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day must not be earlier than the first day.'),
                        models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='a_contract_gives_something', violation_error_code='units', violation_error_message='Write a number above zero.'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='a_contract_is_counted_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='a_price_is_not_below_zero', violation_error_code='unit_price', violation_error_message='A price is not below zero.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'ended'), _negated=True), ('valid_to__isnull', False), _connector='OR'), name='an_ended_contract_knows_its_last_day', violation_error_code='valid_to', violation_error_message='A contract that has ended has its last day.'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_contractevent" ("agreement_id", "basis_id", "created_at", "id", "pays_no_show", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "unit", "unit_price", "units", "valid_from", "valid_to", "version") VALUES (NEW."agreement_id", NEW."basis_id", NEW."created_at", NEW."id", NEW."pays_no_show", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."status", NEW."unit", NEW."unit_price", NEW."units", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='3a20346d8e264808a6bde0701f4db71095465087', operation='INSERT', pgid='pgtrigger_insert_insert_4135b', table='coordination_contract', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_contractevent" ("agreement_id", "basis_id", "created_at", "id", "pays_no_show", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "status", "unit", "unit_price", "units", "valid_from", "valid_to", "version") VALUES (NEW."agreement_id", NEW."basis_id", NEW."created_at", NEW."id", NEW."pays_no_show", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."status", NEW."unit", NEW."unit_price", NEW."units", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='390f33b762f37ee7236335af03a59bb0cc1ce069', operation='UPDATE', pgid='pgtrigger_update_update_76c6b', table='coordination_contract', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ContractEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.contract')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.agreement', verbose_name='agreement')),
                    ('basis', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.programmeservice', verbose_name='programme row')),
                    ('status', models.CharField(choices=[('active', 'in force'), ('suspended', 'suspended'), ('ended', 'ended')], default='active', editable=False, max_length=9, verbose_name='state')),
                    ('unit', models.CharField(choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='what is counted')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=8, verbose_name='how many')),
                    ('unit_price', models.DecimalField(decimal_places=2, help_text="0 for the centre's own staff.", max_digits=8, verbose_name='price of one, PLN')),
                    ('pays_no_show', models.BooleanField(default=False, help_text='As the contract says.', verbose_name="a visit missed by the person's fault is paid")),
                    ('valid_from', models.DateField(verbose_name='in force from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Plan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='residents.case', verbose_name='case')),
                    ('follows', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='coordination.plan', verbose_name='continues the plan')),
                    ('status', models.CharField(choices=[('draft', 'draft'), ('agreed', 'agreed with the person'), ('submitted', 'waits for approval'), ('approved', 'approved'), ('completed', 'completed'), ('ended_early', 'ended early')], default='draft', editable=False, max_length=12, verbose_name='state')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('starts_on', models.DateField(verbose_name='begins on')),
                    ('ends_on', models.DateField(help_text='At most a year after it begins.', verbose_name='ends on')),
                    ('needs', models.TextField(verbose_name='recognised needs')),
                    ('goals', models.TextField(verbose_name='goals')),
                    ('person_duties', models.TextField(blank=True, verbose_name='what the person does')),
                    ('centre_duties', models.TextField(blank=True, verbose_name='what the centre does')),
                    ('monitoring', models.TextField(blank=True, verbose_name='how and when we check how it goes')),
                    ('worded_on', models.DateField(editable=False, null=True, verbose_name='last changed on')),
                    ('agreed_on', models.DateField(editable=False, null=True, verbose_name='agreed with the person on')),
                    ('agreement', models.CharField(blank=True, choices=[('signed', 'signed by the person'), ('spoken', 'agreed in a talk, noted by the coordinator'), ('representative', 'agreed by the representative')], editable=False, max_length=14, verbose_name='how it was agreed')),
                    ('approved_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved')),
                    ('approved_alone', models.BooleanField(default=False, editable=False, verbose_name='approved by who wrote it, for nobody else may')),
                    ('in_force_from', models.DateField(editable=False, null=True, verbose_name='in force from')),
                    ('in_force_until', models.DateField(editable=False, null=True, verbose_name='in force until')),
                    ('note_due_on', models.DateField(editable=False, null=True, verbose_name='next note due on')),
                    ('end_reason', models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why ended early')),
                    ('ended_on', models.DateField(editable=False, null=True, verbose_name='ended on')),
                    ('closing_talk_on', models.DateField(editable=False, null=True, verbose_name='closing talk on')),
                    ('results', models.TextField(blank=True, editable=False, verbose_name='course and results')),
                ],
                options={
                    'verbose_name': 'individual plan',
                    'verbose_name_plural': 'individual plans',
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('in_force_until__isnull', False), ('status__in', ['draft', 'agreed', 'submitted', 'approved'])), fields=['in_force_until', 'id'], name='plans_by_end_of_force'),
                        models.Index(condition=models.Q(('note_due_on__isnull', False), ('status__in', ['draft', 'agreed', 'submitted', 'approved'])), fields=['note_due_on', 'id'], name='plans_by_next_note'),
                        models.Index(fields=['status', 'id'], name='plans_by_state'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='a_plan_ends_after_it_begins'),
                        models.CheckConstraint(condition=models.Q(('status', 'draft'), ('agreed_on__isnull', False), _connector='OR'), name='a_plan_past_draft_is_agreed'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'completed', 'ended_early']), _negated=True), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='an_approved_plan_knows_by_whom'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'completed'), _negated=True), models.Q(('closing_talk_on__isnull', False), models.Q(('results', ''), _negated=True)), _connector='OR'), name='a_completed_plan_is_summed_up'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'ended_early'), _negated=True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='a_plan_ended_early_says_why'),
                        models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('author')), _negated=True), ('approved_alone', True), _connector='OR'), name='a_plan_is_approved_by_another'),
                        models.UniqueConstraint(condition=models.Q(('status__in', ['draft', 'agreed', 'submitted'])), fields=('case',), name='a_case_prepares_one_plan'),
                        django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('in_force_from__isnull', False)), expressions=[('case', '='), (models.Func(models.F('in_force_from'), models.F('in_force_until'), django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_plan_of_a_case_is_in_force_on_a_day'),
                        models.CheckConstraint(condition=models.Q(models.Q(('in_force_from', None), ('in_force_until', None)), models.Q(('in_force_from__isnull', False), ('in_force_until__gte', models.F('in_force_from')), ('in_force_until__isnull', False)), _connector='OR'), name='a_plan_in_force_knows_its_days'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_planevent" ("agreed_on", "agreement", "approved_alone", "approved_at", "approved_by_id", "author_id", "case_id", "centre_duties", "closing_talk_on", "created_at", "end_reason", "ended_on", "ends_on", "follows_id", "goals", "id", "in_force_from", "in_force_until", "monitoring", "needs", "note_due_on", "person_duties", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "results", "starts_on", "status", "version", "worded_on") VALUES (NEW."agreed_on", NEW."agreement", NEW."approved_alone", NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."case_id", NEW."centre_duties", NEW."closing_talk_on", NEW."created_at", NEW."end_reason", NEW."ended_on", NEW."ends_on", NEW."follows_id", NEW."goals", NEW."id", NEW."in_force_from", NEW."in_force_until", NEW."monitoring", NEW."needs", NEW."note_due_on", NEW."person_duties", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."results", NEW."starts_on", NEW."status", NEW."version", NEW."worded_on"); RETURN NULL;', hash='0fa7f261e3ef16ef2abea182ee83600d097c0ef0', operation='INSERT', pgid='pgtrigger_insert_insert_22c00', table='coordination_plan', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_planevent" ("agreed_on", "agreement", "approved_alone", "approved_at", "approved_by_id", "author_id", "case_id", "centre_duties", "closing_talk_on", "created_at", "end_reason", "ended_on", "ends_on", "follows_id", "goals", "id", "in_force_from", "in_force_until", "monitoring", "needs", "note_due_on", "person_duties", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "results", "starts_on", "status", "version", "worded_on") VALUES (NEW."agreed_on", NEW."agreement", NEW."approved_alone", NEW."approved_at", NEW."approved_by_id", NEW."author_id", NEW."case_id", NEW."centre_duties", NEW."closing_talk_on", NEW."created_at", NEW."end_reason", NEW."ended_on", NEW."ends_on", NEW."follows_id", NEW."goals", NEW."id", NEW."in_force_from", NEW."in_force_until", NEW."monitoring", NEW."needs", NEW."note_due_on", NEW."person_duties", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."results", NEW."starts_on", NEW."status", NEW."version", NEW."worded_on"); RETURN NULL;', hash='9a830203d19f05ea96c3a9b2776ee2f4d1e06bba', operation='UPDATE', pgid='pgtrigger_update_update_96ac0', table='coordination_plan', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='PlanEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.plan')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.case', verbose_name='case')),
                    ('follows', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.plan', verbose_name='continues the plan')),
                    ('status', models.CharField(choices=[('draft', 'draft'), ('agreed', 'agreed with the person'), ('submitted', 'waits for approval'), ('approved', 'approved'), ('completed', 'completed'), ('ended_early', 'ended early')], default='draft', editable=False, max_length=12, verbose_name='state')),
                    ('author', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('starts_on', models.DateField(verbose_name='begins on')),
                    ('ends_on', models.DateField(help_text='At most a year after it begins.', verbose_name='ends on')),
                    ('needs', models.TextField(verbose_name='recognised needs')),
                    ('goals', models.TextField(verbose_name='goals')),
                    ('person_duties', models.TextField(blank=True, verbose_name='what the person does')),
                    ('centre_duties', models.TextField(blank=True, verbose_name='what the centre does')),
                    ('monitoring', models.TextField(blank=True, verbose_name='how and when we check how it goes')),
                    ('worded_on', models.DateField(editable=False, null=True, verbose_name='last changed on')),
                    ('agreed_on', models.DateField(editable=False, null=True, verbose_name='agreed with the person on')),
                    ('agreement', models.CharField(blank=True, choices=[('signed', 'signed by the person'), ('spoken', 'agreed in a talk, noted by the coordinator'), ('representative', 'agreed by the representative')], editable=False, max_length=14, verbose_name='how it was agreed')),
                    ('approved_by', models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved')),
                    ('approved_alone', models.BooleanField(default=False, editable=False, verbose_name='approved by who wrote it, for nobody else may')),
                    ('in_force_from', models.DateField(editable=False, null=True, verbose_name='in force from')),
                    ('in_force_until', models.DateField(editable=False, null=True, verbose_name='in force until')),
                    ('note_due_on', models.DateField(editable=False, null=True, verbose_name='next note due on')),
                    ('end_reason', models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why ended early')),
                    ('ended_on', models.DateField(editable=False, null=True, verbose_name='ended on')),
                    ('closing_talk_on', models.DateField(editable=False, null=True, verbose_name='closing talk on')),
                    ('results', models.TextField(blank=True, editable=False, verbose_name='course and results')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PlanItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('units', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True, verbose_name='how much')),
                    ('unit', models.CharField(blank=True, choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='of what')),
                    ('period', models.CharField(blank=True, choices=[('week', 'a week'), ('month', 'a month'), ('year', 'a year'), ('edition', 'in all')], max_length=7, verbose_name='in what time')),
                    ('scope', models.CharField(blank=True, help_text='What the number does not say: on which days, how long each time.', max_length=200, verbose_name='scope, in words')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='coordination.plan', verbose_name='plan')),
                    ('position', models.PositiveSmallIntegerField(default=1, verbose_name='no.')),
                    ('goal', models.CharField(max_length=200, verbose_name='goal')),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                    ('action', models.CharField(blank=True, help_text='For what is no service: a neighbour, a volunteer.', max_length=200, verbose_name='supporting action')),
                    ('supporting', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='plan_items', to='coordination.supportingaction', verbose_name='action of the community organiser')),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='carried out by')),
                    ('fee_kind', models.CharField(blank=True, choices=[('rule', 'by the rule of the programme in force'), ('fixed', 'an amount set for this person'), ('exempt', 'the person is exempt'), ('free', 'free of charge')], max_length=6, verbose_name='fee')),
                    ('fee_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='amount in PLN')),
                    ('fee_unit', models.CharField(blank=True, choices=[('hour', 'an hour'), ('visit', 'a visit'), ('ride', 'a ride'), ('meal', 'a meal'), ('day', 'a day'), ('month', 'a month'), ('once', 'once')], max_length=6, verbose_name='amount for')),
                    ('fee', models.CharField(blank=True, help_text='Why the person is exempt, and what else there is.', max_length=100, verbose_name='about the fee')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(verbose_name='to')),
                    ('status', models.CharField(choices=[('planned', 'planned'), ('going_on', 'going on'), ('done', 'carried out'), ('given_up', 'given up')], default='planned', editable=False, max_length=8, verbose_name='state')),
                    ('state_since', models.DateField(editable=False, null=True, verbose_name='in this state since')),
                    ('given_up_reason', models.CharField(blank=True, choices=[('resigned', 'the person resigned from it'), ('not_needed', 'no longer needed'), ('no_place', 'nobody could give it: no place, no provider'), ('other_help', 'other help was found'), ('plan_ended', 'the plan ended before'), ('other', 'another reason')], editable=False, max_length=10, verbose_name='why given up')),
                ],
                options={
                    'verbose_name': 'plan item',
                    'verbose_name_plural': 'plan items',
                    'ordering': ['plan', 'position', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('period', ''), ('unit', ''), ('units', None)), models.Q(('units__gt', Decimal('0')), ('units__isnull', False), models.Q(('unit', ''), _negated=True), models.Q(('period', ''), _negated=True)), _connector='OR'), name='the_amount_of_a_planitem_is_told_whole', violation_error_message='Say how much, of what, and in what time: all three or none.'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='the_amount_of_a_planitem_is_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('fee_amount__gt', 0), ('fee_amount__isnull', False), ('fee_kind', 'fixed'), models.Q(('fee_unit', ''), _negated=True)), models.Q(models.Q(('fee_kind', 'fixed'), _negated=True), ('fee_amount', None), ('fee_unit', '')), _connector='OR'), name='a_fixed_fee_of_an_item_has_its_amount', violation_error_message='Give an amount and for what it is, and only for a fixed fee.'),
                        models.CheckConstraint(condition=models.Q(('fee', ''), ('fee_kind', 'exempt'), _negated=True), name='an_exemption_says_why', violation_error_message='Write why the person is exempt.'),
                        models.CheckConstraint(condition=models.Q(('supporting', None), ('service', None), _connector='OR'), name='an_action_of_the_organiser_is_no_service'),
                        models.CheckConstraint(condition=models.Q(models.Q(('action', ''), ('service__isnull', False)), models.Q(('service', None), models.Q(('action', ''), _negated=True)), _connector='OR'), name='a_plan_item_is_a_service_or_an_action'),
                        models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='a_plan_item_ends_after_it_begins'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state_since__isnull', False), ('status', 'given_up'), models.Q(('given_up_reason', ''), _negated=True)), models.Q(('given_up_reason', ''), ('state_since__isnull', False), ('status__in', ['going_on', 'done'])), models.Q(('given_up_reason', ''), ('state_since', None), ('status', 'planned')), _connector='OR'), name='a_plan_item_says_since_when_and_why'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_planitemevent" ("action", "created_at", "ends_on", "fee", "fee_amount", "fee_kind", "fee_unit", "given_up_reason", "goal", "id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "provider_id", "scope", "service_id", "starts_on", "state_since", "status", "supporting_id", "unit", "units", "version") VALUES (NEW."action", NEW."created_at", NEW."ends_on", NEW."fee", NEW."fee_amount", NEW."fee_kind", NEW."fee_unit", NEW."given_up_reason", NEW."goal", NEW."id", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."position", NEW."provider_id", NEW."scope", NEW."service_id", NEW."starts_on", NEW."state_since", NEW."status", NEW."supporting_id", NEW."unit", NEW."units", NEW."version"); RETURN NULL;', hash='5557d78a70552a04e8527cfbe991031e2b2d6e65', operation='INSERT', pgid='pgtrigger_insert_insert_9cbc5', table='coordination_planitem', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_planitemevent" ("action", "created_at", "ends_on", "fee", "fee_amount", "fee_kind", "fee_unit", "given_up_reason", "goal", "id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "position", "provider_id", "scope", "service_id", "starts_on", "state_since", "status", "supporting_id", "unit", "units", "version") VALUES (NEW."action", NEW."created_at", NEW."ends_on", NEW."fee", NEW."fee_amount", NEW."fee_kind", NEW."fee_unit", NEW."given_up_reason", NEW."goal", NEW."id", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."position", NEW."provider_id", NEW."scope", NEW."service_id", NEW."starts_on", NEW."state_since", NEW."status", NEW."supporting_id", NEW."unit", NEW."units", NEW."version"); RETURN NULL;', hash='cb9666f63eb19ed657506f1db50d1a12b7ec446d', operation='UPDATE', pgid='pgtrigger_update_update_04dfb', table='coordination_planitem', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='PlanItemEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.planitem')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('units', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True, verbose_name='how much')),
                    ('unit', models.CharField(blank=True, choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='of what')),
                    ('period', models.CharField(blank=True, choices=[('week', 'a week'), ('month', 'a month'), ('year', 'a year'), ('edition', 'in all')], max_length=7, verbose_name='in what time')),
                    ('scope', models.CharField(blank=True, help_text='What the number does not say: on which days, how long each time.', max_length=200, verbose_name='scope, in words')),
                    ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.plan', verbose_name='plan')),
                    ('position', models.PositiveSmallIntegerField(default=1, verbose_name='no.')),
                    ('goal', models.CharField(max_length=200, verbose_name='goal')),
                    ('service', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.service', verbose_name='service')),
                    ('action', models.CharField(blank=True, help_text='For what is no service: a neighbour, a volunteer.', max_length=200, verbose_name='supporting action')),
                    ('supporting', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.supportingaction', verbose_name='action of the community organiser')),
                    ('provider', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.institution', verbose_name='carried out by')),
                    ('fee_kind', models.CharField(blank=True, choices=[('rule', 'by the rule of the programme in force'), ('fixed', 'an amount set for this person'), ('exempt', 'the person is exempt'), ('free', 'free of charge')], max_length=6, verbose_name='fee')),
                    ('fee_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='amount in PLN')),
                    ('fee_unit', models.CharField(blank=True, choices=[('hour', 'an hour'), ('visit', 'a visit'), ('ride', 'a ride'), ('meal', 'a meal'), ('day', 'a day'), ('month', 'a month'), ('once', 'once')], max_length=6, verbose_name='amount for')),
                    ('fee', models.CharField(blank=True, help_text='Why the person is exempt, and what else there is.', max_length=100, verbose_name='about the fee')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(verbose_name='to')),
                    ('status', models.CharField(choices=[('planned', 'planned'), ('going_on', 'going on'), ('done', 'carried out'), ('given_up', 'given up')], default='planned', editable=False, max_length=8, verbose_name='state')),
                    ('state_since', models.DateField(editable=False, null=True, verbose_name='in this state since')),
                    ('given_up_reason', models.CharField(blank=True, choices=[('resigned', 'the person resigned from it'), ('not_needed', 'no longer needed'), ('no_place', 'nobody could give it: no place, no provider'), ('other_help', 'other help was found'), ('plan_ended', 'the plan ended before'), ('other', 'another reason')], editable=False, max_length=10, verbose_name='why given up')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PlanVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='coordination.plan', verbose_name='plan')),
                    ('number', models.PositiveSmallIntegerField(verbose_name='version')),
                    ('content', models.JSONField(verbose_name='content')),
                    ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('approved_at', models.DateTimeField(verbose_name='approved')),
                ],
                options={
                    'verbose_name': 'version of a plan',
                    'verbose_name_plural': 'versions of a plan',
                    'ordering': ['plan', '-number'],
                    'constraints': [
                        models.UniqueConstraint(fields=('plan', 'number'), name='versions_are_numbered_in_a_plan'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='never_overwritten', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='66bfee34ba80f308de5653d68447d56cce05630c', operation='UPDATE', pgid='pgtrigger_never_overwritten_0182b', table='coordination_planversion', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='PlanNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='coordination.plan', verbose_name='plan')),
                    ('on', models.DateField(verbose_name='day')),
                    ('kind', models.CharField(choices=[('visit', 'visit where the person stays'), ('office', 'talk at the centre'), ('phone', 'talk by phone'), ('provider', 'word of a provider'), ('review', 'review of the plan with the person')], max_length=10, verbose_name='how it was learnt')),
                    ('text', models.TextField(verbose_name='how it goes')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('written_at', models.DateTimeField(verbose_name='written')),
                ],
                options={
                    'verbose_name': 'note on a plan',
                    'verbose_name_plural': 'notes on plans',
                    'ordering': ['plan', '-on', '-pk'],
                    'indexes': [
                        models.Index(fields=['plan', '-on', '-id'], name='notes_of_a_plan_by_day'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Provision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provisions', to='residents.case', verbose_name='case')),
                    ('item', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='provision', to='residents.requestitem', verbose_name='need')),
                    ('plan_item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='provisions', to='coordination.planitem', verbose_name='item of the plan')),
                    ('crisis_reason', models.CharField(blank=True, help_text='Only in a crisis. It is reported apart.', max_length=300, verbose_name='why before the decision')),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provisions', to='coordination.contract', verbose_name='contract')),
                    ('worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who comes')),
                    ('status', models.CharField(choices=[('active', 'is given'), ('ended', 'ended')], default='active', editable=False, max_length=6, verbose_name='state')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=6, verbose_name='how much')),
                    ('period', models.CharField(choices=[('month', 'a month'), ('year', 'a year'), ('edition', 'in all')], max_length=7, verbose_name='in what time')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='to')),
                    ('address', models.CharField(max_length=200, verbose_name='where')),
                    ('locality', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.locality', verbose_name='town or village')),
                    ('payer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.agreement', verbose_name='agreement by which another municipality pays')),
                    ('payer_from', models.DateField(blank=True, null=True, verbose_name='that municipality pays from')),
                    ('payer_until', models.DateField(blank=True, null=True, verbose_name='that municipality pays until')),
                    ('task', models.CharField(max_length=300, verbose_name='what is to be done')),
                    ('end_reason', models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why it ended')),
                ],
                options={
                    'verbose_name': 'service given to a person',
                    'verbose_name_plural': 'services given to persons',
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('status', 'active')), fields=['case'], include=('contract', 'starts_on', 'ends_on'), name='services_that_are_given'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='a_given_service_ends_after_it_begins', violation_error_message='The last day must not be earlier than the first day.'),
                        models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='a_given_service_gives_something'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='a_given_service_is_counted_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(('item__isnull', False), models.Q(('crisis_reason', ''), _negated=True), _connector='OR'), name='a_service_without_a_need_says_why'),
                        models.CheckConstraint(condition=models.Q(('payer_until', None), models.Q(('payer__isnull', False), ('payer_from', None), ('payer_until__gte', models.F('starts_on'))), models.Q(('payer__isnull', False), ('payer_from__isnull', False), ('payer_until__gte', models.F('payer_from'))), _connector='OR'), name='who_stops_paying_has_paid_before'),
                        models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('status', 'active')), models.Q(('ends_on__isnull', False), ('status', 'ended'), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='an_ended_service_knows_when_and_why'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_provisionevent" ("address", "case_id", "contract_id", "created_at", "crisis_reason", "end_reason", "ends_on", "id", "item_id", "locality_id", "payer_from", "payer_id", "payer_until", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_item_id", "starts_on", "status", "task", "units", "version", "worker_id") VALUES (NEW."address", NEW."case_id", NEW."contract_id", NEW."created_at", NEW."crisis_reason", NEW."end_reason", NEW."ends_on", NEW."id", NEW."item_id", NEW."locality_id", NEW."payer_from", NEW."payer_id", NEW."payer_until", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_item_id", NEW."starts_on", NEW."status", NEW."task", NEW."units", NEW."version", NEW."worker_id"); RETURN NULL;', hash='db2083f36dbd0fabc30a04edf7ac5cb377a87641', operation='INSERT', pgid='pgtrigger_insert_insert_0e19a', table='coordination_provision', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_provisionevent" ("address", "case_id", "contract_id", "created_at", "crisis_reason", "end_reason", "ends_on", "id", "item_id", "locality_id", "payer_from", "payer_id", "payer_until", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_item_id", "starts_on", "status", "task", "units", "version", "worker_id") VALUES (NEW."address", NEW."case_id", NEW."contract_id", NEW."created_at", NEW."crisis_reason", NEW."end_reason", NEW."ends_on", NEW."id", NEW."item_id", NEW."locality_id", NEW."payer_from", NEW."payer_id", NEW."payer_until", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_item_id", NEW."starts_on", NEW."status", NEW."task", NEW."units", NEW."version", NEW."worker_id"); RETURN NULL;', hash='65cefecae56612ddff7d55c76c04604a3b0cddbf', operation='UPDATE', pgid='pgtrigger_update_update_76e68', table='coordination_provision', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ProvisionEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.provision')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('case', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.case', verbose_name='case')),
                    ('item', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.requestitem', verbose_name='need')),
                    ('plan_item', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.planitem', verbose_name='item of the plan')),
                    ('crisis_reason', models.CharField(blank=True, help_text='Only in a crisis. It is reported apart.', max_length=300, verbose_name='why before the decision')),
                    ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.contract', verbose_name='contract')),
                    ('worker', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who comes')),
                    ('status', models.CharField(choices=[('active', 'is given'), ('ended', 'ended')], default='active', editable=False, max_length=6, verbose_name='state')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=6, verbose_name='how much')),
                    ('period', models.CharField(choices=[('month', 'a month'), ('year', 'a year'), ('edition', 'in all')], max_length=7, verbose_name='in what time')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='to')),
                    ('address', models.CharField(max_length=200, verbose_name='where')),
                    ('locality', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.locality', verbose_name='town or village')),
                    ('payer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.agreement', verbose_name='agreement by which another municipality pays')),
                    ('payer_from', models.DateField(blank=True, null=True, verbose_name='that municipality pays from')),
                    ('payer_until', models.DateField(blank=True, null=True, verbose_name='that municipality pays until')),
                    ('task', models.CharField(max_length=300, verbose_name='what is to be done')),
                    ('end_reason', models.CharField(blank=True, choices=[('goal_reached', 'goal reached'), ('resigned', 'the person resigned'), ('moved', 'moved away'), ('died', 'died'), ('no_cooperation', 'no cooperation'), ('service_gone', 'the service is no longer given'), ('care_home', 'placed in a care home'), ('certificate', 'the disability certificate ended and no new one was applied for'), ('other', 'other')], editable=False, max_length=14, verbose_name='why it ended')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Suspension',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='coordination.provision', verbose_name='service given to a person')),
                    ('kind', models.CharField(choices=[('absence', 'the person is away'), ('hospital', 'the person is in hospital or a care home'), ('suspended', 'suspended by the centre')], max_length=9, verbose_name='why')),
                    ('first_day', models.DateField(verbose_name='first day')),
                    ('last_day', models.DateField(blank=True, null=True, verbose_name='last day')),
                    ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ],
                options={
                    'verbose_name': 'suspension of a service',
                    'verbose_name_plural': 'suspensions of services',
                    'ordering': ['provision', 'first_day', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='a_suspension_ends_after_it_begins', violation_error_message='The last day must not be earlier than the first day.'),
                        django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('provision', '='), (models.Func(models.F('first_day'), models.F('last_day'), django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='a_service_is_suspended_once_at_a_time', violation_error_message='The service is suspended already in this time.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ServiceRecord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='coordination.provision', verbose_name='service given to a person')),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='coordination.contract', verbose_name='contract')),
                    ('resident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='residents.resident', verbose_name='resident')),
                    ('worker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who comes')),
                    ('status', models.CharField(choices=[('planned', 'planned'), ('done', 'done'), ('not_done', 'not done'), ('called_off', 'called off')], default='planned', editable=False, max_length=10, verbose_name='state')),
                    ('starts_at', models.DateTimeField(verbose_name='from')),
                    ('ends_at', models.DateTimeField(verbose_name='to')),
                    ('period', models.CharField(max_length=10, verbose_name='month, year or edition')),
                    ('unit', models.CharField(choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='what is counted')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=5, verbose_name='how much')),
                    ('paid_units', models.DecimalField(decimal_places=1, default=0, max_digits=5, verbose_name='paid for')),
                    ('fault', models.CharField(blank=True, choices=[('person', 'the person was not there or sent me away'), ('provider', 'we could not come'), ('nobody', "nobody's fault")], max_length=8, verbose_name='by whose fault')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='what happened')),
                    ('marked_at', models.DateTimeField(null=True, verbose_name='written')),
                    ('marked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('key', models.UUIDField(null=True, unique=True, verbose_name='key of the form')),
                    ('surplus_units', models.DecimalField(decimal_places=1, default=0, max_digits=5, verbose_name='surplus, not paid for')),
                    ('surplus_reason', models.CharField(blank=True, max_length=300, verbose_name='why the surplus')),
                    ('confirmation', models.CharField(blank=True, choices=[('person', 'the person confirms the visit'), ('other', 'somebody else confirms for the person'), ('cannot', 'the person cannot sign')], max_length=6, verbose_name='confirmed')),
                    ('confirmed_by', models.CharField(blank=True, max_length=120, verbose_name='who confirmed for the person')),
                    ('objection', models.CharField(blank=True, max_length=600, verbose_name='what the person says')),
                    ('objected_at', models.DateTimeField(null=True, verbose_name='the person objected')),
                    ('objection_answer', models.CharField(blank=True, max_length=600, verbose_name='our answer')),
                    ('objection_answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ],
                options={
                    'verbose_name': 'service record',
                    'verbose_name_plural': 'service records',
                    'ordering': ['starts_at', 'pk'],
                    'indexes': [
                        models.Index(fields=['worker', 'starts_at'], name='visits_of_a_worker'),
                        models.Index(fields=['contract', 'starts_at'], include=('paid_units',), name='visits_of_a_contract'),
                        models.Index(fields=['provision', 'starts_at'], name='visits_of_a_service'),
                        models.Index(condition=models.Q(('objected_at__isnull', False), ('objection_answered_at', None)), fields=['provision'], name='visits_objected_to'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_visit_ends_after_it_begins'),
                        models.CheckConstraint(condition=models.Q(('units__gt', 0)), name='a_visit_counts_for_something'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='a_visit_is_counted_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('paid_units', models.F('units')), ('status', 'done')), models.Q(('fault', 'person'), ('paid_units', models.F('units')), ('status', 'not_done')), models.Q(models.Q(('status', 'done'), _negated=True), ('paid_units', 0)), _connector='OR'), name='what_was_done_is_paid_and_what_nobody_missed_is_not'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'not_done'), models.Q(('fault', ''), _negated=True)), models.Q(models.Q(('status', 'not_done'), _negated=True), ('fault', '')), _connector='OR'), name='what_was_not_done_says_by_whose_fault'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['done', 'not_done']), _negated=True), models.Q(('marked_at__isnull', False), ('marked_by__isnull', False)), _connector='OR'), name='a_mark_knows_by_whom_and_when'),
                        models.CheckConstraint(condition=models.Q(models.Q(('surplus_reason', ''), ('surplus_units', 0)), models.Q(('status', 'done'), ('surplus_units__gt', 0), models.Q(('surplus_reason', ''), _negated=True)), _connector='OR'), name='a_surplus_is_of_a_done_visit_and_has_its_reason'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('surplus_units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='a_surplus_is_counted_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(('status', 'done'), ('confirmation', ''), _connector='OR'), name='only_what_was_done_is_confirmed'),
                        models.CheckConstraint(condition=models.Q(models.Q(('confirmation', 'other'), models.Q(('confirmed_by', ''), _negated=True)), models.Q(models.Q(('confirmation', 'other'), _negated=True), ('confirmed_by', '')), _connector='OR'), name='who_confirms_for_a_person_has_a_name'),
                        django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('paid_units__gt', 0), models.Q(('unit', 'ride'), _negated=True)), expressions=[('resident', '='), (models.Func('starts_at', 'ends_at', function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='no_hour_of_a_person_is_paid_twice'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='hold_the_units', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    DECLARE given numeric; most numeric; held numeric; most_of_one numeric; within text;\n        row bigint; day date; began date;\n    BEGIN\n        SELECT units INTO given FROM coordination_provision WHERE id = NEW.provision_id FOR NO KEY UPDATE;\n        SELECT units INTO most FROM coordination_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;\n        IF EXISTS (\n            SELECT FROM coordination_settlement\n            WHERE contract_id = NEW.contract_id\n                AND month = date_trunc('month', NEW.starts_at AT TIME ZONE 'Europe/Warsaw')::date\n        ) OR TG_OP = 'UPDATE' AND EXISTS (\n            SELECT FROM coordination_settlement\n            WHERE contract_id = OLD.contract_id\n                AND month = date_trunc('month', OLD.starts_at AT TIME ZONE 'Europe/Warsaw')::date\n        ) THEN\n            RAISE EXCEPTION 'the month is settled'\n                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_settled_month_stays';\n        END IF;\n        IF NEW.status = 'done' THEN\n            SELECT COALESCE(SUM(units), 0) INTO held FROM coordination_servicerecord\n            WHERE provision_id = NEW.provision_id AND period = NEW.period AND status = 'done' AND id <> NEW.id;\n            IF held + NEW.units > given THEN\n                RAISE EXCEPTION 'the limit is used'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_gets_more_than_was_given';\n            END IF;\n            SELECT basis.id, basis.person_units, basis.person_period INTO row, most_of_one, within\n            FROM services_programmeservice basis\n            WHERE basis.id = (SELECT basis_id FROM coordination_contract WHERE id = NEW.contract_id)\n                AND basis.person_unit = NEW.unit\n            FOR NO KEY UPDATE;\n            IF FOUND THEN\n                SELECT min(provision.starts_on) INTO began\n                FROM coordination_provision provision\n                JOIN coordination_contract contract ON contract.id = provision.contract_id\n                JOIN residents_case kase ON kase.id = provision.case_id\n                WHERE contract.basis_id = row AND kase.resident_id = NEW.resident_id;\n                day := (NEW.starts_at AT TIME ZONE 'Europe/Warsaw')::date;\n                SELECT COALESCE(SUM(record.units), 0) INTO held\n                FROM coordination_servicerecord record\n                JOIN coordination_contract contract ON contract.id = record.contract_id\n                CROSS JOIN LATERAL (SELECT (record.starts_at AT TIME ZONE 'Europe/Warsaw')::date AS on_day) told\n                WHERE record.resident_id = NEW.resident_id AND contract.basis_id = row AND record.unit = NEW.unit\n                    AND record.status = 'done' AND record.id <> NEW.id\n                    AND CASE within\n                        WHEN 'month' THEN date_trunc('month', on_day) = date_trunc('month', day)\n                        WHEN 'year' THEN date_trunc('year', on_day) = date_trunc('year', day)\n                        WHEN 'start' THEN date_part('year', age(on_day, began)) = date_part('year', age(day, began))\n                        ELSE true\n                    END;\n                IF held + NEW.units > most_of_one THEN\n                    RAISE EXCEPTION 'the limit of one person is used'\n                        USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_gets_more_than_a_programme_gives_one';\n                END IF;\n            END IF;\n        END IF;\n        IF NEW.paid_units > 0 THEN\n            SELECT COALESCE(SUM(paid_units), 0) INTO held FROM coordination_servicerecord\n            WHERE contract_id = NEW.contract_id AND id <> NEW.id;\n            IF held + NEW.paid_units > most THEN\n                RAISE EXCEPTION 'the contract is used up'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'no_contract_gives_more_than_it_has';\n            END IF;\n        END IF;\n        RETURN NEW;\n    END;\n", hash='18a48f48b979ecb821fc1b370121ff05a951c421', operation='INSERT OR UPDATE OF "provision_id", "contract_id", "resident_id", "status", "starts_at", "ends_at", "period", "unit", "units", "paid_units", "surplus_units"', pgid='pgtrigger_hold_the_units_196f5', table='coordination_servicerecord', when='BEFORE')),
                        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_servicerecordevent" ("confirmation", "confirmed_by", "contract_id", "created_at", "ends_at", "fault", "id", "key", "marked_at", "marked_by_id", "objected_at", "objection", "objection_answer", "objection_answered_at", "paid_units", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provision_id", "reason", "resident_id", "starts_at", "status", "surplus_reason", "surplus_units", "unit", "units", "version", "worker_id") VALUES (NEW."confirmation", NEW."confirmed_by", NEW."contract_id", NEW."created_at", NEW."ends_at", NEW."fault", NEW."id", NEW."key", NEW."marked_at", NEW."marked_by_id", NEW."objected_at", NEW."objection", NEW."objection_answer", NEW."objection_answered_at", NEW."paid_units", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."provision_id", NEW."reason", NEW."resident_id", NEW."starts_at", NEW."status", NEW."surplus_reason", NEW."surplus_units", NEW."unit", NEW."units", NEW."version", NEW."worker_id"); RETURN NULL;', hash='9b5b932fc0a8aae30f820a223f3090faf5cf85c9', operation='INSERT', pgid='pgtrigger_insert_insert_01306', table='coordination_servicerecord', when='AFTER')),
                        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_servicerecordevent" ("confirmation", "confirmed_by", "contract_id", "created_at", "ends_at", "fault", "id", "key", "marked_at", "marked_by_id", "objected_at", "objection", "objection_answer", "objection_answered_at", "paid_units", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provision_id", "reason", "resident_id", "starts_at", "status", "surplus_reason", "surplus_units", "unit", "units", "version", "worker_id") VALUES (NEW."confirmation", NEW."confirmed_by", NEW."contract_id", NEW."created_at", NEW."ends_at", NEW."fault", NEW."id", NEW."key", NEW."marked_at", NEW."marked_by_id", NEW."objected_at", NEW."objection", NEW."objection_answer", NEW."objection_answered_at", NEW."paid_units", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."provision_id", NEW."reason", NEW."resident_id", NEW."starts_at", NEW."status", NEW."surplus_reason", NEW."surplus_units", NEW."unit", NEW."units", NEW."version", NEW."worker_id"); RETURN NULL;', hash='8d833420529433c4b08e111ea0f90cc0795a0f55', operation='UPDATE', pgid='pgtrigger_update_update_ae97b', table='coordination_servicerecord', when='AFTER')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ServiceRecordEvent',
                fields=[
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coordination.servicerecord')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('provision', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.provision', verbose_name='service given to a person')),
                    ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='coordination.contract', verbose_name='contract')),
                    ('resident', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='residents.resident', verbose_name='resident')),
                    ('worker', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who comes')),
                    ('status', models.CharField(choices=[('planned', 'planned'), ('done', 'done'), ('not_done', 'not done'), ('called_off', 'called off')], default='planned', editable=False, max_length=10, verbose_name='state')),
                    ('starts_at', models.DateTimeField(verbose_name='from')),
                    ('ends_at', models.DateTimeField(verbose_name='to')),
                    ('period', models.CharField(max_length=10, verbose_name='month, year or edition')),
                    ('unit', models.CharField(choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='what is counted')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=5, verbose_name='how much')),
                    ('paid_units', models.DecimalField(decimal_places=1, default=0, max_digits=5, verbose_name='paid for')),
                    ('fault', models.CharField(blank=True, choices=[('person', 'the person was not there or sent me away'), ('provider', 'we could not come'), ('nobody', "nobody's fault")], max_length=8, verbose_name='by whose fault')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='what happened')),
                    ('marked_at', models.DateTimeField(null=True, verbose_name='written')),
                    ('marked_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('key', models.UUIDField(null=True, verbose_name='key of the form')),
                    ('surplus_units', models.DecimalField(decimal_places=1, default=0, max_digits=5, verbose_name='surplus, not paid for')),
                    ('surplus_reason', models.CharField(blank=True, max_length=300, verbose_name='why the surplus')),
                    ('confirmation', models.CharField(blank=True, choices=[('person', 'the person confirms the visit'), ('other', 'somebody else confirms for the person'), ('cannot', 'the person cannot sign')], max_length=6, verbose_name='confirmed')),
                    ('confirmed_by', models.CharField(blank=True, max_length=120, verbose_name='who confirmed for the person')),
                    ('objection', models.CharField(blank=True, max_length=600, verbose_name='what the person says')),
                    ('objected_at', models.DateTimeField(null=True, verbose_name='the person objected')),
                    ('objection_answer', models.CharField(blank=True, max_length=600, verbose_name='our answer')),
                    ('objection_answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='FeeAssessment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fee_assessments', to='coordination.provision', verbose_name='service given to a person')),
                    ('valid_from', models.DateField(verbose_name='from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='to')),
                    ('income', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='income of a person, PLN a month')),
                    ('rate', models.DecimalField(blank=True, decimal_places=2, help_text='Where the programme leaves the amount to the centre.', max_digits=8, null=True, verbose_name='rate set for this person, PLN')),
                    ('relief_percent', models.PositiveSmallIntegerField(default=0, verbose_name='relief, percent')),
                    ('relief_reason', models.CharField(blank=True, max_length=300, verbose_name='why the relief')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ],
                options={
                    'verbose_name': 'fee of a person',
                    'verbose_name_plural': 'fees of persons',
                    'ordering': ['provision', 'valid_from', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_fee_ends_after_it_begins', violation_error_message='The last day must not be earlier than the first day.'),
                        models.CheckConstraint(condition=models.Q(('relief_percent', 0), models.Q(('relief_percent__lte', 100), models.Q(('relief_reason', ''), _negated=True)), _connector='OR'), name='relief_is_a_share_with_its_reason', violation_error_message='Write why there is relief, and 100 percent at most.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('income', None), ('income__gte', 0), _connector='OR'), models.Q(('rate', None), ('rate__gte', 0), _connector='OR')), name='no_income_and_no_rate_is_below_zero'),
                        django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('provision', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_fee_holds_at_a_time', violation_error_message='Another fee holds in this time. It ends the day before the new one begins.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExchangeEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('status', models.CharField(choices=[('draft', 'being written'), ('published', 'published'), ('called_off', 'called off')], default='draft', editable=False, max_length=10, verbose_name='state')),
                    ('kind', models.CharField(choices=[('study_visit', 'study visit'), ('conference', 'conference'), ('seminar', 'seminar')], max_length=12, verbose_name='kind')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('about', models.TextField(help_text='For whom it is, and what one takes home.', verbose_name='what it is about')),
                    ('programme', models.TextField(help_text='An item a line: 9.00 Welcome', verbose_name='programme of the day')),
                    ('place', models.CharField(help_text='With the way in for a wheelchair.', max_length=200, verbose_name='place')),
                    ('on', models.DateField(verbose_name='day')),
                    ('at', models.TimeField(verbose_name='from the hour')),
                    ('until', models.TimeField(verbose_name='to the hour')),
                    ('places', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='places')),
                    ('sign_up_until', models.DateField(verbose_name='sign-up until')),
                    ('contact_name', models.CharField(max_length=120, verbose_name='who answers questions')),
                    ('contact_phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('contact_email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                    ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='published')),
                    ('call_off_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='why it is called off')),
                    ('came', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='how many came')),
                ],
                options={
                    'verbose_name': 'event for other municipalities',
                    'verbose_name_plural': 'events for other municipalities',
                    'ordering': ['-on', '-at', '-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('until__gt', models.F('at'))), name='an_exchange_event_ends_after_it_begins', violation_error_code='until', violation_error_message='It ends after it begins.'),
                        models.CheckConstraint(condition=models.Q(('sign_up_until__lte', models.F('on'))), name='nobody_signs_up_after_the_event', violation_error_code='sign_up_until', violation_error_message='Nobody can sign up after the day of the event.'),
                        models.CheckConstraint(condition=models.Q(('places__gt', 0)), name='an_exchange_event_has_places', violation_error_code='places', violation_error_message='Write a number above zero.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('status', 'draft')), models.Q(models.Q(('status', 'draft'), _negated=True), ('published_at__isnull', False)), _connector='OR'), name='a_published_exchange_event_knows_since_when', violation_error_message='A published event knows since when it is so, and a draft does not.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'called_off'), _negated=True), models.Q(('call_off_reason', ''), _negated=True), _connector='OR'), name='an_exchange_event_is_called_off_for_a_reason', violation_error_code='call_off_reason', violation_error_message='Write why the event is called off.'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='keep_the_places', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    BEGIN\n        IF NEW.places < (SELECT COALESCE(SUM(people), 0) FROM coordination_exchangesignup\n                         WHERE event_id = NEW.id AND coming_since IS NOT NULL) THEN RAISE EXCEPTION 'no place is free' USING ERRCODE = 'check_violation', CONSTRAINT = 'guests_stay_in_places'; END IF;\n        RETURN NEW;\n    END;\n", hash='50509e2dfae7a1c7a0a04d76023515fc99aabcb3', operation='UPDATE OF "places"', pgid='pgtrigger_keep_the_places_8ec62', table='coordination_exchangeevent', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExchangeSignUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_ups', to='coordination.exchangeevent', verbose_name='event')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('name', models.CharField(max_length=120, verbose_name='name and surname')),
                    ('institution', models.CharField(max_length=160, verbose_name='institution or municipality')),
                    ('teryt', models.CharField(blank=True, max_length=7, validators=[django.core.validators.RegexValidator('^(0[2-8]|[12]\\d|3[0-2])\\d{4}[1-589]$', 'A TERYT code of a municipality has seven digits.')], verbose_name='TERYT code')),
                    ('email', cus_portal.crypto.EncryptedTextField(editable=False, verbose_name='e-mail')),
                    ('email_index', models.CharField(editable=False, max_length=64)),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('people', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)], verbose_name='how many people')),
                    ('needs', cus_portal.crypto.EncryptedTextField(blank=True, editable=False, verbose_name='what to prepare')),
                    ('language', models.CharField(max_length=5, verbose_name='language')),
                    ('asked_at', models.DateTimeField(verbose_name='signed up')),
                    ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                    ('coming_since', models.DateTimeField(null=True, verbose_name='has a place since')),
                    ('came', models.PositiveSmallIntegerField(null=True, verbose_name='how many came')),
                ],
                options={
                    'verbose_name': 'guest from another municipality',
                    'verbose_name_plural': 'guests from other municipalities',
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('event', 'email_index'), name='a_mailbox_signs_up_for_an_event_once'),
                        models.CheckConstraint(condition=models.Q(('people__gte', 1), ('people__lte', 10)), name='guests_are_at_least_one'),
                        models.CheckConstraint(condition=models.Q(('coming_since', None), ('confirmed_at__isnull', False), _connector='OR'), name='only_who_confirmed_has_a_place'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='hold_the_places', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."coming_since" IS NOT NULL)', func="\n    DECLARE most integer; held integer;\n    BEGIN\n        SELECT places INTO most FROM coordination_exchangeevent WHERE id = NEW.event_id FOR NO KEY UPDATE;\n        SELECT COALESCE(SUM(people), 0) INTO held FROM coordination_exchangesignup\n        WHERE event_id = NEW.event_id AND id <> NEW.id AND coming_since IS NOT NULL;\n        IF held + NEW.people > most THEN RAISE EXCEPTION 'no place is free' USING ERRCODE = 'check_violation', CONSTRAINT = 'guests_stay_in_places'; END IF;\n        RETURN NEW;\n    END;\n", hash='209f735c04b24010d3ea9d5f57491e501b8cdfa0', operation='INSERT OR UPDATE', pgid='pgtrigger_hold_the_places_19a8c', table='coordination_exchangesignup', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='IncomingReferral',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('number', models.CharField(editable=False, max_length=30, unique=True, verbose_name='number')),
                    ('status', models.CharField(choices=[('held', 'who is the sender?'), ('sent', 'has come'), ('info_requested', 'the sender was asked'), ('waitlisted', 'waiting for a place'), ('accepted', 'accepted, a request is open'), ('in_progress', 'under way'), ('on_hold', 'on hold'), ('completed', 'answered'), ('not_fulfilled', 'ended without help'), ('rejected', 'not accepted'), ('redirected', 'passed on'), ('withdrawn', 'withdrawn by the sender'), ('expired', 'expired: the sender did not reply'), ('entered_in_error', 'entered in error')], default='sent', editable=False, max_length=16, verbose_name='state')),
                    ('kind', models.CharField(choices=[('service_referral', 'service referral'), ('handover', 'handover to the proper body'), ('cooperation_request', 'cooperation request'), ('information_request', 'information request'), ('statutory_notice', 'statutory notice')], default='service_referral', max_length=20, verbose_name='kind')),
                    ('priority', models.CharField(choices=[('routine', 'routine'), ('urgent', 'urgent')], default='routine', max_length=8, verbose_name='priority')),
                    ('confidentiality', models.CharField(choices=[('ordinary', 'ordinary'), ('sensitive', 'sensitive: health and the like'), ('protected', "protected: violence, a child's safety")], default='ordinary', max_length=9, verbose_name='confidentiality')),
                    ('sender', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='from')),
                    ('sender_name', models.CharField(blank=True, max_length=200, verbose_name='sender, as written')),
                    ('said_by', models.CharField(max_length=160, verbose_name='who there')),
                    ('sender_contact', models.CharField(blank=True, max_length=160, verbose_name='phone or e-mail of who wrote')),
                    ('how', models.CharField(choices=[('portal', 'in this portal'), ('e_delivery', 'by e-delivery'), ('paper', 'on paper'), ('email', 'by e-mail'), ('phone', 'by phone')], max_length=10, verbose_name='how it came')),
                    ('received_on', models.DateField(verbose_name='came on')),
                    ('proof', models.CharField(blank=True, max_length=200, verbose_name='sign of the letter, or what proves it')),
                    ('first_name', models.CharField(blank=True, max_length=60, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=80, verbose_name='surname')),
                    ('birth_date', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone of the person')),
                    ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                    ('need', models.TextField(blank=True, max_length=2000, verbose_name='what is needed')),
                    ('consent_for', models.CharField(blank=True, choices=[('help', 'to help of the centre'), ('forwarding', 'to the centre dealing with a matter that is passed on to it'), ('cooperation', 'to working together on the case'), ('information', 'to information that the centre is asked for')], max_length=12, verbose_name='what the person agreed to, says the sender')),
                    ('statute', models.CharField(blank=True, max_length=200, verbose_name='legal basis other than consent')),
                    ('filed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('assigned_to', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken up by')),
                    ('opened_at', models.DateTimeField(editable=False, null=True, verbose_name='opened')),
                    ('respond_by', models.DateField(editable=False, verbose_name='answer due')),
                    ('days_left', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='working days left')),
                    ('first_contact_on', models.DateField(editable=False, null=True, verbose_name='first contact')),
                    ('hold_cause', models.CharField(blank=True, choices=[('person', 'the person: in hospital, away, asks for a pause'), ('centre', 'the centre: no staff, repairs, days off'), ('other', 'other')], editable=False, max_length=6, verbose_name='because of whom it is on hold')),
                    ('request', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incoming', to='residents.servicerequest', verbose_name='request')),
                    ('reject_reason', models.CharField(blank=True, choices=[('wrong_address', 'not our task'), ('no_basis', 'no consent and no statute'), ('not_eligible', 'conditions not met'), ('no_service', 'no such service here'), ('unknown_sender', 'the sender could not be confirmed'), ('other', 'other')], editable=False, max_length=16, verbose_name='why not accepted')),
                    ('end_reason', models.CharField(blank=True, choices=[('declined', 'the person does not want help'), ('lost_contact', 'nobody could reach the person'), ('moved', 'moved away'), ('died', 'died'), ('no_show', 'the person did not come'), ('no_place', 'no place')], editable=False, max_length=16, verbose_name='why it ended')),
                    ('declined_on', models.DateField(editable=False, null=True, verbose_name='declined help on')),
                    ('safety_note', models.TextField(blank=True, editable=False, max_length=1000, verbose_name='understanding and safety, as seen')),
                    ('answer', models.TextField(blank=True, editable=False, max_length=2000, verbose_name='answer to the sender')),
                    ('outcome', models.CharField(blank=True, choices=[('met', 'need met'), ('partly_met', 'need partly met'), ('not_met', 'need not met')], editable=False, max_length=12, verbose_name='outcome')),
                    ('outcome_on', models.DateField(editable=False, null=True, verbose_name='outcome on')),
                    ('redirected_to', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='passed on to')),
                    ('handed_over_on', models.DateField(editable=False, null=True, verbose_name='handed over on')),
                    ('handover_sign', models.CharField(blank=True, editable=False, max_length=120, verbose_name='sign of the letter of handover')),
                    ('handover_agreed_on', models.DateField(editable=False, null=True, verbose_name='the person agreed to it on')),
                    ('handover_statute', models.CharField(blank=True, editable=False, max_length=200, verbose_name='statute for passing on')),
                    ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='ended')),
                    ('reopened_at', models.DateTimeField(editable=False, null=True, verbose_name='refusal taken back')),
                    ('acknowledged_at', models.DateTimeField(editable=False, null=True, verbose_name='loop closed')),
                    ('acknowledgement', models.TextField(blank=True, editable=False, max_length=2000, verbose_name="what changes at the sender's")),
                    ('person_told', models.BooleanField(editable=False, null=True, verbose_name='the person was told')),
                    ('person_not_told_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='why not told')),
                    ('person_said', models.CharField(blank=True, choices=[('confirmed', 'it was so'), ('disputed', 'it was otherwise')], editable=False, max_length=9, verbose_name='what the person says of it')),
                    ('person_said_at', models.DateTimeField(editable=False, null=True, verbose_name='said')),
                    ('person_words', models.TextField(blank=True, editable=False, max_length=600, verbose_name="in the person's words")),
                ],
                options={
                    'verbose_name': 'incoming referral',
                    'verbose_name_plural': 'incoming referrals',
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('status__in', ['held', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold'])), fields=['respond_by', 'id'], name='open_incoming_by_due'),
                        models.Index(fields=['sender', '-id'], name='incoming_of_a_sender'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('sender__isnull', False), models.Q(('sender_name', ''), _negated=True), _connector='OR'), name='an_incoming_referral_names_its_sender'),
                        models.CheckConstraint(condition=models.Q(('sender__isnull', False), ('status__in', ['held', 'rejected', 'entered_in_error']), _connector='OR'), name='only_a_held_or_ended_one_has_an_unknown_sender'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['waitlisted', 'accepted', 'in_progress', 'on_hold', 'completed']), _negated=True), ('request__isnull', False), _connector='OR'), name='an_accepted_incoming_referral_has_its_request'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'rejected'), _negated=True), models.Q(('reject_reason', ''), _negated=True), _connector='OR'), name='an_incoming_referral_turned_down_says_why'),
                        models.CheckConstraint(condition=models.Q(models.Q(('end_reason', 'declined'), _negated=True), models.Q(('declined_on__isnull', False), models.Q(('safety_note', ''), _negated=True)), _connector='OR'), name='help_is_declined_with_its_day_and_what_was_seen'),
                        models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('outcome_on', None)), models.Q(models.Q(('outcome', ''), _negated=True), ('outcome_on__isnull', False)), _connector='OR'), name='an_outcome_of_what_came_has_its_day'),
                        models.CheckConstraint(condition=models.Q(models.Q(('status', 'redirected'), _negated=True), models.Q(('handed_over_on__isnull', False), ('redirected_to__isnull', False), models.Q(('handover_agreed_on__isnull', False), models.Q(('handover_statute', ''), _negated=True), _connector='OR')), _connector='OR'), name='what_is_passed_on_says_where_when_and_by_what_right'),
                        models.CheckConstraint(condition=models.Q(('acknowledged_at', None), models.Q(('person_told__isnull', False), models.Q(('person_told', True), models.Q(('person_not_told_reason', ''), _negated=True), _connector='OR')), _connector='OR'), name='a_closed_loop_of_what_came_says_whether_the_person_knows'),
                        models.CheckConstraint(condition=models.Q(models.Q(('person_said', ''), ('person_said_at', None), ('person_words', '')), models.Q(models.Q(('person_said', ''), _negated=True), ('person_said_at__isnull', False)), _connector='OR'), name='what_the_person_says_of_what_came_has_its_moment'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='what_came_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."how" IS DISTINCT FROM (NEW."how") OR OLD."received_on" IS DISTINCT FROM (NEW."received_on") OR OLD."sender_name" IS DISTINCT FROM (NEW."sender_name") OR OLD."consent_for" IS DISTINCT FROM (NEW."consent_for") OR OLD."filed_by_id" IS DISTINCT FROM (NEW."filed_by_id") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."need" IS DISTINCT FROM (NEW."need") OR OLD."statute" IS DISTINCT FROM (NEW."statute") OR OLD."proof" IS DISTINCT FROM (NEW."proof") OR OLD."sender_contact" IS DISTINCT FROM (NEW."sender_contact") OR OLD."said_by" IS DISTINCT FROM (NEW."said_by") OR OLD."birth_date" IS DISTINCT FROM (NEW."birth_date"))', func="\n                    IF NEW.said_by = '–' AND NEW.birth_date IS NULL\n                        AND concat(NEW.first_name, NEW.last_name, NEW.phone, NEW.address, NEW.need, NEW.statute, NEW.proof, NEW.sender_contact) = ''\n                        AND (NEW.number, NEW.kind, NEW.priority, NEW.how, NEW.received_on, NEW.sender_name, NEW.consent_for, NEW.filed_by_id) IS NOT DISTINCT FROM (OLD.number, OLD.kind, OLD.priority, OLD.how, OLD.received_on, OLD.sender_name, OLD.consent_for, OLD.filed_by_id)\n                    THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'Cannot update: what the sender filed stays';\n                ", hash='f15f554ebadfd1332c412075b57125020dfea5ae', operation='UPDATE', pgid='pgtrigger_what_came_stays_2ab53', table='coordination_incomingreferral', when='BEFORE')),
                        pgtrigger.compiler.Trigger(name='what_came_keeps_its_sender', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sender_id" IS DISTINCT FROM (NEW."sender_id"))', func="\n                    IF OLD.sender_id IS NULL AND OLD.status = 'held' OR EXISTS (\n                        SELECT 1 FROM accounts_institution\n                        WHERE id = OLD.sender_id AND merged_into_id = NEW.sender_id\n                    ) THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'Cannot update: what came keeps its sender';\n                ", hash='5d7ff0d6e0f0448b5b055f772fde4fed29ebd665', operation='UPDATE OF "sender_id"', pgid='pgtrigger_what_came_keeps_its_sender_df256', table='coordination_incomingreferral', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='IncomingNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('incoming', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='coordination.incomingreferral', verbose_name='incoming referral')),
                    ('kind', models.CharField(choices=[('question', 'question'), ('answer', 'answer'), ('news', 'news'), ('refusal', 'refusal, taken back'), ('acceptance', 'how it was accepted'), ('taken_down', 'answer taken down by the centre')], max_length=10, verbose_name='kind')),
                    ('text', models.TextField(max_length=2100, verbose_name='text')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                    ('created_at', models.DateTimeField(verbose_name='written')),
                ],
                options={
                    'verbose_name': 'note on an incoming referral',
                    'verbose_name_plural': 'notes on incoming referrals',
                    'ordering': ['incoming', 'pk'],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='what_was_said_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF TG_OP = 'UPDATE' THEN\n                        IF NEW.text = '–'\n                            AND (NEW.id, NEW.incoming_id, NEW.kind, NEW.author_id, NEW.created_at)\n                                = (OLD.id, OLD.incoming_id, OLD.kind, OLD.author_id, OLD.created_at)\n                            AND EXISTS (\n                                SELECT 1 FROM coordination_incomingreferral\n                                WHERE id = OLD.incoming_id AND said_by = '–'\n                            )\n                        THEN\n                            RETURN NEW;\n                        END IF;\n                    END IF;\n                    RAISE EXCEPTION 'Cannot change a note on an incoming referral';\n                ", hash='de5cdf91fd502809e979a504998726ad4205041e', operation='UPDATE OR DELETE', pgid='pgtrigger_what_was_said_stays_96bfe', table='coordination_incomingnote', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReferralLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('referral', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='link', to='coordination.referral', verbose_name='referral')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('address', models.EmailField(max_length=254, verbose_name='mailed to')),
                    ('last_day', models.DateField(verbose_name='leads there until')),
                    ('used_at', models.DateTimeField(null=True, verbose_name='used')),
                ],
                options={
                    'verbose_name': 'link to a referral',
                    'verbose_name_plural': 'links to referrals',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='PartnerToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.ForeignKey(limit_choices_to=models.Q(('is_active', True), ('is_centre', False)), on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='accounts.institution', verbose_name='institution')),
                    ('name', models.CharField(help_text='Its name and whom to call when it goes wrong.', max_length=80, verbose_name='which system')),
                    ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                    ('shown', models.CharField(editable=False, max_length=6, verbose_name='begins with')),
                    ('valid_to', models.DateField(help_text='The last day: a year from now, or sooner.', verbose_name='valid to')),
                    ('made_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made')),
                    ('last_used_on', models.DateField(editable=False, null=True, verbose_name='last used')),
                    ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ],
                options={
                    'verbose_name': "token of an institution's system",
                    'verbose_name_plural': "tokens of institutions' systems",
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='PlanTemplate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(help_text='The same for all versions of a template.', max_length=40, verbose_name='code')),
                    ('name', models.CharField(max_length=120, verbose_name='life situation')),
                    ('needs', models.TextField(max_length=4000, verbose_name='recognised needs')),
                    ('goals', models.TextField(max_length=4000, verbose_name='goals')),
                    ('person_duties', models.TextField(blank=True, max_length=4000, verbose_name='what the person does')),
                    ('centre_duties', models.TextField(blank=True, max_length=4000, verbose_name='what the centre does')),
                    ('monitoring', models.TextField(blank=True, max_length=4000, verbose_name='how and when we check how it goes')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'plan template',
                    'verbose_name_plural': 'plan templates',
                    'ordering': ['name', '-valid_from', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('code', 'valid_from'), name='a_version_of_a_template_begins_once_on_a_day', violation_error_code='valid_from', violation_error_message='Another version of this template begins on that day.'),
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_plan_template_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day comes before the first.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='PlanTemplateItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('units', models.DecimalField(blank=True, decimal_places=1, max_digits=6, null=True, verbose_name='how much')),
                    ('unit', models.CharField(blank=True, choices=[('hour', 'hours'), ('visit', 'visits'), ('ride', 'rides')], max_length=5, verbose_name='of what')),
                    ('period', models.CharField(blank=True, choices=[('week', 'a week'), ('month', 'a month'), ('year', 'a year'), ('edition', 'in all')], max_length=7, verbose_name='in what time')),
                    ('scope', models.CharField(blank=True, help_text='What the number does not say: on which days, how long each time.', max_length=200, verbose_name='scope, in words')),
                    ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='coordination.plantemplate', verbose_name='plan template')),
                    ('position', models.PositiveSmallIntegerField(default=1, verbose_name='no.')),
                    ('goal', models.CharField(max_length=200, verbose_name='goal')),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                    ('action', models.CharField(blank=True, help_text='For what is no service: a neighbour, a volunteer.', max_length=200, verbose_name='supporting action')),
                ],
                options={
                    'verbose_name': 'item of a plan template',
                    'verbose_name_plural': 'items of a plan template',
                    'ordering': ['template', 'position', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('period', ''), ('unit', ''), ('units', None)), models.Q(('units__gt', Decimal('0')), ('units__isnull', False), models.Q(('unit', ''), _negated=True), models.Q(('period', ''), _negated=True)), _connector='OR'), name='the_amount_of_a_plantemplateitem_is_told_whole', violation_error_message='Say how much, of what, and in what time: all three or none.'),
                        models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.math.Mod('units', models.Value(Decimal('0.5'))), models.Value(Decimal('0'))), name='the_amount_of_a_plantemplateitem_is_in_halves', violation_error_message='Units are counted in halves.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('action', ''), ('service__isnull', False)), models.Q(('service', None), models.Q(('action', ''), _negated=True)), _connector='OR'), name='an_item_of_a_template_is_a_service_or_an_action', violation_error_message='Choose a service, or write what else is done: one of the two.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='GoodPractice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('status', models.CharField(choices=[('draft', 'being written'), ('published', 'published'), ('withdrawn', 'no longer shown')], default='draft', editable=False, max_length=10, verbose_name='state')),
                    ('code', models.SlugField(help_text='Stands in the address of the page; it stays.', unique=True, verbose_name='code')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('summary', models.CharField(max_length=300, verbose_name='in one sentence')),
                    ('problem', models.TextField(verbose_name='what was wrong before')),
                    ('for_whom', models.TextField(verbose_name='for whom it is')),
                    ('what_is_done', models.TextField(help_text='Step by step, so that another centre can do it too.', verbose_name='what we do')),
                    ('results', models.TextField(help_text='With numbers, where there are any.', verbose_name='what it brought')),
                    ('resources', models.TextField(help_text='People, time, money, agreements.', verbose_name='what it takes')),
                    ('advice', models.TextField(blank=True, verbose_name='what we would do otherwise')),
                    ('contact_name', models.CharField(max_length=120, verbose_name='who answers questions')),
                    ('contact_phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                    ('contact_email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ],
                options={
                    'verbose_name': 'good-practice card',
                    'verbose_name_plural': 'good-practice cards',
                    'ordering': ['title', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='GoodPracticeVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='coordination.goodpractice', verbose_name='good-practice card')),
                    ('number', models.PositiveSmallIntegerField(verbose_name='version')),
                    ('content', models.JSONField(verbose_name='content')),
                    ('published_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                    ('published_at', models.DateTimeField(verbose_name='published')),
                ],
                options={
                    'verbose_name': 'version of a card',
                    'verbose_name_plural': 'versions of a card',
                    'ordering': ['practice', '-number'],
                    'constraints': [
                        models.UniqueConstraint(fields=('practice', 'number'), name='versions_are_numbered_in_a_card'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3ad3c3d1d8e6c5ae418d4262a7025ab9e4d590a3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8ca73', table='coordination_goodpracticeversion', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReportSnapshot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('period', models.DateField(help_text='The first day of the month.', verbose_name='month')),
                    ('edition', models.PositiveSmallIntegerField(default=1, verbose_name='edition')),
                    ('definition', models.PositiveSmallIntegerField(verbose_name='version of the definitions')),
                    ('as_of', models.DateTimeField(verbose_name='counted')),
                    ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ordered by')),
                    ('tables', models.JSONField(verbose_name='tables')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ],
                options={
                    'verbose_name': 'monthly report',
                    'verbose_name_plural': 'monthly reports',
                    'ordering': ['-period', '-edition'],
                    'constraints': [
                        models.UniqueConstraint(fields=('period', 'edition'), name='an_edition_of_a_month_is_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='JobRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('job', models.CharField(max_length=60, verbose_name='job')),
                    ('period', models.CharField(max_length=20, verbose_name='period')),
                    ('ordered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ordered by')),
                    ('started_at', models.DateTimeField(verbose_name='started')),
                    ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                    ('error', models.CharField(blank=True, max_length=200, verbose_name='error')),
                ],
                options={
                    'verbose_name': 'run of a job',
                    'verbose_name_plural': 'runs of jobs',
                    'ordering': ['-started_at', '-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('finished_at', None)), fields=['job', 'id'], name='runs_not_finished'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('job', 'period'), name='a_job_runs_once_a_period'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReminderSent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=200, unique=True, verbose_name='key')),
                    ('sent_on', models.DateField(verbose_name='sent on')),
                ],
                options={
                    'verbose_name': 'sent reminder',
                    'verbose_name_plural': 'sent reminders',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='AnswerSpeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='accounts.institution', verbose_name='institution')),
                    ('decided', models.PositiveIntegerField(verbose_name='answers')),
                    ('accepted', models.PositiveIntegerField(verbose_name='accepted')),
                    ('median', models.FloatField(verbose_name='days to half of the answers')),
                    ('median_net', models.FloatField(default=0, verbose_name='the same without waiting for our answers')),
                    ('p90', models.FloatField(verbose_name='days to nine of ten answers')),
                    ('usual_reason', models.CharField(blank=True, max_length=16, verbose_name='most frequent reason of a refusal')),
                    ('reasons', models.JSONField(default=dict, verbose_name='refusals by reason')),
                ],
                options={
                    'verbose_name': 'speed of answers',
                    'verbose_name_plural': 'speeds of answers',
                },
            ),
            migrations.CreateModel(
                name='RetentionRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('case', 'case with all that is in it'), ('request', 'request that led to no case'), ('report', 'report of a need that led to no request'), ('data_request', 'request about data'), ('complaint', 'complaint, suggestion or thanks'), ('volunteer', 'volunteer who has left, with the checks'), ('person', 'person about whom nothing else is on record'), ('log', 'log of who looked at data, one year of it')], max_length=12, verbose_name='what')),
                    ('filing_class', models.CharField(blank=True, help_text='For cases: the second part of the sign. Empty: all for which there is no rule of their own.', max_length=12, validators=[django.core.validators.RegexValidator('^[0-9]+$', 'Digits only, as in the sign of the case.')], verbose_name='class of the filing plan (JRWA)')),
                    ('category', models.CharField(choices=[('A', 'A: kept for ever'), ('B', 'B: kept for some years'), ('BE', 'BE: looked at by the State Archive after some years'), ('Bc', 'Bc: of short use')], max_length=2, verbose_name='archive category')),
                    ('years', models.PositiveSmallIntegerField(blank=True, help_text='Counted from 1 January after the end of the record. Empty for category A.', null=True, verbose_name='full years')),
                    ('needs_consent', models.BooleanField(default=True, help_text='Without its consent on the list nothing of this is taken out.', verbose_name='the State Archive must agree')),
                    ('legal_source', models.CharField(help_text='The act or the filing plan with its article or class.', max_length=300, verbose_name='legal source')),
                    ('valid_from', models.DateField(verbose_name='in force from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ],
                options={
                    'verbose_name': 'term of keeping',
                    'verbose_name_plural': 'terms of keeping',
                    'ordering': ['kind', 'filing_class', '-valid_from', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('category', 'A'), ('years', None)), models.Q(models.Q(('category', 'A'), _negated=True), ('years__isnull', False)), _connector='OR'), name='what_is_kept_for_ever_has_no_years', violation_error_code='years', violation_error_message='Category A is kept for ever: leave the years empty. Others have years.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('category', 'BE'), _negated=True), ('needs_consent', True), _connector='OR'), name='the_archive_looks_at_category_be', violation_error_code='needs_consent', violation_error_message='Category BE goes only after the State Archive has looked at it.'),
                        models.CheckConstraint(condition=models.Q(models.Q(('kind', 'log'), _negated=True), ('years', None), ('years__gte', 2), _connector='OR'), name='logs_are_kept_two_years', violation_error_code='years', violation_error_message='Logs are kept for two years at least (Dz.U. 2024 poz. 773).'),
                        models.CheckConstraint(condition=models.Q(('filing_class', ''), ('kind', 'case'), _connector='OR'), name='only_cases_have_a_class_of_the_filing_plan', violation_error_code='filing_class', violation_error_message='Only cases have a class of the filing plan: leave this empty.'),
                        models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_term_of_keeping_ends_after_it_begins', violation_error_code='valid_to', violation_error_message='The last day must not be earlier than the first day.'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='RetentionHold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('case', 'case with all that is in it'), ('request', 'request that led to no case'), ('report', 'report of a need that led to no request'), ('data_request', 'request about data'), ('complaint', 'complaint, suggestion or thanks'), ('volunteer', 'volunteer who has left, with the checks'), ('person', 'person about whom nothing else is on record'), ('log', 'log of who looked at data, one year of it')], max_length=12, verbose_name='what')),
                    ('object_id', models.BigIntegerField(editable=False)),
                    ('number', models.CharField(max_length=40, verbose_name='number')),
                    ('ground', models.CharField(choices=[('court', 'case before a court'), ('appeal', 'appeal against a decision'), ('complaint', 'complaint being looked into'), ('audit', 'inspection or audit'), ('other', 'another reason')], max_length=10, verbose_name='why it is held')),
                    ('reason', models.CharField(help_text="The sign of the court's or appeal's file.", max_length=300, verbose_name='in words')),
                    ('review_on', models.DateField(verbose_name='look at it again on')),
                    ('placed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='held by')),
                    ('placed_at', models.DateTimeField(editable=False, verbose_name='held since')),
                    ('lifted_at', models.DateTimeField(editable=False, null=True, verbose_name='hold ended')),
                    ('lifted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ],
                options={
                    'verbose_name': 'hold',
                    'verbose_name_plural': 'holds',
                    'ordering': ['review_on', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('kind', 'object_id'), name='a_record_is_held_once'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='who_ended_a_hold_is_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='DestructionList',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('number', models.CharField(editable=False, max_length=20, unique=True, verbose_name='number')),
                    ('status', models.CharField(choices=[('open', 'being looked through'), ('signed', 'signed, being carried out'), ('done', 'carried out'), ('abandoned', 'given up')], default='open', editable=False, max_length=10, verbose_name='state')),
                    ('drawn_up_on', models.DateField(verbose_name='drawn up on')),
                    ('object_until', models.DateField(verbose_name='lines may be taken off until')),
                    ('asked', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='destruction_lists', to='coordination.datarequest', verbose_name='request for erasure')),
                    ('archive_sign', models.CharField(blank=True, editable=False, max_length=80, verbose_name="sign of the State Archive's consent")),
                    ('archive_consent_on', models.DateField(editable=False, null=True, verbose_name='day of the consent')),
                    ('signed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed by')),
                    ('signed_at', models.DateTimeField(editable=False, null=True, verbose_name='signed')),
                    ('done_at', models.DateTimeField(editable=False, null=True, verbose_name='carried out')),
                ],
                options={
                    'verbose_name': 'destruction list',
                    'verbose_name_plural': 'destruction lists',
                    'ordering': ['-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('signed_at', None), ('signed_by', None), ('status__in', ['open', 'abandoned'])), models.Q(('signed_at__isnull', False), ('signed_by__isnull', False), ('status__in', ['signed', 'done'])), _connector='OR'), name='a_signed_destruction_list_knows_by_whom'),
                        models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', False), ('status', 'done')), models.Q(models.Q(('status', 'done'), _negated=True), ('done_at', None)), _connector='OR'), name='a_list_carried_out_knows_when'),
                        models.CheckConstraint(condition=models.Q(models.Q(('archive_consent_on', None), ('archive_sign', '')), models.Q(models.Q(('archive_sign', ''), _negated=True), ('archive_consent_on__isnull', False)), _connector='OR'), name='the_archives_consent_has_sign_and_day'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='DestructionLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('destruction_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='coordination.destructionlist', verbose_name='list')),
                    ('kind', models.CharField(choices=[('case', 'case with all that is in it'), ('request', 'request that led to no case'), ('report', 'report of a need that led to no request'), ('data_request', 'request about data'), ('complaint', 'complaint, suggestion or thanks'), ('volunteer', 'volunteer who has left, with the checks'), ('person', 'person about whom nothing else is on record'), ('log', 'log of who looked at data, one year of it')], max_length=12, verbose_name='what')),
                    ('object_id', models.BigIntegerField()),
                    ('number', models.CharField(max_length=40, verbose_name='number')),
                    ('ended_on', models.DateField(verbose_name='ended on')),
                    ('kept_until', models.DateField(verbose_name='kept until')),
                    ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='coordination.retentionrule', verbose_name='term of keeping')),
                    ('taken_off_at', models.DateTimeField(null=True, verbose_name='taken off')),
                    ('taken_off_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken off by')),
                    ('taken_off_reason', models.CharField(blank=True, max_length=300, verbose_name='why taken off')),
                    ('not_before', models.DateField(null=True, verbose_name='not on a list before')),
                    ('done_at', models.DateTimeField(null=True, verbose_name='taken out')),
                    ('files', models.JSONField(blank=True, default=list)),
                ],
                options={
                    'verbose_name': 'line of a destruction list',
                    'verbose_name_plural': 'lines of destruction lists',
                    'ordering': ['destruction_list', 'kind', 'pk'],
                    'indexes': [
                        models.Index(fields=['kind', 'object_id'], name='lines_of_a_record'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('taken_off_at', None)), fields=('kind', 'object_id'), name='a_record_is_on_one_list'),
                        models.CheckConstraint(condition=models.Q(models.Q(('taken_off_at', None), ('taken_off_reason', '')), models.Q(('taken_off_at__isnull', False), models.Q(('taken_off_reason', ''), _negated=True)), _connector='OR'), name='a_line_taken_off_says_why'),
                        models.CheckConstraint(condition=models.Q(('done_at', None), ('taken_off_at', None), _connector='OR'), name='what_was_taken_off_stays_on_record'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='lines_are_fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF NOT EXISTS (SELECT FROM coordination_destructionlist WHERE id = NEW.destruction_list_id AND status = 'open') THEN RAISE EXCEPTION 'The lines of a signed list are fixed.'; END IF; RETURN NEW;", hash='167a660d1cba0b37e4d51d12579973fbc783f930', operation='INSERT OR UPDATE OF "destruction_list_id", "kind", "object_id"', pgid='pgtrigger_lines_are_fixed_6c05e', table='coordination_destructionline', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='DataRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('number', models.CharField(editable=False, max_length=20, unique=True, verbose_name='number')),
                    ('status', models.CharField(choices=[('received', 'received'), ('review', 'with the data protection officer'), ('ready', 'ready to hand over'), ('answered', 'answered'), ('refused', 'refused')], default='received', editable=False, max_length=10, verbose_name='state')),
                    ('resident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='data_requests', to='residents.resident', verbose_name='resident')),
                    ('kind', models.CharField(choices=[('copy', 'a copy of the data'), ('correction', 'correction'), ('restriction', 'restriction of processing'), ('objection', 'objection'), ('erasure', 'erasure')], max_length=12, verbose_name='what is asked for')),
                    ('asked_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='residents.representation', verbose_name='who asks for the person')),
                    ('said', models.TextField(blank=True, max_length=2000, verbose_name="in the person's words")),
                    ('received_on', models.DateField(verbose_name='received on')),
                    ('due_on', models.DateField(verbose_name='answer due')),
                    ('extension_reason', models.TextField(blank=True, editable=False, verbose_name='why it takes longer')),
                    ('left_out', models.JSONField(default=list, editable=False, verbose_name='left out of the copy')),
                    ('reviewed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='looked through by')),
                    ('answer', models.TextField(blank=True, editable=False, verbose_name='what the person was answered')),
                    ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='answered')),
                ],
                options={
                    'verbose_name': 'request about data',
                    'verbose_name_plural': 'requests about data',
                    'ordering': ['due_on', 'pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('status__in', ['received', 'review', 'ready'])), fields=['due_on', 'id'], name='open_data_requests_by_due'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('status__in', ['received', 'review', 'ready'])), models.Q(('answered_at__isnull', False), ('status__in', ['answered', 'refused']), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='an_answered_request_about_data_knows_when_and_what'),
                        models.CheckConstraint(condition=models.Q(models.Q(('kind', 'copy'), _negated=True), models.Q(('status__in', ['ready', 'answered']), _negated=True), ('reviewed_by__isnull', False), _connector='OR'), name='a_copy_leaves_after_a_review'),
                        models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('received_on'))), name='an_answer_about_data_is_due_after_receipt'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Settlement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='coordination.contract', verbose_name='contract')),
                    ('month', models.DateField(help_text='Its first day.', verbose_name='month')),
                    ('closed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                    ('closed_at', models.DateTimeField(verbose_name='closed')),
                ],
                options={
                    'verbose_name': 'settlement of a month',
                    'verbose_name_plural': 'settlements of months',
                    'ordering': ['-month', '-pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('contract', 'month'), name='a_month_of_a_contract_is_settled_once'),
                        models.CheckConstraint(condition=models.Q(('month__day', 1)), name='a_month_is_named_by_its_first_day'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ca1bf40ff2ed57306668486f2fb0cc99a555c160', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_30c1a', table='coordination_settlement', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SettlementLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='coordination.settlement', verbose_name='settlement')),
                    ('provision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='coordination.provision', verbose_name='service given to a person')),
                    ('units', models.DecimalField(decimal_places=1, max_digits=7, verbose_name='units')),
                    ('amount', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='due to the provider, PLN')),
                    ('fee', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='due from the person, PLN')),
                    ('corrects', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='coordination.settlementline', verbose_name='corrects')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='why corrected')),
                    ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('written_at', models.DateTimeField(verbose_name='written')),
                ],
                options={
                    'verbose_name': 'line of a settlement',
                    'verbose_name_plural': 'lines of settlements',
                    'ordering': ['settlement', 'provision', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('corrects', None)), fields=('settlement', 'provision'), name='a_person_has_one_line_in_a_settlement'),
                        models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('corrects', None), ('fee__gte', 0), ('reason', ''), ('units__gte', 0)), models.Q(('corrects__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='a_line_is_not_below_zero_and_a_correction_has_its_reason'),
                        models.CheckConstraint(condition=models.Q(('corrects', None), models.Q(('corrects', models.F('pk')), _negated=True), _connector='OR'), name='no_line_corrects_itself'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8e935a0b93d939c0db31e5a425b4528490c5288e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_855fd', table='coordination_settlementline', when='BEFORE')),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SurveyInvitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('item', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='survey', to='coordination.planitem', verbose_name='plan item')),
                    ('provision', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='survey', to='coordination.provision', verbose_name='service given to a person')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                    ('code', models.CharField(editable=False, max_length=11, unique=True, verbose_name='code')),
                    ('asked_on', models.DateField(verbose_name='asked on')),
                    ('used', models.BooleanField(default=False, verbose_name='answered')),
                ],
                options={
                    'verbose_name': 'invitation to say how it was',
                    'verbose_name_plural': 'invitations to say how it was',
                    'ordering': ['-asked_on', '-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('item__isnull', False), ('provision', None)), models.Q(('item', None), ('provision__isnull', False)), _connector='OR'), name='one_is_asked_about_a_plan_item_or_a_service_given'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SurveyAnswer',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.service', verbose_name='service')),
                    ('month', models.DateField(verbose_name='month')),
                    ('helped', models.PositiveSmallIntegerField(blank=True, choices=[(3, 'yes'), (2, 'a little'), (1, 'no')], null=True, verbose_name='Did this help you?')),
                    ('respected', models.PositiveSmallIntegerField(blank=True, choices=[(3, 'yes'), (2, 'a little'), (1, 'no')], null=True, verbose_name='Were you treated with respect?')),
                    ('in_time', models.PositiveSmallIntegerField(blank=True, choices=[(3, 'yes'), (2, 'a little'), (1, 'no')], null=True, verbose_name='Did the help come when it was meant to come?')),
                    ('again', models.PositiveSmallIntegerField(blank=True, choices=[(3, 'yes'), (2, 'a little'), (1, 'no')], null=True, verbose_name='Would you tell a friend to ask for this help?')),
                    ('words', models.TextField(blank=True, max_length=1000, verbose_name='What should be better?')),
                    ('on_paper', models.BooleanField(default=False, verbose_name='on paper')),
                ],
                options={
                    'verbose_name': 'answer on how it was',
                    'verbose_name_plural': 'answers on how it was',
                    'ordering': ['-month', 'id'],
                    'indexes': [
                        models.Index(fields=['service', 'month'], name='answers_of_a_service'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('helped__isnull', False), ('respected__isnull', False), ('in_time__isnull', False), ('again__isnull', False), models.Q(('words', ''), _negated=True), _connector='OR'), name='an_answer_says_something'),
                        models.CheckConstraint(condition=models.Q(('month__day', 1)), name='an_answer_knows_its_month_and_no_day'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Webhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('institution', models.ForeignKey(limit_choices_to=models.Q(('is_active', True), ('is_centre', False)), on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='accounts.institution', verbose_name='institution')),
                    ('name', models.CharField(help_text='Its name and whom to call when it goes wrong.', max_length=80, verbose_name='which system')),
                    ('url', models.URLField(help_text='Begins with https://. It is told that a referral has changed, and nothing of the person.', max_length=300, validators=[coordination.models.webhook.callable_address], verbose_name='address to call')),
                    ('secret', cus_portal.crypto.EncryptedTextField(editable=False)),
                    ('old_secret', cus_portal.crypto.EncryptedTextField(blank=True, editable=False)),
                    ('old_secret_until', models.DateTimeField(editable=False, null=True, verbose_name='the secret before signs until')),
                    ('made_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made')),
                    ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='calls without success in a row')),
                    ('failing_since', models.DateTimeField(editable=False, null=True, verbose_name='does not answer since')),
                    ('last_failed_at', models.DateTimeField(editable=False, null=True)),
                    ('switched_off_at', models.DateTimeField(editable=False, null=True, verbose_name='switched off')),
                ],
                options={
                    'verbose_name': "address of an institution's program",
                    'verbose_name_plural': "addresses of institutions' programs",
                    'ordering': ['-pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('institution', 'url'), name='an_address_is_called_once_for_an_institution'),
                        models.CheckConstraint(condition=models.Q(models.Q(('old_secret', ''), ('old_secret_until', None)), models.Q(models.Q(('old_secret', ''), _negated=True), ('old_secret_until__isnull', False)), _connector='OR'), name='the_secret_before_ends_on_a_day'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='WebhookCall',
                fields=[
                ],
                options={
                    'verbose_name': "call of an institution's program",
                    'verbose_name_plural': "calls of institutions' programs",
                    'proxy': True,
                },
                bases=('notifications.message',),
            ),
        ]),
        migrations.RunSQL(DOOR),
        migrations.RunSQL(PAPERS),
        migrations.RunSQL(COUNT_LIVE),
    ]
