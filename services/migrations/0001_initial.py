import cus_portal.db
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cus_portal', '0001_initial'),  # its extensions
        ('accounts', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Locality',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('kind', models.CharField(choices=[('town', 'town'), ('village', 'village district'), ('other', 'other place')], max_length=10, verbose_name='kind')),
                ('teryt', models.CharField(max_length=7, verbose_name='TERYT of its part of the municipality')),
                ('simc', models.CharField(blank=True, max_length=7, verbose_name='SIMC')),
                ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
            ],
            options={
                'verbose_name': 'locality',
                'verbose_name_plural': 'localities',
                'ordering': ['name_sort', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeEvent',
            fields=[
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('code', models.SlugField(db_index=False, max_length=60, verbose_name='code')),
                ('kind', models.CharField(choices=[('council_programme', "council's programme of social services"), ('national_edition', 'edition of a national programme'), ('statute', 'statute'), ('partner_offer', "partner's own offer")], max_length=20, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('resolution_no', models.CharField(blank=True, max_length=60, verbose_name='resolution number')),
                ('resolution_date', models.DateField(blank=True, null=True, verbose_name='date of the resolution or statute')),
                ('journal', models.CharField(blank=True, max_length=200, verbose_name='published in')),
                ('valid_from', models.DateField(verbose_name='in force from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('funding', models.TextField(blank=True, verbose_name='funding')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('archived', 'archived')], default='draft', max_length=10, verbose_name='state')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProgrammeService',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='in force from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('regime', models.CharField(choices=[('programme', 'by the programme, without a decision'), ('decision', 'by an administrative decision'), ('informal', 'without formalities'), ('partner', "by the partner's own rules")], max_length=10, verbose_name='how it is granted')),
                ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ('capacity', models.PositiveIntegerField(blank=True, null=True, verbose_name='places')),
                ('capacity_period', models.CharField(blank=True, choices=[('at_once', 'at once'), ('month', 'a month'), ('year', 'a year'), ('edition', 'an edition')], max_length=10, verbose_name='places in what time')),
                ('limit_text', models.CharField(blank=True, max_length=160, verbose_name='how much for one person')),
                ('duration_text', models.CharField(blank=True, max_length=160, verbose_name='how long')),
                ('fee_kind', models.CharField(choices=[('free', 'free of charge'), ('flat', 'fixed amount'), ('income_table', 'depends on income'), ('partly', 'partly paid'), ('none_set', 'no fee set')], max_length=12, verbose_name='fee')),
                ('fee_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='amount in PLN')),
                ('fee_note', models.CharField(blank=True, max_length=200, verbose_name='note on the fee')),
                ('keeps_waiting_list', models.BooleanField(default=False, verbose_name='keeps a waiting list')),
                ('figures_are_illustrative', models.BooleanField(default=False, help_text='The page says so.', verbose_name='limits and numbers are an example')),
            ],
            options={
                'verbose_name': 'basis of a service',
                'verbose_name_plural': 'bases of services',
                'ordering': ['service', '-valid_from', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeServiceEvent',
            fields=[
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('valid_from', models.DateField(verbose_name='in force from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('regime', models.CharField(choices=[('programme', 'by the programme, without a decision'), ('decision', 'by an administrative decision'), ('informal', 'without formalities'), ('partner', "by the partner's own rules")], max_length=10, verbose_name='how it is granted')),
                ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ('capacity', models.PositiveIntegerField(blank=True, null=True, verbose_name='places')),
                ('capacity_period', models.CharField(blank=True, choices=[('at_once', 'at once'), ('month', 'a month'), ('year', 'a year'), ('edition', 'an edition')], max_length=10, verbose_name='places in what time')),
                ('limit_text', models.CharField(blank=True, max_length=160, verbose_name='how much for one person')),
                ('duration_text', models.CharField(blank=True, max_length=160, verbose_name='how long')),
                ('fee_kind', models.CharField(choices=[('free', 'free of charge'), ('flat', 'fixed amount'), ('income_table', 'depends on income'), ('partly', 'partly paid'), ('none_set', 'no fee set')], max_length=12, verbose_name='fee')),
                ('fee_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='amount in PLN')),
                ('fee_note', models.CharField(blank=True, max_length=200, verbose_name='note on the fee')),
                ('keeps_waiting_list', models.BooleanField(default=False, verbose_name='keeps a waiting list')),
                ('figures_are_illustrative', models.BooleanField(default=False, help_text='The page says so.', verbose_name='limits and numbers are an example')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RequiredDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('name', models.CharField(max_length=200, verbose_name='document')),
                ('is_required', models.BooleanField(default=True, verbose_name='required')),
            ],
            options={
                'verbose_name': 'required document',
                'verbose_name_plural': 'required documents',
                'ordering': ['service', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('code', models.CharField(max_length=12, unique=True, verbose_name='code')),
                ('slug', models.SlugField(max_length=100, unique=True, verbose_name='address of the page')),
                ('name', models.CharField(max_length=160, verbose_name='official name')),
                ('plain_name', models.CharField(max_length=120, verbose_name='name in plain words')),
                ('summary', models.CharField(max_length=240, verbose_name='one sentence')),
                ('description', models.TextField(verbose_name='description in plain words')),
                ('keywords', models.TextField(blank=True, verbose_name='other words people use')),
                ('for_whom', models.CharField(max_length=240, verbose_name='for whom, in words')),
                ('provider_note', models.CharField(blank=True, max_length=160, verbose_name='who carries it out')),
                ('place_is_confidential', models.BooleanField(default=False, help_text='The page tells to call; no place is ever shown.', verbose_name='the place is confidential')),
                ('delivery_modes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('on_site', 'on site'), ('at_home', 'at your home'), ('remote', 'by phone or online'), ('transport', 'with transport')], max_length=10), size=None, verbose_name='how it is given')),
                ('format', models.CharField(blank=True, max_length=120, verbose_name='form of meetings')),
                ('age_from', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='age from')),
                ('age_to', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='age to')),
                ('certificate', models.CharField(blank=True, max_length=240, verbose_name='certificate needed')),
                ('direct_entry', models.BooleanField(default=False, verbose_name='people may also go there themselves')),
                ('direct_entry_note', models.CharField(blank=True, max_length=240, verbose_name='where to go directly')),
                ('supporting_action', models.BooleanField(default=False, help_text='Not a service: no qualifying, no fee, no contract.', verbose_name='supporting action')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name="phone, if not the centre's")),
                ('featured', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='place among the most wanted')),
                ('evidence', models.CharField(choices=[('B', 'documented at this centre'), ('C', 'documented at another centre'), ('L', 'run by every centre by law'), ('R', 'realistic example, invented numbers')], max_length=1, verbose_name='evidence')),
                ('evidence_source', models.CharField(blank=True, max_length=160, verbose_name='source of the evidence')),
                ('reviewed_on', models.DateField(verbose_name='last checked on')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('archived', 'archived')], default='draft', max_length=10, verbose_name='state')),
                ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('plain_name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
                ('search_text', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(django.db.models.functions.comparison.Coalesce(models.F('name'), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(models.F('plain_name'), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(models.F('summary'), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(models.F('for_whom'), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.Cast('description', models.CharField()), models.Value('')), models.Value(' '), django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.Cast('keywords', models.CharField()), models.Value('')), output_field=models.TextField())), models.Value('ąćęłńóśźżáàâäåãăčçďđéèêëěíìîïľĺňñöôőõòřŕšșşťțţúùûüůűýÿž'), models.Value('acelnoszzaaaaaaaccddeeeeeiiiillnnooooorrssstttuuuuuuyyz')), output_field=models.TextField(db_collation='C'))),
            ],
            options={
                'verbose_name': 'service',
                'verbose_name_plural': 'services',
                'ordering': ['name_sort', 'pk'],
                'permissions': [('publish_service', 'Can publish and archive services')],
            },
        ),
        migrations.CreateModel(
            name='ServiceArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('number', models.PositiveSmallIntegerField(unique=True, verbose_name='number in the Act')),
                ('name', models.CharField(max_length=120, verbose_name='name in the Act')),
                ('short_name', models.CharField(max_length=60, verbose_name='name in plain words')),
            ],
            options={
                'verbose_name': 'service area',
                'verbose_name_plural': 'service areas',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='ServiceEvent',
            fields=[
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('code', models.CharField(max_length=12, verbose_name='code')),
                ('slug', models.SlugField(db_index=False, max_length=100, verbose_name='address of the page')),
                ('name', models.CharField(max_length=160, verbose_name='official name')),
                ('plain_name', models.CharField(max_length=120, verbose_name='name in plain words')),
                ('summary', models.CharField(max_length=240, verbose_name='one sentence')),
                ('description', models.TextField(verbose_name='description in plain words')),
                ('keywords', models.TextField(blank=True, verbose_name='other words people use')),
                ('for_whom', models.CharField(max_length=240, verbose_name='for whom, in words')),
                ('provider_note', models.CharField(blank=True, max_length=160, verbose_name='who carries it out')),
                ('place_is_confidential', models.BooleanField(default=False, help_text='The page tells to call; no place is ever shown.', verbose_name='the place is confidential')),
                ('delivery_modes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('on_site', 'on site'), ('at_home', 'at your home'), ('remote', 'by phone or online'), ('transport', 'with transport')], max_length=10), size=None, verbose_name='how it is given')),
                ('format', models.CharField(blank=True, max_length=120, verbose_name='form of meetings')),
                ('age_from', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='age from')),
                ('age_to', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='age to')),
                ('certificate', models.CharField(blank=True, max_length=240, verbose_name='certificate needed')),
                ('direct_entry', models.BooleanField(default=False, verbose_name='people may also go there themselves')),
                ('direct_entry_note', models.CharField(blank=True, max_length=240, verbose_name='where to go directly')),
                ('supporting_action', models.BooleanField(default=False, help_text='Not a service: no qualifying, no fee, no contract.', verbose_name='supporting action')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name="phone, if not the centre's")),
                ('featured', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='place among the most wanted')),
                ('evidence', models.CharField(choices=[('B', 'documented at this centre'), ('C', 'documented at another centre'), ('L', 'run by every centre by law'), ('R', 'realistic example, invented numbers')], max_length=1, verbose_name='evidence')),
                ('evidence_source', models.CharField(blank=True, max_length=160, verbose_name='source of the evidence')),
                ('reviewed_on', models.DateField(verbose_name='last checked on')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('archived', 'archived')], default='draft', max_length=10, verbose_name='state')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ServiceStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('title', models.CharField(max_length=100, verbose_name='what happens')),
                ('text', models.CharField(blank=True, max_length=240, verbose_name='in a few words')),
            ],
            options={
                'verbose_name': 'step',
                'verbose_name_plural': 'steps',
                'ordering': ['service', 'position'],
            },
        ),
        migrations.CreateModel(
            name='TargetGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('hint', models.CharField(blank=True, max_length=160, verbose_name='examples under the name')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('on_home', models.BooleanField(default=False, verbose_name='is a door on the home page')),
            ],
            options={
                'verbose_name': 'target group',
                'verbose_name_plural': 'target groups',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LoadedEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('code', models.CharField(max_length=120)),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'loaded entry',
                'verbose_name_plural': 'loaded entries',
                'constraints': [models.UniqueConstraint(fields=('kind', 'code'), name='an_entry_is_loaded_once')],
            },
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                ('accessibility', models.TextField(blank=True, verbose_name='access for people with disabilities')),
                ('is_confidential', models.BooleanField(default=False, help_text='Never shown to the public, in no list, page or search.', verbose_name='confidential')),
                ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
                ('locality', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='locations', to='services.locality', verbose_name='locality')),
            ],
            options={
                'verbose_name': 'place',
                'verbose_name_plural': 'places',
                'ordering': ['name_sort', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('kind', models.CharField(choices=[('council_programme', "council's programme of social services"), ('national_edition', 'edition of a national programme'), ('statute', 'statute'), ('partner_offer', "partner's own offer")], max_length=20, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('resolution_no', models.CharField(blank=True, max_length=60, verbose_name='resolution number')),
                ('resolution_date', models.DateField(blank=True, null=True, verbose_name='date of the resolution or statute')),
                ('journal', models.CharField(blank=True, max_length=200, verbose_name='published in')),
                ('valid_from', models.DateField(verbose_name='in force from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('funding', models.TextField(blank=True, verbose_name='funding')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('archived', 'archived')], default='draft', max_length=10, verbose_name='state')),
                ('name_sort', models.GeneratedField(db_persist=True, expression=cus_portal.db.Translate(django.db.models.functions.text.Lower(models.F('name')), models.Value('aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż'), models.Value('一丁丂七丄丅丆万丈三上下丌不与丏丐丑丒专且丕世丗丘丙业丛东丝丞丟丠両丢')), output_field=models.TextField(db_collation='C'))),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programmes',
                'ordering': ['name_sort', 'pk'],
                'permissions': [('publish_programme', 'Can publish and archive programmes')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_programme_ends_after_it_begins', violation_error_message='The last day must not be earlier than the first day.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programme',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_programmeevent" ("code", "created_at", "funding", "id", "journal", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution_date", "resolution_no", "status", "valid_from", "valid_to", "version") VALUES (NEW."code", NEW."created_at", NEW."funding", NEW."id", NEW."journal", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."resolution_date", NEW."resolution_no", NEW."status", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='06138b53f917c9ad78e39bc2d2277101607799ba', operation='INSERT', pgid='pgtrigger_insert_insert_451f1', table='services_programme', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programme',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."funding" IS DISTINCT FROM (NEW."funding") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."journal" IS DISTINCT FROM (NEW."journal") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."resolution_date" IS DISTINCT FROM (NEW."resolution_date") OR OLD."resolution_no" IS DISTINCT FROM (NEW."resolution_no") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_to" IS DISTINCT FROM (NEW."valid_to") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "services_programmeevent" ("code", "created_at", "funding", "id", "journal", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resolution_date", "resolution_no", "status", "valid_from", "valid_to", "version") VALUES (NEW."code", NEW."created_at", NEW."funding", NEW."id", NEW."journal", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."resolution_date", NEW."resolution_no", NEW."status", NEW."valid_from", NEW."valid_to", NEW."version"); RETURN NULL;', hash='643c723a120044f49ffa0aeb2c3eff200e399267', operation='UPDATE', pgid='pgtrigger_update_update_b9f2f', table='services_programme', when='AFTER')),
        ),
        migrations.AddField(
            model_name='programmeevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='programmeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='services.programme'),
        ),
        migrations.AddField(
            model_name='programmeservice',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programme_services', to='services.programme', verbose_name='programme'),
        ),
        migrations.AddField(
            model_name='programmeserviceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='programmeserviceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='services.programmeservice'),
        ),
        migrations.AddField(
            model_name='programmeserviceevent',
            name='programme',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.programme', verbose_name='programme'),
        ),
        migrations.AddField(
            model_name='service',
            name='localities',
            field=models.ManyToManyField(blank=True, help_text='None chosen: the whole municipality.', related_name='services', to='services.locality', verbose_name='localities'),
        ),
        migrations.AddField(
            model_name='service',
            name='locations',
            field=models.ManyToManyField(blank=True, related_name='services', to='services.location', verbose_name='places'),
        ),
        migrations.AddField(
            model_name='service',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='accounts.institution', verbose_name='provider'),
        ),
        migrations.AddField(
            model_name='requireddocument',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='services.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='programmeserviceevent',
            name='service',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='programmeservice',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programme_services', to='services.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='service',
            name='areas',
            field=models.ManyToManyField(related_name='services', to='services.servicearea', verbose_name='areas'),
        ),
        migrations.AddField(
            model_name='serviceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='serviceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='services.service'),
        ),
        migrations.AddField(
            model_name='serviceevent',
            name='provider',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.institution', verbose_name='provider'),
        ),
        migrations.AddField(
            model_name='servicestep',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='services.service', verbose_name='service'),
        ),
        migrations.AddField(
            model_name='service',
            name='target_groups',
            field=models.ManyToManyField(blank=True, help_text='None chosen: for everyone.', related_name='services', to='services.targetgroup', verbose_name='target groups'),
        ),
        migrations.AddConstraint(
            model_name='requireddocument',
            constraint=models.UniqueConstraint(fields=('service', 'position'), name='a_document_has_its_own_position'),
        ),
        migrations.AddConstraint(
            model_name='programmeservice',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='a_basis_ends_after_it_begins', violation_error_message='The last day must not be earlier than the first day.'),
        ),
        migrations.AddConstraint(
            model_name='programmeservice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fee_amount__gt', 0), ('fee_amount__isnull', False), ('fee_kind', 'flat')), models.Q(models.Q(('fee_kind', 'flat'), _negated=True), ('fee_amount', None)), _connector='OR'), name='a_fixed_fee_has_an_amount_and_no_other_fee_has', violation_error_message='Give an amount for a fixed fee, and only for a fixed fee.'),
        ),
        migrations.AddConstraint(
            model_name='programmeservice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('capacity', None), ('capacity_period', '')), models.Q(('capacity__isnull', False), models.Q(('capacity_period', ''), _negated=True)), _connector='OR'), name='places_are_counted_in_some_period', violation_error_message='Say in what time the places are counted.'),
        ),
        migrations.AddConstraint(
            model_name='programmeservice',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('service', '='), ('programme', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='a_service_has_one_basis_at_a_time_in_a_programme', violation_error_message='This service has another basis in this programme in the same time.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeservice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_programmeserviceevent" ("capacity", "capacity_period", "conditions", "duration_text", "fee_amount", "fee_kind", "fee_note", "figures_are_illustrative", "id", "keeps_waiting_list", "limit_text", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "regime", "service_id", "valid_from", "valid_to") VALUES (NEW."capacity", NEW."capacity_period", NEW."conditions", NEW."duration_text", NEW."fee_amount", NEW."fee_kind", NEW."fee_note", NEW."figures_are_illustrative", NEW."id", NEW."keeps_waiting_list", NEW."limit_text", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."regime", NEW."service_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='e28254dea9f62362a6716e20cc167c7bb74db42d', operation='INSERT', pgid='pgtrigger_insert_insert_93973', table='services_programmeservice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programmeservice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_programmeserviceevent" ("capacity", "capacity_period", "conditions", "duration_text", "fee_amount", "fee_kind", "fee_note", "figures_are_illustrative", "id", "keeps_waiting_list", "limit_text", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "regime", "service_id", "valid_from", "valid_to") VALUES (NEW."capacity", NEW."capacity_period", NEW."conditions", NEW."duration_text", NEW."fee_amount", NEW."fee_kind", NEW."fee_note", NEW."figures_are_illustrative", NEW."id", NEW."keeps_waiting_list", NEW."limit_text", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."programme_id", NEW."regime", NEW."service_id", NEW."valid_from", NEW."valid_to"); RETURN NULL;', hash='dc3e3b4035ea2a36f8b300cdcb192f1f5c4340a1', operation='UPDATE', pgid='pgtrigger_update_update_99bb8', table='services_programmeservice', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='servicestep',
            constraint=models.UniqueConstraint(fields=('service', 'position'), name='a_step_has_its_own_position'),
        ),
        migrations.AddIndex(
            model_name='service',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('search_text'), name='gin_trgm_ops'), name='service_search_text'),
        ),
        migrations.AddIndex(
            model_name='service',
            index=models.Index(models.F('name_sort'), models.F('id'), condition=models.Q(('status', 'published')), name='service_published'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('age_from', None), ('age_to', None), ('age_to__gte', models.F('age_from')), _connector='OR'), name='a_service_age_range_is_in_order', violation_error_message='The upper age must not be lower than the lower age.'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('delivery_modes__len__gt', 0)), name='a_service_is_given_in_some_way', violation_error_message='Choose at least one way in which the service is given.'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.CheckConstraint(condition=models.Q(('direct_entry', False), models.Q(('direct_entry_note', ''), _negated=True), _connector='OR'), name='direct_entry_tells_where_to_go', violation_error_message='Write where people may go directly.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='service',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_serviceevent" ("age_from", "age_to", "certificate", "code", "created_at", "delivery_modes", "description", "direct_entry", "direct_entry_note", "evidence", "evidence_source", "featured", "for_whom", "format", "id", "keywords", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "place_is_confidential", "plain_name", "provider_id", "provider_note", "reviewed_on", "slug", "status", "summary", "supporting_action", "uuid", "version") VALUES (NEW."age_from", NEW."age_to", NEW."certificate", NEW."code", NEW."created_at", NEW."delivery_modes", NEW."description", NEW."direct_entry", NEW."direct_entry_note", NEW."evidence", NEW."evidence_source", NEW."featured", NEW."for_whom", NEW."format", NEW."id", NEW."keywords", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."place_is_confidential", NEW."plain_name", NEW."provider_id", NEW."provider_note", NEW."reviewed_on", NEW."slug", NEW."status", NEW."summary", NEW."supporting_action", NEW."uuid", NEW."version"); RETURN NULL;', hash='e62d787635707ddc9f44edc4a9d562480915995d', operation='INSERT', pgid='pgtrigger_insert_insert_4f576', table='services_service', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='service',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."age_from" IS DISTINCT FROM (NEW."age_from") OR OLD."age_to" IS DISTINCT FROM (NEW."age_to") OR OLD."certificate" IS DISTINCT FROM (NEW."certificate") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."delivery_modes" IS DISTINCT FROM (NEW."delivery_modes") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."direct_entry" IS DISTINCT FROM (NEW."direct_entry") OR OLD."direct_entry_note" IS DISTINCT FROM (NEW."direct_entry_note") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."evidence_source" IS DISTINCT FROM (NEW."evidence_source") OR OLD."featured" IS DISTINCT FROM (NEW."featured") OR OLD."for_whom" IS DISTINCT FROM (NEW."for_whom") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."keywords" IS DISTINCT FROM (NEW."keywords") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."place_is_confidential" IS DISTINCT FROM (NEW."place_is_confidential") OR OLD."plain_name" IS DISTINCT FROM (NEW."plain_name") OR OLD."provider_id" IS DISTINCT FROM (NEW."provider_id") OR OLD."provider_note" IS DISTINCT FROM (NEW."provider_note") OR OLD."reviewed_on" IS DISTINCT FROM (NEW."reviewed_on") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."supporting_action" IS DISTINCT FROM (NEW."supporting_action") OR OLD."uuid" IS DISTINCT FROM (NEW."uuid") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "services_serviceevent" ("age_from", "age_to", "certificate", "code", "created_at", "delivery_modes", "description", "direct_entry", "direct_entry_note", "evidence", "evidence_source", "featured", "for_whom", "format", "id", "keywords", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "place_is_confidential", "plain_name", "provider_id", "provider_note", "reviewed_on", "slug", "status", "summary", "supporting_action", "uuid", "version") VALUES (NEW."age_from", NEW."age_to", NEW."certificate", NEW."code", NEW."created_at", NEW."delivery_modes", NEW."description", NEW."direct_entry", NEW."direct_entry_note", NEW."evidence", NEW."evidence_source", NEW."featured", NEW."for_whom", NEW."format", NEW."id", NEW."keywords", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."place_is_confidential", NEW."plain_name", NEW."provider_id", NEW."provider_note", NEW."reviewed_on", NEW."slug", NEW."status", NEW."summary", NEW."supporting_action", NEW."uuid", NEW."version"); RETURN NULL;', hash='42b09b54401831dcafa38a8118766f3d13672b3a', operation='UPDATE', pgid='pgtrigger_update_update_0a21e', table='services_service', when='AFTER')),
        ),
    ]
