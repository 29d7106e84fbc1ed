"""The reasons written into the history of queues go by the same door."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module('coordination.migrations.0008_door_for_the_evidence').DOOR
DOOR = (
    BEFORE.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')
    .replace("'{pgtrigger_append_only_00dfa,", "'{pgtrigger_append_only_00dfa,pgtrigger_append_only_2aeef,")
    .replace(
        '    DELETE FROM residents_residentevent',
        "    UPDATE residents_queueevent SET reason = '–' WHERE reason <> ''\n"
        '        AND item_id IN (SELECT id FROM residents_requestitem WHERE request_id = ANY(requests));\n\n'
        '    DELETE FROM residents_residentevent',
    )
)


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0011_whole_plan'),
        ('residents', '0025_queue'),
    ]

    operations = [
        migrations.RunSQL(DOOR, reverse_sql=BEFORE.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')),
    ]
