import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0001_initial'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='case',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='case',
            name='update_update',
        ),
        migrations.AddField(
            model_name='case',
            name='plan_approved_on',
            field=models.DateField(editable=False, null=True, verbose_name='first plan approved on'),
        ),
        migrations.AddField(
            model_name='caseevent',
            name='plan_approved_on',
            field=models.DateField(editable=False, null=True, verbose_name='first plan approved on'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='case',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "residents_caseevent" ("case_sign", "close_reason", "closed_on", "closing_summary", "coordinator_id", "created_at", "id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_approved_on", "plan_due_moved_on", "plan_due_on", "resident_id", "status", "version") VALUES (NEW."case_sign", NEW."close_reason", NEW."closed_on", NEW."closing_summary", NEW."coordinator_id", NEW."created_at", NEW."id", NEW."opened_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_approved_on", NEW."plan_due_moved_on", NEW."plan_due_on", NEW."resident_id", NEW."status", NEW."version"); RETURN NULL;', hash='a40c277ec2c982a492245c94ed41737bfb41ac0f', operation='INSERT', pgid='pgtrigger_insert_insert_51276', table='residents_case', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='case',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "residents_caseevent" ("case_sign", "close_reason", "closed_on", "closing_summary", "coordinator_id", "created_at", "id", "opened_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_approved_on", "plan_due_moved_on", "plan_due_on", "resident_id", "status", "version") VALUES (NEW."case_sign", NEW."close_reason", NEW."closed_on", NEW."closing_summary", NEW."coordinator_id", NEW."created_at", NEW."id", NEW."opened_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_approved_on", NEW."plan_due_moved_on", NEW."plan_due_on", NEW."resident_id", NEW."status", NEW."version"); RETURN NULL;', hash='bd36ab2f29800f0148c04ccf2271a9d72d3642bb', operation='UPDATE', pgid='pgtrigger_update_update_1f528', table='residents_case', when='AFTER')),
        ),
    ]
