from django.db import migrations

WITH_WHAT_CAME = """
DO $do$ BEGIN
    EXECUTE replace(
        pg_get_functiondef('coordination_take_out(bigint)'::regprocedure),
        $old$('residents.letter',$old$,
        $new$('coordination.incomingreferral',
                ARRAY(SELECT id FROM coordination_incomingreferral WHERE request_id = ANY(requests))),
            ('residents.letter',$new$
    );
END $do$;
"""


class Migration(migrations.Migration):
    """With a request the reasons go that were given for the moves of the referral by which it came."""

    dependencies = [("coordination", "0006_areas_by_state")]

    operations = [migrations.RunSQL(WITH_WHAT_CAME, migrations.RunSQL.noop)]
