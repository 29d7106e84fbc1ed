"""What was written about services given to a person, and their history, goes by the same door."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module('coordination.migrations.0012_door_for_queues').DOOR
OF_CASES = 'SELECT id FROM coordination_provision WHERE case_id = ANY(cases)'
DOOR = (
    BEFORE.replace("'{pgtrigger_append_only_00dfa,", "'{pgtrigger_append_only_00dfa,pgtrigger_append_only_855fd,")
    .replace(
        '    DELETE FROM residents_residentevent',
        "    UPDATE coordination_settlementline SET reason = '–' WHERE reason <> ''\n"
        f'        AND provision_id IN ({OF_CASES});\n'
        f'    DELETE FROM coordination_provisionevent WHERE pgh_obj_id IN ({OF_CASES});\n'
        f'    DELETE FROM coordination_servicerecordevent WHERE provision_id IN ({OF_CASES});\n\n'
        '    DELETE FROM residents_residentevent',
    )
    .replace(
        "            ('residents.requestitem',",
        f"            ('coordination.provision', ARRAY({OF_CASES})),\n"
        "            ('coordination.servicerecord',\n"
        f'                ARRAY(SELECT id FROM coordination_servicerecord WHERE provision_id IN ({OF_CASES}))),\n'
        "            ('residents.requestitem',",
    )
)


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0017_delivery'),
    ]

    operations = [
        migrations.RunSQL(DOOR, reverse_sql=BEFORE),
    ]
