import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """What came and was passed on keeps the chain of those who had it, and whether the last has taken it up."""

    dependencies = [
        ('accounts', '0001_schema'),
        ('coordination', '0008_what_comes_is_filed_once'),
        ('residents', '0004_papers_of_the_team'),
    ]

    operations = [
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('incoming', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='coordination.incomingreferral', verbose_name='incoming referral')),
                ('receiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.institution', verbose_name='passed on to')),
                ('handed_over_on', models.DateField(verbose_name='handed over on')),
                ('sign', models.CharField(blank=True, max_length=120, verbose_name='sign of the letter of handover')),
                ('agreed_on', models.DateField(null=True, verbose_name='the person agreed to it on')),
                ('statute', models.CharField(blank=True, max_length=200, verbose_name='statute for passing on')),
                ('said_by', models.CharField(blank=True, max_length=160, verbose_name='who answered there')),
                ('sent_back_on', models.DateField(null=True, verbose_name='sent back on')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('agreed_on__isnull', False), models.Q(('statute', ''), _negated=True), _connector='OR'), name='a_handover_says_by_what_right'), models.CheckConstraint(condition=models.Q(('sent_back_on', None), models.Q(('said_by', ''), _negated=True), _connector='OR'), name='a_handover_sent_back_says_who_did'), models.UniqueConstraint(condition=models.Q(('sent_back_on', None)), fields=('incoming',), name='one_handover_stands_at_a_time'), models.UniqueConstraint(fields=('incoming', 'receiver'), name='nobody_is_handed_the_same_twice')],
                'verbose_name': 'handover of an incoming referral',
                'verbose_name_plural': 'handovers of incoming referrals',
                'ordering': ['incoming', 'pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='a_handover_is_not_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a50de37a5e8a62b1acfd8274fa4184952670c269', operation='DELETE', pgid='pgtrigger_a_handover_is_not_deleted_91dff', table='coordination_handover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='a_handover_is_not_rewritten', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."incoming_id" IS DISTINCT FROM (NEW."incoming_id") OR OLD."receiver_id" IS DISTINCT FROM (NEW."receiver_id") OR OLD."handed_over_on" IS DISTINCT FROM (NEW."handed_over_on") OR OLD."agreed_on" IS DISTINCT FROM (NEW."agreed_on"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d0a0b77d1cc1a01f1eadb352736603dd72f0920d', operation='UPDATE', pgid='pgtrigger_a_handover_is_not_rewritten_2b59d', table='coordination_handover', when='BEFORE')),
        ),
        # The link to what came is checked at once: no table is altered while such a check is still to come.
        migrations.RunSQL(
            """
            SET CONSTRAINTS ALL IMMEDIATE;
            INSERT INTO coordination_handover
                (incoming_id, receiver_id, handed_over_on, sign, agreed_on, statute, said_by)
            SELECT id, redirected_to_id, handed_over_on, handover_sign, handover_agreed_on, handover_statute, ''
            FROM coordination_incomingreferral WHERE redirected_to_id IS NOT NULL;
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name='incomingreferral',
            name='what_is_passed_on_says_where_when_and_by_what_right',
        ),
        migrations.RemoveIndex(
            model_name='incomingreferral',
            name='open_incoming_by_due',
        ),
        migrations.RemoveField(
            model_name='incomingreferral',
            name='handed_over_on',
        ),
        migrations.RemoveField(
            model_name='incomingreferral',
            name='handover_agreed_on',
        ),
        migrations.RemoveField(
            model_name='incomingreferral',
            name='handover_sign',
        ),
        migrations.RemoveField(
            model_name='incomingreferral',
            name='handover_statute',
        ),
        migrations.RemoveField(
            model_name='incomingreferral',
            name='redirected_to',
        ),
        migrations.AddField(
            model_name='incomingreferral',
            name='taken_up_on',
            field=models.DateField(editable=False, null=True, verbose_name='taken up where it was passed on to'),
        ),
        migrations.AlterField(
            model_name='incomingnote',
            name='kind',
            field=models.CharField(choices=[('question', 'question'), ('answer', 'answer'), ('news', 'news'), ('refusal', 'refusal, taken back'), ('acceptance', 'how it was accepted'), ('taken_down', 'answer taken down by the centre'), ('handover', 'passed on'), ('sent_back', 'sent back')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='referralnote',
            name='kind',
            field=models.CharField(choices=[('question', 'question'), ('answer', 'answer'), ('news', 'news'), ('refusal', 'refusal, taken back'), ('acceptance', 'how it was accepted'), ('taken_down', 'answer taken down by the centre'), ('handover', 'passed on'), ('sent_back', 'sent back')], max_length=10, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='incomingreferral',
            index=models.Index(condition=models.Q(('status__in', ['held', 'sent', 'info_requested', 'waitlisted', 'accepted', 'in_progress', 'on_hold']), models.Q(('status', 'redirected'), ('taken_up_on', None)), _connector='OR'), fields=['respond_by', 'id'], name='watched_incoming_by_due'),
        ),
        migrations.AddConstraint(
            model_name='incomingreferral',
            constraint=models.CheckConstraint(condition=models.Q(('taken_up_on', None), ('status__in', ['redirected', 'entered_in_error']), _connector='OR'), name='only_what_was_passed_on_is_taken_up_elsewhere'),
        ),
    ]
