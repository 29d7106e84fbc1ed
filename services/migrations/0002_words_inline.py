from django.db import migrations

INLINE = """
    ALTER TABLE services_searchentry SET (toast_tuple_target = 8160);
    ALTER TABLE services_searchentry ALTER COLUMN words SET STORAGE MAIN
"""
AS_BEFORE = """
    ALTER TABLE services_searchentry ALTER COLUMN words SET STORAGE EXTENDED;
    ALTER TABLE services_searchentry RESET (toast_tuple_target)
"""


class Migration(migrations.Migration):
    """Keep the words of an entry in its row: out of line each ranking of each word would fetch them once more."""

    replaces = [
        ('services', '0020_year_from_the_start'),
    ]

    dependencies = [
        ('services', '0001_tables'),
    ]

    operations = [
        migrations.RunSQL(INLINE, AS_BEFORE),
    ]
