import cus_portal.crypto
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models
from cus_portal.db import CreateTables


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('cus_portal', '0001_initial'),
        ('cus_portal', '0002_waiting_assertions'),
        ('cus_portal', '0001_tables'),
    ]

    dependencies = [
    ]

    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        CreateTables([
            migrations.CreateModel(
                name='NumberSeries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('series', models.CharField(max_length=60)),
                    ('year', models.PositiveSmallIntegerField()),
                    ('last', models.PositiveIntegerField()),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('series', 'year'), name='a_series_counts_once_a_year'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='WaitingAssertion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=32, unique=True)),
                    ('answers', models.CharField(max_length=100)),
                    ('sealed', cus_portal.crypto.EncryptedTextField()),
                    ('made_at', models.DateTimeField()),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['made_at'], name='waiting_assertions_by_age'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Throttle',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=64)),
                    ('window_start', models.DateTimeField()),
                    ('count', models.PositiveIntegerField()),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['window_start'], name='throttle_by_age'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('key', 'window_start'), name='a_key_counts_once_a_window'),
                    ],
                },
            ),
        ]),
    ]
