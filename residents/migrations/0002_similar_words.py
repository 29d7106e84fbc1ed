from django.db import migrations

# The index is the faster way also where the planner, which takes a comparison of spellings for cheap, would read all.
SIMILAR_WORDS = """
CREATE FUNCTION residents_similar_words(typed text, wanted integer) RETURNS SETOF text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT word FROM residents_nameword WHERE word % typed ORDER BY similarity(word, typed) DESC, word LIMIT wanted
$$
"""


class Migration(migrations.Migration):

    replaces = [
        ('residents', '0034_index_of_withdrawn_consents'),
    ]

    dependencies = [
        ('residents', '0001_tables'),
    ]

    operations = [
        migrations.RunSQL(SIMILAR_WORDS, 'DROP FUNCTION residents_similar_words(text, integer)'),
    ]
