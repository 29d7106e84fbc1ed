import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from residents.models.numbers import end_indexes

WRITE_WORDS = """
INSERT INTO residents_nameword (word)
SELECT DISTINCT word
FROM (SELECT search_name FROM residents_resident UNION ALL SELECT search_name FROM residents_requestparty) names,
     regexp_split_to_table(search_name || ' ' || replace(search_name, '-', ' '), ' +') word
WHERE length(word) > 2
ON CONFLICT DO NOTHING
"""
# The index is the faster way also where the planner, which takes a comparison of spellings for cheap, would read all.
SIMILAR_WORDS = """
CREATE FUNCTION residents_similar_words(typed text, wanted integer) RETURNS SETOF text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT word FROM residents_nameword WHERE word % typed ORDER BY similarity(word, typed) DESC, word LIMIT wanted
$$
"""


def write_ends(apps, schema_editor):
    """Index the ends of the numbers that are there, some at a time."""
    for name in ("Resident", "RequestParty"):
        rows = apps.get_model("residents", name).objects.exclude(pesel_index="").filter(pesel_ends=[])
        batch = []
        for row in rows.only("pk", "pesel").order_by("pk").iterator(chunk_size=2000):
            row.pesel_ends = end_indexes(row.pesel)
            batch.append(row)
            if len(batch) == 2000:
                rows.model.objects.bulk_update(batch, ["pesel_ends"])
                batch = []
        rows.model.objects.bulk_update(batch, ["pesel_ends"])


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0007_saved_draft'),
        ('services', '0015_search_without_heads'),
    ]

    operations = [
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.TextField(db_collation='C', unique=True)),
            ],
            options={
                'verbose_name': 'word of a name',
                'verbose_name_plural': 'words of names',
            },
        ),
        migrations.AddField(
            model_name='requestparty',
            name='pesel_ends',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, editable=False, size=None),
        ),
        migrations.AddField(
            model_name='resident',
            name='pesel_ends',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, editable=False, size=None),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requestparty',
            trigger=pgtrigger.compiler.Trigger(name='collect_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO residents_nameword (word) SELECT word FROM regexp_split_to_table(NEW.search_name || ' ' || replace(NEW.search_name, '-', ' '), ' +') word WHERE length(word) > 2 ON CONFLICT DO NOTHING; RETURN NULL;", hash='d0780e821ee356efa909015863e387475c26a168', operation='INSERT OR UPDATE OF "last_name", "first_name"', pgid='pgtrigger_collect_words_90143', table='residents_requestparty', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='resident',
            trigger=pgtrigger.compiler.Trigger(name='collect_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="INSERT INTO residents_nameword (word) SELECT word FROM regexp_split_to_table(NEW.search_name || ' ' || replace(NEW.search_name, '-', ' '), ' +') word WHERE length(word) > 2 ON CONFLICT DO NOTHING; RETURN NULL;", hash='cdec1508f21ccc64d89a554102c494195ba23a5c', operation='INSERT OR UPDATE OF "last_name", "first_name"', pgid='pgtrigger_collect_words_933fa', table='residents_resident', when='AFTER')),
        ),
        migrations.RunPython(write_ends, migrations.RunPython.noop),
        migrations.RunSQL(SIMILAR_WORDS, "DROP FUNCTION residents_similar_words(text, integer)"),
        migrations.RunSQL(WRITE_WORDS, migrations.RunSQL.noop),
    ]
