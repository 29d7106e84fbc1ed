import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models
from cus_portal.db import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('audit', '0001_initial'),
        ('audit', '0002_indexes_of_lists'),
        ('audit', '0003_acts_and_moments'),
        ('audit', '0001_tables'),
    ]

    dependencies = [
        ('accounts', '0001_schema'),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='AuditEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='when')),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                    ('actor_label', models.CharField(max_length=160, verbose_name='who')),
                    ('role', models.CharField(blank=True, max_length=120, verbose_name='in which role')),
                    ('action', models.CharField(max_length=80, verbose_name='what')),
                    ('object_type', models.CharField(max_length=80, verbose_name='kind of object')),
                    ('object_id', models.BigIntegerField(verbose_name='object')),
                    ('from_state', models.CharField(blank=True, max_length=30, verbose_name='from')),
                    ('to_state', models.CharField(blank=True, max_length=30, verbose_name='to')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('facts', models.JSONField(default=dict, verbose_name='facts')),
                    ('request_id', models.CharField(blank=True, max_length=64, verbose_name='request')),
                ],
                options={
                    'verbose_name': 'audit event',
                    'verbose_name_plural': 'audit events',
                    'ordering': ['-id'],
                    'indexes': [
                        models.Index(fields=['object_type', 'object_id', '-id'], name='audit_of_an_object'),
                        models.Index(fields=['actor', '-id'], name='audit_of_an_actor'),
                        models.Index(fields=['object_type', '-id'], name='audit_of_a_kind_of_object'),
                        models.Index(fields=['action', '-id'], name='audit_of_an_act'),
                        models.Index(fields=['-at', '-id'], name='audit_by_moment'),
                    ],
                    'triggers': [
                        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0450288fcb55201b346da4e2d56d2293ba7aac03', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_00dfa', table='audit_auditevent', when='BEFORE')),
                    ],
                },
            ),
        ]),
    ]
