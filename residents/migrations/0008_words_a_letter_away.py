import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.expressions
from django.db import migrations, models

WITHOUT_A_LETTER = """
CREATE FUNCTION residents_without_a_letter(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT overlay(word PLACING '' FROM place FOR 1) COLLATE "C") || word
    FROM generate_series(1, length(word)) place
$$
"""

# One slip of the hand (a letter lost, added, changed, or two changed over) is found by equality, whatever else is on
# record. What is spelt more differently is compared by trigrams, by the index also where the planner, which takes a
# comparison of spellings for cheap, would read all.
SIMILAR_WORDS = """
CREATE FUNCTION residents_similar_words(typed text, wanted integer) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT word FROM residents_nameword
        WHERE near && residents_without_a_letter(typed)
        ORDER BY similarity(word, typed) DESC, word LIMIT wanted;
    IF NOT FOUND THEN
        RETURN QUERY SELECT word FROM residents_nameword
            WHERE word % typed ORDER BY similarity(word, typed) DESC, word LIMIT wanted;
    END IF;
END
$$
"""
BY_TRIGRAMS = """
CREATE FUNCTION residents_similar_words(typed text, wanted integer) RETURNS SETOF text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT word FROM residents_nameword WHERE word % typed ORDER BY similarity(word, typed) DESC, word LIMIT wanted
$$
"""
DROP = "DROP FUNCTION residents_similar_words(text, integer);"


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0007_complaints_that_are_sorted'),
    ]

    operations = [
        migrations.RunSQL(WITHOUT_A_LETTER, 'DROP FUNCTION residents_without_a_letter(text)'),
        migrations.AddField(
            model_name='nameword',
            name='near',
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.expressions.Func('word', function='residents_without_a_letter'),
                output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(db_collation='C')),
            ),
        ),
        migrations.AddIndex(
            model_name='nameword',
            index=django.contrib.postgres.indexes.GinIndex(fields=['near'], name='words_a_letter_away'),
        ),
        migrations.RunSQL(DROP + SIMILAR_WORDS, DROP + BY_TRIGRAMS),
    ]
